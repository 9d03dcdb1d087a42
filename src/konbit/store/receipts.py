"""Receipts: what providers say became of a message after they took it. They never move a message backwards."""

import datetime as dt
import logging
from collections.abc import Mapping, Sequence
from typing import Final

import sqlalchemy as sa

from konbit.domain.delivery import DeliveryState
from konbit.engine.events import Seen
from konbit.store.deliveries import Deliveries
from konbit.store.inbox import Inbox
from konbit.store.records import DeliveryEvent
from konbit.store.reply_records import NewReceipt, ReceiptState, ReceiptStatus
from konbit.store.repository import Repository
from konbit.store.tables.deliveries import deliveries
from konbit.store.tables.replies import provider_messages, receipts
from konbit.store.tables.requests import requests
from konbit.store.tables.runs import runs

logger = logging.getLogger(__name__)
RANK: Final[Mapping[str, int]] = {"accepted": 1, "delivered": 2, "read": 3}
"""Later stands higher; a failure stands outside and counts only while nothing better than `accepted` is known."""
PATIENCE: Final = dt.timedelta(minutes=10)
"""How long a receipt for a message that we do not know waits: it may be quicker than our own record of the send."""


class Receipts(Repository):
    """Receipts by the provider's id of the message."""

    def sent_as(self, provider: str, provider_msg_id: str, delivery_id: str) -> None:
        """The provider knows the delivery by this id; receipts that came before are applied."""
        self._add(
            provider_messages,
            {"provider": provider, "provider_msg_id": provider_msg_id, "delivery_id": delivery_id},
        )
        self.work_off(None, provider_msg_id=provider_msg_id)

    def put(self, new: NewReceipt) -> ReceiptState | None:
        """Keeps a receipt and applies it if its message is known; None if the same came before.

        An id that another account's message has is not known here: only what we sent ourselves can be changed.
        """
        values = {name: getattr(new, name) for name in NewReceipt.__dataclass_fields__}
        if not self._add(receipts, values):
            return None
        row = self._row(
            sa.select(receipts).where(
                receipts.c.provider == new.provider,
                receipts.c.provider_msg_id == new.provider_msg_id,
                receipts.c.status == new.status,
            )
        )
        return "parked" if row is None else self._apply(row)

    def work_off(self, now: dt.datetime | None, *, provider_msg_id: str | None = None) -> int:
        """Applies parked receipts whose message is known by now, and gives up those that waited too long; how many changed."""
        parked = sa.select(receipts).where(receipts.c.state == "parked")
        if provider_msg_id is not None:
            parked = parked.where(receipts.c.provider_msg_id == provider_msg_id)
        changed = 0
        for row in self._rows(parked.order_by(receipts.c.id).limit(500).with_for_update(skip_locked=True)):
            if self._apply(row) != "parked":
                changed += 1
            elif now is not None and row["received_at"] < now - PATIENCE:
                logger.warning("a receipt of %s is for no message of ours", row["provider"])
                self._mark(row["id"], "unknown", None)
                changed += 1
        return changed

    def waiting(self) -> bool:
        """Whether any receipt is parked."""
        parked = sa.select(receipts.c.id).where(receipts.c.state == "parked").limit(1)
        return self._row(parked) is not None

    def of(self, delivery_id: str) -> Sequence[ReceiptStatus]:
        """What was said of the delivery and taken, in the order it came."""
        taken = sa.select(receipts.c.status).where(
            receipts.c.delivery_id == delivery_id, receipts.c.state == "applied"
        )
        return self._connection.scalars(taken.order_by(receipts.c.received_at, receipts.c.id)).all()

    def _apply(self, row: sa.RowMapping) -> ReceiptState:
        delivery = self.known(row["provider"], row["provider_msg_id"], row["delivery_id"])
        if delivery is None or delivery["state"] == "sending":
            # A receipt may be quicker than our own record of the send: it is applied after that.
            return "parked"
        best = max((RANK.get(status, 0) for status in self.of(delivery["id"])), default=0)
        failed = row["status"] == "failed"
        stale = best >= RANK["delivered"] if failed else RANK[row["status"]] <= best
        self._mark(row["id"], "stale" if stale else "applied", delivery["id"])
        if stale:
            return "stale"
        if failed:
            self._fail(delivery, row)
        if row["status"] == "read":
            self._seen(delivery, row)
        return "applied"

    def known(self, provider: str, provider_msg_id: str, delivery_id: str | None) -> sa.RowMapping | None:
        """The delivery that was sent under this id of the provider, or that carried our own id along."""
        sent = sa.select(provider_messages.c.delivery_id).where(
            provider_messages.c.provider == provider, provider_messages.c.provider_msg_id == provider_msg_id
        )
        which: sa.ColumnElement[bool] = deliveries.c.id.in_(sent)
        if delivery_id:
            which = sa.or_(which, deliveries.c.id == delivery_id)
        return self._row(sa.select(deliveries).where(which, deliveries.c.attempts > 0).limit(1))

    def _mark(self, id: int, state: ReceiptState, delivery: str | None) -> None:
        values: dict[str, object] = {"state": state}
        if delivery is not None:
            values["delivery_id"] = delivery
        self._connection.execute(sa.update(receipts).where(receipts.c.id == id).values(values))

    def _seen(self, delivery: sa.RowMapping, row: sa.RowMapping) -> None:
        """Whoever was asked has read it: their other channels wait a little. It is no answer, and the role stays open."""
        going = (
            sa.select(requests.c.key)
            .join(runs, runs.c.id == requests.c.run_id)
            .where(
                requests.c.run_id == delivery["run_id"],
                requests.c.key == delivery["request_id"],
                requests.c.closed_at.is_(None),
                runs.c.status != "ended",
            )
        )
        if self._row(going) is None:
            return
        event = Seen(
            at=row["received_at"],
            actor=delivery["person_id"],
            request=delivery["request_id"],
            person=delivery["person_id"],
            why="read",
            channel=delivery["channel"],
        )
        Inbox(self._connection).put(delivery["run_id"], event, f"read:{delivery['id']}", row["received_at"])

    def _fail(self, delivery: sa.RowMapping, row: sa.RowMapping) -> None:
        """The message never arrived: the person's next channel is due now, or the next person if there is none."""
        if delivery["state"] not in ("accepted", "unknown"):
            return
        reason = row["code"] or "receipt_failed"
        at = row["received_at"]
        self._connection.execute(
            sa.update(deliveries)
            .where(deliveries.c.id == delivery["id"])
            .values(state="failed", reason=reason, not_before=None)
        )
        store = Deliveries(self._connection)
        before = DeliveryState(delivery["state"])
        store.note([DeliveryEvent(delivery["id"], at, before, DeliveryState.FAILED, reason, row["provider"])])
        store.report_unreachable({delivery["id"]: DeliveryState.FAILED}, at)
