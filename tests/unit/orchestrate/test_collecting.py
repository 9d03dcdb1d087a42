"""A cursor in a cycle of garbage is closed by whoever collects it, and may wait there for a database that is locked."""

import gc
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from konbit.orchestrate import collecting

pytestmark = pytest.mark.slow
PATIENCE = 3.0
"""Seconds for which a connection waits for the lock."""


class Cycle:
    """Holds a cursor, and itself."""

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self.cursor, self.me = cursor, self


def longest_stop(path: Path) -> float:
    """The longest stop of a thread that holds the lock while another waits for it, seconds."""
    holder, waiting = (
        sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=PATIENCE) for _ in "ab"
    )
    holder.execute("CREATE TABLE t (x)")
    holder.execute("BEGIN IMMEDIATE")
    Cycle(waiting.execute("VALUES (1), (2)"))
    waiter = threading.Thread(target=wait_for_lock, args=(waiting,))
    waiter.start()
    time.sleep(0.5)
    longest, last, end = 0.0, time.monotonic(), time.monotonic() + PATIENCE / 2
    while last < end:
        kept = [[] for _ in range(1000)]  # type: ignore[var-annotated]  # enough to have garbage collected
        longest, last = max(longest, time.monotonic() - last), time.monotonic()
        del kept
    holder.execute("COMMIT")
    waiter.join()
    return longest


def wait_for_lock(connection: sqlite3.Connection) -> None:
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
    except sqlite3.OperationalError:
        pass


def measured(how: str, path: Path) -> float:
    words = [sys.executable, "-m", "tests.unit.orchestrate.test_collecting", how, str(path)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
    return float(done.stdout)


def test_whoever_holds_the_lock_is_not_held_up_where_garbage_is_collected_apart(tmp_path: Path) -> None:
    assert measured("apart", tmp_path / "apart.db") < PATIENCE / 2


def test_and_is_where_it_collects_itself(tmp_path: Path) -> None:
    """If this fails the trap is gone, and `konbit.orchestrate.collecting` with it."""
    assert measured("itself", tmp_path / "itself.db") > PATIENCE / 2


if __name__ == "__main__":
    gc.disable()
    if sys.argv[1] == "apart":
        collecting.apart()
        collecting.apart()
        assert [thread.name for thread in threading.enumerate()].count(collecting.NAME) == 1
    else:
        gc.enable()
    print(longest_stop(Path(sys.argv[2])))  # noqa: T201 - the figure is the result
