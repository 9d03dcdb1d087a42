"""The audit: who did what to which run, and why. Only ever added to."""

import datetime as dt
from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from pydantic import JsonValue

from konbit.store.records import AuditRecord
from konbit.store.repository import Repository
from konbit.store.tables.runs import audit


class Audit(Repository):
    """Acts of people and operators; never a name, an address or the text of a message."""

    def add(
        self,
        at: dt.datetime,
        actor: str,
        action: str,
        *,
        run_id: str | None = None,
        reason: str = "",
        details: Mapping[str, JsonValue] | None = None,
    ) -> None:
        """Writes one act down."""
        values = {"at": at, "actor": actor, "action": action, "run_id": run_id, "reason": reason}
        self._connection.execute(sa.insert(audit).values(**values, details=dict(details or {})))

    def list(self, run_id: str | None = None, limit: int = 1000) -> Sequence[AuditRecord]:
        """The latest acts, on one run or on all, oldest first."""
        statement = sa.select(audit).order_by(audit.c.id.desc()).limit(limit)
        if run_id is not None:
            statement = statement.where(audit.c.run_id == run_id)
        names = AuditRecord.__dataclass_fields__
        return [AuditRecord(**{name: row[name] for name in names}) for row in reversed(self._rows(statement))]
