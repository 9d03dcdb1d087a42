"""Timers: what a run waits for, in run time."""

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa

from konbit.store.approvals import undecided
from konbit.store.records import Timer
from konbit.store.repository import Repository
from konbit.store.tables.runs import runs, timers

_NEXT = sa.select(sa.func.min(timers.c.at)).where(timers.c.at > sa.bindparam("now"))
AT_ONCE = 500
"""Runs that are asked for in one statement."""


class Timers(Repository):
    """Timers by run and name."""

    def set(self, run_id: str, timer: str, at: dt.datetime) -> None:
        """The timer is due at `at`; one of that name is replaced."""
        self._put(timers, [{"run_id": run_id, "timer": timer, "at": at}])

    def cancel(self, run_id: str, timer: str) -> None:
        """The timer is gone, if it was there: cancelled, or fired and journalled."""
        self._connection.execute(sa.delete(timers).where(timers.c.run_id == run_id, timers.c.timer == timer))

    def cancel_all(self, run_id: str) -> None:
        """The run has no timers any more."""
        self._connection.execute(sa.delete(timers).where(timers.c.run_id == run_id))

    def due(self, run_id: str, now: dt.datetime) -> Sequence[Timer]:
        """Timers of the run whose moment has come, the earliest first."""
        statement = sa.select(timers.c.timer, timers.c.at).where(
            timers.c.run_id == run_id, timers.c.at <= now
        )
        return [
            Timer(row["timer"], row["at"])
            for row in self._rows(statement.order_by(timers.c.at, timers.c.timer))
        ]

    def due_runs(self, now: dt.datetime) -> Sequence[str]:
        """Runs with a timer that is due, the longest overdue first.

        None that have ended, are held or wait for a second person.
        """
        # By the moment first: a join would have the database go through the timers of every run that waits.
        due = sa.select(timers.c.run_id).where(timers.c.at <= now).order_by(timers.c.at, timers.c.run_id)
        found = dict.fromkeys(self._connection.scalars(due))
        going: set[str] = set()
        for start in range(0, len(found), AT_ONCE):
            part = [*found][start : start + AT_ONCE]
            open_ones = sa.and_(
                runs.c.id.in_(part),
                runs.c.status != "ended",
                runs.c.paused_at.is_(None),
                ~undecided(runs.c.id),
            )
            going.update(self._connection.scalars(sa.select(runs.c.id).where(open_ones)))
        return [run_id for run_id in found if run_id in going]

    def next_after(self, now: dt.datetime) -> dt.datetime | None:
        """When the next timer of any run falls due after `now`."""
        at: dt.datetime | None = self._connection.scalar(_NEXT, {"now": now})
        return at

    def list(self, run_id: str) -> Sequence[Timer]:
        """Every timer of the run, the earliest first."""
        statement = sa.select(timers.c.timer, timers.c.at).where(timers.c.run_id == run_id)
        rows = self._rows(statement.order_by(timers.c.at, timers.c.timer))
        return [Timer(row["timer"], row["at"]) for row in rows]

    def next(self, run_id: str) -> dt.datetime | None:
        """When the run's next timer is due, or None if it waits for none."""
        statement = sa.select(sa.func.min(timers.c.at)).where(timers.c.run_id == run_id)
        at: dt.datetime | None = self._connection.scalar(statement)
        return at
