"""The parts of the demo: who says what, what is told at the end, and that nothing missing goes unnamed."""

import datetime as dt
import zoneinfo
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from konbit.cli import demo_print, scenarios
from konbit.cli.activation import Begun
from konbit.cli.demo_stage import Stage, clock_settings, cues, stage
from konbit.cli.demo_story import Story, gather, timeline
from konbit.cli.demo_verdict import expectations, marked, shortcomings
from konbit.cli.scenarios import directory_of
from konbit.notify.links import Purpose
from konbit.orchestrate.wiring import Wiring
from konbit.settings import Settings
from konbit.simulate.scenario import Scenario
from konbit.testing.players import Message, Players
from tests.unit.cli.conftest import Call, one_line_error

AT = dt.datetime(2021, 8, 14, 13, 5, tzinfo=dt.UTC)


@pytest.fixture
def scenario() -> Scenario:
    return scenarios.read("haiti-2021-08-14", ())


@pytest.fixture
def set_up() -> Iterator[Stage]:
    with stage() as found:
        yield found


@pytest.fixture
def story(parts: Wiring, run: str) -> Story:
    with parts.store.read() as tx:
        return gather(parts, Begun(tx.runs.get(run), None))


def test_every_address_of_the_directory_is_on_this_machine_or_of_nobody(
    parts: Wiring, scenario: Scenario, set_up: Stage
) -> None:
    directory = set_up.import_directory(parts, scenario, [])
    hooks = [one.address for one in directory.endpoints if one.kind == "webhook"]
    assert hooks
    assert all(address.startswith(set_up.hooks.url + "/") for address in hooks)
    assert set_up.mail.gone == {"dead-bos@example.net", "dead-shl@example.net"}
    assert set_up.people(directory)[f"{set_up.hooks.url}/gf-a"] == "gf-a"


def test_the_clock_begins_with_the_scenario_in_a_moment(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in clock_settings(scenario, 120).items():
        monkeypatch.setenv(name, value)
    before = scenario.starts - Settings().clock().now()
    assert dt.timedelta(minutes=10) < before < dt.timedelta(minutes=17)


def test_each_person_says_what_the_scenario_has_for_the_request_behind_their_link(
    parts: Wiring, run: str, scenario: Scenario
) -> None:
    with parts.store.read() as tx:
        (request,) = tx.requests.list_open(run)
        (asked,) = tx.requests.asked(run, request.key)
    token = parts.signer.mint(
        Purpose.ANSWER, "drill", asked.row_id, parts.clock.now() + dt.timedelta(hours=1)
    )
    say = cues(parts, scenario, directory_of(scenario, [], parts.library))
    (line,) = say("cf-a", token)
    assert (line.after, line.option, line.verdict) == (dt.timedelta(minutes=7), "confirmed", "accept")


def test_the_story_so_far_is_told(story: Story) -> None:
    moments = timeline(story)
    assert moments[0].what == "starts"
    console = Console(record=True, width=160)
    with stage() as found:
        players = Players(
            found.mail, found.hooks, {}, "http://127.0.0.1:1", Settings().clock(), lambda _p, _t: []
        )
        console.print(demo_print.progress(story, players, AT, 120))
        demo_print.story(console, story, zoneinfo.ZoneInfo("America/Port-au-Prince"), players, {})
    told = console.export_text()
    assert "verify 0/1" in told
    assert "no needs and no offers" in told


def test_everything_that_is_missing_is_named(parts: Wiring, story: Story, scenario: Scenario) -> None:
    checks = expectations(scenario, story, directory_of(scenario, [], parts.library))
    with stage() as found:
        players = Players(found.mail, found.hooks, {}, "http://127.0.0.1:1", parts.clock, lambda _p, _t: [])
        players.messages.append(Message(AT, "cf-a", "mail", "Verify", "no mark"))
        players.strangers = 1
        missing = "\n".join(shortcomings(story, players, checks, {story.main.run.id: "CANCELLED"}))
    for words in (
        "response/activation has not ended",
        "is CANCELLED, not COMPLETED",
        "1 messages bear no EXERCISE mark",
        "1 messages went to addresses of nobody",
        "messages have not left the outbox",
        "no second wave",
        "no escalation",
        "there is no situation report",
        "there is no cluster 3w",
        "needs were not compared",
        "not as expected: the run ends activated",
    ):
        assert words in missing, missing


@pytest.mark.parametrize(
    ("subject", "text", "good"),
    [
        (
            "[EXERCISE] Call - EXERCISE",
            "EXERCISE EXERCISE EXERCISE\n\nCall\n\nEXERCISE EXERCISE EXERCISE",
            True,
        ),
        ("[EXERCISE] EXERCICE: x - EXERCICE", "EXERCISE / EXERCICE\n\nx\n\nEXERCISE / EXERCICE", True),
        ("Call", "EXERCISE\n\nCall\n\nEXERCISE", False),
        ("[EXERCISE] Call", "EXERCISE\n\nCall", False),
        ("[EXERCISE] Call", "", False),
    ],
)
def test_a_drill_is_marked_at_both_ends(subject: str, text: str, good: bool) -> None:  # noqa: FBT001 - a table
    assert marked(Message(AT, "a", "mail", subject, text)) is good


def test_reports_are_written_to_files(story: Story, tmp_path: Path) -> None:
    assert demo_print.write_reports(story, tmp_path / "reports") == []
    assert (tmp_path / "reports").is_dir()


def test_a_scenario_that_cannot_be_demonstrated_is_one_line(call: Call, tmp_path: Path) -> None:
    one_line_error(call("demo", "--scenario", "atlantis", "--home", str(tmp_path / "demo")), "atlantis")
