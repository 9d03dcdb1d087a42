"""Complaints: somebody told their provider that a message was unwanted. Nothing goes to that address any more, and it is told.

Providers count complaints, and close accounts that go on sending: this is no preference, it stands above every urgency.
"""

import datetime as dt
import logging
from typing import Final

import sqlalchemy as sa

from konbit.domain.directory import ChannelKind, ConsentPurpose
from konbit.engine.events import Unreachable
from konbit.store.audit import Audit
from konbit.store.directory import People
from konbit.store.inbound import Replies
from konbit.store.inbox import Inbox
from konbit.store.receipts import Receipts
from konbit.store.records import Consent
from konbit.store.repository import Repository
from konbit.store.tables.deliveries import deliveries
from konbit.store.tables.directory import endpoints

logger = logging.getLogger(__name__)
ACTION: Final = "complaint"
"""What it is called in the audit."""
_PURPOSES: Final[tuple[ConsentPurpose, ...]] = ("activation", "drill", "report")
_USABLE: Final = ("ok", "suspect")


class Complaints(Repository):
    """Taken by the provider's id of the message, or by what a report of a mail server says of it."""

    def of_message(
        self, provider: str, provider_msg_id: str, delivery_id: str | None, at: dt.datetime
    ) -> bool:
        """About a message by the provider's id or by ours; False if it is none of ours, or nothing is new."""
        row = Receipts(self._connection).known(provider, provider_msg_id, delivery_id)
        if row is None:
            logger.warning("a complaint of %s is about no message of ours", provider)
            return False
        return self._take(row, provider, at)

    def of_mail(self, address: str, reference: str, at: dt.datetime) -> bool:
        """About a mail, by its recipient and the reference that only its copy bears: a report without it may be anybody's."""
        which = sa.and_(
            deliveries.c.address_hmac == self._address_hash(address),
            deliveries.c.channel == "mail",
            deliveries.c.reference == reference,
            deliveries.c.attempts > 0,
        )
        row = self._row(sa.select(deliveries).where(which).order_by(deliveries.c.planned_at.desc()).limit(1))
        return row is not None and self._take(row, "mail", at)

    def _take(self, delivery: sa.RowMapping, by: str, at: dt.datetime) -> bool:
        theirs = sa.select(endpoints.c.id, endpoints.c.person_id).where(
            endpoints.c.address_hmac == delivery["address_hmac"],
            endpoints.c.kind == delivery["channel"],
            endpoints.c.state != "stopped",
        )
        found = self._rows(theirs.order_by(endpoints.c.id))
        for row in found:
            self._stop(row["person_id"], row["id"], delivery["channel"], at)
        for person in dict.fromkeys(row["person_id"] for row in found):
            self._pass_over(person, at)
        if found:
            details = {
                "channel": delivery["channel"],
                "account": delivery["account"],
                "delivery": delivery["id"],
            }
            Audit(self._connection).add(at, by, ACTION, run_id=delivery["run_id"], details=details)
        return bool(found)

    def _stop(self, person: str, endpoint: str, channel: ChannelKind, at: dt.datetime) -> None:
        directory = People(self._connection)
        directory.mark_endpoint(endpoint, "stopped", at)
        for purpose in _PURPOSES:
            directory.consent(
                Consent(
                    person=person,
                    purpose=purpose,
                    granted=False,
                    at=at,
                    how=f"complaint:{channel}",
                    wording="",
                    endpoint=endpoint,
                )
            )

    def _pass_over(self, person: str, at: dt.datetime) -> None:
        """Whoever cannot be reached otherwise is not waited for."""
        left = sa.select(endpoints.c.id).where(
            endpoints.c.person_id == person, endpoints.c.state.in_(_USABLE)
        )
        if self._row(left.limit(1)) is not None:
            return
        for question in Replies(self._connection).questions([person], at):
            if question.is_open and not question.answered:
                event = Unreachable(at=at, request=question.request, person=person)
                key = f"unreachable:{question.request}:{person}"
                Inbox(self._connection).put(question.run_id, event, key, at)
