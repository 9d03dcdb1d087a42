"""The journal: fenced by the lease and the sequence, sealed against changes."""

import datetime as dt

import pytest
import sqlalchemy as sa

from konbit.engine.events import Answered, AnyEvent, Started, TimerFired
from konbit.errors import LeaseLost
from konbit.store.database import Store
from konbit.store.records import Lease
from konbit.store.tables.runs import journal, runs
from tests.contracts.cases import LEASE, NOW, WALL, a_run


def _leased(store: Store, owner: str = "a", wall: dt.datetime = WALL) -> Lease:
    with store.begin() as tx:
        lease = tx.runs.lease("run-1", owner, wall, LEASE)
        assert lease is not None
        return lease


def _written(store: Store, lines: int = 3) -> Lease:
    a_run(store)
    lease = _leased(store)
    for number in range(lines):
        with store.begin() as tx:
            tx.journal.append(lease, TimerFired(at=NOW, timer=f"t{number}"), number)
    return lease


def test_what_is_appended_is_read_back_in_order(store: Store) -> None:
    a_run(store)
    lease = _leased(store)
    events: list[AnyEvent] = [
        Started(at=NOW, parameters={"areas": ["HT07"]}, mode="actual", marks={"E0": NOW}),
        Answered(
            at=NOW, actor="p1", request="call", person="p1", data={"note": "L'île à Vache\0\u2028", "n": 1.5}
        ),
    ]
    with store.begin() as tx:
        entries = [tx.journal.append(lease, event, seq) for seq, event in enumerate(events)]
    with store.read() as tx:
        assert tx.journal.read("run-1") == entries
        assert [entry.event for entry in entries] == events
        assert [entry.seq for entry in tx.journal.read("run-1", after=1)] == [2]
        assert tx.journal.verify("run-1") is None
        assert tx.runs.get("run-1").last_seq == 2


def test_a_writer_who_knows_the_line_before_seals_as_one_who_looks_it_up(store: Store) -> None:
    a_run(store)
    lease, previous = _leased(store), ""
    with store.begin() as tx:
        for number in range(3):
            previous = tx.journal.append(lease, TimerFired(at=NOW, timer="t"), number, previous).hash
        tx.journal.append(lease, TimerFired(at=NOW, timer="t"), 3)
        assert tx.journal.verify("run-1") is None


def test_a_holder_that_was_paused_cannot_append(store: Store) -> None:
    paused = _written(store)
    taken_over = _leased(store, "b", WALL + LEASE)
    with pytest.raises(LeaseLost), store.begin() as tx:  # noqa: PT012  # the first must be undone with the second
        tx.timers.set("run-1", "late", NOW)
        tx.journal.append(paused, TimerFired(at=NOW, timer="late"), 3)
    with store.begin() as tx:
        assert tx.timers.next("run-1") is None
        tx.journal.append(taken_over, TimerFired(at=NOW, timer="t3"), 3)
        assert [entry.seq for entry in tx.journal.read("run-1")] == [1, 2, 3, 4]


def test_a_holder_that_released_cannot_append(store: Store) -> None:
    lease = _written(store)
    with store.begin() as tx:
        tx.runs.release(lease)
    with pytest.raises(LeaseLost), store.begin() as tx:
        tx.journal.append(lease, TimerFired(at=NOW, timer="late"), 3)


@pytest.mark.parametrize("expected", [2, 4])
def test_who_folded_another_journal_cannot_append(store: Store, expected: int) -> None:
    lease = _written(store)
    with pytest.raises(LeaseLost), store.begin() as tx:
        tx.journal.append(lease, TimerFired(at=NOW, timer="x"), expected)


def test_two_runs_of_the_same_events_have_different_seals(store: Store) -> None:
    _written(store)
    a_run(store, "run-2")
    with store.begin() as tx:
        lease = tx.runs.lease("run-2", "a", WALL, LEASE)
        assert lease is not None
        entry = tx.journal.append(lease, TimerFired(at=NOW, timer="t0"), 0)
        assert entry.hash != tx.journal.read("run-1")[0].hash


@pytest.mark.parametrize(
    ("tamper", "broken"),
    [
        (
            sa.update(journal)
            .where(journal.c.seq == 2)
            .values(event=sa.func.replace(journal.c.event, "t1", "t9")),
            2,
        ),
        (sa.update(journal).where(journal.c.seq == 2).values(hash="0" * 64), 2),
        (sa.delete(journal).where(journal.c.seq == 1), 1),
        (sa.delete(journal).where(journal.c.seq == 2), 2),
        (sa.delete(journal).where(journal.c.seq == 3), 3),
        (sa.update(journal).where(journal.c.seq == 3).values(seq=7), 3),
        (sa.update(runs).values(last_seq=2), 3),
    ],
)
def test_a_journal_that_was_tampered_with_is_found_out(
    store: Store, tamper: sa.Executable, broken: int
) -> None:
    _written(store)
    with store.connect(write=True) as connection:
        connection.execute(tamper)
    with store.read() as tx:
        assert tx.journal.verify("run-1") == broken
