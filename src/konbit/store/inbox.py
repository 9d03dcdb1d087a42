"""The inbox: the one door through which anything from outside enters a run, kept until the run has taken it."""

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa

from konbit.engine.events import EVENTS, AnyEvent
from konbit.engine.pausing import TAKEN
from konbit.errors import UnknownRun
from konbit.store.approvals import undecided
from konbit.store.journal import dump
from konbit.store.records import InboxItem
from konbit.store.repository import Repository
from konbit.store.signals import notify
from konbit.store.tables.runs import inbox, runs, timers

_STIRRED = sa.select(
    sa.or_(
        sa.exists().where(inbox.c.run_id == sa.bindparam("run"), inbox.c.done_seq.is_(None)),
        sa.exists().where(timers.c.run_id == sa.bindparam("run"), timers.c.at <= sa.bindparam("now")),
    )
)


class Inbox(Repository):
    """Answers, signals, ended children, operator commands, stand-downs."""

    def put(self, run_id: str, event: AnyEvent, dedup_key: str, received_at: dt.datetime) -> bool:
        """Keeps the event for the run; False if something with that key came before, done or not.

        UnknownRun if there is no such run.
        """
        if self._row(sa.select(runs.c.id).where(runs.c.id == run_id)) is None:
            raise UnknownRun
        new = self._add(
            inbox,
            {
                "run_id": run_id,
                "dedup_key": dedup_key,
                "event": dump(event),
                "received_at": received_at,
                "kind": event.kind,
            },
        )
        if new:
            notify(self._connection)
        return new

    def pending(self, run_id: str) -> Sequence[InboxItem]:
        """What the run has not taken yet, in the order of arrival."""
        waiting = sa.select(inbox).where(inbox.c.run_id == run_id, inbox.c.done_seq.is_(None))
        return [
            InboxItem(
                row["id"], run_id, row["dedup_key"], EVENTS.validate_json(row["event"]), row["received_at"]
            )
            for row in self._rows(waiting.order_by(inbox.c.id))
        ]

    def keys_after(self, run_id: str, kind: str, id: int) -> Sequence[str]:
        """The keys of what the run was given of a kind after the item `id` of any run came in, taken or not."""
        which = sa.and_(inbox.c.run_id == run_id, inbox.c.kind == kind, inbox.c.id > id)
        return self._connection.scalars(sa.select(inbox.c.dedup_key).where(which).order_by(inbox.c.id)).all()

    def stirred(self, run_id: str, now: dt.datetime) -> bool:
        """Whether the run has anything to take, or a timer that is due."""
        return bool(self._connection.scalar(_STIRRED, {"run": run_id, "now": now}))

    def done(self, id: int, seq: int) -> None:
        """The run has taken the item, as line `seq` of its journal."""
        self._connection.execute(sa.update(inbox).where(inbox.c.id == id).values(done_seq=seq))

    def runs_with_pending(self) -> Sequence[str]:
        """Runs that have not ended and have something they take now, the longest waiting first.

        One that waits for a second person takes nothing: what came in is taken once it is approved.
        """
        takes = sa.or_(runs.c.paused_at.is_(None), inbox.c.kind.in_(TAKEN))
        statement = (
            sa.select(inbox.c.run_id)
            .join(runs, runs.c.id == inbox.c.run_id)
            .where(inbox.c.done_seq.is_(None), runs.c.status != "ended", takes, ~undecided(inbox.c.run_id))
            .group_by(inbox.c.run_id)
            .order_by(sa.func.min(inbox.c.id))
        )
        return self._connection.scalars(statement).all()
