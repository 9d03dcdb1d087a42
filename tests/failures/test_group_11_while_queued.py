"""Group 11: acknowledged, opted out, or given another address while a message was queued: it is not sent."""

import pytest

from konbit.domain.delivery import DeliveryState
from tests.failures.calls import CallDown, everybody, number

pytestmark = pytest.mark.slow


def _states(calls: CallDown, run_id: str, channel: str) -> set[DeliveryState]:
    with calls.store.read() as tx:
        return {
            one.state
            for one in tx.deliveries.list(run_id, "call")
            if one.channel == channel and one.person == "lead-1"
        }


def test_what_is_queued_for_somebody_who_has_answered_is_not_sent(calls: CallDown) -> None:
    run = calls.start(directory=everybody(("mail", "sms")))
    token = calls.phones.at("lead-1@example.org")[0].rpartition("/a/")[2][:35]

    calls.answer(token)
    calls.later(run, minutes=30)

    assert calls.got("lead-1") == []
    assert _states(calls, run.id, "sms") == {DeliveryState.CANCELLED}


def test_what_is_queued_for_an_address_that_opted_out_is_not_sent(calls: CallDown) -> None:
    run = calls.start(directory=everybody(("mail", "sms")))

    calls.text("lead-1", "STOP")
    calls.go(run)
    calls.later(run, minutes=14)

    assert calls.got("lead-1") == []
    assert DeliveryState.SUPPRESSED in _states(calls, run.id, "sms")


def test_what_is_queued_for_an_address_that_was_changed_is_not_sent_there(calls: CallDown) -> None:
    run = calls.start(directory=everybody(("mail", "sms")))
    known = everybody(("mail", "sms"))
    moved = [
        one.model_copy(update={"address": "+12025550188"}) if one.address == number("lead-1") else one
        for one in known.endpoints
    ]
    with calls.store.begin() as tx:
        tx.directory.replace_country(known.model_copy(update={"endpoints": moved}), "HTI")

    calls.later(run, minutes=14)

    assert calls.phones.at(number("lead-1")) == []
