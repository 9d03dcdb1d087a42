"""Whoever waits for the store hears of what others store at once, and loses nothing but time if it does not."""

import threading
import time

from konbit.engine.events import StoodDown
from konbit.store.database import Store
from konbit.store.signals import AGAIN, PostgresSignals, SqliteSignals
from tests.contracts.cases import NOW, a_run

SOON = 1.0


def stand_down(store: Store, run_id: str, key: str) -> None:
    with store.begin() as tx:
        tx.inbox.put(run_id, StoodDown(at=NOW, actor="operator:test"), key, NOW)


def test_what_another_stores_is_heard_of_at_once(store: Store) -> None:
    """Long before the time is over."""
    run_id = a_run(store).id
    signals = store.signals()
    signals.wait(0.1)
    other = threading.Timer(0.2, stand_down, (store, run_id, "one"))
    other.start()
    began = time.monotonic()

    heard = signals.wait(10.0)

    other.join()
    signals.close()
    assert heard
    assert time.monotonic() - began < SOON


def test_silence_takes_its_time(store: Store) -> None:
    signals = store.signals()
    while signals.wait(0.2):
        pass
    began = time.monotonic()

    assert not signals.wait(0.3)

    signals.close()
    assert time.monotonic() - began >= 0.29


def test_a_database_that_is_not_there_is_waited_for(tmp_path: object) -> None:
    """The clock has its own way to say so; here the time passes, and nothing is made."""
    for signals in (
        SqliteSignals(f"{tmp_path}/none.sqlite"),
        PostgresSignals("postgresql://nobody@127.0.0.1:1/none"),
    ):
        began = time.monotonic()
        assert not signals.wait(0.2)
        assert time.monotonic() - began >= 0.19
        signals.close()
    assert AGAIN > 0
