"""What a durable step costs: alone beside DBOS on the same settings of SQLite, and as a Prefect task beside a flow by hand.

The step itself does nothing in all of them. Printed as JSON, and written to var/durable-step.json. CPU seconds are those of
the thread that does the steps: on a busy machine they say more than the clock on the wall.
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import pytest
from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import SyncPrefectClient
from prefect.flow_engine import run_flow_sync
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
from prefect.states import Scheduled

from bench.peers import dbos, report
from konbit.clock import wall_now
from konbit.definition.library import Library, load
from konbit.domain.desk import Desk, Done
from konbit.engine.effects import DoWork
from konbit.orchestrate import build, connection, deployments, flow_attempt
from konbit.orchestrate.errand import Carry, Errand
from konbit.orchestrate.execute import carried
from konbit.orchestrate.ledger import Ledger
from konbit.orchestrate.steward import Steward
from konbit.store.database import Durability, Store
from tasks import TASKS
from tasks.base import errand_task
from tests.orchestrate.conftest import client, server

__all__ = ["client", "server"]
pytestmark = pytest.mark.timeout(600)
STEPS = 400
SHORT, LONG = 100, 300
"""Steps of two chains as Prefect tasks: what a step costs is their difference, without what each attempt costs."""
ROUNDS = 3
Planner = Any


class Wall:
    """Run time is the time on the wall."""

    def now(self) -> Any:
        return wall_now()

    def wall(self, moment: Any) -> Any:
        return moment


def nothing(_work: DoWork, _desk: Desk) -> Done:
    """Nobody is told anything."""
    return Done({"people": []})


def directly(works: Sequence[DoWork], carry: Carry) -> None:
    for work in works:
        carry(work, nothing)


def chain(folder: Path, *lengths: int) -> Library:
    """A library with a flowchart for each length: so many steps one after the other."""
    (folder / "response").mkdir(parents=True)
    for steps in lengths:
        lines = [
            f"flowchart: response/chain-{steps}",
            "title: {en: A chain}",
            "version: 1",
            "owner: chair",
            "languages: [en]",
            "steps:",
            *(f"  - {{id: s{number}, inform: {{who: [chair], message: note}}}}" for number in range(steps)),
        ]
        (folder / "response" / f"chain-{steps}.yaml").write_text("\n".join(lines) + "\n")
    return load([folder])


def steward_of(folder: Path, library: Library, durability: Durability) -> Steward:
    store = Store(f"sqlite:///{folder / 'konbit.sqlite'}", durability=durability)
    store.upgrade()
    planner: Planner = None  # nobody is told anything
    ledger = Ledger(store, planner, library.bundle)
    return Steward(store, ledger, library.bundle, Wall(), library.codes, "bench")


def best(seconds: Sequence[tuple[float, float]], steps: int) -> dict[str, float]:
    """Milliseconds a step of the quickest round: by the wall, and of CPU."""
    return {
        "ms": round(min(wall for wall, _ in seconds) / steps * 1000, 3),
        "cpu_ms": round(min(cpu for _, cpu in seconds) / steps * 1000, 3),
    }


@pytest.mark.parametrize("durability", ["full", "normal"])
def test_a_durable_step_costs_less_than_with_dbos(
    tmp_path: Path, durability: Literal["full", "normal"]
) -> None:
    library = chain(tmp_path / "definitions", STEPS)
    steward = steward_of(tmp_path, library, durability)

    def once() -> tuple[float, float]:
        run = steward.request(f"response/chain-{STEPS}", {}, "drill", "bench")
        wall, cpu = time.perf_counter(), time.thread_time()
        assert steward.attempt(run.id, directly).status == "ended"
        return time.perf_counter() - wall, time.thread_time() - cpu

    once()
    ours = best([once() for _ in range(ROUNDS)], STEPS)
    theirs = min(dbos("chain", folder, STEPS, durability.upper()) for folder in folders(tmp_path)) / STEPS
    report(
        "durable-step",
        {"kind": f"sqlite {durability}", "steps": STEPS, **ours, "dbos_ms": round(theirs * 1000, 3)},
    )
    assert ours["ms"] < theirs * 1000


def folders(parent: Path) -> list[Path]:
    """A fresh folder for each round."""
    made = [parent / f"dbos-{number}" for number in range(3)]
    for folder in made:
        folder.mkdir()
    return made


@task(cache_policy=NO_CACHE)
def by_hand(number: int) -> int:
    return number


@task(persist_result=True)
def kept_by_hand(number: int) -> int:
    return number


@flow(name="chain-by-hand", persist_result=False)
def hand_written(steps: int, *, keep: bool) -> None:
    before = None
    for number in range(steps):
        step = kept_by_hand if keep else by_hand
        before = step.submit(number, wait_for=[before] if before is not None else None)
        before.wait()


def of_konbit(client: SyncPrefectClient, steps: int) -> float:
    """Seconds of an attempt that does so many steps."""
    deployment = client.read_deployment_by_name(f"response-chain-{steps}/konbit")
    flow_run = client.create_flow_run_from_deployment(deployment.id, state=Scheduled())
    began = time.perf_counter()
    assert not flow_attempt.attempt(f"bench.chain-{steps}", flow_run)
    took = time.perf_counter() - began
    assert client.read_flow_run(flow_run.id).state_type == "COMPLETED"
    return took


def of_hand(client: SyncPrefectClient, steps: int, *, keep: bool) -> float:
    """Seconds of a flow written by hand; `keep` has Prefect keep what each step came to, so that none is done twice."""
    parameters = {"steps": steps, "keep": keep}
    flow_run = client.create_flow_run(hand_written, parameters=parameters)
    began = time.perf_counter()
    run_flow_sync(hand_written, flow_run=flow_run, parameters=parameters)
    return time.perf_counter() - began


def a_step(seconds: Callable[[int], float]) -> tuple[float, float]:
    """Milliseconds that one more step costs, and what a step of the longer chain costs with its share of the attempt."""
    short = min(seconds(SHORT) for _ in range(ROUNDS))
    long = min(seconds(LONG) for _ in range(ROUNDS))
    return (long - short) / (LONG - SHORT) * 1000, long / LONG * 1000


def test_a_step_as_a_prefect_task_costs_little_more_than_one_by_hand(
    client: SyncPrefectClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = chain(tmp_path / "definitions", SHORT, LONG)
    steward = steward_of(tmp_path, library, "full")

    def silent(errand: Errand) -> None:
        carried(errand, nothing)

    tasks = {**TASKS, "inform": errand_task(silent)}
    deployments.register(client, "bench", library, TASKS)
    for steps in (SHORT, LONG):
        ours = build.flow("response", f"chain_{steps}", tasks, library, steward=lambda: steward)
        monkeypatch.setitem(flow_attempt._flows, f"bench.chain-{steps}", ours)  # noqa: SLF001 - made here, not imported
    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}), connection.lasting():
        of_konbit(client, SHORT), of_hand(client, SHORT, keep=False), of_hand(client, SHORT, keep=True)
        hand = a_step(lambda steps: of_hand(client, steps, keep=False))
        konbit = a_step(lambda steps: of_konbit(client, steps))
        kept = a_step(lambda steps: of_hand(client, steps, keep=True))
    report(
        "durable-step",
        {
            "kind": "as Prefect tasks",
            "steps": [SHORT, LONG],
            "ms": round(konbit[0], 2),
            "by_hand_ms": round(hand[0], 2),
            "by_hand_kept_ms": round(kept[0], 2),
            "times": round(konbit[0] / hand[0], 3),
            "times_with_attempt": round(konbit[1] / hand[1], 3),
        },
    )
    assert konbit[0] < hand[0] * 1.5
