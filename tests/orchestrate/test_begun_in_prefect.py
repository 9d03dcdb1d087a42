"""The run form and schedules of a deployment, with our real store behind: refused, held and shown as by `konbit activate`."""

from uuid import UUID

import pytest
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.states import Pending, Scheduled

from konbit.definition.library import Library
from konbit.orchestrate import build, deployments, flow_attempt, states
from tasks import TASKS
from tests.unit.orchestrate.conftest import World, bundles, database, library, world

__all__ = ["bundles", "database", "library", "world"]
pytestmark = pytest.mark.prefect
CHART, ENTRYPOINT = "response-activation/konbit", "flows.response.activation"
GIVEN = {"country": "HTI", "hazard": "EQ", "areas": ["HT07"], "clusters": ["HEA", "LOG"]}
NAME = "ACTUAL-activation-HTI"


@pytest.fixture
def form(client: SyncPrefectClient, world: World, library: Library, monkeypatch: pytest.MonkeyPatch) -> UUID:
    """The deployment of the activation, whose attempts use the store of this test."""
    made = build.flow("response", "activation", TASKS, library, steward=lambda: world.steward)
    monkeypatch.setitem(flow_attempt._flows, ENTRYPOINT, made)
    deployments.register(client, "forms", library, TASKS)
    return client.read_deployment_by_name(CHART).id


def sent(client: SyncPrefectClient, form: UUID, **more: object) -> FlowRun:
    """The form as the UI sends it, and the first attempt."""
    run = client.create_flow_run_from_deployment(form, parameters={**GIVEN, **more}, state=Scheduled())
    client.set_flow_run_state(run.id, Pending())
    assert not flow_attempt.attempt(ENTRYPOINT, client.read_flow_run(run.id))
    return client.read_flow_run(run.id)


def shown(client: SyncPrefectClient, run: FlowRun) -> dict[str, str]:
    mine = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run.id]))
    found = client.read_artifacts(artifact_filter=mine)
    return {str(one.key).rpartition(str(run.id)[:8] + "-")[2]: str(one.data) for one in found}


def test_an_actual_run_without_its_name_is_refused_in_one_line_and_nothing_is_stored(
    client: SyncPrefectClient, form: UUID, world: World
) -> None:
    state = sent(client, form, mode="actual").state
    assert state is not None
    assert (state.type, state.name) == (StateType.FAILED, "Refused")
    assert state.message == f"not started: an actual run is confirmed by typing its name, {NAME}"
    with world.store.read() as tx:
        assert not tx.runs.list()


def test_a_full_actual_run_shows_its_preflight_and_waits_for_a_second_person(
    client: SyncPrefectClient, form: UUID, world: World
) -> None:
    run = sent(client, form, mode="actual", confirm=NAME, level="full")
    assert states.is_waiting(run.state)
    assert run.state is not None
    assert run.state.name == "Awaiting approval"
    assert "second person: konbit runs approve" in str(run.state.message)
    assert "one message to each takes" in shown(client, run)["preflight"]
    with world.store.read() as tx:
        (stored,) = tx.runs.list()
    assert world.deliveries(stored) == []


def test_a_drill_by_the_form_shows_its_preflight_and_begins(
    client: SyncPrefectClient, form: UUID, world: World
) -> None:
    run = sent(client, form)
    assert run.state is not None
    assert run.state.name == "Awaiting answers"
    assert {"preflight", "chart"} <= set(shown(client, run))
    with world.store.read() as tx:
        (stored,) = tx.runs.list()
    assert stored.mode == "drill"
    assert world.deliveries(stored)


def test_a_country_that_is_none_is_refused_before_anything_is_stored(
    client: SyncPrefectClient, form: UUID, world: World
) -> None:
    state = sent(client, form, country="ZZZ").state
    assert state is not None
    assert (state.name, "there is no country 'ZZZ'" in str(state.message)) == ("Refused", True)
    with world.store.read() as tx:
        assert not tx.runs.list()
