"""Ladders: who is next and when, what a yes without its form is worth, and that a ladder never ends in silence."""

import dataclasses

from pydantic import JsonValue

from konbit.definition.durations import parse as length
from konbit.engine.advance import fold
from konbit.engine.effects import Effect, Notify, PauseLadder, Withdraw
from konbit.engine.events import Answered, AnyEvent, Paused, Resumed, Seen, TimerFired
from tests.unit.engine.running import START, Run, messages, plan_of

TWO = """\
steps:
  - id: call
    contact:
      who: [lead]
      message: come
      need: {per_role: 2}
      waves: [{to: primary}, {to: backup, after: 15m}, {to: standin, after: 45m}]
    within: 2h
    on: {uncovered: []}
"""
ONE = TWO.replace("      need: {per_role: 2}\n", "")
DECIDE = """\
steps:
  - id: decide
    ask: {who: chair, question: what, options: [full, partial]}
    within: 60m
    escalate: [{to: deputy, after: 20m}]
    on: {no_answer: []}
"""


def staffed(chart: str, slots: JsonValue) -> Run:
    """A run of a chart whose call finds these people."""
    return Run(plan_of(chart), outputs={"call": {"slots": slots}}).start()


def _acknowledges(run: Run, person: str) -> None:
    run.happens(
        Answered(at=run.now, actor=person, request="call", person=person, channel="sms", partial=True)
    )


def _seen(run: Run, person: str, why: str = "suspect") -> list[object]:
    given = {"at": run.now, "request": "call", "person": person, "why": why}
    return list(run.happens(Seen.model_validate(given)))


def test_a_role_that_needs_two_asks_until_two_may_come() -> None:
    run = Run.of(TWO)

    assert [who for _, _, who in messages(run.effects)] == [("lead/1",), ("lead/2",)]
    assert messages(run.answer("call", "lead/1", "decline")) == [("ask", "come", ("standin/1",))]
    run.answer("call", "lead/2")
    assert run.outcome is None, "one of two"
    run.answer("call", "standin/1")
    assert run.outcomes["call"] == "covered"


def test_a_role_whose_holder_is_gone_asks_the_backup_at_once() -> None:
    run = staffed(ONE, [{"slot": "lead", "waves": [[], ["lead/2"], ["standin/1"]]}])

    assert messages(run.effects) == [("ask", "come", ("lead/2",))]


def test_somebody_who_cannot_be_reached_is_waited_for_in_no_other_slot() -> None:
    slots: JsonValue = [
        {"slot": "a", "waves": [["p1"], ["p3"]]},
        {"slot": "b", "waves": [["p2"], ["p1"], ["p4"]]},
    ]
    run = staffed(ONE, slots)

    assert messages(run.unreachable("call", "p1")) == [("ask", "come", ("p3",))]
    assert messages(run.answer("call", "p2", "decline")) == [("ask", "come", ("p4",))]


def test_whoever_was_called_in_vain_is_told_by_whom_and_gets_nothing_more() -> None:
    run = Run.of(ONE)
    run.later("15m")

    effects = run.answer("call", "lead/2")

    assert ("taken", "taken_by", ("lead/1",)) in messages(effects)
    assert Withdraw("call", ("lead/1",)) in effects


def test_a_decision_is_told_to_the_deputy_who_was_asked_too() -> None:
    run = Run.of(DECIDE)
    run.later("20m")

    assert messages(run.answer("decide", "chair/1", answer="full")) == [("taken", "taken_by", ("deputy/1",))]


def test_a_yes_in_doubt_stops_nothing_and_asks_once_on_another_channel() -> None:
    run = Run.of(ONE)

    effects = _seen(run, "lead/1")
    assert next(one for one in effects if isinstance(one, PauseLadder)).person == "lead/1"
    assert messages(effects) == [("confirm", "confirm_answer", ("lead/1",))]  # type: ignore[arg-type]  # effects
    assert _seen(run, "lead/1") == []
    assert messages(run.later("15m")) == [("ask", "come", ("lead/2",))], "the slot does not wait"


def test_a_read_receipt_pauses_and_asks_nothing() -> None:
    run = Run.of(ONE)

    effects = _seen(run, "lead/1", "read")
    assert len(effects) == 1
    assert _seen(run, "nobody") == []


def test_a_yes_without_the_form_is_reminded_of_and_lapses() -> None:
    run = Run.of(ONE)

    _acknowledges(run, "lead/1")
    assert run.outcome is None
    assert messages(run.later("15m")) == [("remind", "reminder", ("lead/1",))], "and no second person"
    assert messages(run.later("15m")) == [("ask", "come", ("lead/2",))]
    assert run.state.requests[0].slots["lead"].accepted == ()
    run.answer("call", "lead/1")
    assert run.outcomes["call"] == "covered", "whoever comes back is welcome"


def test_the_form_or_a_second_word_makes_a_yes_stand() -> None:
    run = Run.of(ONE)

    _acknowledges(run, "lead/1")
    run.later("16m")
    _acknowledges(run, "lead/1")
    assert run.outcomes["call"] == "covered"
    assert all("lapse" not in timer for timer in run.state.timers)


def test_a_yes_whose_form_is_owed_counts_at_the_deadline() -> None:
    run = Run.of(ONE.replace("within: 2h", "within: 20m").replace(", {to: standin, after: 45m}", ""))

    _acknowledges(run, "lead/1")
    run.later("20m")
    assert run.outcomes["call"] == "covered"


def test_where_nobody_else_is_left_a_lapsed_yes_is_waited_for() -> None:
    run = staffed(ONE, [{"slot": "lead", "waves": [["lead/1"]]}])

    _acknowledges(run, "lead/1")
    run.later("31m")
    assert run.outcome is None
    assert run.state.requests[0].slots["lead"].pending == ("lead/1",)


def test_when_a_holder_leaves_and_no_wave_is_left_those_told_off_are_asked_again() -> None:
    slots: JsonValue = [{"slot": "a", "waves": [["p1", "p2"]]}, {"slot": "b", "waves": [["p3"]]}]
    run = staffed(ONE, slots)

    run.answer("call", "p1")
    assert messages(run.answer("call", "p1", "decline")) == [("remind", "reminder", ("p2",))]
    run.answer("call", "p2")
    run.answer("call", "p3")
    assert run.outcomes["call"] == "covered"


def test_a_ladder_that_ends_in_nobody_alarms_where_the_chart_is_silent() -> None:
    run = Run.of(DECIDE)
    run.later("60m")
    assert run.alarms == ["decide: unfilled, nobody answered for chair"]

    spoken = DECIDE.replace("no_answer: []", "no_answer: [{inform: {who: hub, message: gap}}]")
    run = Run.of(spoken)
    run.later("60m")
    assert run.alarms == []


def test_accepting_what_others_have_taken_is_standing_by() -> None:
    slots: JsonValue = [{"slot": "a", "waves": [["p1", "p2"]]}, {"slot": "b", "waves": [["p3"]]}]
    run = staffed(ONE, slots)

    for person in ("p1", "p2", "p3"):
        run.answer("call", person)
    assert run.state.done["call"].output["standby"] == 1


def test_a_roll_call_needs_everybody_and_tells_nobody_off() -> None:
    chart = ONE.replace("      message: come\n", "      message: come\n      need: {per_role: all}\n")
    slots: JsonValue = [{"slot": "lead", "need": 2, "waves": [["p1", "p2"]]}]
    run = staffed(chart, slots)

    assert plan_of(chart).nodes["call"].per_role == 0  # type: ignore[attr-defined]  # a request
    assert messages(run.answer("call", "p1")) == []
    assert run.outcome is None
    run.answer("call", "p2")
    assert run.outcomes["call"] == "covered"
    assert run.now == START


AGAIN = ONE.replace("    within: 2h", "      again: {after: 15m, at_most: 2}\n    within: 6h")


def test_a_ladder_that_was_in_vain_starts_over_wave_by_wave_so_many_times() -> None:
    run = Run.of(AGAIN)
    run.later("59m")
    assert [people for _, _, people in messages(run.effects)] == [("lead/1",), ("lead/2",), ("standin/1",)]

    assert messages(run.later("1m")) == [("ask", "come", ("lead/1",))]
    assert messages(run.later("15m")) == [("ask", "come", ("lead/2",))]
    assert messages(run.later("45m")) == [("ask", "come", ("standin/1",)), ("ask", "come", ("lead/1",))]
    assert len(messages(run.later("239m"))) == 2, "the second time, and no third"
    assert run.outcome is None
    run.later("1h")
    assert run.outcomes["call"] == "uncovered"


def test_who_declined_or_cannot_be_reached_is_not_called_again_and_nobody_once_it_is_covered() -> None:
    run = Run.of(AGAIN)
    run.answer("call", "lead/1", "decline")
    run.unreachable("call", "lead/2")
    run.later("59m")
    assert messages(run.later("60m")) == [("ask", "come", ("standin/1",))]
    run.answer("call", "standin/1")
    assert run.outcomes["call"] == "covered"
    assert not run.state.timers


def test_each_time_is_another_message_with_nobody_left_after_it() -> None:
    run = Run.of(AGAIN)
    run.later("5h")
    asked = [effect for effect in run.effects if isinstance(effect, Notify) and effect.purpose == "ask"]
    assert [effect.wave for effect in asked] == list(range(9))
    assert all(effect.last == effect.people for effect in asked[3:])


@dataclasses.dataclass
class Kept(Run):
    """A run that keeps its journal."""

    journal: list[AnyEvent] = dataclasses.field(default_factory=list)

    def happens(self, event: AnyEvent) -> list[Effect]:
        self.journal.append(event)
        return super().happens(event)


def _overdue(run: Run, text: str) -> list[Effect]:
    """The same as `later`, but nothing fires until the end, as after an outage: the engine then gets all of it at once."""
    run.now += length(text)
    before = len(run.effects)
    for _, timer in sorted((at, timer) for timer, (at, _) in run.state.timers.items() if at <= run.now):
        run.happens(TimerFired(at=run.now, timer=timer))
    return run.effects[before:]


def test_of_rounds_that_are_overdue_together_only_the_last_is_sent() -> None:
    run = Run.of(AGAIN)
    run.later("50m")
    sent = [one for one in _overdue(run, "250m") if isinstance(one, Notify) and one.purpose == "ask"]
    assert [(one.wave, one.people) for one in sent] == [
        (6, ("lead/1",)),
        (7, ("lead/2",)),
        (8, ("standin/1",)),
    ]
    assert [name for name in run.state.timers if "#wave:" in name] == []


def test_a_round_that_is_not_overdue_keeps_its_time() -> None:
    run = Run.of(AGAIN)
    run.later("50m")
    sent = messages(_overdue(run, "30m"))
    assert sent == [("ask", "come", ("lead/1",)), ("ask", "come", ("lead/2",))]
    assert messages(run.later("25m")) == [("ask", "come", ("standin/1",))]


def test_who_is_asked_late_for_the_first_time_is_not_called_again_in_the_same_moment() -> None:
    run = Run.of(AGAIN)
    sent = [one for one in _overdue(run, "300m") if isinstance(one, Notify) and one.purpose == "ask"]
    assert [(one.wave, one.people) for one in sent] == [
        (1, ("lead/2",)),
        (2, ("standin/1",)),
        (6, ("lead/1",)),
    ]


def test_who_was_asked_early_is_called_again_though_the_time_of_the_wave_itself_is_overdue() -> None:
    run = Run.of(AGAIN)
    run.answer("call", "lead/1", "decline")
    sent = [one for one in _overdue(run, "300m") if isinstance(one, Notify) and one.purpose == "ask"]
    assert [(one.wave, one.people) for one in sent] == [(7, ("lead/2",)), (2, ("standin/1",))]


def test_after_a_pause_the_silent_get_one_message_and_the_journal_gives_the_same_state() -> None:
    run = Kept(plan_of(AGAIN))
    run.start()
    run.later("50m")
    run.happens(Paused(at=run.now, reason="a storm"))
    run.now += length("250m")
    run.happens(Resumed(at=run.now, reason="over"))
    sent = messages(_overdue(run, "0m"))
    assert [people for _, _, people in sent] == [("lead/1",), ("lead/2",), ("standin/1",)]
    assert fold(run.plan, run.journal) == run.state
