"""The resource patterns: who is asked, who else, and what operators may change. Each leaves a line in the journal."""

import pytest

from konbit.check.checker import check
from konbit.definition.problems import Severity
from konbit.domain.directory import Binding, Directory, Person, recruit
from konbit.engine import events
from konbit.engine.duties import RECRUITING, Recruit
from konbit.engine.effects import DoWork, Notify
from konbit.engine.state import WorkFrame
from tests.patterns.play import OPERATOR, Play, library_of, plan_of

PEOPLE = ("ana", "ben", "cho", "dia")


def directory(**ranks: list[str]) -> Directory:
    """Each role with its holders in order of rank."""
    return Directory(
        people=[Person(id=name, name=name) for name in PEOPLE],
        bindings=[
            Binding(role=role, person=person, rank=rank)
            for role, people in ranks.items()
            for rank, person in enumerate(people, start=1)
        ],
    )


class Staffed(Play):
    """A run whose people come from a directory that is looked at when a step starts."""

    staff = directory(treasurer=["ana", "ben", "cho"], chair=["dia"])

    def done(self, frame: WorkFrame) -> None:
        if frame.duty not in RECRUITING:
            super().done(frame)
            return
        fields = {name: value for name, value in frame.inputs.items() if name in Recruit.model_fields}
        roster = recruit(Recruit.model_validate(fields), self.staff)
        self.happen(events.WorkDone(at=self.now, work=frame.key, output=roster.model_dump(mode="json")))


@pytest.fixture
def run() -> Staffed:
    return Staffed(plan_of("people.yaml"))


def asked(play: Play, step: str) -> list[tuple[str, ...]]:
    """Who was asked, wave by wave."""
    return [one.people for one in play.effects if isinstance(one, Notify) and one.step == step]


def by(play: Play, step: str) -> object:
    return play.state.done[step].output["by"]


def test_the_check_accepts_the_chart() -> None:
    problems = check(library_of("people.yaml"))
    assert [problem.text() for problem in problems if problem.severity is Severity.ERROR] == []


def test_role_based_allocation_asks_who_holds_the_role(run: Staffed) -> None:
    assert asked(run, "request") == [("ana",)]


def test_deferred_allocation_finds_people_when_the_step_starts(run: Staffed) -> None:
    run.staff = directory(treasurer=["cho", "dia"], chair=["ben"])
    run.say("request is answered buy")
    assert asked(run, "approve") == [("cho",)]


def test_separation_of_duties_never_asks_who_answered_before(run: Staffed) -> None:
    run.say("request is answered buy")
    assert by(run, "request") == "ana"
    run.passes("2h")
    assert asked(run, "approve") == [("ben",), ("cho",), ("dia",)]


def test_separation_of_duties_holds_for_those_who_stand_in_too() -> None:
    run = Staffed(plan_of("people.yaml"))
    run.staff = directory(treasurer=["dia"], chair=["dia"])
    run.state, run.effects, run.journal = type(run.state)(), [], []
    run.happen(events.Started(at=run.now, parameters={}, mode="drill"))
    run.say("request is answered buy")
    assert asked(run, "approve") == []
    assert run.outcome == "not_approved"
    assert [one.duty for one in run.effects if isinstance(one, DoWork)].count("alarm") == 0


def test_retain_familiar_asks_the_same_person_first(run: Staffed) -> None:
    run.tell(["2h pass", "request is answered buy"])
    assert by(run, "request") == "ben"
    run.tell(["approve is answered yes", "1h passes"])
    assert by(run, "approve") == "ana"
    assert asked(run, "buy") == [("ben",), ("ana", "cho")]


def test_retain_familiar_falls_back_to_the_role_when_nobody_answered(run: Staffed) -> None:
    run.tell(["an operator ends request as buy", "approve is answered yes"])
    assert asked(run, "buy") == [("ana",)]


def test_escalation_climbs_the_ladder(run: Staffed) -> None:
    run.passes("5h")
    assert asked(run, "request") == [("ana",), ("ben", "cho"), ("dia",)]


def test_delegation_asks_somebody_else_and_says_who_and_why(run: Staffed) -> None:
    run.say("an operator hands request from ana to cho")
    assert asked(run, "request") == [("ana",), ("cho",)]
    run.decline("ana", "request")
    assert run.state.late == 1
    run.say("request is answered buy")
    assert by(run, "request") == "cho"
    line = next(one for one in run.journal if isinstance(one, events.Reassigned))
    assert (line.actor, line.person, line.to, line.reason) == (OPERATOR, "ana", "cho", "on leave")


def test_a_decline_is_reallocated_to_the_next_wave_at_once(run: Staffed) -> None:
    run.say("ana declines request")
    assert asked(run, "request") == [("ana",), ("ben", "cho")]


def test_skip_ends_a_step_with_an_audit_line(run: Staffed) -> None:
    run.say("an operator ends request as skipped")
    assert run.state.done["request"].outcome == "skipped"
    line = run.journal[-2]
    assert isinstance(line, events.OutcomeForced)
    assert (line.actor, line.reason) == (OPERATOR, "by phone")


def test_redo_asks_again_and_keeps_both_answers(run: Staffed) -> None:
    run.tell(
        ["request is answered buy", "an operator has request done again", "request[~2] is answered wait"]
    )
    assert run.path == ["request", "request[~2]"]
    assert run.open == ["approve[~2]"]
    assert run.state.done["request"].outcome == "wait"
    assert next(one for one in run.journal if isinstance(one, events.Redone)).actor == OPERATOR


def test_pre_do_gives_an_outcome_before_the_step_is_reached(run: Staffed) -> None:
    run.tell(["an operator ends approve as yes", "request is answered buy"])
    assert run.path == ["request", "approve"]
    assert asked(run, "approve") == []
    assert run.open == ["buy"]


def test_withdrawn_people_are_told_no_more(run: Staffed) -> None:
    run.say("an operator stands the run down")
    assert run.outcome == "stood_down"
    assert not run.state.timers
    line = run.journal[-1]
    assert isinstance(line, events.StoodDown)
    assert (line.actor, line.reason) == (OPERATOR, "false alarm")


def test_more_time_moves_the_deadline_with_an_audit_line(run: Staffed) -> None:
    later = run.now.replace(day=16)
    run.happen(
        events.Extended(at=run.now, actor=OPERATOR, request="request", closes_at=later, reason="no power")
    )
    run.passes("8h")
    assert run.open == ["request"]
    run.passes("3d")
    assert run.outcome == "nobody_asked"
