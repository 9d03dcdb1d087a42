"""The answer desk over the store."""

import datetime as dt
from collections.abc import Mapping
from contextlib import suppress

from pydantic import JsonValue

from konbit.definition.bundle import Bundle
from konbit.errors import InvalidToken
from konbit.notify.address import mask
from konbit.portal.ports import LATE, Addressee, Entry, Given, Stored, Verdict
from konbit.store import records
from konbit.store.confirmations import ConfirmationOutcome
from konbit.store.database import Store
from konbit.store.reply_records import Called, NewInbound, NewReceipt


class StoreDesk:
    """Looks requests up and keeps answers in the store; wakes nobody: that is the clock's business."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def addressee(self, row_id: int) -> Addressee | None:
        """The person and the request, with the values of the run that the message and the form name."""
        with self._store.read() as tx:
            try:
                row = tx.requests.addressee(row_id)
            except InvalidToken:
                return None
            request = tx.requests.get(row.run_id, row.request)
            about = row.values.get("report")
            report = tx.reports.get(row.run_id, about) if isinstance(about, str) else None
        slots = request.slots if request else ()
        slot = next((slot.slot for slot in slots if any(row.person in wave for wave in slot.waves)), "")
        return _addressee(row, slot, report.markdown if report else "")

    def accept(
        self,
        row_id: int,
        verdict: Verdict,
        data: Mapping[str, JsonValue],
        *,
        channel: str,
        at: dt.datetime,
        nonce: str,
        wall: dt.datetime,
    ) -> Stored:
        """Keeps the answer and hands it to the run, in one transaction."""
        with self._store.begin() as tx:
            if not tx.doubts.trusted(row_id, verdict, at, wall):
                return "suspect"
            return tx.accept_answer(row_id, verdict, data, channel, at, nonce)

    def doubt(self, row_id: int, *, at: dt.datetime, wall: dt.datetime) -> None:
        """Lets the run know that a machine may have opened the link."""
        with self._store.begin() as tx:
            tx.doubts.doubt(row_id, at, wall)

    def bundle(self, digest: str) -> Bundle:
        """The stored plan of that digest, for `konbit.portal.page.Content`."""
        with self._store.read() as tx:
            return tx.plans.get(digest)

    def keep(self, reply: NewInbound) -> bool:
        """Keeps a reply; False if it came before."""
        with self._store.begin() as tx:
            return tx.replies.put(reply)

    def called(self, delivery_id: str) -> Called | None:
        """What a call of ours asked; None if there is no such call, or it asked nothing."""
        with self._store.read() as tx:
            return tx.replies.called(delivery_id)

    def receipt(self, receipt: NewReceipt) -> None:
        """Keeps what a provider says became of a message."""
        with self._store.begin() as tx:
            tx.receipts.put(receipt)

    def complaint(
        self, provider: str, provider_msg_id: str, delivery_id: str | None, at: dt.datetime
    ) -> None:
        """Takes in that the recipient of a message has complained about it."""
        with self._store.begin() as tx:
            tx.complaints.of_message(provider, provider_msg_id, delivery_id, at)

    def entry(self, row_id: int) -> Entry | None:
        """What somebody is shown of themselves: addresses masked, roles as they are written."""
        with self._store.read() as tx:
            found = tx.confirmations.get(row_id)
            if found is None:
                return None
            person = tx.directory.people_by_ids([found.person])[found.person]
            endpoints = tx.directory.endpoints_of([found.person])
            roles = tx.confirmations.roles_of(found.person)
        asked = found.kind == "entry"
        shown = [one for one in endpoints if asked or one.address == found.address]
        return Entry(
            kind=found.kind,
            name=person.name,
            languages=person.languages,
            zone=person.zone,
            organization=found.organization if asked else "",
            roles=[str(role) for role in roles] if asked else [],
            addresses=[mask(one.address) for one in shown],
            quiet_hours=str(person.quiet_hours),
            outcome=found.outcome,
        )

    def confirm(self, row_id: int, outcome: ConfirmationOutcome, at: dt.datetime) -> None:
        """Keeps what was said about an address or an entry."""
        with self._store.begin() as tx:
            tx.confirmations.settle(row_id, outcome, at)

    def ping(self) -> None:
        """Reads from the table that answers need."""
        with self._store.read() as tx, suppress(InvalidToken):
            tx.requests.addressee(0)


def _addressee(row: records.Addressee, slot: str, attachment: str) -> Addressee:
    latest = row.latest
    country: dict[str, JsonValue] = {"country": row.country} if row.country else {}
    return Addressee(
        digest=row.digest,
        mode=row.mode,
        name=row.name,
        languages=list(row.languages),
        zone=row.zone,
        slot=slot,
        title=dict(row.title),
        question=row.question,
        form=row.form,
        options=list(row.options),
        attachment=attachment,
        values={**country, **row.parameters, **row.values},
        closes_at=row.closes_at,
        expires_at=row.run_ended_at + LATE if row.run_ended_at else None,
        state="ended" if row.run_status == "ended" else "open" if row.closed_at is None else "closed",
        given=Given(verdict=latest.verdict, data=dict(latest.data), at=latest.received_at, late=latest.late)
        if latest
        else None,
    )
