"""What a watchdog reads: signs of life, what should have happened, what was told of it. No names, no addresses, no texts."""

import datetime as dt
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from konbit.domain.watch import Alarm, Fault, FaultKind
from konbit.store.approvals import undecided
from konbit.store.complaints import ACTION
from konbit.store.repository import Repository
from konbit.store.tables.deliveries import deliveries, delivery_events
from konbit.store.tables.requests import requests
from konbit.store.tables.runs import audit, inbox, runs, timers
from konbit.store.tables.safety import alarms, beats

_GOING = sa.and_(runs.c.status != "ended", runs.c.paused_at.is_(None))
_WAITING = ("planned", "due", "held")
_FAILED = ("failed", "unknown")
_REACHED = ("accepted", "delivered", "read")


class Watch(Repository):
    """Faults that the database shows, beats and alarms."""

    def beat(self, name: str, at: dt.datetime) -> None:
        """A sign of life; `at` is wall time."""
        self._put(beats, [{"name": name, "at": at}])

    def beats(self) -> Mapping[str, dt.datetime]:
        """The last sign of life of each that ever gave one."""
        return {row["name"]: row["at"] for row in self._rows(sa.select(beats))}

    def overdue(self, before: dt.datetime, wall: dt.datetime) -> list[Fault]:
        """Runs with a timer that was due before `before`, or with something in the inbox since before then.

        A run that a process is advancing at this moment is not overdue.
        """
        free = sa.or_(runs.c.lease_until.is_(None), runs.c.lease_until <= wall)
        due = sa.select(timers.c.run_id, timers.c.at.label("at")).where(timers.c.at <= before)
        came = sa.select(inbox.c.run_id, inbox.c.received_at.label("at")).where(
            inbox.c.done_seq.is_(None), inbox.c.received_at <= before
        )
        both = due.union_all(came).subquery()
        statement = (
            sa.select(both.c.run_id, sa.func.min(both.c.at).label("at"), sa.func.count().label("n"))
            .join(runs, runs.c.id == both.c.run_id)
            .where(_GOING, free, ~undecided(runs.c.id))
            .group_by(both.c.run_id)
        )
        return [Fault("overdue_run", row["run_id"], row["at"], row["n"]) for row in self._rows(statement)]

    def untold(self, before: dt.datetime) -> list[Fault]:
        """Open requests since before `before` of which no message has been tried and none is waiting for a later time."""
        mine = sa.and_(deliveries.c.run_id == requests.c.run_id, deliveries.c.request_id == requests.c.key)
        later = sa.and_(deliveries.c.state.in_(_WAITING), deliveries.c.not_before > before)
        told = sa.exists(sa.select(1).where(mine, sa.or_(deliveries.c.attempts > 0, later)))
        planned = sa.exists(sa.select(1).where(mine))
        statement = (
            sa.select(requests.c.run_id, requests.c.key, requests.c.opened_at)
            .join(runs, runs.c.id == requests.c.run_id)
            .where(
                _GOING, requests.c.closed_at.is_(None), requests.c.opened_at <= before, planned, sa.not_(told)
            )
        )
        return [
            Fault("untold_request", f"{row['run_id']}/{row['key']}", row["opened_at"])
            for row in self._rows(statement)
        ]

    def stuck(self, before: dt.datetime) -> list[Fault]:
        """Deliveries whose lease ran out before `before` (wall time) and that nobody has settled."""
        which = sa.and_(deliveries.c.state == "sending", deliveries.c.lease_until <= before)
        return self._by_account("stuck_sending", deliveries.c.lease_until, which)

    def silent(self, before: dt.datetime, now: dt.datetime) -> list[Fault]:
        """Accounts with deliveries that were due before `before`, are wanted, and that nobody has taken."""
        which = sa.and_(
            deliveries.c.state.in_(("planned", "due")),
            deliveries.c.not_before <= before,
            deliveries.c.expires_at > now,
        )
        return self._by_account("silent_sender", deliveries.c.not_before, which)

    def dead(self, since: dt.datetime, failures: int) -> list[Fault]:
        """Accounts that have failed so often since then, and sent nothing successfully since the first failure."""
        state = delivery_events.c.to_state
        failed = sa.func.sum(sa.case((state.in_(_FAILED), 1), else_=0))
        reached = sa.func.sum(sa.case((state.in_(_REACHED), 1), else_=0))
        first = sa.func.min(sa.case((state.in_(_FAILED), delivery_events.c.at)))
        statement = (
            sa.select(deliveries.c.account, failed.label("n"), first.label("at"))
            .join(deliveries, deliveries.c.id == delivery_events.c.delivery_id)
            .where(delivery_events.c.at >= since)
            .group_by(deliveries.c.account)
            .having(failed >= failures, reached == 0)
        )
        return [
            Fault("dead_channel", row["account"], row["at"], row["n"], row["account"])
            for row in self._rows(statement)
        ]

    def complaints(self, since: dt.datetime) -> list[Fault]:
        """Accounts about whose messages people have complained since then."""
        found: dict[str, list[dt.datetime]] = {}
        statement = sa.select(audit.c.at, audit.c.details).where(
            audit.c.action == ACTION, audit.c.at >= since
        )
        for row in self._rows(statement.order_by(audit.c.id)):
            found.setdefault(str(row["details"].get("account")), []).append(row["at"])
        return [Fault("complaint", account, times[0], len(times)) for account, times in found.items()]

    def alarms(self) -> Mapping[str, Alarm]:
        """What is remembered, by fault."""
        return {
            row["fault"]: Alarm(row["fault"], row["since"], row["told_at"], row["cleared_at"])
            for row in self._rows(sa.select(alarms))
        }

    def seen_at(self) -> Mapping[str, dt.datetime]:
        """When each fault was seen last."""
        return {row["fault"]: row["seen_at"] for row in self._rows(sa.select(alarms))}

    def seen(self, fault: Fault, at: dt.datetime) -> None:
        """The fault is there now."""
        values = {"fault": fault.key, "since": fault.since, "seen_at": at, "cleared_at": None}
        self._put(alarms, [values], kept=("since",))

    def claim(self, fault: Fault, at: dt.datetime, cool_down: dt.timedelta) -> bool:
        """Whether it is for the caller to tell: of several watchdogs one gets it."""
        free = sa.or_(alarms.c.told_at.is_(None), alarms.c.told_at <= at - cool_down)
        statement = sa.update(alarms).where(alarms.c.fault == fault.key, free).values(told_at=at)
        return self._connection.execute(statement).rowcount == 1

    def told(self, fault: Fault, by: str | None) -> None:
        """By which account somebody was told; None gives the alarm back, because nobody could be."""
        values: dict[str, object] = {"told_by": by} if by is not None else {"told_at": None}
        self._connection.execute(sa.update(alarms).where(alarms.c.fault == fault.key).values(**values))

    def over(self, keys: Sequence[str], at: dt.datetime) -> None:
        """These faults are gone."""
        if keys:
            self._connection.execute(sa.update(alarms).where(alarms.c.fault.in_(keys)).values(cleared_at=at))

    def _by_account(
        self, kind: FaultKind, column: sa.ColumnElement[dt.datetime], which: sa.ColumnElement[bool]
    ) -> list[Fault]:
        statement = (
            sa.select(deliveries.c.account, sa.func.count().label("n"), sa.func.min(column).label("at"))
            .where(which)
            .group_by(deliveries.c.account)
        )
        return [
            Fault(kind, row["account"], row["at"], row["n"], row["account"]) for row in self._rows(statement)
        ]
