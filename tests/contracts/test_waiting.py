"""Inbox and timers: what a run has still to take, and when it wakes."""

import sqlalchemy as sa

from konbit.engine.events import Paused, Signalled, StoodDown
from konbit.store.database import Store
from konbit.store.journal import dump
from konbit.store.tables.runs import inbox, runs, timers
from konbit.store.tables.safety import approvals
from tests.contracts.cases import MINUTE, NOW, a_run


def test_the_inbox_gives_each_event_once_in_the_order_of_arrival(store: Store) -> None:
    a_run(store)
    first = Signalled(at=NOW + MINUTE, name="port_open", data={"berths": 2})
    with store.begin() as tx:
        assert tx.inbox.put("run-1", first, "signal:2", NOW + MINUTE)
        assert tx.inbox.put("run-1", StoodDown(at=NOW, reason="over"), "signal:1", NOW)
        assert not tx.inbox.put("run-1", first, "signal:2", NOW + 2 * MINUTE)
    with store.begin() as tx:
        items = tx.inbox.pending("run-1")
        assert [item.dedup_key for item in items] == ["signal:2", "signal:1"]
        assert (items[0].event, items[0].received_at) == (first, NOW + MINUTE)
        tx.inbox.done(items[0].id, 1)
        assert [item.dedup_key for item in tx.inbox.pending("run-1")] == ["signal:1"]
        assert not tx.inbox.put("run-1", first, "signal:2", NOW)


def test_the_same_key_in_another_run_is_another_event(store: Store) -> None:
    a_run(store, "run-1")
    a_run(store, "run-2")
    with store.begin() as tx:
        assert tx.inbox.put("run-2", StoodDown(at=NOW), "stop", NOW)
        assert tx.inbox.put("run-1", StoodDown(at=NOW), "stop", NOW)
        assert tx.inbox.runs_with_pending() == ["run-2", "run-1"]


def test_what_a_run_was_given_after_another_was_is_told_by_the_order_of_arrival_taken_or_not(
    store: Store,
) -> None:
    a_run(store, "run-1")
    a_run(store, "run-2")
    with store.begin() as tx:
        for run, key in (("run-2", "early"), ("run-1", "mark"), ("run-2", "late"), ("run-2", "later")):
            tx.inbox.put(run, StoodDown(at=NOW, reason="over"), key, NOW)
        tx.inbox.put("run-2", Signalled(at=NOW, name="port_open"), "signal", NOW)
        (mark,) = tx.inbox.pending("run-1")
        tx.inbox.done(tx.inbox.pending("run-2")[1].id, 1)
        assert tx.inbox.keys_after("run-2", "stood_down", mark.id) == ["late", "later"]
        assert tx.inbox.keys_after("run-1", "stood_down", mark.id) == []


def test_a_run_that_has_ended_waits_for_nothing(store: Store) -> None:
    a_run(store)
    with store.begin() as tx:
        tx.inbox.put("run-1", StoodDown(at=NOW), "stop", NOW)
        tx.timers.set("run-1", "t", NOW)
        tx.runs.ended("run-1", "done", {}, NOW)
        assert tx.inbox.runs_with_pending() == []
        assert tx.timers.due_runs(NOW) == []


def test_a_run_that_waits_for_a_second_person_is_told_of_once_it_is_approved(store: Store) -> None:
    for run in ("run-1", "run-2"):
        a_run(store, run)
        with store.begin() as tx:
            tx.inbox.put(run, Signalled(at=NOW, name="port_open"), "signal", NOW)
            tx.timers.set(run, "close", NOW)
    with store.begin() as tx:
        tx.approvals.ask("run-1", "full_actual", "operator:ana", NOW, {})
        tx.approvals.ask("run-1", "large_drill", "operator:ana", NOW, {})
        assert tx.inbox.runs_with_pending() == ["run-2"]
        assert tx.timers.due_runs(NOW) == ["run-2"]
        tx.approvals.decide("run-1", "approved", "operator:ben", NOW, "confirmed")
        assert tx.inbox.runs_with_pending() == ["run-1", "run-2"]
        assert tx.timers.due_runs(NOW) == ["run-1", "run-2"]


PARKED = 200
"""Runs that wait for a second person, each with something in its inbox and a timer that is due."""


def test_of_many_runs_that_wait_for_a_second_person_none_has_anything_to_do(store: Store) -> None:
    kept = a_run(store)
    one = {"flowchart": kept.flowchart, "digest": kept.digest, "mode": "drill", "parameters": {}, "marks": {}}
    ids = [f"parked-{number:05}" for number in range(PARKED)]
    asked = {"ground": "large_drill", "details": {}, "asked_by": "operator:ana", "asked_at": NOW}
    event = {"dedup_key": "suspended:a", "event": dump(Paused(at=NOW, reason="over")), "kind": "paused"}
    with store.connect(write=True) as connection:
        by = {"started_by": "operator:ana", "created_at": NOW}
        connection.execute(sa.insert(runs), [{"id": id, **one, **by} for id in ids])
        connection.execute(sa.insert(approvals), [{"run_id": id, **asked} for id in ids])
        connection.execute(sa.insert(inbox), [{"run_id": id, **event, "received_at": NOW} for id in ids])
        connection.execute(sa.insert(timers), [{"run_id": id, "timer": "close", "at": NOW} for id in ids])
    with store.begin() as tx:
        tx.inbox.put("run-1", Signalled(at=NOW, name="port_open"), "signal", NOW)
    with store.read() as tx:
        assert tx.inbox.runs_with_pending() == ["run-1"]
        assert tx.timers.due_runs(NOW) == []


def test_a_timer_is_due_from_its_moment_on(store: Store) -> None:
    a_run(store, "run-1")
    a_run(store, "run-2")
    with store.begin() as tx:
        tx.timers.set("run-1", "remind", NOW + MINUTE)
        tx.timers.set("run-1", "close", NOW + 2 * MINUTE)
        tx.timers.set("run-2", "close", NOW)
        assert tx.timers.due("run-1", NOW + MINUTE - MINUTE / 60) == []
        assert [timer.timer for timer in tx.timers.due("run-1", NOW + 2 * MINUTE)] == ["remind", "close"]
        assert tx.timers.due_runs(NOW + MINUTE) == ["run-2", "run-1"]
        assert tx.timers.next("run-1") == NOW + MINUTE


def test_a_timer_set_again_is_moved_and_one_cancelled_is_gone(store: Store) -> None:
    a_run(store)
    with store.begin() as tx:
        tx.timers.set("run-1", "close", NOW)
        tx.timers.set("run-1", "close", NOW + MINUTE)
        assert tx.timers.next("run-1") == NOW + MINUTE
        tx.timers.cancel("run-1", "close")
        tx.timers.cancel("run-1", "close")
        assert tx.timers.next("run-1") is None
        tx.timers.set("run-1", "a", NOW)
        tx.timers.cancel_all("run-1")
        assert tx.timers.due("run-1", NOW) == []


def test_a_run_is_stirred_by_what_came_in_or_fell_due_and_by_nothing_of_another(store: Store) -> None:
    a_run(store, "run-1")
    a_run(store, "run-2")
    with store.begin() as tx:
        tx.timers.set("run-1", "close", NOW + MINUTE)
        tx.inbox.put("run-2", StoodDown(at=NOW), "stop", NOW)
        assert not tx.inbox.stirred("run-1", NOW)
        assert tx.inbox.stirred("run-1", NOW + MINUTE)
        assert tx.inbox.stirred("run-2", NOW)
        tx.inbox.done(tx.inbox.pending("run-2")[0].id, 1)
        assert not tx.inbox.stirred("run-2", NOW)
