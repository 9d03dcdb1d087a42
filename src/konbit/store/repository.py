"""What all repositories share: the connection of the transaction, and statements both databases spell alike."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from konbit.store.vault import vault_of


class Repository:
    """One subject's statements, inside one transaction; made by `Tx` and not kept longer."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def _address_hash(self, address: str) -> str:
        """What rows with this canonical address are found by; an address that was forgotten has none."""
        return vault_of(self._connection.dialect).hash(self._connection, address) if address else ""

    def _insert(self, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
        """An INSERT that knows ON CONFLICT."""
        return sqlite.insert(table) if self._connection.dialect.name == "sqlite" else postgresql.insert(table)

    def _add(self, table: sa.Table, values: Mapping[str, object]) -> bool:
        """Inserts the row unless one with the same key is there; tells which."""
        statement = self._insert(table).values(values).on_conflict_do_nothing().returning(sa.literal(1))
        return self._connection.execute(statement).first() is not None

    def _put(self, table: sa.Table, rows: Sequence[Mapping[str, object]], kept: Sequence[str] = ()) -> None:
        """Inserts the rows; one with the same primary key is replaced, but for the columns `kept`."""
        if not rows:
            return
        statement = self._insert(table)
        keys = [column.name for column in table.primary_key.columns]
        changed = {
            name: statement.excluded[name] for name in rows[0] if name not in keys and name not in kept
        }
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=keys, set_=changed), list(rows)
        )

    def _rows(self, statement: sa.Executable) -> Sequence[sa.RowMapping]:
        return self._connection.execute(statement).mappings().all()

    def _row(self, statement: sa.Executable) -> sa.RowMapping | None:
        return self._connection.execute(statement).mappings().first()
