"""activate: parameters are checked first, the run is stored next, Prefect comes last and may be away."""

import json

import pytest

from konbit.cli.activation import begin
from konbit.errors import InvalidParameter
from konbit.orchestrate.steward import directly
from konbit.orchestrate.wiring import Wiring
from tests.unit.cli.conftest import PARAMETERS, Call, one_line_error

NAME = "ACTUAL-activation-HTI"
pytestmark = pytest.mark.usefixtures("furnished")


def started(call: Call, *more: str) -> dict[str, object]:
    done = call("activate", "response/activation", *PARAMETERS, "--json", *more)
    assert done.exit_code == 0, done.output
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_a_run_is_stored_as_a_drill_when_prefect_is_not_there(call: Call, parts: Wiring) -> None:
    found = started(call)
    assert found["flow_run"] is None
    assert "PREFECT_API_URL" in str(found["pending"])
    with parts.store.read() as tx:
        run = tx.runs.get(str(found["run"]))
    assert (run.mode, run.status, run.country) == ("drill", "requested", "HTI")
    assert run.parameters["areas"] == ["HT07", "HT08"]


def test_people_are_told_that_the_clock_will_start_it(call: Call) -> None:
    done = call("activate", "response/activation", *PARAMETERS)
    assert "the clock starts it" in done.stderr


def test_the_same_key_gives_the_same_run(call: Call) -> None:
    assert started(call, "--key", "a")["run"] == started(call, "--key", "a")["run"]
    assert started(call, "--key", "a")["run"] != started(call, "--key", "b")["run"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ((), ("'country'", "required")),
        (("--set", "country"), ("NAME=VALUE",)),
        ((*PARAMETERS, "--set", "colour=red"), ("no parameter 'colour'", "hazard")),
        ((*PARAMETERS, "--set", "hazard=EQ"), ("'hazard' is given twice",)),
        (("--set", "country=ZZZ", *PARAMETERS[2:]), ("country", "ZZZ")),
        ((*PARAMETERS[:2], "--set", "hazard=quake", *PARAMETERS[4:]), ("hazard", "quake", "EQ")),
        ((*PARAMETERS[:4], "--set", "areas=HT99"), ("areas", "HT99")),
        ((*PARAMETERS, "--set", "level=huge"), ("level", "monitor, standby, partial, full")),
        ((*PARAMETERS, "--set", "clusters=WSH,XXX"), ("clusters", "XXX")),
    ],
    ids=lambda value: "-".join(value[-1:]) if isinstance(value, tuple) else None,
)
def test_a_wrong_parameter_is_one_line_and_nothing_is_stored(
    call: Call, parts: Wiring, given: tuple[str, ...], words: tuple[str, ...]
) -> None:
    one_line_error(call("activate", "response/activation", *given), *words)
    with parts.store.read() as tx:
        assert not tx.runs.list()


def test_an_unknown_flowchart_is_one_line(call: Call) -> None:
    one_line_error(
        call("activate", "response/nothing", *PARAMETERS), "response/nothing", "response/activation"
    )


def test_an_actual_run_is_never_started_by_accident(call: Call, parts: Wiring) -> None:
    """Without a terminal nobody can type its name: --confirm is needed."""
    one_line_error(call("activate", "response/activation", *PARAMETERS, "--actual"), f"--confirm {NAME}")
    with parts.store.read() as tx:
        assert not tx.runs.list()


@pytest.mark.parametrize(("typed", "starts"), [(f"{NAME}\n", True), ("HTI\n", False), ("\n", False)])
def test_an_actual_run_is_confirmed_by_typing_its_name(
    call: Call, parts: Wiring, monkeypatch: pytest.MonkeyPatch, *, typed: str, starts: bool
) -> None:
    monkeypatch.setattr("konbit.cli.activate._has_terminal", lambda: True)
    done = call("activate", "response/activation", *PARAMETERS, "--actual", input=typed)
    assert (done.exit_code == 0) == starts, done.output
    with parts.store.read() as tx:
        assert [run.mode for run in tx.runs.list()] == (["actual"] if starts else [])


def test_the_name_may_be_given_and_must_be_the_right_one(call: Call) -> None:
    assert started(call, "--actual", "--confirm", NAME)["mode"] == "actual"
    wrong = call(
        "activate", "response/activation", *PARAMETERS, "--actual", "--confirm", "ACTUAL-activation-PHL"
    )
    one_line_error(wrong, "ACTUAL-activation-PHL", NAME)


def test_an_actual_run_at_the_full_level_waits_for_somebody_else(
    call: Call, parts: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "ana")
    found = started(call, "--actual", "--confirm", NAME, "--set", "level=full")
    run = str(found["run"])
    assert found["awaits"] == ["an actual run at the full level"]
    assert "full level" in call("runs", "show", run).stdout
    assert parts.steward.attempt(run, directly).name == "Awaiting approval"
    one_line_error(call("runs", "approve", run, "--reason", "seen"), "second person", "operator:ana")
    monkeypatch.setenv("LOGNAME", "ben")
    assert call("runs", "approve", run, "--reason", "the chair called me").exit_code == 0
    assert parts.steward.attempt(run, directly).name != "Awaiting approval"
    one_line_error(call("runs", "approve", run, "--reason", "again"), "does not wait")


def test_a_run_that_has_its_flow_run_is_not_handed_over_again(parts: Wiring) -> None:
    given = {"country": "HTI", "hazard": "EQ", "areas": "HT07"}
    first = begin(parts, "response/activation", given, "drill", "operator:test", "k")
    with parts.store.begin() as tx:
        tx.runs.set_flow_run(first.run.id, "flow-run-1")
    assert (
        begin(parts, "response/activation", given, "drill", "operator:test", "k").flow_run_id == "flow-run-1"
    )


def test_a_moment_needs_its_offset_or_is_refused(parts: Wiring) -> None:
    given = {"country": "HTI", "hazard": "EQ", "areas": "HT07", "occurred_at": "yesterday"}
    with pytest.raises(InvalidParameter, match="occurred_at"):
        begin(parts, "response/activation", given, "drill", "operator:test", None)
