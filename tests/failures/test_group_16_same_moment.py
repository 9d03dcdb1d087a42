"""Group 16: an answer at the instant of escalation, two accept together, accept after satisfied, decline by all."""

import datetime as dt

import pytest

from konbit.domain.delivery import DeliveryState
from tests.failures.calls import START, CallDown, everybody

pytestmark = pytest.mark.slow


def test_an_answer_at_the_instant_of_escalation_beats_it(calls: CallDown) -> None:
    run = calls.start()

    calls.clock.time = START + dt.timedelta(minutes=15)
    calls.text("lead-1", "1")
    calls.go(run)

    assert calls.told() == {"lead-1"}, "stored in the same moment as the wave fell due"
    assert calls.outcome(run) == "completed"


def test_an_answer_just_after_the_escalation_covers_the_role_and_the_next_is_told(calls: CallDown) -> None:
    run = calls.start()

    calls.later(run, minutes=15)
    assert calls.told() == {"lead-1", "lead-2", "lead-3"}
    calls.text("lead-1", "1")
    calls.go(run)

    assert calls.outcome(run) == "completed"
    for person in ("lead-2", "lead-3"):
        assert (
            calls.got(person)[-1] == "Role holder lead-1 has answered for Call. You need not act. Thank you."
        )
    assert calls.told() == {"lead-1", "lead-2", "lead-3"}


def test_two_who_accept_together_are_both_kept_and_the_role_is_covered_once(calls: CallDown) -> None:
    run = calls.start()
    calls.later(run, minutes=15)

    for person in ("lead-2", "lead-3"):
        calls.text(person, "1")
    calls.go(run)

    assert {(who, verdict) for who, verdict, _ in calls.answers(run)} == {
        ("lead-2", "accept"),
        ("lead-3", "accept"),
    }
    assert calls.outcome(run) == "completed"


def test_whoever_accepts_after_it_was_taken_is_kept_as_late(calls: CallDown) -> None:
    run = calls.start()
    calls.later(run, minutes=15)
    calls.text("lead-2", "1")
    calls.go(run)

    calls.text("lead-1", "1")
    calls.go(run)

    assert calls.answers(run) == [("lead-2", "accept", False), ("lead-1", "accept", True)]


def test_when_all_decline_the_ladder_ends_at_once_and_owner_and_deputy_are_alarmed(calls: CallDown) -> None:
    run = calls.start()

    for person in ("lead-1", "lead-2", "lead-3", "standin-1"):
        calls.text(person, "2")
        calls.go(run)

    assert calls.clock.time == START, "nobody waited for a timer"
    assert calls.outcome(run) == "completed"
    assert calls.got("owner-1")[-1] == "Call: call: unfilled, nobody answered for lead"


def test_what_was_queued_for_the_next_channel_is_taken_back_by_an_answer(calls: CallDown) -> None:
    run = calls.start(directory=everybody(("sms", "mail")))

    calls.text("lead-1", "1")
    calls.go(run)
    calls.later(run, minutes=30)

    assert calls.phones.at("lead-1@example.org") == []
    with calls.store.read() as tx:
        waiting = [one.state for one in tx.deliveries.list(run.id, "call") if one.channel == "mail"]
    assert set(waiting) == {DeliveryState.CANCELLED}
