"""Who was asked and what became of it, as both databases say."""

import datetime as dt

from konbit.domain.calldown import Contact
from konbit.domain.delivery import Accepted, Permanent, Quota, SendResult
from konbit.notify import retry
from konbit.store.database import Store
from konbit.store.outbox import SqlOutbox
from konbit.store.reply_records import NewReceipt, ReceiptStatus
from tests.contracts.cases import LEASE, MINUTE, NOW, WALL, a_planned, a_request, a_run


def test_each_person_asked_is_told_with_the_first_hand_over_and_the_last_verdict(store: Store) -> None:
    a_run(store)
    with store.begin() as tx:
        tx.requests.open("run-1", a_request())
        rows = {person: tx.requests.ask("run-1", "call", person, 0, NOW) for person in ("p1", "p2")}
        tx.requests.ask("run-1", "call", "p3", 1, NOW + MINUTE)
        tx.deliveries.plan(
            [a_planned("d1", request="call"), a_planned("d2", person="p2", request="call")], NOW
        )
    outbox = SqlOutbox(store, retry.next_step)
    results: dict[str, SendResult] = {"d1": Accepted(), "d2": Permanent("no_such_mailbox")}
    held = outbox.claim("w", NOW, WALL, LEASE, [Quota("mail", 9)])
    outbox.record([retry.next_step(one, results[one.id], NOW) for one in held], NOW + MINUTE, WALL)
    with store.begin() as tx:
        for minutes, verdict in ((5, "accept"), (9, "decline")):
            at = NOW + dt.timedelta(minutes=minutes)
            tx.accept_answer(rows["p1"], verdict, {}, "link", at, f"n{minutes}")  # type: ignore[arg-type]  # a verdict
    with store.read() as tx:
        found = sorted(tx.contacts.of("run-1"), key=lambda one: (one.asked_at, one.dead))
    assert found == [
        Contact("call", NOW, NOW + MINUTE, seen=False, answered_at=NOW + 5 * MINUTE, verdict="decline"),
        Contact("call", NOW, dead=True),
        Contact("call", NOW + MINUTE),
    ]


def test_whoever_read_a_message_has_seen_it_and_the_run_hears_of_it_once(store: Store) -> None:
    a_run(store)
    with store.begin() as tx:
        tx.requests.open("run-1", a_request())
        tx.requests.ask("run-1", "call", "p1", 0, NOW)
        tx.deliveries.plan([a_planned("d1", request="call")], NOW)
    outbox = SqlOutbox(store, retry.next_step)
    held = outbox.claim("w", NOW, WALL, LEASE, [Quota("mail", 9)])
    outbox.record([retry.next_step(one, Accepted(), NOW) for one in held], NOW, WALL)
    for status in ("read", "delivered", "read"):
        with store.begin() as tx:
            told: ReceiptStatus = "read" if status == "read" else "delivered"
            tx.receipts.put(
                NewReceipt(
                    provider="gateway",
                    provider_msg_id="7",
                    status=told,
                    received_at=NOW + MINUTE,
                    delivery_id="d1",
                )
            )
    with store.read() as tx:
        assert [one.seen for one in tx.contacts.of("run-1")] == [True]
        events = [item.event for item in tx.inbox.pending("run-1")]
    assert [(event.kind, getattr(event, "why", None)) for event in events] == [("seen", "read")]
