"""What SQLite needs to be trusted with several processes: WAL, explicit transactions, foreign keys, patience."""

import sqlite3
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.pool import ConnectionPoolEntry

WRITES = "konbit_writes"
"""The execution option that makes a transaction take the write lock at once, so that it cannot fail half-way."""
BUSY = 30.0
"""Seconds that a transaction waits for another to end."""


def prepare(engine: sa.Engine, durability: Literal["full", "normal"]) -> None:
    """Sets every connection of the engine up, and begins its transactions explicitly."""

    @sa.event.listens_for(engine, "connect")
    def connected(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
        # The driver must not begin transactions of its own: it would do so too late, and not for SELECT.
        connection.isolation_level = None
        for pragma in (
            f"busy_timeout = {int(BUSY * 1000)}",
            "foreign_keys = ON",
            f"synchronous = {durability.upper()}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def begun(connection: sa.Connection) -> None:
        writes = bool(connection.get_execution_options().get(WRITES, False))
        # Said again only when it changes: of the cost of a small transaction it would be a good part.
        if connection.info.get(WRITES) is not writes:
            connection.exec_driver_sql(f"PRAGMA query_only = {0 if writes else 1}")
            connection.info[WRITES] = writes
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
