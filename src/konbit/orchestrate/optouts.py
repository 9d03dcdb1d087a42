"""Opting out and in again by a word: the address is left alone from then on, and what hung on it moves on at once."""

from collections.abc import Sequence

from konbit.engine.events import Unreachable
from konbit.store.records import Consent
from konbit.store.reply_records import Inbound
from konbit.store.transaction import Tx

WORDING = "carrier-keywords-1"
"""Which words these are: the keywords that carriers themselves act on."""
Owners = Sequence[tuple[str, str]]
"""(person, endpoint) of everybody whose address it is."""


def opt_out(tx: Tx, inbound: Inbound, owners: Owners) -> None:
    """Nothing is sent to this address any more. Whoever cannot be reached otherwise is passed over in what is open."""
    for person, endpoint in owners:
        tx.directory.mark_endpoint(endpoint, "stopped", inbound.received_at)
        _consent(tx, inbound, person, endpoint, granted=False)
    for person in dict.fromkeys(person for person, _ in owners):
        if all(one.state not in ("ok", "suspect") for one in tx.directory.endpoints_of([person])):
            _pass_over(tx, inbound, person)


def opt_in(tx: Tx, inbound: Inbound, owners: Owners) -> None:
    """The address may be used again; one that was stopped for another reason than an opt-out is theirs to give too."""
    for person, endpoint in owners:
        tx.directory.mark_endpoint(endpoint, "ok", inbound.received_at)
        _consent(tx, inbound, person, endpoint, granted=True)


def stopped(tx: Tx, owners: Owners) -> bool:
    """Whether any of these endpoints has been stopped."""
    known = {one.id: one.state for one in tx.directory.endpoints_of([person for person, _ in owners])}
    return any(known.get(endpoint) == "stopped" for _, endpoint in owners)


def _consent(tx: Tx, inbound: Inbound, person: str, endpoint: str, *, granted: bool) -> None:
    for purpose in ("activation", "drill", "report"):
        tx.directory.consent(
            Consent(
                person=person,
                purpose=purpose,
                granted=granted,
                at=inbound.received_at,
                how=f"reply:{inbound.channel}",
                wording=WORDING,
                endpoint=endpoint,
            )
        )


def _pass_over(tx: Tx, inbound: Inbound, person: str) -> None:
    for question in tx.replies.questions([person], inbound.received_at):
        if question.is_open and not question.answered:
            event = Unreachable(at=inbound.received_at, request=question.request, person=person)
            key = f"unreachable:{question.request}:{person}"
            tx.inbox.put(question.run_id, event, key, inbound.received_at)
