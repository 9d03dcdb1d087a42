"""What is held at the cap of a run: kept once, decided once, and gone with the request that it is for."""

import pytest
from pydantic import JsonValue

from konbit.store.database import Store, StoreFailed
from tests.contracts.cases import MINUTE, NOW, a_planned, a_request, a_run

EFFECT: dict[str, JsonValue] = {
    "key": "call",
    "purpose": "ask",
    "wave": 0,
    "step": "call",
    "request": "call",
    "people": ["p1"],
}


def held(store: Store, run: str = "run-1", **more: JsonValue) -> bool:
    with store.begin() as tx:
        return tx.holds.put(run, {**EFFECT, **more}, 700, 3, 500, NOW)


def test_the_same_message_is_held_once_whatever_was_decided(store: Store) -> None:
    a_run(store)
    with store.begin() as tx:
        tx.requests.open("run-1", a_request())
    assert held(store)
    assert not held(store)
    with store.begin() as tx:
        (one,) = tx.holds.open("run-1")
        assert (one.people, one.written, one.allowed, one.effect) == (700, 3, 500, EFFECT)
        assert tx.holds.decide(one.id, "released", "operator:ben", NOW)
        assert not tx.holds.decide(one.id, "dropped", "operator:eve", NOW)
        assert tx.holds.open("run-1") == []
    assert not held(store)
    assert held(store, wave=1)
    assert held(store, people=["p2"])


def test_what_is_held_for_a_request_is_gone_once_it_has_closed(store: Store) -> None:
    a_run(store)
    with store.begin() as tx:
        tx.requests.open("run-1", a_request())
    held(store)
    held(store, key="tell", purpose="inform", request=None)
    with store.begin() as tx:
        assert len(tx.holds.since(NOW)) == 2
        assert not tx.holds.since(NOW - MINUTE)
        tx.requests.close("run-1", "call", "deadline", NOW)
        assert [one.effect["key"] for one in tx.holds.open("run-1")] == ["tell"]
        assert tx.holds.drop("run-1", "konbit", NOW) == 1
        assert not tx.holds.since(NOW)


def test_who_was_written_to_counts_over_all_that_a_run_started_and_not_what_was_taken_back(
    store: Store,
) -> None:
    a_run(store)
    a_run(store, "run-2", parent_run="run-1", parent_key="child")
    a_run(store, "run-3")
    with store.begin() as tx:
        tx.deliveries.plan(
            [
                a_planned("d1"),
                a_planned("d2", person="p2", run_id="run-2"),
                a_planned("d3", person="p3", run_id="run-3"),
            ],
            NOW,
        )
        assert tx.requests.written_to("run-1") == {"p1", "p2"}
        assert tx.runs.root("run-2").id == "run-1"
        tx.deliveries.cancel_for_run("run-2", NOW)
        assert tx.requests.written_to("run-1") == {"p1"}
        assert tx.directory.size() == 3


def test_a_decision_needs_somebody_who_made_it(store: Store) -> None:
    a_run(store)
    held(store, request=None)
    with store.read() as tx:
        (one,) = tx.holds.open("run-1")
    with pytest.raises(StoreFailed), store.begin() as tx:
        tx.holds.decide(one.id, "released", None, NOW)  # type: ignore[arg-type]  # what the database refuses
