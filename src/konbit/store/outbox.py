"""The outbox in the database: what senders claim, and what becomes of it.

Each method is one transaction of its own, because a sender must have committed its claim before it sends.
"""

import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, cast

import sqlalchemy as sa
from pydantic import JsonValue

from konbit.domain.delivery import Delivery, DeliveryState, Drop, Hold, Outcome, Quota, Unknown
from konbit.domain.disturbing import stop_of
from konbit.domain.quiet_hours import Verdict
from konbit.store import resting
from konbit.store.audit import Audit
from konbit.store.channels import Channels
from konbit.store.claiming import Claim, busy
from konbit.store.deliveries import Deliveries
from konbit.store.ladders import Ladders
from konbit.store.settlement import WANTED, delivery_of, expire, past_expiry, settle
from konbit.store.tables.deliveries import deliveries

NextStep = Callable[[Delivery, Unknown, dt.datetime], Outcome]
"""What follows a send whose end nobody knows: `konbit.notify.retry.next_step`."""
LEASE_EXPIRED = "lease_expired"


class Connections(Protocol):
    """Gives connections inside a transaction; `Store` is one."""

    def connect(self, *, write: bool) -> AbstractContextManager[sa.Connection]:
        """A connection whose transaction is committed at the end."""
        ...


class SqlOutbox:
    """The outbox that senders share; safe with any number of them."""

    def __init__(self, store: Connections, next_step: NextStep) -> None:
        self._store, self._next_step = store, next_step

    def claim(
        self,
        owner: str,
        now: dt.datetime,
        wall: dt.datetime,
        lease: dt.timedelta,
        quotas: Sequence[Quota],
    ) -> list[Delivery]:
        """Moves due rows to sending, of each account as many as its quota, bucket and circuit allow."""
        open_to = {quota.account: quota for quota in quotas if quota.limit > 0}
        if not open_to:
            return []
        # Most looks find nothing: they must not take the one right to write that SQLite has.
        with self._store.connect(write=False) as connection:
            waiting = busy(connection, list(open_to), now)
        if not waiting:
            return []
        with self._store.connect(write=True) as connection:
            claim = Claim(connection, owner, now, wall, lease)
            return [row for account in waiting for row in claim.take(open_to[account])]

    def unwanted(self, ids: Sequence[str], now: dt.datetime) -> Mapping[str, Drop | Hold]:
        """Those of the claimed deliveries that are not to be sent, or not yet, and why.

        Looks at what is true now, not at what was when it was planned: the request, the answers, the endpoint, the hour.
        Whoever is disturbed although they asked not to be is written to the audit.
        """
        if not ids:
            return {}
        with self._store.connect(write=False) as connection:
            rows = connection.execute(WANTED.where(deliveries.c.id.in_(ids))).mappings().all()
        stops: dict[str, Drop | Hold | None] = {row["id"]: _drop(row, now) for row in rows}
        verdicts = [(row, resting.verdict(row, now)) for row in rows if stops[row["id"]] is None]
        stops |= {row["id"]: stop_of(verdict) for row, verdict in verdicts}
        self._note_disturbed([(row, verdict) for row, verdict in verdicts if verdict.overrides], now)
        found = {name: stops.get(name, "cancelled") for name in ids}
        return {name: stop for name, stop in found.items() if stop is not None}

    def _note_disturbed(self, disturbed: Sequence[tuple[sa.RowMapping, Verdict]], now: dt.datetime) -> None:
        if not disturbed:
            return
        with self._store.connect(write=True) as connection:
            for row, verdict in disturbed:
                details: dict[str, JsonValue] = {"person": row["person_id"], "delivery": row["id"]}
                Audit(connection).add(
                    now, "outbox", "disturbed", run_id=row["run_id"], reason=verdict.reason, details=details
                )

    def record(self, outcomes: Sequence[Outcome], now: dt.datetime, wall: dt.datetime) -> int:
        """Writes the outcomes in one transaction and returns how many rows took them.

        A row takes an outcome only while it is sending in that very generation. A person of whom every channel has
        failed for a request is reported to the run in the same transaction.
        """
        with self._store.connect(write=True) as connection:
            return len(settle(connection, outcomes, now, wall))

    def sweep(self, now: dt.datetime, wall: dt.datetime) -> int:
        """Settles what was left behind and returns the number of rows changed.

        A row whose lease ended becomes unknown in a new generation; an unsent one past its expiry becomes expired; an
        unknown one past it loses its second copy; what waits for an account that is down goes the person's next way.
        """
        with self._store.connect(write=False) as connection:
            if not self._left_behind(connection, now, wall):
                return 0
        with self._store.connect(write=True) as connection:
            diverted = Ladders(connection).divert(Channels(connection).down(), now)
            return self._sweep_leases(connection, now, wall) + expire(connection, now) + diverted

    def counts(self) -> Mapping[DeliveryState, int]:
        """How many rows are in each state."""
        with self._store.connect(write=False) as connection:
            return Deliveries(connection).counts()

    def _left_behind(self, connection: sa.Connection, now: dt.datetime, wall: dt.datetime) -> bool:
        """Whether there is anything to sweep; a look is cheaper than the right to write."""
        lost = sa.and_(deliveries.c.state == "sending", deliveries.c.lease_until <= wall)
        stale = past_expiry(now)
        found = connection.execute(sa.select(sa.exists().where(lost), sa.exists().where(stale))).one()
        return any(found) or bool(Channels(connection).down())

    def _sweep_leases(self, connection: sa.Connection, now: dt.datetime, wall: dt.datetime) -> int:
        lost = sa.select(deliveries).where(deliveries.c.state == "sending", deliveries.c.lease_until <= wall)
        rows = (
            connection.execute(lost.order_by(deliveries.c.id).with_for_update(skip_locked=True))
            .mappings()
            .all()
        )
        # A lost lease says nothing about the account: the sender died.
        outcomes = [
            dataclasses.replace(self._next_step(delivery_of(row), Unknown(LEASE_EXPIRED), now), sign="")
            for row in rows
        ]
        settle(connection, outcomes, now, wall, taken_over=True)
        return len(rows)


def _drop(row: sa.RowMapping, now: dt.datetime) -> Drop | None:
    if row["withdrawn"] is not None:
        return cast(Drop, row["withdrawn"])
    reasons: Mapping[Drop, bool] = {
        "expired": row["expires_at"] <= now,
        "cancelled": bool(row["closed"]),
        "answered": bool(row["answered"]),
        "opted_out": not row["reachable"],
        "not_private": not row["fit"],
    }
    return next((drop for drop, holds in reasons.items() if holds), None)
