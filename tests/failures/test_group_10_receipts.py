"""Group 10: receipts before our commit, twice, out of order, forged, for another account, failed after delivered."""

import pytest

from konbit.domain.delivery import DeliveryState
from konbit.engine.events import Seen
from konbit.store.records import Run
from tests.failures.calls import CallDown, everybody

pytestmark = pytest.mark.slow


def _sent(calls: CallDown, run: Run) -> str:
    """The text that asked the holder of the role."""
    with calls.store.read() as tx:
        return next(one.id for one in tx.deliveries.list(run.id) if one.channel == "sms" and one.attempts)


def _says(
    calls: CallDown,
    status: str,
    sid: str = "SM7",
    delivery: str = "",
    code: str = "",
    token: str | None = None,
) -> int:
    path = f"/in/twilio/status/{delivery}" if delivery else "/in/twilio/status"
    form = {"MessageSid": sid, "MessageStatus": status, "To": "+12025550101", "ErrorCode": code}
    return calls.post(path, form) if token is None else calls.post(path, form, token)


def _known(calls: CallDown, delivery: str, sid: str = "SM7") -> None:
    with calls.store.begin() as tx:
        tx.receipts.sent_as("twilio", sid, delivery)


def _of(calls: CallDown, delivery: str) -> list[str]:
    with calls.store.read() as tx:
        return list(tx.receipts.of(delivery))


def test_a_receipt_that_is_quicker_than_our_record_waits_for_it(calls: CallDown) -> None:
    run = calls.start()
    delivery = _sent(calls, run)

    assert _says(calls, "delivered") == 200
    assert _of(calls, delivery) == []
    _known(calls, delivery)
    assert _of(calls, delivery) == ["delivered"]


def test_our_own_id_in_the_address_of_the_callback_finds_the_message_at_once(calls: CallDown) -> None:
    run = calls.start()
    delivery = _sent(calls, run)

    _says(calls, "delivered", delivery=delivery)

    assert _of(calls, delivery) == ["delivered"]


def test_receipts_never_move_a_message_backwards_and_count_once(calls: CallDown) -> None:
    run = calls.start()
    delivery = _sent(calls, run)
    _known(calls, delivery)

    for status in ("sent", "read", "delivered", "sent", "read", "delivered"):
        _says(calls, status)

    assert _of(calls, delivery) == ["accepted", "read"]


def test_a_failure_after_delivery_changes_nothing(calls: CallDown) -> None:
    run = calls.start()
    delivery = _sent(calls, run)
    _known(calls, delivery)

    _says(calls, "delivered")
    _says(calls, "failed", code="30008")
    calls.go(run)

    with calls.store.read() as tx:
        row = next(one for one in tx.deliveries.list(run.id) if one.id == delivery)
    assert row.state is DeliveryState.ACCEPTED
    assert calls.told() == {"lead-1"}


def test_a_failure_after_acceptance_asks_the_next_person_where_no_channel_is_left(calls: CallDown) -> None:
    run = calls.start()
    _known(calls, _sent(calls, run))

    _says(calls, "sent")
    _says(calls, "undelivered", code="30003")
    calls.go(run)

    assert {"lead-1", "lead-2"} <= calls.told()


def test_a_failure_after_acceptance_makes_the_next_channel_due_at_once(calls: CallDown) -> None:
    run = calls.start(directory=everybody(("sms", "mail")))
    _known(calls, _sent(calls, run))
    assert calls.phones.at("lead-1@example.org") == []

    _says(calls, "undelivered", code="30003")
    calls.go(run)

    assert len(calls.phones.at("lead-1@example.org")) == 1
    assert "lead-2" not in calls.told()


def test_a_forged_receipt_is_refused(calls: CallDown) -> None:
    run = calls.start()
    delivery = _sent(calls, run)
    _known(calls, delivery)

    assert _says(calls, "read", token="guessed") == 403
    assert _of(calls, delivery) == []


def test_a_receipt_for_no_message_of_ours_is_given_up_after_ten_minutes(
    calls: CallDown, caplog: pytest.LogCaptureFixture
) -> None:
    run = calls.start()
    _says(calls, "delivered", sid="SM-of-another-account")

    calls.later(run, minutes=11)

    with calls.store.read() as tx:
        assert not tx.receipts.waiting()
    assert "is for no message of ours" in caplog.text
    assert "SM-of-another-account" not in caplog.text


def _seen(calls: CallDown, run: Run) -> list[tuple[str, str, str]]:
    """Who has seen it by the journal of the run, why, and on which channel."""
    with calls.store.read() as tx:
        events = [entry.event for entry in tx.journal.read(run.id)]
    return [(event.person, event.why, event.channel) for event in events if isinstance(event, Seen)]


@pytest.mark.parametrize("door", ["twilio", "signed"])
def test_a_message_that_was_read_pauses_the_persons_other_channels_and_is_no_answer(
    calls: CallDown, door: str
) -> None:
    run = calls.start(directory=everybody(("sms", "mail")))
    delivery = _sent(calls, run)
    _known(calls, delivery)
    calls.later(run, minutes=2)

    for _ in range(2):
        if door == "twilio":
            assert _says(calls, "read") == 200
        else:
            told = {
                "type": "receipt",
                "provider": "gateway",
                "id": "7",
                "status": "read",
                "delivery": delivery,
            }
            assert calls.signed(told) == 200
        calls.go(run)

    assert _seen(calls, run) == [("lead-1", "read", "sms")]
    calls.later(run, minutes=4)
    assert calls.phones.at("lead-1@example.org") == [], "due after 3 minutes, and held until 7"
    calls.later(run, minutes=2)
    assert len(calls.phones.at("lead-1@example.org")) == 1
    calls.later(run, minutes=8)
    assert {"lead-2", "lead-3"} <= calls.told(), "the role waits for an answer as before"
    assert calls.answers(run) == []
    with calls.store.read() as tx:
        assert next(one.seen for one in tx.contacts.of(run.id))
        assert not any(one.answered_at for one in tx.contacts.of(run.id))


def test_a_receipt_of_reading_after_the_answer_or_the_end_changes_nothing(calls: CallDown) -> None:
    run = calls.start(directory=everybody(("sms", "mail")))
    delivery = _sent(calls, run)
    calls.text("lead-1", "1")
    calls.go(run)
    assert calls.outcome(run) == "completed"

    assert _says(calls, "read", delivery=delivery) == 200
    calls.go(run)

    assert _of(calls, delivery) == ["read"]
    assert _seen(calls, run) == []
    assert calls.answers(run) == [("lead-1", "accept", False)]


def test_a_notice_that_was_read_has_nobody_to_pause(calls: CallDown) -> None:
    run = calls.start("steps:\n  - inform: {who: [lead], message: stand_down}\n")
    delivery = _sent(calls, run)
    assert _says(calls, "read", delivery=delivery) == 200
    calls.go(run)
    assert _of(calls, delivery) == ["read"]
    assert _seen(calls, run) == []
