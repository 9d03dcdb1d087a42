"""Thousands of runs like one that is there: copies of its rows, for what can only be seen in a crowd.

A copy waits as its model does, and its journal is sealed as its own; messages are not copied.
"""

import secrets
import uuid
import warnings
from typing import Any

import sqlalchemy as sa

from konbit.store.journal import seal
from konbit.store.tables.requests import addressees, requests
from konbit.store.tables.runs import journal, runs, timers

TOGETHER = 500
"""Rows that are inserted at once."""


def copies(engine: sa.Engine, model: str, number: int, flow_runs: list[str] | None = None) -> list[str]:
    """The ids of so many copies of a run; `flow_runs` are their flow runs in Prefect, made up if there are none."""
    ids = [str(uuid.uuid4()) for _ in range(number)]
    placed = flow_runs or [str(uuid.uuid4()) for _ in ids]
    with engine.begin() as connection:
        (run,) = _rows(connection, sa.select(runs).where(runs.c.id == model))
        lease = {"lease_owner": None, "lease_until": None}
        own = [
            run | lease | {"id": id, "flow_run_id": flow_run, "idempotency_key": None}
            for id, flow_run in zip(ids, placed, strict=True)
        ]
        _insert(connection, runs, own)
        lines = _rows(connection, sa.select(journal).where(journal.c.run_id == model).order_by(journal.c.seq))
        _insert(connection, journal, [line for id in ids for line in _sealed(lines, id)])
        for table in (timers, requests):
            rows = _rows(connection, sa.select(table).where(table.c.run_id == model))
            _insert(connection, table, [row | {"run_id": id} for id in ids for row in rows])
        asked = _rows(connection, sa.select(addressees).where(addressees.c.run_id == model))
        _insert(
            connection,
            addressees,
            [row | {"run_id": id, "id": secrets.randbits(62)} for id in ids for row in asked],
        )
    return ids


def flow_run_copies(engine: sa.Engine, model: str, number: int) -> list[str]:
    """The ids of so many copies of a flow run in Prefect's own database (SQLite), each asleep as its model is."""
    found = sa.MetaData()
    with warnings.catch_warnings():  # an index on an expression cannot be reflected, and need not be
        warnings.simplefilter("ignore", sa.exc.SAWarning)
        found.reflect(engine, only=["flow_run", "flow_run_state"])
    flow_run, state = found.tables["flow_run"], found.tables["flow_run_state"]
    ids = [str(uuid.uuid4()) for _ in range(number)]
    named = [(id, str(uuid.uuid4())) for id in ids]
    with engine.begin() as connection:
        (row,) = _rows(connection, sa.select(flow_run).where(flow_run.c.id == model))
        (slept,) = _rows(connection, sa.select(state).where(state.c.id == str(row["state_id"])))
        timed = {"idempotency_key": None}
        _insert(connection, flow_run, [row | timed | {"id": id, "state_id": None} for id in ids])
        rows = [slept | {"id": id, "flow_run_id": of} for of, id in named]
        _insert(connection, state, rows)
        where = sa.update(flow_run).where(flow_run.c.id == sa.bindparam("of"))
        connection.execute(
            where.values(state_id=sa.bindparam("state")), [{"of": of, "state": id} for of, id in named]
        )
    return ids


def _sealed(lines: list[dict[str, Any]], run_id: str) -> list[dict[str, Any]]:
    previous, made = "", []
    for line in lines:
        previous = seal(previous, run_id, line["seq"], line["event"])
        made.append(line | {"run_id": run_id, "hash": previous})
    return made


def _rows(connection: sa.Connection, statement: sa.Select[Any]) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(statement).mappings()]


def _insert(connection: sa.Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    for start in range(0, len(rows), TOGETHER):
        connection.execute(sa.insert(table), rows[start : start + TOGETHER])
