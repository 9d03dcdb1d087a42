"""What an operator does to a run in Prefect's own pages while it sleeps or works: suspend, pause, resume, delete.

No wake-up is lost over it and no work is done twice.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.client.schemas.responses import SetStateStatus
from prefect.states import Failed, Paused, Scheduled, Suspended

from konbit.orchestrate import deployments, flow_attempt, states
from konbit.orchestrate.errand import Executor, Standing
from tasks import TASKS
from tests.orchestrate.toy import toy_flows

pytestmark = pytest.mark.prefect
ENTRYPOINT = "tests.orchestrate.toy.toy_flows.toy_call"
Start = Callable[..., FlowRun]


@pytest.fixture
def start(client: SyncPrefectClient) -> Start:
    deployments.register(client, "toys-suspended", toy_flows.definitions, TASKS)
    deployment = client.read_deployment_by_name("response-toy-call/konbit")

    def start_one(**parameters: object) -> FlowRun:
        return client.create_flow_run_from_deployment(
            deployment.id, parameters={"country": "HTI", **parameters}, state=Scheduled()
        )

    return start_one


def attempt(client: SyncPrefectClient, run: FlowRun) -> FlowRun:
    """One attempt as the worker makes it, of a run that is due."""
    known = client.read_flow_run(run.id)
    assert states.is_due(state_of(known))
    assert not flow_attempt.attempt(ENTRYPOINT, known)
    return client.read_flow_run(run.id)


def state_of(run: FlowRun) -> State[Any]:
    assert run.state is not None
    return run.state


def answer(run: FlowRun) -> None:
    toy_flows.steward.path(str(run.id), "answer").touch()


def attempts(run: FlowRun) -> int:
    return len(toy_flows.steward.path(str(run.id), "attempts").read_text().splitlines())


def done(run: FlowRun) -> dict[str, str]:
    return toy_flows.steward.task_runs(str(run.id))


@pytest.fixture
def suspended(
    client: SyncPrefectClient, start: Start, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> FlowRun:
    """A run that somebody suspended, or paused, while its first attempt was under way."""
    run, state = start(), request.param
    real = toy_flows.FolderSteward.attempt

    def meanwhile(self: toy_flows.FolderSteward, run_id: str, executor: Executor) -> Standing:
        result = client.set_flow_run_state(UUID(run_id), state(timeout_seconds=3600))
        assert result.status == SetStateStatus.ACCEPT
        return real(self, run_id, executor)

    with monkeypatch.context() as within:
        within.setattr(toy_flows.FolderSteward, "attempt", meanwhile)
        attempt(client, run)
    return client.read_flow_run(run.id)


def test_a_run_that_sleeps_cannot_be_suspended_and_sleeps_on_as_before(
    client: SyncPrefectClient, start: Start
) -> None:
    run = attempt(client, start())
    status = client.set_flow_run_state(run.id, Suspended(timeout_seconds=3600)).status
    assert status == SetStateStatus.REJECT
    after = client.read_flow_run(run.id)
    assert states.is_waiting(after.state)
    assert after.next_scheduled_start_time == run.next_scheduled_start_time
    answer(run)
    assert states.wake(client, run.id)
    assert state_of(attempt(client, run)).name == "Activated"
    assert attempts(run) == 2


@pytest.mark.parametrize("suspended", [Suspended, Paused], indirect=True, ids=["suspended", "paused"])
def test_a_run_suspended_at_work_does_not_go_back_to_sleep_and_nobody_of_ours_wakes_it(
    client: SyncPrefectClient, suspended: FlowRun
) -> None:
    assert state_of(suspended).is_paused()
    assert set(done(suspended)) == {"verify", "call_down"}, "the work under way was ended"
    answer(suspended)
    assert not states.wake(client, suspended.id)
    assert not states.claim(client, client.read_flow_run(suspended.id))
    assert not states.revive(client, suspended.id, "lost")
    assert state_of(client.read_flow_run(suspended.id)).is_paused()
    assert attempts(suspended) == 1


@pytest.mark.parametrize("suspended", [Suspended], indirect=True)
def test_what_came_in_while_it_was_suspended_is_taken_once_when_it_is_resumed(
    client: SyncPrefectClient, suspended: FlowRun
) -> None:
    before = done(suspended)
    answer(suspended)
    assert client.resume_flow_run(suspended.id).status == SetStateStatus.ACCEPT
    assert not states.wake(client, suspended.id), "it is due already: one wake, not two"
    run = attempt(client, suspended)
    assert (state_of(run).type, state_of(run).name) == (StateType.COMPLETED, "Activated")
    assert attempts(run) == 2
    assert before.items() <= done(run).items(), "what was done is not done again"


@pytest.mark.parametrize("suspended", [Suspended], indirect=True)
def test_one_that_is_resumed_with_nothing_to_take_sleeps_until_its_timer_again(
    client: SyncPrefectClient, suspended: FlowRun
) -> None:
    client.resume_flow_run(suspended.id)
    run = attempt(client, suspended)
    assert states.is_waiting(run.state)
    assert state_of(run).name == "Awaiting answers"
    answer(run)
    assert states.wake(client, run.id)
    assert state_of(attempt(client, run)).name == "Activated"


@pytest.mark.parametrize("suspended", [Paused], indirect=True)
def test_one_that_was_paused_and_resumed_holds_no_process_and_is_started_again(
    client: SyncPrefectClient, suspended: FlowRun
) -> None:
    """Prefect takes it for running, since a pause of its own leaves the process there; the clock finds that none is."""
    answer(suspended)
    client.resume_flow_run(suspended.id)
    assert state_of(client.read_flow_run(suspended.id)).is_running()
    assert states.revive(client, suspended.id, "running while the run goes on")
    assert state_of(attempt(client, suspended)).name == "Activated"
    assert attempts(suspended) == 2


@pytest.mark.parametrize("suspended", [Suspended], indirect=True)
def test_one_whose_suspension_ran_out_is_started_again(client: SyncPrefectClient, suspended: FlowRun) -> None:
    """Prefect fails it then, by force and without a process."""
    client.set_flow_run_state(
        suspended.id, Failed(message="The flow was paused and never resumed."), force=True
    )
    answer(suspended)
    assert states.revive(client, suspended.id, "failed while the run goes on")
    assert state_of(attempt(client, suspended)).name == "Activated"
