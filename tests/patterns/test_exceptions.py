"""The exception patterns: what went wrong, what becomes of the step, what becomes of the run."""

import pytest

from konbit.check.checker import check
from konbit.definition.problems import Severity
from konbit.engine import events
from konbit.engine.effects import CloseRequest
from tests.patterns.play import OPERATOR, Play, library_of, plan_of


@pytest.fixture
def run() -> Play:
    return Play(plan_of("exceptions.yaml"))


def alarms(play: Play) -> list[str]:
    """Why the owner was told."""
    return [str(one.inputs["reason"]) for one in play.state.work if one.duty == "alarm"]


def test_the_check_accepts_the_chart() -> None:
    problems = check(library_of("exceptions.yaml"))
    assert [problem.text() for problem in problems if problem.severity is Severity.ERROR] == []


def test_work_failure_takes_its_own_way() -> None:
    run = Play(plan_of("exceptions.yaml"), work=False)
    run.say("announce fails")
    assert run.state.done["announce"].outcome == "failed"
    assert run.open == ["call_round"]
    assert alarms(run) == []
    line = run.journal[-1]
    assert isinstance(line, events.WorkFailed)
    assert line.reason == "no line"


def test_work_failure_that_nobody_handles_tells_the_owner_and_goes_on() -> None:
    run = Play(plan_of("exceptions.yaml"), work=False)
    run.tell(["announce fails", "call_round fails"])
    assert alarms(run) == ["call_round: no line"]
    assert "convoy" in run.state.live


def test_deadline_expiry_takes_the_way_of_silence(run: Play) -> None:
    run.passes("10h")
    assert "search" in run.path
    assert run.state.done["drive"].outcome == "no_answer"


def test_an_unreachable_person_hands_on_to_the_next_at_once(run: Play) -> None:
    run.say("treasurer_primary cannot be reached for drive")
    assert [people for purpose, message, people in run.told if purpose == "ask"][-1] == ("treasurer_backup",)
    run.say("treasurer_backup cannot be reached for drive")
    assert run.state.done["drive"].outcome == "no_answer"


def test_a_vacant_role_tells_the_owner_where_silence_is_not_handled() -> None:
    run = Play(plan_of("01-sequence.yaml"), work=False)
    (recruiting,) = run.state.work
    nobody = {"slots": [{"slot": "chair", "waves": [[]]}]}
    run.happen(events.WorkDone.model_validate({"at": run.now, "work": recruiting.key, "output": nobody}))
    assert run.state.done["verify"].outcome == "no_answer"


def test_a_trigger_from_outside_starts_its_way_and_withdraws_what_it_makes_pointless(run: Play) -> None:
    run.say("the signal aftershock comes")
    assert run.state.done["watch"].outcome == "aftershock"
    assert run.state.done["drive"].outcome == "stopped"
    assert "recheck" in run.path
    assert run.open == ["stock"]
    assert {one.request for one in run.effects if isinstance(one, CloseRequest)} == {"drive"}


def test_a_broken_constraint_abandons_the_region_and_compensates(run: Play) -> None:
    run.say("stock is answered empty")
    assert run.state.done["convoy"].outcome == "abandoned"
    assert run.path[-2:] == ["send_back", "log"]
    assert {one.request for one in run.effects if isinstance(one, CloseRequest)} == {"drive", "stock"}
    assert run.outcome == "completed"


def test_an_item_from_outside_is_added_with_an_audit_line() -> None:
    run = Play(plan_of("15-instances-added.yaml"), {"clusters": ["HEA"]})
    run.say("an operator adds LOG to needs")
    assert run.open == ["ask_needs[HEA]", "ask_needs[LOG]", "close_list"]
    line = next(one for one in run.journal if isinstance(one, events.ItemAdded))
    assert (line.actor, line.item) == (OPERATOR, "LOG")


def test_standing_down_tells_those_who_were_told(run: Play) -> None:
    run.say("an operator stands the run down")
    assert run.path[-1] == "call_off"
    assert run.outcome == "stood_down"
