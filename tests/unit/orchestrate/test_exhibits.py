"""What operators are shown of a run, read from its plan and its state."""

import datetime as dt

import pytest

from konbit.definition.library import load
from konbit.engine.advance import fold
from konbit.engine.compile import compile_plan
from konbit.engine.events import Answered, AnyEvent, Started, WorkDone
from konbit.engine.plan import Plan
from konbit.engine.state import RunState
from konbit.orchestrate.exhibits import exhibits_of

AT = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)
ROSTER = {
    "slots": [{"slot": "country_facilitator", "need": 1, "critical": True, "waves": [["person-1"], []]}]
}


@pytest.fixture(scope="module")
def plan() -> Plan:
    library = load()
    return compile_plan(library.bundle("response/activation"), library.flowcharts.get)


def after(plan: Plan, *events: AnyEvent) -> RunState:
    parameters = {
        "country": "HTI",
        "hazard": "EQ",
        "areas": ["HT07"],
        "clusters": ["HEA"],
        "level": "partial",
    }
    started = Started(at=AT, parameters={**parameters, "glide": None, "occurred_at": None}, mode="drill")
    return fold(plan, [started, *events])


def test_a_role_that_was_asked_and_has_not_answered_is_silent(plan: Plan) -> None:
    state = after(plan, WorkDone(at=AT, work="verify", output=ROSTER))
    asked_at = {("verify", "person-1"): AT + dt.timedelta(minutes=5)}
    shown = exhibits_of(plan, state, asked_at)
    (silence,) = shown.silent
    assert (silence.step, silence.slot, silence.wave) == ("verify", "country_facilitator", "1 of 2")
    assert (silence.since, silence.critical) == ("2026-11-21 12:05 UTC", True)
    assert (shown.asked, shown.answered) == (1, 0)


def test_an_answer_ends_the_silence_and_the_chart_moves_on(plan: Plan) -> None:
    waiting = after(plan, WorkDone(at=AT, work="verify", output=ROSTER))
    answered = after(
        plan,
        WorkDone(at=AT, work="verify", output=ROSTER),
        Answered(at=AT, request="verify", person="person-1", data={"answer": "confirmed"}),
    )
    before, now = exhibits_of(plan, waiting), exhibits_of(plan, answered)
    assert now.silent == []
    assert before.chart is not None
    assert "current" in before.chart
    assert before.chart != now.chart


def test_the_chart_names_no_person(plan: Plan) -> None:
    state = after(plan, WorkDone(at=AT, work="verify", output=ROSTER))
    assert "person-1" not in str(exhibits_of(plan, state))


def test_a_role_that_nobody_holds_is_vacant_and_not_silent(plan: Plan) -> None:
    slots = [*ROSTER["slots"], {"slot": "chair", "need": 1, "critical": True, "waves": [[], []]}]
    shown = exhibits_of(plan, after(plan, WorkDone(at=AT, work="verify", output={"slots": slots})))
    assert [silence.slot for silence in shown.silent] == ["country_facilitator"]
    assert [(one.step, one.slot, one.critical) for one in shown.vacant] == [("verify", "chair", True)]
