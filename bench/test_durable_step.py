"""What a durable step costs: alone beside DBOS on the same settings of SQLite, and as a Prefect task beside a flow by hand.

The step itself does nothing in all of them. Printed as JSON, and written to var/durable-step.json. CPU seconds are those of
the thread that does the steps: on a busy machine they say more than the clock on the wall.
"""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import pytest
from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import FlowRun
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
TASK_STEPS = 200
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


def chain(folder: Path, steps: int) -> Library:
    """A library with one flowchart: so many steps one after the other."""
    lines = [
        "flowchart: response/chain",
        "title: {en: A chain}",
        "version: 1",
        "owner: chair",
        "languages: [en]",
        "steps:",
        *(f"  - {{id: s{number}, inform: {{who: [chair], message: note}}}}" for number in range(steps)),
    ]
    (folder / "response").mkdir(parents=True)
    (folder / "response" / "chain.yaml").write_text("\n".join(lines) + "\n")
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
        run = steward.request("response/chain", {}, "drill", "bench")
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


@flow(name="chain-by-hand", persist_result=False)
def hand_written(steps: int) -> None:
    before = None
    for number in range(steps):
        before = by_hand.submit(number, wait_for=[before] if before is not None else None)
        before.wait()


def test_a_step_as_a_prefect_task_costs_little_more_than_one_by_hand(
    client: SyncPrefectClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = chain(tmp_path / "definitions", TASK_STEPS)
    steward = steward_of(tmp_path, library, "full")

    def silent(errand: Errand) -> None:
        carried(errand, nothing)

    tasks = {**TASKS, "inform": errand_task(silent)}
    ours = build.flow("response", "chain", tasks, library, steward=lambda: steward)
    deployments.register(client, "bench", library, TASKS)
    deployment = client.read_deployment_by_name("response-chain/konbit")
    monkeypatch.setitem(flow_attempt._flows, "bench.chain", ours)  # noqa: SLF001 - made here, not imported

    def made(which: Any) -> FlowRun:
        return client.create_flow_run_from_deployment(which, state=Scheduled())

    def of_konbit() -> float:
        flow_run = made(deployment.id)
        began = time.perf_counter()
        assert not flow_attempt.attempt("bench.chain", flow_run)
        took = time.perf_counter() - began
        assert client.read_flow_run(flow_run.id).state_type == "COMPLETED"
        return took

    def of_hand() -> float:
        flow_run = client.create_flow_run(hand_written, parameters={"steps": TASK_STEPS})
        began = time.perf_counter()
        run_flow_sync(hand_written, flow_run=flow_run, parameters={"steps": TASK_STEPS})
        return time.perf_counter() - began

    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}), connection.lasting():
        of_konbit(), of_hand()
        pairs = [(of_konbit(), of_hand()) for _ in range(ROUNDS)]
    konbit, hand = (min(column) / TASK_STEPS * 1000 for column in zip(*pairs, strict=True))
    report(
        "durable-step",
        {
            "kind": "as Prefect tasks",
            "steps": TASK_STEPS,
            "ms": round(konbit, 2),
            "by_hand_ms": round(hand, 2),
            "times": round(konbit / hand, 3),
        },
    )
    assert konbit < hand * 1.5
