"""Failure group 5: the same trigger twice, with the same key and body, with another body, and at the same moment."""

import threading
from collections.abc import Callable

import pytest

from konbit.errors import InvalidParameter, KeyReused
from konbit.orchestrate.steward import directly
from tests.unit.orchestrate.conftest import World, bundles, database, library, world

pytestmark = pytest.mark.slow

__all__ = ["bundles", "database", "library", "world"]
BODY = {"country": "HTI", "hazard": "EQ", "areas": ["HT07"]}


def _trigger(
    world: World, body: dict[str, object], mode: str = "drill", chart: str = "response/activation"
) -> str:
    return world.steward.request(chart, body, mode, "operator:test", idempotency_key="gdacs-EQ-1272").id


def _runs(world: World) -> int:
    with world.store.read() as tx:
        return len(tx.runs.list())


def test_the_same_key_and_body_give_the_same_run_and_ask_nobody_twice(world: World) -> None:
    first = _trigger(world, dict(BODY))
    world.steward.attempt(first, directly)
    asked = len(world.deliveries(world.steward.look(first)[0]))
    assert _trigger(world, dict(BODY)) == first
    world.steward.attempt(first, directly)
    assert len(world.deliveries(world.steward.look(first)[0])) == asked > 0
    assert _runs(world) == 1


@pytest.mark.parametrize(
    "again",
    [
        lambda world: _trigger(world, {**BODY, "areas": ["HT08"]}),
        lambda world: _trigger(world, dict(BODY), mode="actual"),
        lambda world: _trigger(world, dict(BODY), chart="response/needs-assessment"),
    ],
    ids=["parameters", "mode", "flowchart"],
)
def test_the_same_key_with_another_body_is_refused_and_names_the_run_that_has_it(
    world: World, again: Callable[[World], str]
) -> None:
    first = _trigger(world, dict(BODY))
    with pytest.raises((KeyReused, InvalidParameter)) as refused:
        again(world)
    assert isinstance(refused.value, InvalidParameter) or first in str(refused.value)
    assert refused.value.exit_code == 2
    assert _runs(world) == 1
    with world.store.read() as tx:
        assert tx.runs.get(first).mode == "drill"


def test_triggers_at_the_same_moment_give_one_run_to_all(world: World) -> None:
    """Nobody is refused: whoever comes second is given the run of whoever came first."""
    start, found = threading.Barrier(8), []

    def trigger() -> None:
        start.wait()
        found.append(_trigger(world, dict(BODY)))

    threads = [threading.Thread(target=trigger) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert _runs(world) == 1


def test_of_different_triggers_with_one_key_at_the_same_moment_one_wins_and_the_others_are_told_which(
    world: World,
) -> None:
    """As HTTP has it: a conflict, with the run that stands; nothing of the losers is left behind."""
    areas = [f"HT{number:02d}" for number in range(1, 9)]
    start, won, lost = threading.Barrier(len(areas)), list[str](), list[Exception]()

    def trigger(area: str) -> None:
        start.wait()
        try:
            won.append(_trigger(world, {**BODY, "areas": [area]}))
        except KeyReused as refused:
            lost.append(refused)

    threads = [threading.Thread(target=trigger, args=(area,)) for area in areas]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(won), len(lost), _runs(world)) == (1, len(areas) - 1, 1)
    said = f"the key 'gdacs-EQ-1272' belongs to run {won[0]}, which is another one"
    assert {str(refused) for refused in lost} == {said}
    assert {refused.exit_code for refused in lost if isinstance(refused, KeyReused)} == {2}
    with world.store.read() as tx:
        stands = tx.runs.get(won[0])
    assert stands.parameters["areas"][0] in areas  # type: ignore[index]  # a list of places


def test_two_processes_that_advance_one_run_at_the_same_moment_ask_nobody_twice(world: World) -> None:
    run = _trigger(world, dict(BODY))
    start, stood = threading.Barrier(4), list[str]()

    def advance() -> None:
        start.wait()
        stood.append(world.steward.attempt(run, directly).status)

    threads = [threading.Thread(target=advance) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(stood) <= {"busy", "waiting"}
    assert "waiting" in stood
    with world.store.read() as tx:
        rows = tx.deliveries.list(run)
    again = world.steward.attempt(run, directly)
    assert again.status == "waiting"
    assert len(world.deliveries(world.steward.look(run)[0])) == len(rows) > 0
