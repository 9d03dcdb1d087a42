"""A Prefect worker that keeps the flows loaded: an attempt starts within a second and costs no process.

It is a worker of its own type, `konbit`. Where one process, container or Kubernetes job for each attempt is wanted, Prefect's own
workers do it; those for containers are packages of their own.
"""

import logging
import signal
import sys
from pathlib import Path
from typing import Any, Final, Literal
from uuid import UUID

import anyio
import anyio.abc
from prefect.client.schemas.objects import Flow as FlowRecord
from prefect.client.schemas.objects import FlowRun, WorkPool
from prefect.client.schemas.responses import DeploymentResponse
from prefect.settings import (
    PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
    PREFECT_WORKER_PREFETCH_SECONDS,
    PREFECT_WORKER_QUERY_SECONDS,
    temporary_settings,
)
from prefect.workers.base import BaseJobConfiguration, BaseVariables, BaseWorker, BaseWorkerResult
from pydantic import PrivateAttr

from konbit.errors import UserError
from konbit.orchestrate import connection, flow_attempt
from konbit.orchestrate.eyes import Eyes, Sight

Kind = Literal["konbit", "process", "docker", "kubernetes"]
CONTAINERS: Final = ("docker", "kubernetes")
"""Kinds of workers that start a container for each attempt."""
LIMIT = 20
"""Attempts at the same time; they wait for the database more than they compute."""
POLL_SECONDS = 1.0
"""Seconds between two looks for due runs."""
AGAIN_SECONDS = 5.0
"""Pause before a worker whose Prefect server was away tries again."""
log = logging.getLogger(__name__)


class NoWorker(UserError):
    """Prefect's worker of this kind is a package of its own, which is not installed here."""


class Configuration(BaseJobConfiguration):
    """What a flow run needs to start: the entrypoint of its deployment."""

    _entrypoint: str | None = PrivateAttr(default=None)

    @property
    def entrypoint(self) -> str:
        """Where the flow is: `flows.response.activation`."""
        if not self._entrypoint:
            raise UserError("the flow run has no deployment with an entrypoint")
        return self._entrypoint

    def prepare_for_flow_run(
        self,
        flow_run: FlowRun,
        deployment: DeploymentResponse | None = None,
        flow: FlowRecord | None = None,
        work_pool: WorkPool | None = None,
        worker_name: str | None = None,
        worker_id: UUID | None = None,
    ) -> None:
        """Keeps the entrypoint."""
        super().prepare_for_flow_run(flow_run, deployment, flow, work_pool, worker_name, worker_id)
        self._entrypoint = deployment.entrypoint if deployment else None


class Attempted(BaseWorkerResult):
    """How an attempt left: 0 if Prefect knows its state, 1 if it is to be counted as crashed."""


class KonbitWorker(BaseWorker[Configuration, BaseVariables, Attempted]):
    """Runs attempts in threads of this process."""

    type = "konbit"
    job_configuration = Configuration
    _description = (
        "Runs the attempts of Konbit's flowcharts in one warm process; runs that wait hold nothing."
    )

    async def run(
        self,
        flow_run: FlowRun,
        configuration: Configuration,
        task_status: anyio.abc.TaskStatus[int] | None = None,
    ) -> Attempted:
        """Runs one attempt to its end, in a thread."""
        threads = anyio.CapacityLimiter(1)
        crashed = await anyio.to_thread.run_sync(
            flow_attempt.attempt, configuration.entrypoint, flow_run, limiter=threads
        )
        if task_status is not None:
            # Said at the end and without a process id: a waiting run that is cancelled ends at once, because Prefect
            # sees that no infrastructure is left to stop.
            task_status.started(0)
        return Attempted(status_code=int(crashed), identifier=str(flow_run.id))


async def serve(
    pool: str, kind: Kind = "konbit", limit: int = LIMIT, root: Path | None = None, sight: Sight | None = None
) -> None:
    """Works on the runs of a pool until SIGTERM or SIGINT; then attempts under way end first.

    `root` is where the packages `flows` and `tasks` are, by default the working directory. A Prefect server that is away
    is waited for. With `sight` the worker does not wait for the clock and its own next poll: an answer starts the next
    attempt at once.
    """
    sys.path.insert(0, str((root or Path.cwd()).resolve()))
    made = worker_class(kind)
    ending = anyio.Event()
    settings = {
        PREFECT_WORKER_QUERY_SECONDS: POLL_SECONDS,
        PREFECT_WORKER_PREFETCH_SECONDS: 0.0,
        # One attempt is short, and its lease in our database has a heartbeat of its own; Prefect's would make
        # every attempt a second longer.
        PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None,
    }
    with temporary_settings(settings), connection.lasting():
        async with anyio.create_task_group() as group:
            group.start_soon(_listen, ending)
            while not ending.is_set():
                try:
                    await _work(pool, made, limit, ending, sight)
                except Exception as error:  # noqa: BLE001 - Prefect gives up after a while, we do not
                    log.warning("the worker lost Prefect (%s) and tries again", _named(error))
                    with anyio.move_on_after(AGAIN_SECONDS):
                        await ending.wait()
            group.cancel_scope.cancel()


def worker_class(kind: Kind) -> type[BaseWorker[Any, Any, Any]]:
    """The worker of a kind; NoWorker with what to install if it is not there."""
    made = KonbitWorker if kind == "konbit" else BaseWorker.get_worker_class_from_type(kind)
    if made is None:
        raise NoWorker(f"a {kind} worker needs the package prefect-{kind}: pip install prefect-{kind}")
    return made


async def _listen(ending: anyio.Event) -> None:
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async for _ in signals:
            ending.set()


async def _work(
    pool: str, made: type[BaseWorker[Any, Any, Any]], limit: int, ending: anyio.Event, sight: Sight | None
) -> None:
    """One worker from its start to the end, or until Prefect has been away for too long."""
    worker: BaseWorker[Any, Any, Any] = made(work_pool_name=pool, limit=limit, prefetch_seconds=0)
    eyes = Eyes(worker, ending, warm=made is KonbitWorker)
    async with anyio.create_task_group() as group:

        async def end() -> None:
            await ending.wait()
            while worker.limiter.borrowed_tokens:  # noqa: ASYNC110 - the worker has no event for it
                await anyio.sleep(0.1)
            group.cancel_scope.cancel()

        group.start_soon(end)
        if sight is not None:
            group.start_soon(eyes.watch_gates, pool)
            group.start_soon(eyes.look_at_once, sight)
        await worker.start(printer=log.info)
        group.cancel_scope.cancel()


def _named(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return type(error).__name__
