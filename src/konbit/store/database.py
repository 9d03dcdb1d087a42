"""The store itself: one database, SQLite or PostgreSQL, and transactions on it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Literal, cast

import sqlalchemy as sa

from konbit.errors import KonbitError, ServiceUnavailable, UserError
from konbit.store import migrate, postgresql, sqlite
from konbit.store.quiet import quiet
from konbit.store.resealing import reseal
from konbit.store.signals import Signals, signals
from konbit.store.transaction import Tx
from konbit.store.vault import Vault, install

Dialect = Literal["sqlite", "postgresql"]
Durability = Literal["full", "normal"]
"""`full` survives a loss of power, `normal` only the death of processes; PostgreSQL decides for itself."""


class StoreFailed(KonbitError):
    """The database refused what was written; this is a defect, or the database was changed by hand."""


class Store:
    """What Konbit holds to be true. Safe to share between threads; each process makes its own."""

    def __init__(self, url: str, *, durability: Durability = "full", keys: Sequence[str] = ()) -> None:
        """Connects when first used. `url` is `sqlite:///path` or `postgresql+psycopg://...`; UserError for any other.

        `keys` seal names, addresses and texts, see `konbit.store.vault`; every composition root gives those of its settings.
        """
        address = _address(url)
        quiet()
        # Parameters hold names and addresses; without this they would be in the text of every error.
        remote = address.get_backend_name() != "sqlite"
        self._engine = sa.create_engine(address, hide_parameters=True, pool_pre_ping=remote)
        self._vault = Vault(keys)
        install(self._engine, self._vault)
        if self.dialect == "sqlite":
            sqlite.prepare(self._engine, durability)
        else:
            postgresql.prepare(self._engine)

    @property
    def dialect(self) -> Dialect:
        """Which database it is."""
        return cast(Dialect, self._engine.dialect.name)

    def signals(self) -> Signals:
        """Waits for what other processes store; a connection of its own, to be closed."""
        return signals(self._engine.url)

    def upgrade(self) -> None:
        """Brings the tables to the version of this software; several processes may call it at once."""
        with _plain_errors():
            migrate.upgrade(self._engine)

    def reseal(self) -> int:
        """Seals names, addresses and texts anew with the newest key; returns how many rows it wrote."""
        return reseal(lambda: self.connect(write=True), self._vault)

    def close(self) -> None:
        """Closes every connection; the store can be used again."""
        self._engine.dispose()

    @contextmanager
    def begin(self) -> Iterator[Tx]:
        """A transaction that may write: committed at the end of the block, undone by any exception.

        ServiceUnavailable if the database does not answer or is busy for longer than 30 seconds.
        """
        with self.connect(write=True) as connection:
            yield Tx(connection)

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """A transaction that only reads, and sees one moment throughout, whatever others write."""
        with self.connect(write=False) as connection:
            yield Tx(connection)

    @contextmanager
    def connect(self, *, write: bool) -> Iterator[sa.Connection]:
        """The connection under a transaction, for the outbox; use `begin` and `read`."""
        options: dict[str, object] = {}
        if self.dialect == "sqlite":
            options = {sqlite.WRITES: write}
        elif not write:
            options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with _plain_errors(), self._engine.connect() as plain:
            connection = plain.execution_options(**options)
            with connection.begin():
                yield connection


def _address(url: str) -> sa.URL:
    try:
        address = sa.make_url(url)
    except sa.exc.ArgumentError:
        raise UserError(
            "The address of the database cannot be read; it is sqlite:///path or postgresql+psycopg://..."
        ) from None
    if address.get_backend_name() == "postgresql":
        return address.set(drivername="postgresql+psycopg")
    if address.get_backend_name() != "sqlite":
        raise UserError(
            f"Konbit keeps its data in SQLite or PostgreSQL, not in {address.get_backend_name()}."
        )
    if address.database in (None, "", ":memory:"):
        raise UserError("SQLite needs a file: sqlite:///path/to/konbit.db")
    return address


@contextmanager
def _plain_errors() -> Iterator[None]:
    """Errors of the database as ours, without the rows that the driver quotes in them."""
    try:
        yield
    except sa.exc.DBAPIError as error:
        raise _plain(error) from None
    except sa.exc.TimeoutError:
        raise ServiceUnavailable("Every connection to the database is in use.") from None
    except sa.exc.StatementError as error:
        raise StoreFailed(f"A value cannot be stored: {error.orig}") from None


def _plain(error: sa.exc.DBAPIError) -> KonbitError:
    """The error by the codes that the driver gives, which say what happened and never to whom."""
    code = getattr(error.orig, "sqlite_errorname", None) or type(error.orig).__name__
    diagnosis = getattr(error.orig, "diag", None)
    constraint = getattr(diagnosis, "constraint_name", None)
    away = isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError)
    if away and code not in ("SQLITE_ERROR", "SQLITE_READONLY"):
        return ServiceUnavailable(
            f"The database does not answer or is busy ({code}); `konbit doctor` looks at it."
        )
    if code in ("SQLITE_ERROR", "UndefinedTable", "UndefinedColumn"):
        return StoreFailed(f"The database does not have the tables of this version ({code}); upgrade it.")
    return StoreFailed(f"The database refused a statement ({', '.join(filter(None, (code, constraint)))}).")
