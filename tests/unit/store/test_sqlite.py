"""SQLite as Konbit uses it: durable, patient, private."""

import pathlib
import sqlite3
import stat
import threading
import time
from contextlib import closing

import pytest

from konbit.store.database import Store
from konbit.testing import databases


def _store(tmp_path: pathlib.Path) -> tuple[Store, pathlib.Path]:
    url = databases.sqlite_url(tmp_path / "data")
    store = Store(url)
    store.upgrade()
    return store, pathlib.Path(url.removeprefix("sqlite:///"))


@pytest.mark.parametrize(("durability", "level"), [("full", 2), ("normal", 1)])
def test_connections_are_set_up_for_several_processes(
    tmp_path: pathlib.Path, durability: str, level: int
) -> None:
    store = Store(databases.sqlite_url(tmp_path), durability=durability)  # type: ignore[arg-type]  # one of the two
    store.upgrade()
    with store.connect(write=False) as connection:
        settings = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    store.close()
    assert settings == {
        "journal_mode": "wal",
        "synchronous": level,
        "foreign_keys": 1,
        "busy_timeout": 30_000,
    }


def test_the_file_is_its_owners_alone_and_its_folder_is_made(tmp_path: pathlib.Path) -> None:
    store, path = _store(tmp_path)
    store.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_writer_waits_for_another_process_to_end(tmp_path: pathlib.Path) -> None:
    store, path = _store(tmp_path)
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        release = threading.Timer(0.3, other.execute, ["ROLLBACK"])
        release.start()
        start = time.monotonic()
        with store.begin() as tx:
            assert tx.runs.list() == []
        assert time.monotonic() - start > 0.2
        release.join()
    store.close()


def test_a_reader_does_not_wait_for_a_writer(tmp_path: pathlib.Path) -> None:
    store, path = _store(tmp_path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with store.read() as tx:
            assert tx.runs.list() == []
    store.close()
