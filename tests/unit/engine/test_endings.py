"""How a run ends early: stood down, expired, or at its end with lanes that still run."""

from konbit.engine.effects import CloseRequest, StopChild
from konbit.engine.events import Started, TimerFired
from konbit.engine.state import RunState
from tests.unit.engine.running import HEAD, START, Run, messages, plan_of

OPEN = """\
steps:
  - lanes:
      ask: [{id: one, ask: {who: chair, question: what}, within: 9h, on: {no_answer: []}}]
      child: [{id: other, run: {flowchart: response/other}, within: 9h}]
      pause: [{wait: 9h}]
stand_down:
  - inform: {who: everyone_contacted, message: never_mind}
"""
REST = """\
steps:
  - id: each
    for_each: {cluster: clusters, wait: first}
    steps: [{id: lead, ask: {who: lead, question: what}, within: 90d, on: {no_answer: []}}]
stand_down:
  - inform: {who: members, message: never_mind}
"""


def test_standing_down_withdraws_what_is_open_and_tells_those_who_were_told() -> None:
    run = Run.of(OPEN)

    effects = run.stand_down()
    assert [effect.request for effect in effects if isinstance(effect, CloseRequest)] == ["one"]
    assert [effect.child for effect in effects if isinstance(effect, StopChild)] == ["other"]
    assert messages(effects) == [("inform", "never_mind", ("everyone_contacted/1",))]
    assert run.outcome == "stood_down"


def test_a_run_that_has_ended_takes_nothing_in() -> None:
    run = Run.of(OPEN)
    run.stand_down()
    before = run.state

    assert run.stand_down() == []
    assert run.answer("one", "chair/1") == []
    assert run.state == before


def test_standing_down_twice_is_standing_down_once() -> None:
    run = Run.of(OPEN)
    run.held = True

    run.stand_down()
    assert run.stand_down() == []
    run.finish_work(run.state.work[0].key)
    assert run.outcome == "stood_down"


def test_a_run_that_everybody_forgot_expires() -> None:
    run = Run(plan_of(OPEN, HEAD + "expires: {after: 5h, outcome: forgotten}\n")).start()

    assert messages(run.later("5h"))[-1][1] == "never_mind"
    assert run.outcome == "forgotten"


def test_the_lanes_that_run_out_after_the_end_can_still_be_stood_down() -> None:
    run = Run.of(REST, clusters=["A", "B"])

    run.answer("lead[A]", "lead/1")
    assert run.state.status == "ending"
    run.stand_down()
    assert run.outcome == "stood_down"


def test_the_lanes_that_run_out_after_the_end_expire_with_the_run() -> None:
    run = Run(plan_of(REST, HEAD + "expires: {after: 5d}\n")).start(clusters=["A", "B"])

    run.answer("lead[A]", "lead/1")
    run.later("5d")
    assert run.outcome == "expired"


def test_an_alarm_that_is_under_way_is_given_although_the_run_is_stood_down() -> None:
    run = Run(plan_of(OPEN), held=True).start()

    run.fail("one")
    run.stand_down()
    for frame in run.state.work:
        run.finish_work(frame.key)
    assert ("alarm", "alarm", ("owner/1",)) in messages(run.effects)
    assert run.outcome == "stood_down"


def test_a_second_start_changes_nothing() -> None:
    run = Run.of(OPEN)
    before = run.state

    assert run.happens(Started(at=START, parameters={}, mode="actual")) == []
    assert run.state == before


def test_a_timer_that_was_cancelled_changes_nothing() -> None:
    run = Run.of(OPEN)
    run.answer("one", "chair/1")
    before = run.state

    assert run.happens(TimerFired(at=START, timer="one#deadline")) == []
    assert run.state == before
    assert RunState() != before


def test_an_alarm_has_a_key_that_no_step_can_have() -> None:
    """A step called `alarm` in a loop must not take the place of the first alarm."""
    chart = """\
    steps:
      - inform: {who: nobody, message: hello}
      - repeat: {at_most: 2}
        steps: [{id: alarm, inform: {who: members, message: hello}}]
    """
    run = Run(plan_of(chart), vacant=frozenset({"nobody"}), held=True).start()

    while run.state.work:
        for frame in run.state.work:
            if frame.key in run.state.live:
                run.finish_work(frame.key)
    assert ("alarm", "alarm", ("owner/1",)) in messages(run.effects)
    assert {"alarm[1]", "alarm[2]"} <= set(run.outcomes)
    assert run.outcome == "completed"
