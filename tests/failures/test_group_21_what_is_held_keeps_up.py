"""Failure group 21: what is held keeps up with its run; deadlines move, roles are filled, reminders fall due, runs end."""

import datetime as dt

import pytest

from konbit.domain.directory import Binding, Directory
from konbit.orchestrate.capping import NOTIFY
from konbit.orchestrate.checks import InvalidCommand
from konbit.orchestrate.operating import Operator
from konbit.orchestrate.releasing import release
from konbit.store.records import Run
from tests.failures.calls import CallDown
from tests.failures.test_group_21_the_cap_of_a_run import ASKED_FIRST, TOLD, capped, crowd, grown, texts

__all__ = ["capped"]
pytestmark = pytest.mark.slow
BEN = "operator:ben"


def held(calls: CallDown, run: Run) -> list[tuple[str, str, int]]:
    """Step, purpose, and how many people, of each message that is held."""
    with calls.store.read() as tx:
        effects = [NOTIFY.validate_python(one.effect) for one in tx.holds.open(run.id)]
    return [(one.step, one.purpose, len(one.people)) for one in effects]


def test_what_leaves_after_the_deadline_was_moved_has_the_new_one(capped: CallDown) -> None:
    run = grown(capped)
    Operator(capped.steward, BEN).extend(run.id, "call", "night", by=dt.timedelta(hours=6))
    capped.go(run)
    capped.later(run, minutes=61)
    release(capped.steward, run.id, BEN, "they are needed")
    capped.go(run)
    capped.later(run, minutes=1)
    assert texts(capped, 8) == 8


def test_nobody_is_reminded_of_what_they_were_not_asked(capped: CallDown) -> None:
    run = grown(capped, ASKED_FIRST.replace("    within: 60m", "    remind: [10m, 20m]\n    within: 60m"))
    capped.later(run, minutes=25)
    assert [purpose for _, purpose, _ in held(capped, run)] == ["ask"]
    assert len([text for text in capped.got("owner-1") if "konbit runs release" in text]) == 1
    release(capped.steward, run.id, BEN, "they are needed")
    capped.go(run)
    assert [len(capped.phones.at(f"+120255501{20 + place}")) for place in range(8)] == [1] * 8


def backups() -> Directory:
    """The many are asked second."""
    found = crowd(8)
    second: list[Binding] = [
        one.model_copy(update={"rank": 2}) if one.person.startswith("more-") else one
        for one in found.bindings
    ]
    return found.model_copy(update={"bindings": second})


def test_whoever_is_not_needed_any_more_is_taken_out_of_what_is_held(capped: CallDown) -> None:
    run = capped.start(ASKED_FIRST)
    with capped.store.begin() as tx:
        tx.directory.replace_country(backups(), "HTI")
        (asked,) = tx.requests.asked(run.id, "decide")
        tx.accept_answer(asked.row_id, "accept", {"answer": "go"}, "link", capped.clock.time, "n1")
    capped.go(run)
    capped.later(run, minutes=16)
    assert [purpose for _, purpose, _ in held(capped, run)] == ["ask"]
    capped.text("lead-1", "1")
    capped.go(run)
    assert held(capped, run) == []
    with pytest.raises(InvalidCommand):
        release(capped.steward, run.id, BEN, "they are needed")
    assert texts(capped, 8) == 0


def test_a_run_that_is_stood_down_holds_nothing_any_more(capped: CallDown) -> None:
    run = grown(capped, TOLD + "  - id: rest\n    wait: {for: 24h}\n")
    assert held(capped, run) == [("tell", "inform", 9)]
    Operator(capped.steward, BEN).stand_down(run.id, "false alarm")
    capped.go(run)
    assert held(capped, run) == []


def test_a_run_that_began_before_there_was_a_cap_goes_on(capped: CallDown) -> None:
    run = capped.start(ASKED_FIRST)
    with capped.store.begin() as tx:
        tx.runs.may_reach(run.id, None)
        tx.directory.replace_country(crowd(8), "HTI")
        (asked,) = tx.requests.asked(run.id, "decide")
        tx.accept_answer(asked.row_id, "accept", {"answer": "go"}, "link", capped.clock.time, "n1")
    capped.go(run)
    assert texts(capped, 8) == 8
