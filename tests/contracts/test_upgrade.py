"""A database that release N-1 made, with runs under way, goes on under this one: nothing of them is lost or done twice.

`data/release-0004.json` was written by the software at revision 0004 itself: one run waits for an answer, another was cut off
in the middle of a step.
"""

import datetime as dt
import json
import pathlib
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command

from konbit.definition.library import load
from konbit.notify.accounts import read_accounts
from konbit.notify.links import Signer, derive_key
from konbit.orchestrate import auditing
from konbit.orchestrate.ledger import Ledger
from konbit.orchestrate.planning import Planner
from konbit.orchestrate.steward import Steward, directly
from konbit.store import migrate, sqlite
from konbit.store.database import Store
from konbit.store.tables import metadata

pytestmark = pytest.mark.slow
RELEASE = json.loads((pathlib.Path(__file__).parent / "data" / "release-0004.json").read_text("utf-8"))
MAIL = {
    "name": "mail",
    "kind": "mail",
    "host": "127.0.0.1",
    "secure": "none",
    "sender_address": "unit@example.org",
    "allow_loopback": True,
}


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.time = dt.datetime(2021, 8, 14, 13, 6, tzinfo=dt.UTC)

    def now(self) -> dt.datetime:
        return self.time

    def wall(self, moment: dt.datetime) -> dt.datetime:
        return moment


def as_it_was(url: str) -> None:
    """Makes the database as that release left it."""
    store = Store(url)
    engine = store._engine
    if store.dialect == "sqlite":
        with migrate._file_lock(pathlib.Path(str(engine.url.database))):
            pass
    with engine.connect() as plain:
        connection = plain.execution_options(**{sqlite.WRITES: True}) if store.dialect == "sqlite" else plain
        with connection.begin():
            command.upgrade(migrate.configuration(connection), "0004")
            for table in metadata.sorted_tables:
                fill(connection, table, RELEASE["tables"].get(table.name, []))
    store.close()


def fill(connection: sa.Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    then = sa.table(table.name, *(sa.column(name, table.c[name].type) for name in rows[0]))
    connection.execute(sa.insert(then), [{name: value(one) for name, one in row.items()} for row in rows])
    numbered = "id" in rows[0] and table.c["id"].autoincrement is not False
    if connection.dialect.name == "postgresql" and numbered and isinstance(rows[0]["id"], int):
        sequence = sa.func.pg_get_serial_sequence(table.name, "id")
        connection.execute(sa.select(sa.func.setval(sequence, max(row["id"] for row in rows))))


def value(stored: Any) -> Any:
    return (
        dt.datetime.fromisoformat(stored["time"])
        if isinstance(stored, dict) and set(stored) == {"time"}
        else stored
    )


@pytest.fixture
def upgraded(empty_url: str) -> Iterator[Store]:
    as_it_was(empty_url)
    store = Store(empty_url)
    with store.connect(write=False) as connection:
        assert migrate.current(connection)[0] == "0004"
    store.upgrade()
    yield store
    store.close()


@pytest.fixture
def steward(upgraded: Store) -> Steward:
    library = load()
    signer = Signer({1: derive_key("s" * 32, "test", 1)}, 1)
    planner = Planner(read_accounts([MAIL]), signer, "http://127.0.0.1:4280", library.codes)
    ledger = Ledger(upgraded, planner, library.bundle)
    return Steward(upgraded, ledger, library.bundle, Clock(), library.codes, "release-n")


def kinds(steward: Steward, run: str) -> list[str]:
    with steward.store.read() as tx:
        return [entry.event.kind for entry in tx.journal.read(run)]


@pytest.mark.parametrize("which", ["waiting", "cut_off"])
def test_a_run_of_the_release_before_goes_on_to_its_end(steward: Steward, which: str) -> None:
    run, before = RELEASE[which], kinds(steward, RELEASE[which])
    with steward.store.read() as tx:
        assert tx.runs.get(run).digest in {plan["digest"] for plan in RELEASE["tables"]["plans"]}
    if which == "waiting":
        answer(steward, run, "verify", "confirmed")
    for _ in range(200):
        standing = steward.attempt(run, directly)
        if standing.status == "ended":
            break
        assert standing.wakes_at is not None
        assert isinstance(steward.clock, Clock)
        steward.clock.time = max(steward.clock.time, standing.wakes_at)
    assert standing.outcome is not None
    after = kinds(steward, run)
    assert after[: len(before)] == before
    assert after.count("started") == 1
    assert auditing.verify(steward, run) == []


def answer(steward: Steward, run: str, step: str, option: str) -> None:
    """Somebody who was asked by that release answers."""
    with steward.store.begin() as tx:
        (request,) = [one for one in tx.requests.list_open(run) if one.step == step]
        (row,) = [one.row_id for one in tx.requests.asked(run, request.key)]
        assert (
            tx.accept_answer(row, "accept", {"answer": option}, "link", steward.clock.now(), "n") == "stored"
        )


def test_what_was_planned_before_is_still_there_to_be_sent(upgraded: Store) -> None:
    planned = {row["id"] for row in RELEASE["tables"]["deliveries"]}
    with upgraded.read() as tx:
        kept = {row.id for which in ("waiting", "cut_off") for row in tx.deliveries.list(RELEASE[which])}
    assert planned <= kept
