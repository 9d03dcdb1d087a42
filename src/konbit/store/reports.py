"""Reports as they were drafted, approved and sent."""

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa

from konbit.store.records import Report
from konbit.store.repository import Repository
from konbit.store.tables.facts import reports


class Reports(Repository):
    """Reports by run and id."""

    def put(self, report: Report) -> None:
        """Keeps the report; one of the same id is replaced, so that a duty done twice drafts one."""
        self._put(reports, [{name: getattr(report, name) for name in Report.__dataclass_fields__}])

    def get(self, run_id: str, id: str) -> Report | None:
        """The report of that id in the run."""
        row = self._row(sa.select(reports).where(reports.c.run_id == run_id, reports.c.id == id))
        return None if row is None else Report(**row)

    def list(self, run_id: str, kind: str | None = None) -> Sequence[Report]:
        """Reports of the run, in the order of their numbers."""
        statement = sa.select(reports).where(reports.c.run_id == run_id)
        if kind is not None:
            statement = statement.where(reports.c.kind == kind)
        statement = statement.order_by(reports.c.created_at, reports.c.kind, reports.c.number)
        return [Report(**row) for row in self._rows(statement)]

    def next_number(self, run_id: str, kind: str) -> int:
        """The number that the next report of this kind takes, from 1."""
        statement = sa.select(sa.func.max(reports.c.number))
        last = self._connection.scalar(statement.where(reports.c.run_id == run_id, reports.c.kind == kind))
        return (last or 0) + 1

    def approved(self, run_id: str, id: str, at: dt.datetime) -> None:
        """Somebody approved the report."""
        self._change(run_id, id, approved_at=at)

    def sent(self, run_id: str, id: str, at: dt.datetime) -> None:
        """The report was given out."""
        self._change(run_id, id, sent_at=at)

    def _change(self, run_id: str, id: str, **values: object) -> None:
        which = sa.and_(reports.c.run_id == run_id, reports.c.id == id)
        self._connection.execute(sa.update(reports).where(which).values(**values))
