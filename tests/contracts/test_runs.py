"""Runs and plans: created once, found again, advanced by one process at a time."""

import datetime as dt
import functools
import threading
from collections.abc import Callable
from typing import TypeVar

import pytest

from konbit.engine.events import StoodDown
from konbit.errors import RunFinished, UnknownFlowchart, UnknownRun
from konbit.store.database import Store
from konbit.store.records import Lease
from tests.contracts.cases import LEASE, MINUTE, NOW, WALL, a_bundle, a_run

T = TypeVar("T")


def test_a_plan_is_kept_once_and_comes_back_the_same(store: Store) -> None:
    with store.begin() as tx:
        digest = tx.plans.put(a_bundle())
        assert tx.plans.put(a_bundle()) == digest
        assert tx.plans.put(a_bundle("Another title")) != digest
    with store.read() as tx:
        assert tx.plans.get(digest) == a_bundle()
        with pytest.raises(UnknownFlowchart):
            tx.plans.get("0" * 64)


def test_a_run_comes_back_as_it_was_created(store: Store) -> None:
    created = a_run(store)
    with store.read() as tx:
        assert tx.runs.get("run-1") == created
    assert (created.status, created.last_seq, created.wakes_at) == ("requested", 0, None)
    assert created.title == {"en": "Call the focal points", "ht": "Rele moun yo"}
    assert created.parameters == {"country": "HTI", "areas": ["HT07"], "level": None}
    assert created.created_at == NOW


def test_an_unknown_run_is_said_to_be_unknown(store: Store) -> None:
    with store.begin() as tx:
        for call in (
            lambda: tx.runs.get("nobody"),
            lambda: tx.runs.started("nobody", NOW),
            lambda: tx.runs.set_flow_run("nobody", "flow"),
            lambda: tx.runs.lease("nobody", "me", WALL, LEASE),
            lambda: tx.runs.ended("nobody", "done", {}, NOW),
            lambda: tx.journal.verify("nobody"),
            lambda: tx.inbox.put("nobody", StoodDown(at=NOW), "stop", NOW),
        ):
            with pytest.raises(UnknownRun):
                call()


def test_the_same_idempotency_key_gives_the_run_that_is_there(store: Store) -> None:
    first = a_run(store, "run-1", idempotency_key="button-1")
    assert a_run(store, "run-2", idempotency_key="button-1") == first
    assert a_run(store, "run-3", idempotency_key="button-2").id == "run-3"


def test_a_child_of_one_name_is_started_once(store: Store) -> None:
    a_run(store)
    child = a_run(store, "child-1", parent_run="run-1", parent_key="needs[WSH]")
    assert a_run(store, "child-2", parent_run="run-1", parent_key="needs[WSH]") == child
    a_run(store, "child-3", parent_run="run-1", parent_key="needs[HEA]")
    with store.read() as tx:
        assert [run.id for run in tx.runs.children("run-1")] == ["child-1", "child-3"]


def test_two_at_once_with_one_key_create_one_run(store: Store) -> None:
    a_run(store, "run-0")
    got = _together(
        *(functools.partial(a_run, store, name, idempotency_key="same") for name in ("run-a", "run-b"))
    )
    assert len({run.id for run in got}) == 1


def test_a_run_begins_and_ends(store: Store) -> None:
    a_run(store)
    with store.begin() as tx:
        tx.runs.set_flow_run("run-1", "flow-1")
        tx.runs.started("run-1", NOW)
        tx.runs.started("run-1", NOW + MINUTE)
        tx.timers.set("run-1", "reminder", NOW + 30 * MINUTE)
        run = tx.runs.by_flow_run("flow-1")
        assert run is not None
        assert (run.status, run.started_at, run.wakes_at) == ("active", NOW, NOW + 30 * MINUTE)
        tx.runs.ended("run-1", "covered", {"people": 4}, NOW + 2 * MINUTE)
        assert tx.runs.by_flow_run("flow-2") is None
    with store.read() as tx:
        run = tx.runs.get("run-1")
        assert (run.status, run.outcome, run.results) == ("ended", "covered", {"people": 4})
        assert [item.id for item in tx.runs.list("ended")] == ["run-1"]
        assert tx.runs.list("active") == []


def test_a_run_that_has_ended_does_not_begin_or_end_again(store: Store) -> None:
    a_run(store)
    with store.begin() as tx:
        tx.runs.ended("run-1", "covered", {}, NOW)
        with pytest.raises(RunFinished):
            tx.runs.started("run-1", NOW)
        with pytest.raises(RunFinished):
            tx.runs.ended("run-1", "expired", {}, NOW)
        assert tx.runs.get("run-1").outcome == "covered"


def test_the_latest_runs_come_first_and_no_more_than_asked_for(store: Store) -> None:
    for number in range(4):
        a_run(store, f"run-{number}", created_at=NOW + number * MINUTE)
    with store.read() as tx:
        assert [run.id for run in tx.runs.list(limit=2)] == ["run-3", "run-2"]


def test_the_drills_that_make_way_are_the_eldest_of_each_family_that_goes_on(store: Store) -> None:
    for number, (parent, country) in enumerate(
        [(None, "HTI"), ("run-0", "HTI"), (None, "HTI"), (None, "PHL")]
    ):
        a_run(store, f"run-{number}", "drill", parent_run=parent, parent_key=f"{number}", country=country)
    a_run(store, "run-4", "drill", parent_run="run-2", parent_key="left")
    with store.begin() as tx:
        assert [run.id for run in tx.runs.open_drills("HTI")] == ["run-0", "run-2"]
        tx.runs.ended("run-2", "completed", {}, NOW)
        assert [run.id for run in tx.runs.open_drills("HTI")] == ["run-0", "run-4"]
    for number, country in ((5, "PHL"), (6, "HTI")):
        a_run(store, f"run-{number}", "drill", parent_run="run-3", parent_key=f"{number}", country=country)
    with store.begin() as tx:
        assert [run.id for run in tx.runs.open_drills("PHL")] == ["run-3"]
        assert [run.id for run in tx.runs.open_drills("HTI")] == ["run-0", "run-4", "run-6"]


def test_an_activation_is_open_once_nobody_needs_to_let_it_begin_and_until_it_ends(store: Store) -> None:
    a_run(store, "drill", "drill")
    a_run(store, "held", country="HTI")
    with store.begin() as tx:
        tx.approvals.ask("held", "full_actual", "operator:ana", NOW, {})
        assert tx.runs.open_actual("HTI", "response/") is None
        tx.approvals.decide("held", "approved", "operator:ben", NOW, "confirmed")
        found = tx.runs.open_actual("HTI", "response/")
        assert found is not None
        assert found.id == "held"
        assert tx.runs.open_actual("PHL", "response/") is None
        assert tx.runs.open_actual("HTI", "recovery/") is None
        tx.runs.ended("held", "completed", {}, NOW)
        assert tx.runs.open_actual("HTI", "response/") is None


def test_a_lease_is_given_to_one_until_it_ends_or_is_released(store: Store) -> None:
    a_run(store)
    with store.begin() as tx:
        first = tx.runs.lease("run-1", "a", WALL, LEASE)
        assert first == Lease("run-1", "a", 1, WALL + LEASE)
        assert tx.runs.lease("run-1", "b", WALL + LEASE / 2, LEASE) is None
        second = tx.runs.lease("run-1", "b", WALL + LEASE, LEASE)
        assert second is not None
        assert second.generation == 2
        assert not tx.runs.renew(first, WALL + LEASE, LEASE)
        assert not tx.runs.heartbeat(first, WALL + LEASE)
        assert not tx.runs.release(first)
        assert tx.runs.renew(second, WALL + 2 * LEASE, LEASE)
        assert tx.runs.heartbeat(second, WALL + 2 * LEASE)
        assert tx.runs.release(second)
        third = tx.runs.lease("run-1", "a", WALL, LEASE)
        assert third is not None
        assert third.generation == 3


def test_of_two_that_race_for_a_lease_one_gets_it(store: Store) -> None:
    a_run(store)
    for turn in range(5):
        wall = WALL + 2 * turn * LEASE
        got = _together(*(functools.partial(_take, store, owner, wall) for owner in "ab"))
        assert [lease is None for lease in got].count(True) == 1


def _take(store: Store, owner: str, wall: dt.datetime) -> Lease | None:
    with store.begin() as tx:
        return tx.runs.lease("run-1", owner, wall, LEASE)


def _together(*calls: Callable[[], T]) -> list[T]:
    """Calls all at once, each in a thread of its own; what they give, in no order."""
    ready = threading.Barrier(len(calls))
    got: list[T] = []

    def work(call: Callable[[], T]) -> None:
        ready.wait(10)
        got.append(call())

    threads = [threading.Thread(target=work, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(got) == len(calls)
    return got
