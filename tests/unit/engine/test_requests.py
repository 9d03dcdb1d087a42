"""Requests: who is asked when, what an answer, a decline, a dead channel and silence lead to."""

from konbit.engine.effects import CancelTimer, CloseRequest
from konbit.engine.events import WorkDone
from tests.unit.engine.running import START, Run, messages, plan_of

CALL = """\
steps:
  - id: call
    contact:
      who: [chair, lead]
      message: come
      need: {per_role: 1, critical: [chair]}
      waves: [{to: primary}, {to: backup, after: 15m, message: next}, {to: standin, after: 30m, message: next}]
    within: 60m
    remind: [10m]
    on: {uncovered: [{inform: {who: hub, message: gap}}]}
"""
DECIDE = """\
steps:
  - id: decide
    ask: {who: chair, question: what, options: [full, partial]}
    within: 60m
    remind: [10m]
    escalate: [{to: deputy, after: 20m}]
    on: {no_answer: [{end: undecided}]}
"""


def test_the_first_wave_is_asked_at_once_and_the_next_only_for_what_is_uncovered() -> None:
    run = Run.of(CALL)

    assert messages(run.effects) == [("ask", "come", ("chair/1", "lead/1"))]
    run.answer("call", "chair/1")
    assert messages(run.later("10m")) == [("remind", "reminder", ("lead/1",))]
    assert messages(run.later("5m")) == [("ask", "next", ("lead/2",))]
    run.answer("call", "lead/2")
    assert run.outcomes == {"call": "covered"}
    assert run.outcome == "completed"


def test_a_decline_asks_the_next_at_once() -> None:
    run = Run.of(CALL)

    assert messages(run.answer("call", "lead/1", "decline")) == [("ask", "next", ("lead/2",))]
    assert messages(run.answer("call", "lead/2", "decline")) == [("ask", "next", ("standin/1",))]


def test_somebody_who_cannot_be_reached_is_passed_over_at_once() -> None:
    run = Run.of(CALL)

    assert messages(run.unreachable("call", "lead/1")) == [("ask", "next", ("lead/2",))]


def test_an_empty_wave_is_passed_over() -> None:
    run = Run(plan_of(CALL), lone=frozenset({"lead"})).start()

    assert messages(run.answer("call", "lead/1", "decline")) == [("ask", "next", ("standin/1",))]


def test_when_nobody_is_left_the_request_ends_before_its_deadline() -> None:
    run = Run.of(CALL)

    run.answer("call", "chair/1")
    for person in ("lead/1", "lead/2"):
        run.answer("call", person, "decline")
    run.answer("call", "standin/1", "decline")
    assert run.outcomes["call"] == "covered"  # the chair alone is critical
    assert run.state.done["call"].output["uncovered_roles"] == ["lead"]


def test_silence_ends_uncovered_and_is_handled() -> None:
    run = Run.of(CALL)

    said = messages(run.later("60m"))
    assert said[-1] == ("inform", "gap", ("hub/1",))
    assert run.outcomes["call"] == "uncovered"
    assert run.state.done["call"].output["silent"] == 5


def test_a_critical_role_that_nobody_can_fill_alarms_the_owner_at_once() -> None:
    """A question whose silence is handled needs no alarm: what handles it speaks."""
    chart = CALL.replace(", {to: standin, after: 30m, message: next}", "")
    assert Run(plan_of(chart), vacant=frozenset({"chair"})).start().alarms == ["call: nobody holds chair"]
    assert Run(plan_of(chart), vacant=frozenset({"lead"})).start().alarms == []
    question = DECIDE.replace("    escalate: [{to: deputy, after: 20m}]\n", "")
    alone = Run(plan_of(question), vacant=frozenset({"chair"})).start()
    assert alone.alarms == []
    assert alone.outcome == "undecided"


def test_the_first_answer_decides_and_takes_every_timer_with_it() -> None:
    run = Run.of(DECIDE)

    effects = run.answer("decide", "chair/1", answer="partial", reason="small")
    assert run.outcomes == {"decide": "partial"}
    assert run.state.done["decide"].output["reason"] == "small"
    assert run.state.done["decide"].output["by"] == "chair/1"
    assert {effect.timer for effect in effects if isinstance(effect, CancelTimer)} == {
        "decide#wave:1",
        "decide#remind:0",
        "decide#deadline",
    }
    assert [effect.request for effect in effects if isinstance(effect, CloseRequest)] == ["decide"]


def test_a_question_escalates_and_its_silence_has_an_outcome() -> None:
    run = Run.of(DECIDE)

    assert messages(run.later("10m")) == [("remind", "reminder", ("chair/1",))]
    assert messages(run.later("10m")) == [("ask", "what", ("deputy/1",))]
    run.later("40m")
    assert run.outcome == "undecided"


def test_an_answer_to_a_closed_request_is_kept_as_late_and_changes_nothing() -> None:
    run = Run.of(f"{CALL}  - {{id: pause, wait: 1d}}\n")
    run.later("61m")
    before = run.state

    assert run.answer("call", "chair/1") == []
    assert run.state.late == 1
    assert run.state.done == before.done
    assert run.state.live == before.live


def test_an_answer_of_somebody_who_was_not_asked_does_not_count() -> None:
    run = Run.of(CALL)

    run.answer("call", "somebody")
    assert run.state.late == 1
    assert len(run.state.requests[0].replies) == 0


def test_a_decline_after_an_acceptance_takes_it_back() -> None:
    run = Run.of(CALL)
    run.answer("call", "lead/1")

    assert messages(run.answer("call", "lead/1", "decline")) == [("ask", "next", ("lead/2",))]


def test_a_collection_ends_when_it_is_enough() -> None:
    chart = """\
    steps:
      - id: needs
        assess: {who: [one, two, three], enough_when: answered >= 2}
        within: 48h
        on: {no_answer: []}
    """
    run = Run.of(chart)

    run.answer("needs", "one/1", cluster="WSH")
    assert run.outcome is None
    run.answer("needs", "three/1")
    assert run.outcomes == {"needs": "collected"}
    assert run.state.done["needs"].output["answered"] == 2


def test_a_report_without_inputs_is_written_and_one_that_is_refused_is_not_sent() -> None:
    chart = """\
    steps:
      - id: report
        report: {kind: situation_report, inputs_from: [lead], approve: {who: chair, within: 1h}, to: [members]}
        within: 6h
        on: {no_answer: [{inform: {who: hub, message: empty}}], not_approved: [{end: kept_back}]}
    """
    sent, refused = Run.of(chart), Run.of(chart)

    sent.later("6h")
    sent.answer("report/approve", "chair/1", answer="approved")
    assert [message for _, message, _ in messages(sent.effects)][-2:] == ["report_cover", "empty"]
    assert sent.outcomes["report"] == "no_answer"
    refused.answer("report/inputs", "lead/1")
    refused.answer("report/approve", "chair/1", answer="rejected")
    assert refused.outcome == "kept_back"
    assert "report/send" not in refused.outcomes


def test_work_that_comes_back_twice_counts_once() -> None:
    run = Run(plan_of(CALL), held=True).start()
    work = run.state.work[0]
    output = {"slots": [{"slot": "chair", "waves": [["chair/1"], [], []]}]}

    run.happens(WorkDone(at=START, work=work.key, output=output))
    before = run.state
    assert run.happens(WorkDone(at=START, work=work.key, output=output)) == []
    assert run.state == before


def test_work_whose_result_cannot_be_read_has_failed() -> None:
    """A run must not become unreadable because of one line of its journal."""
    run = Run(plan_of(CALL), held=True).start()

    run.happens(WorkDone(at=START, work="call", output={"slots": "none"}))
    assert run.outcomes == {"call": "failed"}
    assert len(run.alarms) == 1


def test_work_that_fails_ends_its_step_sets_no_mark_and_tells_the_owner() -> None:
    run = Run(plan_of(CALL.replace("within: 60m", "within: 60m\n    mark: T0")), held=True).start()

    run.fail("call")
    assert run.outcomes == {"call": "failed"}
    assert run.alarms == ["call: no connection"]
    assert "T0" not in run.state.marks
    assert run.outcome is None
    run.finish_work(run.state.work[0].key)
    assert messages(run.effects)[-1] == ("alarm", "alarm", ("owner/1",))
    assert run.outcome == "completed"


def test_an_alarm_that_cannot_be_given_does_not_hold_the_run_up() -> None:
    run = Run(plan_of(CALL), held=True).start()

    run.fail("call")
    run.fail(run.state.work[0].key)
    assert run.outcome == "completed"


def test_failed_work_that_is_handled_raises_no_alarm() -> None:
    chart = CALL.replace("on: {", "on: {failed: [{end: broken}], ")
    run = Run(plan_of(chart), held=True).start()

    run.fail("call")
    assert run.outcome == "broken"
    assert run.alarms == []
