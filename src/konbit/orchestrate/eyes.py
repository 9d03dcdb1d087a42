"""How a worker finds its work: in our store first, where an answer is seen at once, and by asking Prefect.

A run that has something to do is claimed by its lease and begun in this process, without waiting for Prefect to hand it out:
what Prefect is told are two states, not six questions. Runs that others start in Prefect are found there.
"""

import contextlib
import dataclasses
import logging
import time
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import anyio
import anyio.abc
import httpx
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.responses import WorkerFlowRunResponse
from prefect.workers.base import BaseWorker

from konbit.orchestrate import connection, flow_attempt, states
from konbit.orchestrate.clock_service import Flows
from konbit.orchestrate.lookout import Lookout
from konbit.store.records import Run

STIR_SECONDS = 1.0
"""Seconds between two looks at our store while something is under way, unless something is stored or a timer falls due."""
CALM_STIR_SECONDS = 3.0
"""Seconds between them when nothing is."""
CALM_SECONDS = 5.0
"""Seconds between two questions to Prefect for due runs when the last one found none and nothing is under way."""
AGAIN_SECONDS = 1.0
"""Pause after a look that failed."""
GATES_SECONDS = 20.0
"""Seconds between two looks at whether an operator has paused the pool or a queue."""
Worker = BaseWorker[Any, Any, Any]
log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class Sight:
    """What a worker sees beside Prefect's queue of due runs."""

    lookout: Lookout
    flows: Flows


class Eyes:
    """Finds what is due: nothing more at the end, and not a run whose last attempt has not left yet.

    Put over methods of the worker, because Prefect's own is to look in the same way; a subclass would register its type
    a second time.
    """

    def __init__(self, worker: Worker, ending: anyio.Event, *, warm: bool) -> None:
        """`warm` if the worker runs attempts in its own process."""
        self._worker = worker
        self._ending = ending
        self._warm = warm
        self._submit, self._fetch = worker.get_and_submit_flow_runs, worker._get_scheduled_flow_runs  # noqa: SLF001
        self._left_out = False
        self._closed: frozenset[str] | None = None
        """Queues that an operator has paused or limited; None while the pool is, or before that is known."""
        self._asked, self._calm = 0.0, False
        worker.get_and_submit_flow_runs = self.look_now_and_then  # type: ignore[method-assign]  # see above
        worker._get_scheduled_flow_runs = self._free  # type: ignore[method-assign]  # noqa: SLF001

    async def look(self) -> list[FlowRun]:
        """Begins the attempts that Prefect says are due, until the end."""
        return [] if self._ending.is_set() else await self._submit()

    async def look_now_and_then(self) -> list[FlowRun]:
        """Looks each second while something is under way, less often in calm: each question costs both sides."""
        busy = self._worker.limiter.borrowed_tokens or self._left_out
        if not busy and time.monotonic() - self._asked < (CALM_SECONDS if self._calm else 0.0):
            return []
        self._asked = time.monotonic()
        found = await self.look()
        self._calm = self._warm and self._closed is not None and not found and not busy
        return found

    async def look_at_once(self, sight: Sight) -> None:
        """Looks the moment that our store has something to do; what goes wrong is the clock's to tell, which does it again."""
        with contextlib.closing(sight.lookout.steward.store.signals()) as signals:
            async with anyio.create_task_group() as group:
                while not self._ending.is_set():
                    if await self._stir(sight, group):
                        longest = CALM_STIR_SECONDS if self._calm else STIR_SECONDS
                        rest = await anyio.to_thread.run_sync(sight.lookout.rest, longest)
                        await anyio.to_thread.run_sync(signals.wait, rest)
                    else:
                        await anyio.sleep(AGAIN_SECONDS)

    async def watch_gates(self, pool: str) -> None:
        """Learns now and then which queues are open, so that a pool that an operator pauses stays paused."""
        while not self._ending.is_set():
            with contextlib.suppress(Exception):  # Prefect is away; what was known holds
                self._closed = await anyio.to_thread.run_sync(_closed, pool)
            with anyio.move_on_after(GATES_SECONDS):
                await self._ending.wait()

    async def _stir(self, sight: Sight, group: anyio.abc.TaskGroup) -> bool:
        """Begins what our store has to do; False if it could not look."""
        try:
            if not self._warm or self._closed is None:
                if await anyio.to_thread.run_sync(_wake, sight) or self._left_out:
                    await self.look()
                return True
            for run in await anyio.to_thread.run_sync(_found, sight):
                group.start_soon(self._advance, sight, run)
        except Exception as error:  # noqa: BLE001 - whatever a client or a driver raises
            log.debug("could not look for answers: %s", type(error).__name__)
            return False
        return True

    async def _advance(self, sight: Sight, run: Run) -> None:
        """Runs an attempt of a run that nobody holds, in a thread; it has a place in the worker meanwhile."""
        limiter, place = self._worker.limiter, UUID(str(run.flow_run_id))
        try:
            limiter.acquire_on_behalf_of_nowait(place)
        except (anyio.WouldBlock, RuntimeError):
            return  # no place is free, or it has one already: the next look finds it
        try:
            alone = anyio.CapacityLimiter(1)
            await anyio.to_thread.run_sync(_begin, sight, run, self._closed, limiter=alone)
        except Exception as error:  # noqa: BLE001 - the clock compares and starts it again
            log.warning("the attempt of run %s could not begin: %s", run.id, type(error).__name__)
            await anyio.sleep(AGAIN_SECONDS)
        finally:
            limiter.release_on_behalf_of(place)

    async def _free(self) -> list[WorkerFlowRunResponse]:
        """The runs that are due, without those that hold a place in the worker: Prefect's would break down over them."""
        due = await self._fetch()
        taken = set(self._worker.limiter.statistics().borrowers)
        free = [one for one in due if one.flow_run.id not in taken]
        self._left_out = len(free) < len(due)
        return free


def _closed(pool: str) -> frozenset[str] | None:
    client = connection.client()
    found = client.read_work_pool(pool)
    if found.is_paused or found.concurrency_limit is not None:
        return None
    queues = client.read_work_queues(work_pool_name=pool)
    return frozenset(queue.name for queue in queues if queue.is_paused or queue.concurrency_limit is not None)


def _wake(sight: Sight) -> bool:
    """Has Prefect hand out what has something to do; whether there was anything."""
    woken = [
        sight.flows.wake(run.flow_run_id) for run in sight.lookout.stirred() if run.flow_run_id is not None
    ]
    new = sight.lookout.unplaced()
    _place(sight, new)
    return any(woken) or bool(new)


def _found(sight: Sight) -> list[Run]:
    """The runs that have something to do or are new, each with a flow run."""
    new = _place(sight, sight.lookout.unplaced())
    return [run for run in sight.lookout.stirred() if run.flow_run_id is not None] + new


def _place(sight: Sight, new: Iterable[Run]) -> list[Run]:
    placed = []
    for run in new:
        with contextlib.suppress(Exception):  # the clock says what is wrong with it
            placed.append(sight.lookout.place(run, sight.flows))
    return placed


def _begin(sight: Sight, run: Run, closed: frozenset[str] | None) -> None:
    """Claims a run and runs one attempt of it, in this thread; nothing if somebody else has it or it is not to begin."""
    with sight.lookout.steward.lease(run.id) as lease:
        if lease is None or closed is None:
            return
        client, flow_run_id = connection.client(), UUID(str(run.flow_run_id))
        flow_run = client.read_flow_run(flow_run_id)
        entrypoint = flow_attempt.entrypoint_of(flow_run)
        if entrypoint is None or flow_run.work_queue_name in closed or not states.claim(client, flow_run):
            return
        if flow_attempt.attempt(entrypoint, flow_run):
            with contextlib.suppress(httpx.HTTPError):
                states.crash(client, flow_run_id)
