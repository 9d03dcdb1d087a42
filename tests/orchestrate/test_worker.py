"""Our worker: quick to start an attempt, holds nothing while a run waits, survives what a flow does, ends gently."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.states import Scheduled

from konbit.orchestrate import deployments, states, worker
from konbit.orchestrate.server import PrefectServer
from tasks import TASKS
from tests.orchestrate.toy import toy_flows

pytestmark = pytest.mark.prefect
ROOT = Path(__file__).resolve().parents[2]
POOL = "toys-at-work"
TOY = "tests.orchestrate.toy.toy_flows.toy_call"
CODE = """
import sys
from pathlib import Path
from typing import Any
import anyio
from konbit.orchestrate.worker import serve
anyio.run(serve, sys.argv[1], sys.argv[2], 4, Path(sys.argv[3]))
"""
Start = Callable[..., FlowRun]


def starting(client: SyncPrefectClient, pool: str, kind: worker.Kind) -> Start:
    deployments.register(
        client, pool, toy_flows.definitions, TASKS, kind=kind, root=Path(toy_flows.__file__).parent
    )
    deployment = client.read_deployment_by_name("response-toy-call/konbit")
    # A bundled flowchart is handed out by its package in flows/; the toy is in a module of its own.
    client.request(
        "PATCH",
        "/deployments/{id}",
        path_params={"id": deployment.id},
        json={"entrypoint": TOY, "work_pool_name": pool},
    )

    def start(**parameters: object) -> FlowRun:
        return client.create_flow_run_from_deployment(
            deployment.id, parameters={"country": "HTI", **parameters}, state=Scheduled()
        )

    return start


def working(server: PrefectServer, pool: str, kind: worker.Kind) -> subprocess.Popen[bytes]:
    environment = server.environment() | {
        "TOY_FOLDER": str(toy_flows.steward.folder),
        "PYTHONPATH": str(ROOT),
    }
    log = (server.home / f"worker-{kind}.log").open("ab")
    with log:
        return subprocess.Popen(
            [sys.executable, "-c", CODE, pool, kind, str(ROOT)],
            env=environment,
            cwd=ROOT,
            stdout=log,
            stderr=log,
        )


@pytest.fixture(scope="module")
def process(server: PrefectServer) -> Iterator[subprocess.Popen[bytes]]:
    started = working(server, POOL, "konbit")
    yield started
    if started.poll() is None:
        started.kill()
        started.wait()


@pytest.fixture
def start(client: SyncPrefectClient, process: subprocess.Popen[bytes]) -> Start:
    return starting(client, POOL, "konbit")


def becomes(
    client: SyncPrefectClient, run: FlowRun, accept: Callable[[FlowRun], bool], seconds: float = 90
) -> tuple[FlowRun, float]:
    """The run once it is as wanted, and how long that took."""
    began = time.monotonic()
    while not accept(now := client.read_flow_run(run.id)):
        took = time.monotonic() - began
        assert took < seconds, f"{now.state}"
        time.sleep(0.05)
    return now, time.monotonic() - began


def state_of(run: FlowRun) -> State[Any]:
    assert run.state is not None
    return run.state


def waits(run: FlowRun) -> bool:
    return states.is_waiting(run.state) and state_of(run).name == "Awaiting answers"


def ended(run: FlowRun) -> bool:
    return state_of(run).is_final()


def attempts(run: FlowRun) -> list[str]:
    path = toy_flows.steward.path(str(run.id), "attempts")
    return [line.split()[0] for line in path.read_text().splitlines()]


def children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def test_a_woken_run_starts_within_three_seconds_in_the_same_process(
    client: SyncPrefectClient, start: Start, process: subprocess.Popen[bytes]
) -> None:
    took = []
    for _ in range(3):  # the quickest counts: the machine may be busy with something else
        run = start()
        becomes(client, run, waits)
        toy_flows.steward.path(str(run.id), "answer").touch()
        states.wake(client, run.id)
        took.append(becomes(client, run, lambda now: not state_of(now).is_scheduled())[1])
        run, _ = becomes(client, run, ended)
        assert state_of(run).name == "Activated"
        assert attempts(run) == [str(process.pid)] * 2
    assert min(took) < 3


def test_runs_that_wait_hold_no_process_and_no_place_in_the_worker(
    client: SyncPrefectClient, start: Start, process: subprocess.Popen[bytes]
) -> None:
    runs = [start() for _ in range(6)]
    for run in runs:
        becomes(client, run, waits)
    assert children(process.pid) == []
    assert client.read_flow_run(runs[0].id).infrastructure_pid is None


def test_a_flow_that_raises_or_exits_does_not_take_the_worker_down(
    client: SyncPrefectClient, start: Start, process: subprocess.Popen[bytes]
) -> None:
    raising, exiting = start(note="raise"), start(note="exit")
    assert becomes(client, raising, ended)[0].state_type == StateType.FAILED
    assert becomes(client, exiting, ended)[0].state_type == StateType.CRASHED
    assert process.poll() is None
    becomes(client, start(), waits)


def test_an_entrypoint_that_is_not_there_crashes_the_run_and_not_the_worker(
    client: SyncPrefectClient, start: Start, process: subprocess.Popen[bytes]
) -> None:
    run = start()
    path = {"id": run.deployment_id}
    client.request(
        "PATCH",
        "/deployments/{id}",
        path_params=path,
        json={"entrypoint": "tests.orchestrate.toy.toy_flows.nothing"},
    )
    lost = start()
    assert becomes(client, lost, ended)[0].state_type == StateType.CRASHED
    client.request(
        "PATCH",
        "/deployments/{id}",
        path_params=path,
        json={"entrypoint": TOY},
    )
    becomes(client, start(), waits)
    assert process.poll() is None


def test_the_worker_ends_on_sigterm_after_the_attempts_under_way(
    client: SyncPrefectClient, start: Start, process: subprocess.Popen[bytes]
) -> None:
    run = start()
    becomes(client, run, lambda now: not state_of(now).is_scheduled() or waits(now))
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    assert state_of(client.read_flow_run(run.id)).is_scheduled()


def test_the_process_worker_of_prefect_runs_the_same_flows(
    client: SyncPrefectClient, server: PrefectServer
) -> None:
    start = starting(client, "toys-one-process-each", "process")
    started = working(server, "toys-one-process-each", "process")
    try:
        run, _ = becomes(client, start(), waits)
        assert attempts(run) != [str(started.pid)]
        assert state_of(run).message == "1 of 2 answered"
    finally:
        started.terminate()
        assert started.wait(30) == 0
