"""The Prefect states of a run: it sleeps as SCHEDULED, holding no process, and is woken by an answer or by its timer."""

import datetime as dt
import logging
from collections.abc import Callable
from typing import NoReturn
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.client.schemas.responses import OrchestrationResult, SetStateStatus
from prefect.context import FlowRunContext
from prefect.exceptions import Abort, Pause
from prefect.settings import get_current_settings
from prefect.states import Cancelled, Crashed, Scheduled

from konbit.clock import wall_now
from konbit.errors import UserError
from konbit.orchestrate.faults import reached

WOKEN = "Answered"
RECOVERING = "Recovering"
_PREFECTS_OWN = ("Scheduled", "Late", "AwaitingRetry", "Resuming")
_LEFT_ALONE = (StateType.SCHEDULED, StateType.PAUSED, StateType.CANCELLING, StateType.CANCELLED)


class NoDeployment(UserError):
    """A flowchart runs through its deployment `konbit` only: nothing else starts it again after a wait."""


def current_flow_run_id() -> UUID:
    """The id of the flow run that this code runs in; NoDeployment outside of one that can be started again."""
    context = FlowRunContext.get()
    run = context.flow_run if context else None
    if run is None or run.deployment_id is None:
        raise NoDeployment
    return run.id


def is_waiting(state: State | None) -> bool:
    """Whether a run sleeps in a state of ours, until its timer or an answer."""
    return state is not None and state.is_scheduled() and state.name not in _PREFECTS_OWN


def is_due(state: State) -> bool:
    """Whether a scheduled run is to be started now."""
    at = state.state_details.scheduled_time
    return at is None or at <= wall_now()


def sleep_until(
    wall: dt.datetime, name: str, message: str, stirred: Callable[[], bool] = lambda: False
) -> NoReturn:
    """Ends this attempt; the same flow run starts again at `wall` (wall time), or earlier if somebody wakes it.

    `stirred` reads the store once more after the state is set: an answer that came in between wakes the run at once.
    A run that was cancelled meanwhile stays cancelled. Call it from the flow body with no task outstanding.
    """
    flow_run_id = current_flow_run_id()
    with get_client(sync_client=True) as client:
        # A worker that fetches ahead would start the next attempt before this one has left.
        earliest = wall_now() + dt.timedelta(seconds=get_current_settings().worker.prefetch_seconds + 1)
        state: State[None] = Scheduled(name=name, scheduled_time=max(wall, earliest), message=message)
        reached("before-sleep")
        refused = _propose(client, flow_run_id, state)
        if refused is not None:
            settle(client, flow_run_id)
            raise Abort(f"the run is to end: {refused}")
        reached("after-sleep")
        if stirred():
            wake(client, flow_run_id)
        raise Pause(message, state=state)


def _propose(client: SyncPrefectClient, flow_run_id: UUID, state: State) -> str | None:
    """Why the state was not taken, or None."""
    current = client.read_flow_run(flow_run_id).state
    if current is not None and (current.is_cancelling() or current.is_paused() or current.is_final()):
        return f"it is {current.name}"
    result: OrchestrationResult[None] = client.set_flow_run_state(flow_run_id, state)
    return None if result.status == SetStateStatus.ACCEPT else result.status.value


def claim(client: SyncPrefectClient, flow_run: FlowRun) -> bool:
    """Makes a sleeping run ready to begin in this process; False if it does not sleep, or was cancelled at this moment.

    Whoever calls holds the lease of the run, so that no other worker of ours begins it too.
    """
    state = flow_run.state
    if state is None or not state.is_scheduled():
        return False
    if is_due(state):
        return True
    result: OrchestrationResult[None] = client.set_flow_run_state(flow_run.id, Scheduled(name=WOKEN))
    if result.status != SetStateStatus.ACCEPT:
        return False
    flow_run.state = result.state
    return True


def wake(client: SyncPrefectClient, flow_run_id: UUID, name: str = WOKEN) -> bool:
    """Starts a sleeping run now; False if there was nothing to wake. What it is to see must be stored before.

    A run that is starting or running reads the store itself before it sleeps again.
    """
    state = client.read_flow_run(flow_run_id).state
    if state is None or not state.is_scheduled() or is_due(state):
        return False
    result: OrchestrationResult[None] = client.set_flow_run_state(flow_run_id, Scheduled(name=name))
    return result.status == SetStateStatus.ACCEPT


def revive(client: SyncPrefectClient, flow_run_id: UUID, reason: str, *, name: str = RECOVERING) -> bool:
    """Starts a flow run again while our run goes on: its process was lost, or it crashed, failed or ended.

    False if it needs none: it is scheduled, or somebody has cancelled it.
    """
    state = client.read_flow_run(flow_run_id).state
    if state is not None and state.type in _LEFT_ALONE:
        return False
    result: OrchestrationResult[None] = client.set_flow_run_state(
        flow_run_id, Scheduled(name=name, message=reason), force=True
    )
    return result.status == SetStateStatus.ACCEPT


def settle(client: SyncPrefectClient, flow_run_id: UUID) -> bool:
    """Ends a run that somebody is cancelling and that holds no process any more; True if there was one to end."""
    state = client.read_flow_run(flow_run_id).state
    if state is None or not state.is_cancelling():
        return False
    client.set_flow_run_state(flow_run_id, Cancelled(message=state.message), force=True)
    return True


def crash(client: SyncPrefectClient, flow_run_id: UUID) -> None:
    """Says that the process of a run was lost; the clock starts it again."""
    client.set_flow_run_state(flow_run_id, Crashed(message="the attempt was cut off"), force=True)


class CalmWaits(logging.Filter):
    """Logs the end of an attempt that waits as what it is: Prefect may say at ERROR level that it finished.

    Operators would chase it.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Lets every record through, some of them in other words."""
        text = record.getMessage()
        finished = text.startswith("Finished in state ")
        if finished and ("type=SCHEDULED" in text or text.startswith("Finished in state Scheduled(")):
            record.msg, record.args = "Waiting, no process is held", ()
            record.levelno, record.levelname = logging.INFO, "INFO"
        return True


def install_calm_waits() -> None:
    """Puts `CalmWaits` on the logger of flow runs, once."""
    logger = logging.getLogger("prefect.flow_runs")
    if not any(isinstance(known, CalmWaits) for known in logger.filters):
        logger.addFilter(CalmWaits())
