"""The store as a whole: transactions, upgrades, and what its errors may say."""

import datetime as dt
import logging
import pathlib
import subprocess
import sys
import threading
import traceback
from collections.abc import Mapping
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from konbit.domain.directory import Directory, Endpoint, Person
from konbit.engine.events import TimerFired
from konbit.errors import KonbitError, ServiceUnavailable, UserError
from konbit.store import migrate
from konbit.store.database import Store, StoreFailed
from konbit.store.tables import metadata
from konbit.testing import databases
from tests.contracts.cases import LEASE, MINUTE, NOW, WALL, a_directory, a_run


def test_a_block_that_fails_leaves_nothing_behind(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.begin() as tx:  # noqa: PT012  # fails after writing
        tx.directory.replace_country(a_directory(), "HTI")
        raise ZeroDivisionError
    with store.read() as tx:
        assert tx.directory.snapshot("HTI") == Directory()


def test_a_reader_sees_one_moment_while_others_write(store: Store) -> None:
    a_run(store, "run-1")
    with store.read() as reader:
        assert [run.id for run in reader.runs.list()] == ["run-1"]
        a_run(store, "run-2")
        assert [run.id for run in reader.runs.list()] == ["run-1"]
    with store.read() as reader:
        assert len(reader.runs.list()) == 2


def test_a_reader_cannot_write(store: Store) -> None:
    a_run(store)
    with pytest.raises(KonbitError), store.read() as tx:
        tx.timers.set("run-1", "t", NOW)
    with store.begin() as tx:
        assert tx.timers.next("run-1") is None
        tx.timers.set("run-1", "t", NOW)


def test_times_come_back_in_utc_whatever_zone_they_were_given_in(store: Store) -> None:
    local = dt.datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=dt.timezone(-5 * 60 * MINUTE))
    with store.begin() as tx:
        tx.audit.add(local, "system", "test")
        (record,) = tx.audit.list()
    assert record.at == local
    assert record.at.tzinfo is dt.UTC


def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    with pytest.raises(StoreFailed, match="without a zone"), store.begin() as tx:
        tx.audit.add(dt.datetime(2026, 3, 2), "system", "test")  # noqa: DTZ001  # that is the point


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_number_that_is_none_is_refused_by_both_databases(store: Store, number: float) -> None:
    with pytest.raises(StoreFailed, match="cannot be stored"), store.begin() as tx:
        tx.audit.add(NOW, "system", "test", details={"number": number})


def test_writers_at_once_wait_for_each_other_and_lose_nothing(store: Store) -> None:
    a_run(store)

    def write(name: str) -> None:
        for number in range(20):
            with store.begin() as tx:
                tx.timers.set("run-1", f"{name}{number}", NOW)
                tx.runs.lease("run-1", name, WALL, LEASE)

    threads = [threading.Thread(target=write, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with store.read() as tx:
        assert len(tx.timers.due("run-1", NOW)) == 60


def test_no_error_and_no_log_line_holds_a_name_or_an_address(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    person = Person(id="p1", name="Role Holder")
    twice = [Endpoint(id="e1", person="p1", kind="mail", address="secret@example.org") for _ in range(2)]
    with pytest.raises(StoreFailed) as caught, store.begin() as tx:
        tx.directory.replace_country(Directory(people=[person], endpoints=twice), "HTI")
    told = "".join(traceback.format_exception(caught.value)) + caplog.text
    assert "secret" not in told
    assert "Role Holder" not in told


def test_the_upgraded_tables_are_those_the_code_expects(store: Store) -> None:
    with store.connect(write=False) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        current, head = migrate.current(connection)
        assert current == head


def test_checks_and_partial_indexes_of_the_upgrade_are_those_the_code_expects(
    store: Store, tmp_path: pathlib.Path
) -> None:
    """Alembic does not compare these, so they are compared with what the metadata itself makes."""
    if store.dialect == "sqlite":
        made = Store(databases.sqlite_url(tmp_path))
        assert _details(store) == _made(made)
        return
    with databases.postgres_url() as url:
        made = Store(url)
        assert _details(store) == _made(made)


def _made(store: Store) -> object:
    with store.connect(write=True) as connection:
        metadata.create_all(connection)
    details = _details(store)
    store.close()
    return details


def _details(store: Store) -> object:
    with store.connect(write=False) as connection:
        inspector = sa.inspect(connection)
        return {
            table: (
                sorted(
                    (str(check["name"]), check["sqltext"]) for check in inspector.get_check_constraints(table)
                ),
                sorted(_index(index) for index in inspector.get_indexes(table)),
                sorted(
                    (str(key["name"]), key["constrained_columns"], key["referred_columns"])
                    for key in inspector.get_foreign_keys(table)
                ),
                inspector.get_pk_constraint(table)["constrained_columns"],
            )
            for table in metadata.tables
        }


def _index(index: Mapping[str, Any]) -> tuple[str, list[str], list[str]]:
    options = [f"{name}: {value}" for name, value in (index.get("dialect_options") or {}).items()]
    return str(index["name"]), index["column_names"], sorted(options)


def test_an_upgrade_of_what_is_new_already_changes_nothing(store: Store) -> None:
    a_run(store)
    store.upgrade()
    with store.read() as tx:
        assert tx.runs.get("run-1").id == "run-1"


@pytest.mark.slow
def test_several_processes_may_upgrade_at_once(empty_url: str) -> None:
    code = "import sys; from konbit.store.database import Store; Store(sys.argv[1]).upgrade()"
    started = [
        subprocess.Popen([sys.executable, "-c", code, empty_url], stderr=subprocess.PIPE) for _ in range(4)
    ]
    for process in started:
        _, errors = process.communicate(timeout=60)
        assert (process.returncode, errors) == (0, b"")
    store = Store(empty_url)
    a_run(store)
    store.close()


def test_there_is_one_line_of_revisions_and_no_way_back() -> None:
    script = ScriptDirectory.from_config(migrate.configuration())
    assert len(script.get_heads()) == 1
    for revision in script.walk_revisions():
        assert not hasattr(revision.module, "downgrade")


def test_a_database_that_does_not_answer_is_said_not_to(tmp_path: pathlib.Path) -> None:
    for url in ("postgresql+psycopg://nobody@127.0.0.1:1/none", f"sqlite:///{tmp_path}/nowhere/konbit.db"):
        store = Store(url)
        with pytest.raises(ServiceUnavailable), store.read() as tx:
            tx.runs.list()
        store.close()


def test_a_database_that_was_never_upgraded_says_so(empty_url: str) -> None:
    store = Store(empty_url)
    with pytest.raises(StoreFailed, match="upgrade it"), store.read() as tx:
        tx.runs.list()
    store.close()


def test_a_connection_that_the_server_dropped_is_replaced(store: Store) -> None:
    """What happens when the database is restarted under a running portal; SQLite has no server to restart."""
    a_run(store)
    if store.dialect == "postgresql":
        with store.connect(write=True) as connection:
            with store.connect(write=False) as other:
                dropped = other.scalar(sa.select(sa.func.pg_backend_pid()))
            assert connection.scalar(sa.select(sa.func.pg_terminate_backend(dropped)))
            with store.read() as tx:
                assert tx.runs.get("run-1").id == "run-1"
    with store.read() as tx:
        assert tx.runs.get("run-1").id == "run-1"


@pytest.mark.postgres
def test_postgresql_waits_as_long_as_sqlite_does() -> None:
    if not databases.postgres_available():
        pytest.skip(f"{databases.POSTGRES} is not set")
    with databases.postgres_url() as url:
        store = Store(url)
        for _ in range(2):
            with store.connect(write=False) as connection:
                assert connection.scalar(sa.text("SHOW lock_timeout")) == "30s"
        store.close()


@pytest.mark.parametrize(
    "url", ["mysql://root@127.0.0.1/x", "sqlite://", "sqlite:///:memory:", "konbit.db", ""]
)
def test_an_address_that_cannot_be_used_is_refused_in_words(url: str) -> None:
    with pytest.raises(UserError):
        Store(url)


_WRITER = """
import datetime as dt, itertools, sys
from konbit.engine.events import TimerFired
from konbit.store.database import Store
now = dt.datetime(2026, 3, 2, 14, 0, tzinfo=dt.UTC)
store = Store(sys.argv[1])
with store.begin() as tx:
    lease = tx.runs.lease("run-1", "w", now, dt.timedelta(hours=1))
for number in itertools.count():
    with store.begin() as tx:
        tx.journal.append(lease, TimerFired(at=now, timer=f"t{number}"), number)
        tx.timers.set("run-1", f"t{number}", now)
    print(number + 1, flush=True)
"""


@pytest.mark.slow
def test_a_writer_that_is_killed_loses_nothing_it_was_told_is_kept(store: Store, database_url: str) -> None:
    a_run(store)
    process = subprocess.Popen(
        [sys.executable, "-c", _WRITER, database_url], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    for line in process.stdout:
        if int(line) >= 40:
            process.kill()
            break
    told = [40, *(int(line) for line in process.stdout if line.endswith("\n"))][-1]
    process.stdout.close()
    process.wait(30)
    with store.read() as tx:
        run = tx.runs.get("run-1")
        assert run.last_seq in (told, told + 1)
        assert tx.journal.verify("run-1") is None
        assert len(tx.timers.due("run-1", NOW)) == run.last_seq
    with store.begin() as tx:
        lease = tx.runs.lease("run-1", "next", NOW + 61 * MINUTE, LEASE)
        assert lease is not None
        tx.journal.append(lease, TimerFired(at=NOW, timer="after"), run.last_seq)
