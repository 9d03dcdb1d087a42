"""runs extend, skip, pause and the others: one sentence on what happens, one line on what does not fit."""

import pytest

from konbit.orchestrate.steward import directly
from konbit.orchestrate.wiring import Wiring
from tests.unit.cli.conftest import Call, one_line_error

WHY = ("--reason", "the power is out")


def pending(parts: Wiring, run: str) -> list[str]:
    with parts.store.read() as tx:
        return [item.event.kind for item in tx.inbox.pending(run)]


@pytest.mark.parametrize(
    ("arguments", "kind", "words"),
    [
        (("extend", "verify", "--by", "2h"), "extended", "verify is open until"),
        (("skip", "verify"), "outcome_forced", "verify ends skipped"),
        (("force", "decide", "standby"), "outcome_forced", "decide ends standby when it is reached"),
        (("redo", "verify"), "redone", "verify is done again"),
        (("reassign", "verify", "--person", "cf-a", "--to", "gf-a"), "reassigned", "gf-a is asked"),
        (("pause",), "paused", "answers are still taken, deadlines do not move"),
    ],
)
def test_a_command_is_handed_to_the_run_with_its_reason(
    call: Call, parts: Wiring, run: str, arguments: tuple[str, ...], kind: str, words: str
) -> None:
    done = call("runs", arguments[0], run[:8], *arguments[1:], *WHY)

    assert done.exit_code == 0, done.output
    assert words in done.stdout
    assert pending(parts, run) == [kind]
    with parts.store.read() as tx:
        (act,) = tx.audit.list(run)
    assert (act.action, act.reason) == (kind, "the power is out")
    assert act.actor.startswith("operator")


def test_pause_and_resume_come_in_turns(call: Call, parts: Wiring, run: str) -> None:
    one_line_error(call("runs", "resume", run, *WHY), "not paused")
    assert call("runs", "pause", run, *WHY).exit_code == 0
    assert parts.steward.attempt(run, directly).name == "Paused"
    one_line_error(call("runs", "pause", run, *WHY), "paused already")
    assert "waits until it is resumed" in call("runs", "skip", run, "decide", *WHY).stdout
    assert call("runs", "resume", run, *WHY).exit_code == 0
    assert parts.steward.attempt(run, directly).name == "Awaiting answers"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("skip", "verfy", *WHY), ("did you mean 'verify'",)),
        (("skip", "verify"), ("--reason",)),
        (("force", "verify", "confirmd", *WHY), ("did you mean 'confirmed'",)),
        (("extend", "verify", "--by", "soon", *WHY), ("'soon'", "2h")),
        (("extend", "verify", "--until", "tomorrow", *WHY), ("'tomorrow'", "offset")),
        (("extend", "verify", *WHY), ("by how much",)),
        (("signal", "gate", *WHY), ("no signal 'gate'",)),
        (("add-item", "verify", "WSH", *WHY), ("no for_each",)),
        (("reassign", "verify", "--person", "cf-a", "--to", "nobody", *WHY), ("'nobody'",)),
    ],
)
def test_what_does_not_fit_is_one_line_and_nothing_is_half_done(
    call: Call, parts: Wiring, run: str, arguments: tuple[str, ...], words: tuple[str, ...]
) -> None:
    one_line_error(call("runs", arguments[0], run, *arguments[1:]), *words)

    assert pending(parts, run) == []
    with parts.store.read() as tx:
        assert not tx.audit.list(run)


def test_a_false_alarm_is_taken_back_with_one_command(call: Call, parts: Wiring, run: str) -> None:
    one_line_error(call("runs", "correct", run, "--reason", "wrong country"), "told nobody")
    with parts.store.connect(write=True) as connection:
        connection.exec_driver_sql("UPDATE deliveries SET accepted_at = planned_at WHERE person_id = 'cf-a'")
    done = call("runs", "correct", run, "--reason", "wrong country")

    assert done.stdout.strip() == "a correction goes to 1 person, in 1 messages"
    with parts.store.read() as tx:
        assert ("correction", "cf-a") in [(row.step, row.person) for row in tx.deliveries.list(run)]
    one_line_error(call("runs", "correct", run, "--reason", "wrong country"), "--again")


def test_adopting_needs_prefect_and_says_so(call: Call, run: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    done = call("runs", "adopt", run, *WHY)
    assert done.exit_code != 0
    assert len(done.stderr.strip().splitlines()) == 1
    one_line_error(call("runs", "adopt", *WHY), "--all")
