"""Upgrades of the tables with Alembic, from revisions inside this package. There is no way back: restore a backup."""

import contextlib
import fcntl
import os
import pathlib
import sqlite3
from collections.abc import Iterator

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from konbit.store import sqlite

_LOCK = 0x6B6F6E626974
"""The advisory lock of PostgreSQL that only one upgrade at a time can hold: `konbit` in ASCII."""


def configuration(connection: sa.Connection | None = None) -> Config:
    """Alembic's configuration, with the connection it is to work on."""
    config = Config()
    config.set_main_option("script_location", str(pathlib.Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def upgrade(engine: sa.Engine) -> None:
    """Brings the database to the newest revision; waits for whoever is at it already."""
    if engine.dialect.name == "sqlite":
        with (
            _file_lock(pathlib.Path(str(engine.url.database))),
            engine.connect() as connection,
            connection.execution_options(**{sqlite.WRITES: True}).begin(),
        ):
            _upgrade(connection)
        return
    with engine.begin() as connection:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        _upgrade(connection)


def current(connection: sa.Connection) -> tuple[str | None, str | None]:
    """The revision that the database has, and the newest one."""
    head = ScriptDirectory.from_config(configuration()).get_current_head()
    return MigrationContext.configure(connection).get_current_revision(), head


def _upgrade(connection: sa.Connection) -> None:
    if len(set(current(connection))) > 1:
        command.upgrade(configuration(connection), "head")


@contextlib.contextmanager
def _file_lock(database: pathlib.Path) -> Iterator[None]:
    """Creates the file, readable by its owner only and in WAL mode, under a lock beside it.

    The switch to WAL is the one statement that does not wait for others, hence a lock of the operating system.
    """
    database.parent.mkdir(parents=True, exist_ok=True)
    with database.with_name(database.name + ".lock").open("w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        # Never opened by us if it is there: closing it would drop the locks that SQLite holds on it in this process.
        if not database.exists():
            os.close(os.open(database, os.O_CREAT | os.O_RDWR, 0o600))
        with contextlib.closing(sqlite3.connect(database, timeout=sqlite.BUSY)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
        yield
