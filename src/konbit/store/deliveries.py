"""Deliveries as the run sees them: planned with the step that speaks, taken back with an answer, counted for reports."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa

from konbit.domain.delivery import DROPPED, DeliveryState, Drop
from konbit.engine.events import Unreachable
from konbit.store.audit import Audit
from konbit.store.inbox import Inbox
from konbit.store.ladders import Ladders
from konbit.store.records import DeliveryEvent, DeliveryRow, PlannedDelivery
from konbit.store.repository import Repository
from konbit.store.signals import notify
from konbit.store.tables.deliveries import deliveries, delivery_events
from konbit.store.tables.runs import runs

_UNSENT = ("planned", "due")
# How many ids go into one statement; SQLite takes 32,766 parameters.
_CHUNK = 10_000
_DEAD = (DeliveryState.FAILED, DeliveryState.SUPPRESSED)


class Deliveries(Repository):
    """The rows of the outbox; the sending side is in `konbit.store.outbox`."""

    def plan(self, planned: Sequence[PlannedDelivery], at: dt.datetime) -> int:
        """Keeps the deliveries and returns how many are new: planning a step again inserts nothing."""
        if not planned:
            return 0
        # Counted by what is there, as psycopg says of many rows only that there were some, and RETURNING is slower by far.
        runs_planned = {row.delivery.run_id for row in planned}
        total = sa.select(sa.func.count()).where(deliveries.c.run_id.in_(runs_planned))
        before = self._connection.scalars(total).one()
        statement = self._insert(deliveries).on_conflict_do_nothing()
        self._connection.execute(statement, [self._values(row, at) for row in planned])
        notify(self._connection)
        self.report_unreachable({row.delivery.id: row.state for row in planned}, at)
        return int(self._connection.scalars(total).one()) - int(before)

    def cancel_for_request(self, run_id: str, request: str, at: dt.datetime) -> int:
        """Nothing more goes out for the request; returns how many deliveries were taken out."""
        return self.withdraw_request(run_id, request, "cancelled", at)

    def cancel_for_run(self, run_id: str, at: dt.datetime) -> int:
        """Nothing that is planned up to now goes out for the run."""
        return self.withdraw(deliveries.c.run_id == run_id, "cancelled", at)

    def withdraw_request(
        self, run_id: str, request: str, drop: Drop, at: dt.datetime, *, person: str | None = None
    ) -> int:
        """Takes out what waits for a request, for one person or for all."""
        which = sa.and_(deliveries.c.run_id == run_id, deliveries.c.request_id == request)
        if person is not None:
            which = sa.and_(which, deliveries.c.person_id == person)
        return self.withdraw(which, drop, at)

    def withdraw(self, which: sa.ColumnElement[bool], drop: Drop, at: dt.datetime) -> int:
        """Takes out the rows that `which` selects, and returns how many that changed.

        What has not left is settled; what may have left stays unknown and gets no second copy; what a worker holds is
        marked, so that the check before the send stops it.
        """
        open_rows = sa.or_(
            deliveries.c.state.in_((*_UNSENT, "sending")),
            sa.and_(deliveries.c.state == "unknown", deliveries.c.not_before.is_not(None)),
        )
        names = ("id", "state", "unknowns")
        chosen = sa.select(*(deliveries.c[name] for name in names)).where(which, open_rows)
        rows = self._rows(chosen.order_by(deliveries.c.id).with_for_update())
        self._update([row["id"] for row in rows if row["state"] == "sending"], withdrawn=drop)
        waiting = [row for row in rows if row["state"] != "sending"]
        for to_state, group in (
            (DeliveryState.UNKNOWN, [row for row in waiting if row["unknowns"]]),
            (DROPPED[drop], [row for row in waiting if not row["unknowns"]]),
        ):
            states = {row["id"]: DeliveryState(row["state"]) for row in group}
            self._update(list(states), state=to_state.value, reason=drop, not_before=None)
            self.note([DeliveryEvent(name, at, state, to_state, drop, "") for name, state in states.items()])
            self.report_unreachable(dict.fromkeys(states, to_state), at)
        return len(rows)

    def served(self, ladders: Iterable[str], at: dt.datetime) -> None:
        """Takes out what stands by where another rung was accepted."""
        known = sorted({ladder for ladder in ladders if ladder})
        for start in range(0, len(known), _CHUNK):
            part = known[start : start + _CHUNK]
            self.withdraw(sa.and_(deliveries.c.ladder.in_(part), deliveries.c.standby), "not_needed", at)

    def pause(self, run_id: str, request: str, person: str, until: dt.datetime) -> int:
        """What still waits for a person in a request is not due before `until`; how many deliveries that moved."""
        which = sa.and_(
            deliveries.c.run_id == run_id,
            deliveries.c.request_id == request,
            deliveries.c.person_id == person,
            deliveries.c.state == "planned",
            deliveries.c.not_before < until,
            deliveries.c.purpose != "confirm",
        )
        return self._connection.execute(sa.update(deliveries).where(which).values(not_before=until)).rowcount

    def judge_anew(self, person: str, at: dt.datetime) -> None:
        """What was put off because the person rests is due, so that the sender asks again whether they do."""
        put_off = deliveries.c.reason.in_(("quiet_hours", "do_not_disturb"))
        which = sa.and_(deliveries.c.person_id == person, deliveries.c.state == "due", put_off)
        self._connection.execute(sa.update(deliveries).where(which).values(not_before=at))

    def report_unreachable(self, changed: Mapping[str, DeliveryState], at: dt.datetime) -> None:
        """Tells the run of each person whose every channel has failed for a request, so that it moves on at once.

        `changed` are the deliveries that have just come to a state. Where a channel is left it is due now.
        """
        dead = [name for name, state in changed.items() if state in _DEAD]
        if not dead:
            return
        self._give_up(dead)
        rungs = sa.select(deliveries.c.ladder).where(deliveries.c.id.in_(dead))
        Ladders(self._connection).fall_through(self._connection.scalars(rungs), at)
        other = deliveries.alias("other")
        alive = sa.exists(
            sa.select(1).where(
                other.c.run_id == deliveries.c.run_id,
                other.c.request_id == deliveries.c.request_id,
                other.c.person_id == deliveries.c.person_id,
                other.c.state.not_in(_DEAD),
            )
        )
        lost = sa.select(deliveries.c.run_id, deliveries.c.request_id, deliveries.c.person_id).distinct()
        lost = lost.where(deliveries.c.id.in_(dead), deliveries.c.request_id.is_not(None), sa.not_(alive))
        self._note_unreached(dead, at)
        for row in self._rows(lost):
            event = Unreachable(at=at, request=row["request_id"], person=row["person_id"])
            key = f"unreachable:{event.request}:{event.person}"
            Inbox(self._connection).put(row["run_id"], event, key, at)

    def _note_unreached(self, dead: Sequence[str], at: dt.datetime) -> None:
        """A notice that reached somebody on no channel is in the audit: no run waits for it, but nothing ends silently."""
        other = deliveries.alias("other")
        alive = sa.exists(
            sa.select(1).where(other.c.ladder == deliveries.c.ladder, other.c.state.not_in(_DEAD))
        )
        lost = sa.select(deliveries.c.run_id, deliveries.c.person_id, deliveries.c.step).distinct()
        lost = lost.where(
            deliveries.c.id.in_(dead),
            deliveries.c.request_id.is_(None),
            deliveries.c.ladder != "",
            sa.not_(alive),
        )
        for row in self._rows(lost):
            details = {"person": row["person_id"], "step": row["step"]}
            Audit(self._connection).add(at, "outbox", "unreached", run_id=row["run_id"], details=details)

    def _give_up(self, dead: Sequence[str]) -> None:
        """What was to be tried once more on a channel that has failed is not tried."""
        later = deliveries.alias("later")
        same = sa.and_(
            later.c.run_id == deliveries.c.run_id,
            later.c.request_id == deliveries.c.request_id,
            later.c.person_id == deliveries.c.person_id,
            later.c.endpoint_id == deliveries.c.endpoint_id,
            later.c.state == "planned",
            later.c.attempts == 0,
        )
        chosen = sa.select(later.c.id).join(deliveries, same).where(deliveries.c.id.in_(dead))
        left = sorted(set(self._connection.scalars(chosen).all()) - set(dead))
        self._update(left, state="failed", reason="channel_failed", not_before=None)

    def note(self, events: Sequence[DeliveryEvent]) -> None:
        """Adds changes of state to the record."""
        if events:
            names = DeliveryEvent.__dataclass_fields__
            rows = [{name: getattr(event, name) for name in names} for event in events]
            self._connection.execute(sa.insert(delivery_events), rows)

    def list(self, run_id: str, request: str | None = None) -> Sequence[DeliveryRow]:
        """Deliveries of the run, or of one request, in the order they were planned; without addresses and texts."""
        statement = _SHOWN.where(deliveries.c.run_id == run_id)
        if request is not None:
            statement = statement.where(deliveries.c.request_id == request)
        rows = self._rows(statement.order_by(deliveries.c.planned_at, deliveries.c.id))
        return [_shown(row) for row in rows]

    def find(
        self, states: Sequence[DeliveryState], *, account: str | None = None, limit: int = 100
    ) -> Sequence[DeliveryRow]:
        """The latest deliveries in these states, of all runs."""
        statement = _SHOWN.where(deliveries.c.state.in_([state.value for state in states]))
        if account is not None:
            statement = statement.where(deliveries.c.account == account)
        latest = statement.order_by(deliveries.c.planned_at.desc(), deliveries.c.id).limit(limit)
        return [_shown(row) for row in self._rows(latest)]

    def named(self, start: str) -> Sequence[DeliveryRow]:
        """Deliveries whose id begins so, two at most: enough to know whether it names one."""
        which = deliveries.c.id.startswith(start, autoescape=True)
        return [_shown(row) for row in self._rows(_SHOWN.where(which).order_by(deliveries.c.id).limit(2))]

    def again(self, delivery_id: str, at: dt.datetime) -> bool:
        """Makes a delivery due whose end nobody knows or that failed; false if it stands otherwise or is out of date.

        Of a drill only what failed for certain goes again: what may have arrived is never sent twice.
        """
        unclear = sa.and_(deliveries.c.state == "unknown", deliveries.c.mode == "actual")
        which = sa.and_(
            deliveries.c.id == delivery_id,
            deliveries.c.expires_at > at,
            sa.or_(unclear, deliveries.c.state == "failed"),
        )
        row = self._row(sa.select(deliveries.c.state).where(which).with_for_update())
        if row is None:
            return False
        before = DeliveryState(row["state"])
        after = DeliveryState.UNKNOWN if before is DeliveryState.UNKNOWN else DeliveryState.DUE
        self._update([delivery_id], state=after.value, not_before=at, reason="operator", withdrawn=None)
        self.note([DeliveryEvent(delivery_id, at, before, after, "operator", "")])
        return True

    def take_out(self, delivery_id: str, at: dt.datetime) -> bool:
        """Sees to it that a delivery does not leave, or not again; false if it was settled already."""
        return self.withdraw(deliveries.c.id == delivery_id, "cancelled", at) > 0

    def events(self, delivery_id: str) -> Sequence[DeliveryEvent]:
        """What happened to the delivery, in order."""
        statement = sa.select(delivery_events).where(delivery_events.c.delivery_id == delivery_id)
        return [
            DeliveryEvent(
                delivery_id,
                row["at"],
                DeliveryState(row["from_state"]),
                DeliveryState(row["to_state"]),
                row["cause"],
                row["worker"],
            )
            for row in self._rows(statement.order_by(delivery_events.c.id))
        ]

    def counts(self, run_id: str | None = None) -> Mapping[DeliveryState, int]:
        """How many deliveries are in each state, of one run or of all."""
        statement = sa.select(deliveries.c.state, sa.func.count()).group_by(deliveries.c.state)
        if run_id is not None:
            statement = statement.where(deliveries.c.run_id == run_id)
        return {DeliveryState(state): number for state, number in self._connection.execute(statement)}

    def forget(self, ended_before: dt.datetime) -> int:
        """Erases addresses and texts of runs that ended before; the figures stay. Returns how many rows it changed."""
        old = sa.select(runs.c.id).where(runs.c.ended_at < ended_before)
        settled = deliveries.c.state.not_in((*_UNSENT, "sending")) & deliveries.c.not_before.is_(None)
        statement = sa.update(deliveries).where(
            deliveries.c.run_id.in_(old), settled, deliveries.c.body != ""
        )
        return self._connection.execute(
            statement.values(address="", address_hmac="", subject="", body="")
        ).rowcount

    def _values(self, planned: PlannedDelivery, at: dt.datetime) -> dict[str, object]:
        row: dict[str, object] = dict(vars(planned.delivery))
        waits = planned.state in (DeliveryState.PLANNED, DeliveryState.DUE)
        row.update(
            address_hmac=self._address_hash(planned.delivery.address),
            idem_key=planned.idem_key,
            step=planned.step,
            wave=planned.wave,
            purpose=planned.purpose,
            state=planned.state.value,
            reason=planned.reason,
            not_before=planned.delivery.not_before if waits else None,
            planned_at=at,
        )
        return row

    def _update(self, ids: Sequence[str], **values: object) -> None:
        for start in range(0, len(ids), _CHUNK):
            some = deliveries.c.id.in_(ids[start : start + _CHUNK])
            self._connection.execute(sa.update(deliveries).where(some).values(**values))


_SHOWN = sa.select(
    *(deliveries.c[name] for name in DeliveryRow.__dataclass_fields__ if name in deliveries.c),
    deliveries.c.request_id.label("request"),
    deliveries.c.person_id.label("person"),
    deliveries.c.endpoint_id.label("endpoint"),
)


def _shown(row: sa.RowMapping) -> DeliveryRow:
    return DeliveryRow(**{**row, "state": DeliveryState(row["state"])})
