"""Prefect's flow runs as the clock needs them: made once for a run, woken, started again, looked at."""

import contextlib
import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from uuid import UUID

import httpx
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import DeploymentFlowRunCreate
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterName,
    FlowRunFilter,
    FlowRunFilterEndTime,
    FlowRunFilterId,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.exceptions import ObjectNotFound
from prefect.states import Scheduled, to_state_create

from konbit.errors import KonbitError, ServiceUnavailable
from konbit.orchestrate import connection, states
from konbit.orchestrate.lookout import NoDeployments
from konbit.store.records import Run

DEPLOYMENT = "konbit"
"""The name that every deployment of ours has: `response-activation/konbit`."""
PAGE = 200
"""How many flow runs Prefect gives at once."""
UNDER_WAY = (StateType.PENDING, StateType.RUNNING, StateType.CANCELLING)
STOPPED = (StateType.CANCELLED, StateType.CRASHED, StateType.FAILED)
"""States of a flow run that has ended otherwise than by our word."""
_OURS = DeploymentFilter(name=DeploymentFilterName(any_=[DEPLOYMENT]))
_ITS_OWN = (400, 404, 409, 422)
"""Answers that are about this one flow run; any other says that Prefect serves nobody now."""


class RefusedByPrefect(KonbitError):
    """Prefect refuses what it was asked for one flow run."""


class PrefectFlows:
    """Flow runs through the API."""

    def create(self, run: Run) -> str:
        """A flow run for our run. The idempotency key is our run's id, so that two clocks make one."""
        with _client() as client:
            try:
                name = run.flowchart.replace("/", "-")
                deployment = client.read_deployment_by_name(f"{name}/{DEPLOYMENT}")
            except ObjectNotFound:
                raise NoDeployments(
                    f"Prefect has no deployment of {run.flowchart}; `konbit deploy` registers it"
                ) from None
            made = _make(client, deployment.id, run, run.id)
            if made.state is not None and made.state.is_final():
                # The run goes on although its flow run has ended: the key must not bring that one back.
                made = _make(client, deployment.id, run, f"{run.id}/again/{made.id}")
        return str(made.id)

    def wake(self, flow_run_id: str) -> bool:
        """Starts a sleeping flow run now."""
        with _client() as client, contextlib.suppress(ObjectNotFound):
            return states.wake(client, UUID(flow_run_id))
        return False

    def revive(self, flow_run_id: str, reason: str) -> bool:
        """Starts a flow run again whose process was lost, or that has ended while our run goes on."""
        with _client() as client, contextlib.suppress(ObjectNotFound):
            return states.revive(client, UUID(flow_run_id), reason)
        return False

    def settle(self, flow_run_id: str) -> bool:
        """Ends a flow run that somebody is cancelling and that no process works on."""
        with _client() as client, contextlib.suppress(ObjectNotFound):
            return states.settle(client, UUID(flow_run_id))
        return False

    def states(self, flow_run_ids: Iterable[str]) -> Mapping[str, tuple[str, dt.datetime]]:
        """Type and time of the state of each flow run that Prefect knows."""
        ids = [UUID(flow_run_id) for flow_run_id in flow_run_ids]
        found: dict[str, tuple[str, dt.datetime]] = {}
        with _client() as client:
            for start in range(0, len(ids), PAGE):
                chosen = FlowRunFilter(id=FlowRunFilterId(any_=ids[start : start + PAGE]))
                for flow_run in client.read_flow_runs(flow_run_filter=chosen, limit=PAGE):
                    if flow_run.state is not None:
                        found[str(flow_run.id)] = (flow_run.state.type.value, flow_run.state.timestamp)
        return found

    def awake(self, since: dt.datetime) -> Mapping[str, tuple[str, dt.datetime]]:
        """Type and time of the state of each flow run of ours that does not sleep: under way, or stopped after `since`."""
        under_way = FlowRunFilter(state=_in(UNDER_WAY))
        stopped = FlowRunFilter(state=_in(STOPPED), end_time=FlowRunFilterEndTime(after_=since))
        found: dict[str, tuple[str, dt.datetime]] = {}
        with _client() as client:
            for chosen in (under_way, stopped):
                for flow_run in client.read_flow_runs(
                    flow_run_filter=chosen,
                    deployment_filter=_OURS,
                    limit=PAGE,
                    sort=FlowRunSort.END_TIME_DESC,
                ):
                    if flow_run.state is not None:
                        found[str(flow_run.id)] = (flow_run.state.type.value, flow_run.state.timestamp)
        return found


def _in(types: Sequence[StateType]) -> FlowRunFilterState:
    return FlowRunFilterState(type=FlowRunFilterStateType(any_=list(types)))


def _make(client: SyncPrefectClient, deployment: UUID, run: Run, key: str) -> FlowRun:
    parameters = {name: value for name, value in run.parameters.items() if value is not None}
    made = DeploymentFlowRunCreate(
        parameters={**parameters, "mode": run.mode},
        state=to_state_create(Scheduled()),
        idempotency_key=key,
        tags=[run.mode, f"country:{run.country}"] if run.country else [run.mode],
        # They were looked at when the run began; what the deployment asks for today is of other runs.
        enforce_parameter_schema=False,
    )
    body = made.model_dump(mode="json", exclude_unset=True)
    reply = client.request(
        "POST", "/deployments/{id}/create_flow_run", path_params={"id": deployment}, json=body
    )
    return FlowRun.model_validate(reply.json())


@contextlib.contextmanager
def _client() -> Iterator[SyncPrefectClient]:
    try:
        yield connection.client()
    except httpx.HTTPStatusError as error:
        status = error.response.status_code
        if status in _ITS_OWN:
            raise RefusedByPrefect(f"Prefect refuses it with status {status}") from None
        raise ServiceUnavailable(f"Prefect does not answer (status {status})") from None
    except httpx.HTTPError as error:
        raise ServiceUnavailable(f"Prefect does not answer ({type(error).__name__})") from None
