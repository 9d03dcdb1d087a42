"""What PostgreSQL needs to behave as SQLite does here: nobody waits for ever."""

import psycopg
import sqlalchemy as sa
from sqlalchemy.pool import ConnectionPoolEntry

CONNECT = 10
"""Seconds that a connection may take to be made."""
BUSY = 30
"""Seconds that a statement waits for a row that another transaction has."""
SILENT = 20
"""Seconds after which a connection that nothing comes through counts as cut, at both of its ends."""
_LINE = {
    "keepalives_idle": SILENT // 4,
    "keepalives_interval": SILENT // 4,
    "keepalives_count": 3,
    "tcp_user_timeout": SILENT * 1000,
}
_AT_THE_SERVER = (
    f"SET lock_timeout = '{BUSY}s'",
    # Whoever was cut off in the middle of a transaction must not keep its rows from the others.
    f"SET idle_in_transaction_session_timeout = '{SILENT}s'",
    f"SET tcp_keepalives_idle = {SILENT // 4}",
    f"SET tcp_keepalives_interval = {SILENT // 4}",
    "SET tcp_keepalives_count = 3",
    f"SET tcp_user_timeout = '{SILENT}s'",
)


def prepare(engine: sa.Engine) -> None:
    """Sets every connection of the engine up."""

    @sa.event.listens_for(engine, "do_connect")
    def connecting(
        _: sa.Dialect, __: ConnectionPoolEntry, ___: list[object], options: dict[str, object]
    ) -> None:
        for name, value in {"connect_timeout": CONNECT, **_LINE}.items():
            options.setdefault(name, value)

    @sa.event.listens_for(engine, "connect")
    def connected(connection: psycopg.Connection, _: ConnectionPoolEntry) -> None:
        connection.execute(";".join(_AT_THE_SERVER))
        # Otherwise the pool's next rollback would undo the setting.
        connection.commit()
