"""Which due deliveries are taken next: what the account may send now, urgent first, runs in turn. On a given connection."""

import datetime as dt
import itertools
from collections.abc import Sequence

import sqlalchemy as sa

from konbit.domain import pace
from konbit.domain.circuit import admitted, probing
from konbit.domain.delivery import Delivery, DeliveryState, Lane, Quota
from konbit.store.channels import Channels
from konbit.store.deliveries import Deliveries
from konbit.store.records import DeliveryEvent
from konbit.store.settlement import delivery_of
from konbit.store.tables.deliveries import deliveries

# Written out, not bound: only then does SQLite see that its index of waiting rows holds all that is asked for.
_WAITING: tuple[sa.ColumnElement[str], ...] = tuple(
    sa.literal_column(f"'{state}'") for state in ("planned", "due", "unknown")
)
_LANES: tuple[Lane, ...] = ("urgent", "bulk")
_FEW = 4
"""With so few runs each is asked for all there is room for, so that none is left when another has little."""
DAY = dt.timedelta(days=1)


def busy(connection: sa.Connection, accounts: Sequence[str], now: dt.datetime) -> list[str]:
    """Those of the accounts for which something is due."""
    found = connection.execute(sa.select(*(sa.exists().where(due(name, now)) for name in accounts))).one()
    return [name for name, waits in zip(accounts, found, strict=True) if waits]


def due(account: str, now: dt.datetime) -> sa.ColumnElement[bool]:
    """Whether a row may be claimed."""
    return sa.and_(
        deliveries.c.account == account,
        deliveries.c.lane.in_(_LANES),
        deliveries.c.not_before.is_not(None),
        deliveries.c.state.in_(_WAITING),
        deliveries.c.not_before <= now,
        deliveries.c.expires_at > now,
        sa.not_(deliveries.c.standby),
    )


class Claim:
    """One claim in one transaction."""

    def __init__(
        self, connection: sa.Connection, owner: str, now: dt.datetime, wall: dt.datetime, lease: dt.timedelta
    ) -> None:
        self._connection, self._owner = connection, owner
        self._now, self._wall, self._lease = now, wall, lease

    def take(self, quota: Quota) -> list[Delivery]:
        """What of one account is sent now."""
        channels = Channels(self._connection)
        circuit, bucket = channels.load(quota.account)
        allowed = admitted(circuit, self._wall)
        limit = quota.limit if allowed is None else min(quota.limit, allowed)
        if limit <= 0:
            return []
        filled = pace.refilled(quota.pace, bucket, self._wall)
        chosen: list[sa.RowMapping] = []
        for lane in _LANES:
            rows, filled = self._of_lane(quota, lane, limit - len(chosen), filled)
            chosen += rows
        if not chosen:
            return []
        channels.save(quota.account, probing(circuit, self._wall, self._lease), filled)
        return self._lease_all(chosen)

    def _of_lane(
        self, quota: Quota, lane: Lane, limit: int, bucket: pace.Bucket
    ) -> tuple[list[sa.RowMapping], pace.Bucket]:
        """As many of a lane as its bucket holds, one message to a person at a time where there are gaps."""
        if limit <= 0:
            return [], bucket
        taken: list[sa.RowMapping] = []
        people: set[tuple[str, str]] = set()
        for row in self._within_caps(quota, self._in_turn(quota, lane, limit)):
            person = (row["person_id"], row["channel"])
            if quota.pace.gap_seconds and person in people:
                continue
            if not pace.affordable(quota.pace, bucket, row["cost"], urgent=lane == "urgent"):
                break
            people.add(person)
            bucket = pace.spent(bucket, row["cost"])
            taken.append(row)
        return taken, bucket

    def _in_turn(self, quota: Quota, lane: Lane, limit: int) -> list[sa.RowMapping]:
        """Candidates, one of each run after the other, so that a small run need not wait for a large one."""
        which = sa.and_(due(quota.account, self._now), deliveries.c.lane == lane)
        runs = self._runs(which, limit)
        share = limit if len(runs) <= _FEW else -(-2 * limit // len(runs))
        queues = [self._of_run(quota, which, run, share) for run in runs]
        turns = itertools.zip_longest(*queues)
        return [row for turn in turns for row in turn if row is not None][:limit]

    def _runs(self, which: sa.ColumnElement[bool], limit: int) -> list[str]:
        """The runs that have something due, found by steps from one to the next, not by reading every row."""
        runs: list[str] = []
        while len(runs) < limit:
            after = sa.and_(which, deliveries.c.run_id > runs[-1]) if runs else which
            following = sa.select(deliveries.c.run_id).where(after).order_by(deliveries.c.run_id).limit(1)
            run = self._connection.scalar(following)
            if run is None:
                break
            runs.append(run)
        # Each claim begins with another run, so that with more runs than room none is always last.
        turn = self._wall.microsecond % len(runs) if runs else 0
        return runs[turn:] + runs[:turn]

    def _of_run(
        self, quota: Quota, which: sa.ColumnElement[bool], run: str, limit: int
    ) -> Sequence[sa.RowMapping]:
        names = ("id", "state", "person_id", "channel", "cost", "mode")
        chosen = sa.select(*(deliveries.c[name] for name in names)).where(which, deliveries.c.run_id == run)
        if quota.pace.gap_seconds:
            chosen = chosen.where(sa.not_(self._lately(quota.pace.gap_seconds)))
        chosen = chosen.order_by(deliveries.c.not_before, deliveries.c.id).limit(limit)
        # On PostgreSQL rows that another sender is claiming are skipped, on SQLite only one can be claiming.
        statement = chosen.with_for_update(skip_locked=True, of=deliveries)
        return self._connection.execute(statement).mappings().all()

    def _lately(self, seconds: float) -> sa.ColumnElement[bool]:
        """Whether the person got a message on this channel a moment ago."""
        other = deliveries.alias("other")
        return sa.exists(
            sa.select(1).where(
                other.c.person_id == deliveries.c.person_id,
                other.c.channel == deliveries.c.channel,
                other.c.claimed_at > self._wall - dt.timedelta(seconds=seconds),
            )
        )

    def _within_caps(self, quota: Quota, rows: Sequence[sa.RowMapping]) -> list[sa.RowMapping]:
        """Without the drills of people who have had their share of the day; those are settled."""
        drilled = {row["person_id"] for row in rows if row["mode"] == "drill"}
        if not drilled:
            return list(rows)
        counted = (
            sa.select(deliveries.c.person_id, sa.func.count())
            .where(
                deliveries.c.person_id.in_(drilled),
                deliveries.c.account == quota.account,
                deliveries.c.mode == "drill",
                deliveries.c.first_sent_at > self._now - DAY,
            )
            .group_by(deliveries.c.person_id)
        )
        full = {
            person
            for person, number in self._connection.execute(counted)
            if number >= quota.pace.drills_per_day
        }
        over = [row["id"] for row in rows if row["mode"] == "drill" and row["person_id"] in full]
        if over:
            Deliveries(self._connection).withdraw(deliveries.c.id.in_(over), "daily_cap", self._now)
        return [row for row in rows if row["id"] not in set(over)]

    def _lease_all(self, rows: Sequence[sa.RowMapping]) -> list[Delivery]:
        states = {row["id"]: row["state"] for row in rows}
        found = self._connection.execute(self._claiming(list(states))).mappings().all()
        claimed = {row["id"]: delivery_of(row) for row in found}
        Deliveries(self._connection).note(
            [
                DeliveryEvent(name, self._now, state, DeliveryState.SENDING, "claimed", self._owner)
                for name, state in states.items()
            ]
        )
        return [claimed[name] for name in states]

    def _claiming(self, ids: list[str]) -> sa.Executable:
        first = sa.func.coalesce(
            deliveries.c.first_sent_at, sa.bindparam("now", self._now, deliveries.c.first_sent_at.type)
        )
        return (
            sa.update(deliveries)
            .where(deliveries.c.id.in_(ids))
            .values(
                state="sending",
                lease_owner=self._owner,
                lease_until=self._wall + self._lease,
                claimed_at=self._wall,
                attempts=deliveries.c.attempts + 1,
                generation=deliveries.c.generation + 1,
                first_sent_at=first,
            )
            .returning(*(deliveries.c[name] for name in Delivery.__dataclass_fields__))
        )
