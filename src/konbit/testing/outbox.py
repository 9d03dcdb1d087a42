"""An outbox in memory, for tests and rehearsals; it passes the same contract as the one in the database."""

import dataclasses
import datetime as dt
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from konbit.domain import pace
from konbit.domain.circuit import Circuit, admitted, after, probing
from konbit.domain.delivery import (
    CLAIMABLE,
    DROPPED,
    Delivery,
    DeliveryState,
    Drop,
    Hold,
    Outcome,
    Quota,
    Unknown,
)
from konbit.domain.disturbing import judge, stop_of
from konbit.domain.quiet_hours import Rest

NextStep = Callable[[Delivery, Unknown, dt.datetime], Outcome]
"""What follows a send whose end nobody knows: `konbit.notify.retry.next_step`."""


_AT_ONCE = dt.datetime.min.replace(tzinfo=dt.UTC)
_UNDER_WAY = frozenset(
    {DeliveryState.PLANNED, DeliveryState.DUE, DeliveryState.SENDING, DeliveryState.ACCEPTED}
)
_FELL = frozenset(
    {DeliveryState.FAILED, DeliveryState.SUPPRESSED, DeliveryState.UNKNOWN, DeliveryState.EXPIRED}
)


@dataclasses.dataclass(frozen=True)
class Row:
    """A delivery with where it stands; `not_before` is None once it is settled."""

    delivery: Delivery
    state: DeliveryState
    not_before: dt.datetime | None
    reason: str = ""
    lease_until: dt.datetime | None = None
    drop: Drop | None = None


class InMemoryOutbox:
    """Implements `konbit.notify.outbox.OutboxStore`; safe to use from many threads."""

    def __init__(self, next_step: NextStep) -> None:
        self._next_step = next_step
        self._lock = threading.Lock()
        self._rows: dict[str, Row] = {}
        self.circuits: dict[str, Circuit] = {}
        """How each account stands."""
        self._buckets: dict[str, pace.Bucket] = {}
        self._told: dict[tuple[str, str], dt.datetime] = {}
        self._drills: dict[tuple[str, str], list[dt.datetime]] = {}
        self._rests: dict[str, Rest] = {}

    def add(self, delivery: Delivery) -> bool:
        """Plans `delivery`; false, and nothing changed, if there is one with its id."""
        with self._lock:
            if delivery.id in self._rows:
                return False
            self._rows[delivery.id] = Row(delivery, DeliveryState.PLANNED, delivery.not_before)
            return True

    def row(self, delivery_id: str) -> Row:
        """The row as it is now; raises `KeyError`."""
        with self._lock:
            return self._rows[delivery_id]

    def withdraw(self, delivery_id: str, drop: Drop) -> None:
        """Takes a delivery out: at once if it waits, before its send if it is claimed, never if settled."""
        with self._lock:
            row = self._rows[delivery_id]
            if row.state is DeliveryState.SENDING:
                self._put(row, drop=drop)
            elif row.not_before is not None:
                state = DeliveryState.UNKNOWN if row.delivery.unknowns else DROPPED[drop]
                self._put(row, state=state, not_before=None, reason=drop, drop=drop)
                if state is DeliveryState.SUPPRESSED:
                    self._release(row.delivery.ladder, _AT_ONCE, set())

    def claim(
        self,
        owner: str,
        now: dt.datetime,
        wall: dt.datetime,
        lease: dt.timedelta,
        quotas: Sequence[Quota],
    ) -> list[Delivery]:
        """See `OutboxStore.claim`."""
        del owner  # a database keeps it for its operators
        with self._lock:
            return [row for quota in quotas for row in self._claim(quota, now, wall, lease)]

    def _claim(
        self, quota: Quota, now: dt.datetime, wall: dt.datetime, lease: dt.timedelta
    ) -> list[Delivery]:
        circuit = self.circuits.get(quota.account, Circuit())
        allowed = admitted(circuit, wall)
        limit = quota.limit if allowed is None else min(quota.limit, allowed)
        bucket = pace.refilled(quota.pace, self._buckets.get(quota.account), wall)
        taken: list[Delivery] = []
        for row in self._in_turn(quota.account, now):
            urgent = row.delivery.lane == "urgent"
            affordable = pace.affordable(quota.pace, bucket, row.delivery.cost, urgent=urgent)
            if len(taken) >= limit or not affordable:
                continue
            person = (row.delivery.person_id, row.delivery.channel)
            last = self._told.get(person)
            gap = dt.timedelta(seconds=quota.pace.gap_seconds)
            if gap and last is not None and last > wall - gap:
                continue
            if self._over_cap(row, quota, now):
                continue
            self._told[person] = wall
            bucket = pace.spent(bucket, row.delivery.cost)
            taken.append(self._lease(row, wall + lease, now))
        if taken:
            self._buckets[quota.account] = bucket
            self.circuits[quota.account] = probing(circuit, wall, lease)
        return taken

    def _in_turn(self, account: str, now: dt.datetime) -> list[Row]:
        """Urgent first, then one of each run after the other, then the longest due."""
        due = [row for row in self._rows.values() if _claimable(row, now, account)]
        due.sort(key=lambda row: (row.not_before, row.delivery.id))
        turns: Counter[tuple[str, str]] = Counter()
        ranked = []
        for row in due:
            key = (row.delivery.lane, row.delivery.run_id)
            ranked.append((row.delivery.lane != "urgent", turns[key], row.not_before, row.delivery.id, row))
            turns[key] += 1
        return [entry[-1] for entry in sorted(ranked, key=lambda entry: entry[:-1])]

    def _over_cap(self, row: Row, quota: Quota, now: dt.datetime) -> bool:
        delivery = row.delivery
        if delivery.mode != "drill":
            return False
        day = dt.timedelta(days=1)
        mine = [at for at in self._drills.get((quota.account, delivery.person_id), []) if at > now - day]
        if len(mine) < quota.pace.drills_per_day:
            return False
        self._put(row, state=DROPPED["daily_cap"], not_before=None, reason="daily_cap")
        return True

    def rest(self, person: str, rest: Rest) -> None:
        """From now on the person wants to rest like this."""
        with self._lock:
            self._rests[person] = rest

    def unwanted(self, ids: Sequence[str], now: dt.datetime) -> Mapping[str, Drop | Hold]:
        """See `OutboxStore.unwanted`."""
        with self._lock:
            stops = {id: self._stop(self._rows[id], now) for id in ids}
            return {id: stop for id, stop in stops.items() if stop is not None}

    def _stop(self, row: Row, now: dt.datetime) -> Drop | Hold | None:
        one = row.delivery
        if row.drop is not None or now >= one.expires_at:
            return row.drop or "expired"
        verdict = judge(
            self._rests.get(one.person_id, Rest()),
            now,
            mode=one.mode,
            channel=one.channel,
            urgency=one.urgency,
            night_drill=one.night_drill,
            last=one.last,
            expires_at=one.expires_at,
        )
        return stop_of(verdict)

    def record(self, outcomes: Sequence[Outcome], now: dt.datetime, wall: dt.datetime) -> int:
        """See `OutboxStore.record`."""
        with self._lock:
            return sum(self._take(outcome, now, wall) for outcome in outcomes)

    def sweep(self, now: dt.datetime, wall: dt.datetime) -> int:
        """See `OutboxStore.sweep`."""
        changed = 0
        with self._lock:
            for row in list(self._rows.values()):
                if row.lease_until is not None and row.lease_until <= wall:
                    lost = self._next_step(row.delivery, Unknown("lease_expired"), now)
                    self._take(dataclasses.replace(lost, sign=""), now, wall)
                    left = self._rows[row.delivery.id]
                    generation = left.delivery.generation + 1
                    self._put(left, delivery=dataclasses.replace(left.delivery, generation=generation))
                    changed += 1
                elif row.not_before is not None and now >= row.delivery.expires_at:
                    unknown = row.state is DeliveryState.UNKNOWN or row.delivery.unknowns > 0
                    state = DeliveryState.UNKNOWN if unknown else DeliveryState.EXPIRED
                    self._put(row, state=state, not_before=None, reason=row.reason if unknown else "expired")
                    changed += 1
            down = {name for name, circuit in self.circuits.items() if circuit.down}
            return changed + self._divert(down, now)

    def _divert(self, down: set[str], now: dt.datetime) -> int:
        stuck = {
            row.delivery.ladder
            for row in self._rows.values()
            if row.delivery.account in down and _claimable(row, now, row.delivery.account)
        }
        return sum(self._release(ladder, now, down) for ladder in stuck if ladder)

    def _release(self, ladder: str, now: dt.datetime, but: set[str]) -> bool:
        """The lowest rung that waits for its turn becomes due, unless another one is under way."""
        rungs = [row for row in self._rows.values() if ladder and row.delivery.ladder == ladder]
        rungs = [row for row in rungs if row.delivery.account not in but]
        waits = [row for row in rungs if _later(row, now)]
        busy = any(row.state in _UNDER_WAY and not _later(row, now) for row in rungs)
        if busy or not waits:
            return False
        row = min(waits, key=lambda one: one.delivery.rung)
        released = dataclasses.replace(row.delivery, standby=False)
        self._put(row, delivery=released, not_before=now, reason="diverted")
        return True

    def counts(self) -> Mapping[DeliveryState, int]:
        """See `OutboxStore.counts`."""
        with self._lock:
            return Counter(row.state for row in self._rows.values())

    def _lease(self, row: Row, until: dt.datetime, now: dt.datetime) -> Delivery:
        claimed = dataclasses.replace(
            row.delivery, attempts=row.delivery.attempts + 1, generation=row.delivery.generation + 1
        )
        if claimed.mode == "drill":
            self._drills.setdefault((claimed.account, claimed.person_id), []).append(now)
        self._put(row, delivery=claimed, state=DeliveryState.SENDING, not_before=None, lease_until=until)
        return claimed

    def _take(self, outcome: Outcome, now: dt.datetime, wall: dt.datetime) -> bool:
        row = self._rows[outcome.delivery_id]
        if row.state is not DeliveryState.SENDING or row.delivery.generation != outcome.generation:
            return False
        state, not_before, reason = outcome.state, outcome.not_before, outcome.reason
        if row.drop is not None and not_before is not None:
            # Withdrawn while it was on its way: no further attempt.
            not_before = None
            if state is DeliveryState.DUE:
                state, reason = DeliveryState.UNKNOWN if outcome.unknowns else DROPPED[row.drop], row.drop
        attempts = row.delivery.attempts if outcome.spent else row.delivery.attempts - 1
        settled = dataclasses.replace(row.delivery, unknowns=outcome.unknowns, attempts=attempts)
        self._put(row, delivery=settled, state=state, not_before=not_before, reason=reason, lease_until=None)
        self._follow(row.delivery, state, outcome, now, wall)
        return True

    def _follow(
        self, delivery: Delivery, state: DeliveryState, outcome: Outcome, now: dt.datetime, wall: dt.datetime
    ) -> None:
        """What an outcome means for the other rungs and for the account."""
        if state is DeliveryState.ACCEPTED:
            for row in list(self._rows.values()):
                if delivery.ladder and row.delivery.ladder == delivery.ladder and row.delivery.standby:
                    cancelled = DROPPED["not_needed"]
                    self._put(row, state=cancelled, not_before=None, reason="not_needed")
        elif state in _FELL or outcome.sign == "refused":
            self._release(delivery.ladder, now, {delivery.account} if outcome.sign == "refused" else set())
        before = self.circuits.get(delivery.account, Circuit())
        self.circuits[delivery.account] = after(before, outcome.sign, outcome.reason, outcome.wait, wall)
        if self.circuits[delivery.account].down and not before.down:
            self._divert({delivery.account}, now)

    def _put(self, row: Row, **changes: object) -> None:
        changed = dataclasses.replace(row, **changes)  # type: ignore[arg-type]  # names are checked at run time
        self._rows[row.delivery.id] = changed


def _claimable(row: Row, now: dt.datetime, account: str) -> bool:
    return (
        row.state in CLAIMABLE
        and row.not_before is not None
        and row.not_before <= now < row.delivery.expires_at
        and not row.delivery.standby
        and row.delivery.account == account
    )


def _later(row: Row, now: dt.datetime) -> bool:
    """Whether a rung waits for its turn."""
    waits = row.state is DeliveryState.PLANNED and row.not_before is not None
    return waits and (row.delivery.standby or (row.not_before is not None and row.not_before > now))
