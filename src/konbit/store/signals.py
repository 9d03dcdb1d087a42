"""How a process hears at once that another has stored something for a run, instead of looking again and again.

PostgreSQL says so itself, by NOTIFY, when the transaction is committed. SQLite has a counter that changes with every commit of
another connection; reading it costs some microseconds. Whoever waits here must still look by itself now and then: a signal is
a hint, what is stored is the truth.
"""

import contextlib
import sqlite3
import time
from typing import Final, Protocol
from urllib.parse import quote

import psycopg
import sqlalchemy as sa

CHANNEL: Final = "konbit"
"""The channel of PostgreSQL; it carries no content."""
SHORT_POLL: Final = 0.05
"""Seconds between two looks at SQLite's counter."""
AGAIN: Final = 5.0
"""Seconds before a connection that was lost is made again."""


def notify(connection: sa.Connection) -> None:
    """Has everybody who listens hear of it once this transaction is committed."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_notify(CHANNEL, "")))


class Signals(Protocol):
    """Waits for others to store something. Not safe to share between threads."""

    def wait(self, seconds: float) -> bool:
        """Returns as soon as something was stored, or after so many seconds; True if something was."""
        ...

    def close(self) -> None:
        """Gives the connection back."""
        ...


class SqliteSignals:
    """Looks at `PRAGMA data_version` on a connection of its own."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._version = self._look()

    def wait(self, seconds: float) -> bool:
        """See `Signals.wait`."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            time.sleep(min(SHORT_POLL, left))
            found = self._look()
            if found != self._version:
                self._version = found
                return True
        return False

    def close(self) -> None:
        """See `Signals.close`."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _look(self) -> int | None:
        try:
            if self._connection is None:
                # Read only, so that a database that is not there is not made.
                self._connection = sqlite3.connect(
                    f"file:{quote(self._path)}?mode=ro", uri=True, check_same_thread=False
                )
            return int(self._connection.execute("PRAGMA data_version").fetchone()[0])
        except sqlite3.Error:
            self.close()
            return None


class PostgresSignals:
    """Listens on a connection of its own; while it is lost, the time simply passes."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._connection: psycopg.Connection | None = None
        self._not_before = 0.0

    def wait(self, seconds: float) -> bool:
        """See `Signals.wait`."""
        deadline = time.monotonic() + seconds
        try:
            connection = self._listening()
            if connection is not None:
                return any(True for _ in connection.notifies(timeout=seconds, stop_after=1))
        except psycopg.Error:
            self.close()
            self._not_before = time.monotonic() + AGAIN
        time.sleep(max(0.0, deadline - time.monotonic()))
        return False

    def close(self) -> None:
        """See `Signals.close`."""
        if self._connection is not None:
            with contextlib.suppress(psycopg.Error):
                self._connection.close()
            self._connection = None

    def _listening(self) -> psycopg.Connection | None:
        if self._connection is None and time.monotonic() >= self._not_before:
            self._connection = psycopg.connect(self._address, autocommit=True, connect_timeout=5)
            self._connection.execute(f"LISTEN {CHANNEL}")
        return self._connection


def signals(address: sa.URL) -> Signals:
    """What waits for changes of a database."""
    if address.get_backend_name() == "sqlite":
        return SqliteSignals(str(address.database))
    plain = address.set(drivername="postgresql")
    return PostgresSignals(plain.render_as_string(hide_password=False))
