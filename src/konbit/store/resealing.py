"""Writes everything sealed anew with the newest key, in small transactions, while the house runs."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import sqlalchemy as sa

from konbit.store.tables.deliveries import deliveries
from konbit.store.tables.directory import endpoints, keyring, people
from konbit.store.tables.replies import inbound
from konbit.store.vault import Sealed, Vault

_CHUNK = 500
_TABLES = (people, endpoints, deliveries, inbound)

Connect = Callable[[], AbstractContextManager[sa.Connection]]


def reseal(connect: Connect, vault: Vault) -> int:
    """Seals every row with the first key, and says how many rows it wrote. It can be stopped and called again."""
    with connect() as connection:
        for row in connection.execute(sa.select(keyring)).all():
            renewed = sa.update(keyring).where(keyring.c.name == row.name)
            connection.execute(renewed.values(value=vault.renew(row.value)))
    return sum(len(ids) for table in _TABLES for ids in _pieces(connect, vault, table))


def _pieces(connect: Connect, vault: Vault, table: sa.Table) -> Iterator[list[object]]:
    """The ids of the rows written, one transaction after the other, in their order."""
    columns = [column.name for column in table.c if isinstance(column.type, Sealed)]
    # As they are stored: with their own type they would be opened on the way out and sealed twice on the way in.
    key = sa.column("id", table.c.id.type)
    raw = sa.table(table.name, key, *(sa.column(name, sa.Text) for name in columns))
    last: object = None
    while True:
        some = sa.select(raw).order_by(raw.c.id).limit(_CHUNK)
        some = some if last is None else some.where(raw.c.id > last)
        with connect() as connection:
            rows = connection.execute(some.with_for_update()).mappings().all()
            for row in rows:
                values = {name: vault.renew(row[name]) for name in columns}
                connection.execute(sa.update(raw).where(raw.c.id == row["id"]).values(values))
        if not rows:
            return
        yield [row["id"] for row in rows]
        last = rows[-1]["id"]
