"""One attempt of a flow run in this process, through Prefect's own engine."""

import contextlib
import dataclasses
import logging
import threading
import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import httpx
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import FlowRun
from prefect.exceptions import Abort, Pause
from prefect.flow_engine import FlowRunEngine
from prefect.flows import Flow, load_flow_from_entrypoint
from prefect.logging.loggers import flow_run_logger

from konbit.orchestrate import connection, states
from konbit.orchestrate.connection import knowing

log = logging.getLogger(__name__)
FRESH_SECONDS = 60.0
"""How long the entrypoint of a deployment is taken for known."""
_entrypoints: dict[UUID, tuple[str | None, float]] = {}
_loading = threading.Lock()
_flows: dict[str, Flow[..., Any]] = {}


@dataclasses.dataclass
class WarmEngine(FlowRunEngine[..., Any]):
    """Prefect's engine, without the questions whose answers an attempt that begins at once knows.

    Nor does it watch for a suspension by a connection of its own, which takes longer to make than most attempts: the state
    is looked at before the run sleeps.
    """

    @contextlib.contextmanager
    def setup_flow_run_suspension_request(self) -> Iterator[Any]:
        """Nobody watches."""
        yield self._get_flow_run_suspension_request()

    @contextlib.contextmanager
    def setup_run_context(self, client: SyncPrefectClient | None = None) -> Iterator[None]:
        """The run is as it was the moment before, when it began to run."""
        with contextlib.ExitStack() as stack:
            with knowing(self.flow_run):
                stack.enter_context(super().setup_run_context(client))
            yield


def entrypoint_of(flow_run: FlowRun) -> str | None:
    """Where the flow of a flow run is, by its deployment; None without one. It is asked for now and then, not each time."""
    if flow_run.deployment_id is None:
        return None
    known = _entrypoints.get(flow_run.deployment_id)
    if known is None or time.monotonic() - known[1] > FRESH_SECONDS:
        deployment = connection.client().read_deployment(flow_run.deployment_id)
        known = _entrypoints[flow_run.deployment_id] = (deployment.entrypoint, time.monotonic())
    return known[0]


def load(entrypoint: str) -> Flow[..., Any]:
    """The flow of an entrypoint, loaded once; whatever goes wrong with its import is raised."""
    with _loading:
        if entrypoint not in _flows:
            _flows[entrypoint] = load_flow_from_entrypoint(entrypoint, use_placeholder_flow=False)
        return _flows[entrypoint]


def attempt(entrypoint: str, flow_run: FlowRun) -> bool:
    """Runs one attempt in this thread; True if the run is left without a state that says how it stands.

    A flow that raises has failed, and Prefect knows. Nothing that a flow raises ends the worker.
    """
    flow = load(entrypoint)
    known = flow.parameters.properties
    parameters = {name: value for name, value in flow_run.parameters.items() if name in known}
    again = flow_run.run_count > 0
    engine = WarmEngine(flow=flow, flow_run=flow_run, parameters=parameters, _flow_run_name_set=again)
    try:
        _run(engine, flow_run.model_copy(deep=True) if again else None)
    except Pause as pause:
        if pause.state is not None:
            return False
    except Abort:
        pass
    except BaseException as error:  # noqa: BLE001 - SystemExit of a flow must not end its neighbours
        flow_run_logger(flow_run).error("the attempt was cut off: %s", type(error).__name__)
    return not engine.state.is_final() and _left_hanging(flow_run.id)


def _run(engine: WarmEngine, known: FlowRun | None) -> None:
    """What `run_flow_sync` of Prefect does."""
    with contextlib.ExitStack() as stack:
        with knowing(known):
            stack.enter_context(engine.start())
        while engine.is_running():
            with engine.run_context():
                engine.call_flow_fn()


def _left_hanging(flow_run_id: UUID) -> bool:
    """Whether an attempt that is over has left its run in a state that says it is under way; ends a cancelled run."""
    try:
        states.settle(connection.client(), flow_run_id)
        state = connection.client().read_flow_run(flow_run_id).state
    except httpx.HTTPError as error:
        # Prefect is away and could not be told either way; the clock compares when it is back.
        log.warning("the state of flow run %s is not known: %s", flow_run_id, type(error).__name__)
        return False
    return state is not None and (state.is_running() or state.is_pending())
