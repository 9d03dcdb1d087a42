"""Approvals: what waits for a second person, and who decided. The database itself refuses that both are one."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Literal

import sqlalchemy as sa
from pydantic import JsonValue

from konbit.domain.caution import Ground
from konbit.store.records import Approval
from konbit.store.repository import Repository
from konbit.store.signals import notify
from konbit.store.tables.runs import runs
from konbit.store.tables.safety import approvals


class Approvals(Repository):
    """Approvals of runs, asked for when a run is created and decided once."""

    def ask(
        self, run_id: str, ground: Ground, by: str, at: dt.datetime, details: Mapping[str, JsonValue]
    ) -> bool:
        """The run waits for a second person; False if it does already."""
        values = {
            "run_id": run_id,
            "ground": ground,
            "asked_by": by,
            "asked_at": at,
            "details": dict(details),
        }
        return self._add(approvals, values)

    def of(self, run_id: str) -> Sequence[Approval]:
        """All that was asked for the run."""
        rows = self._rows(sa.select(approvals).where(approvals.c.run_id == run_id).order_by(approvals.c.id))
        return [_approval(row) for row in rows]

    def waiting(self, run_id: str) -> Sequence[Approval]:
        """What nobody has decided yet."""
        return [one for one in self.of(run_id) if one.verdict is None]

    def decide(
        self, run_id: str, verdict: Literal["approved", "refused"], by: str, at: dt.datetime, reason: str
    ) -> int:
        """Decides all that waits; how many. StoreFailed if who approves is who asked."""
        open_ones = sa.and_(approvals.c.run_id == run_id, approvals.c.verdict.is_(None))
        decided = {"verdict": verdict, "decided_by": by, "decided_at": at, "reason": reason}
        count = self._connection.execute(sa.update(approvals).where(open_ones).values(**decided)).rowcount
        if count:
            notify(self._connection)
        return count

    def released(self) -> Sequence[str]:
        """Runs that have a flow run, were approved and have not begun: their flow run sleeps until it is woken."""
        asked = sa.exists(sa.select(1).where(approvals.c.run_id == runs.c.id))
        left = sa.exists(
            sa.select(1).where(
                approvals.c.run_id == runs.c.id, approvals.c.verdict.is_distinct_from("approved")
            )
        )
        which = sa.and_(runs.c.status == "requested", runs.c.flow_run_id.is_not(None), asked, sa.not_(left))
        return self._connection.scalars(sa.select(runs.c.id).where(which).order_by(runs.c.id)).all()


def undecided(run_id: sa.ColumnElement[str]) -> sa.Exists:
    """Whether the run of a statement waits for a second person: it takes nothing until one has decided."""
    return sa.exists(sa.select(1).where(approvals.c.run_id == run_id, approvals.c.verdict.is_(None)))


def _approval(row: sa.RowMapping) -> Approval:
    return Approval(**{name: row[name] for name in Approval.__dataclass_fields__})
