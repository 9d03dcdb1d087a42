"""An attempt inside its flow: sleep, wake, end; the work as tasks whose edges follow the chart."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterFlowRunId,
    FlowRunFilter,
    FlowRunFilterId,
    LogFilter,
    LogFilterFlowRunId,
)
from prefect.client.schemas.objects import FlowRun, State, StateType, TaskRun, TaskRunResult
from prefect.states import Cancelling, Completed, Crashed, Pending, Running, Scheduled

from konbit.orchestrate import deployments, flow_attempt, states
from konbit.orchestrate.errand import Executor, Standing
from konbit.orchestrate.server import PrefectServer
from tasks import TASKS
from tests.orchestrate.toy import toy_flows

pytestmark = pytest.mark.prefect
ENTRYPOINT = "tests.orchestrate.toy.toy_flows.toy_call"
Start = Callable[..., FlowRun]


@pytest.fixture
def start(client: SyncPrefectClient) -> Start:
    deployments.register(client, "toys", toy_flows.definitions, TASKS)
    deployment = client.read_deployment_by_name("response-toy-call/konbit")

    def start_one(**parameters: object) -> FlowRun:
        return client.create_flow_run_from_deployment(
            deployment.id, parameters={"country": "HTI", **parameters}, state=Scheduled()
        )

    return start_one


def attempt(client: SyncPrefectClient, run: FlowRun) -> FlowRun:
    """One attempt as the worker makes it; the flow run afterwards."""
    client.set_flow_run_state(run.id, Pending())
    assert not flow_attempt.attempt(ENTRYPOINT, client.read_flow_run(run.id))
    return client.read_flow_run(run.id)


def state_of(run: FlowRun) -> State[Any]:
    assert run.state is not None
    return run.state


def seconds_left(run: FlowRun) -> float:
    assert run.next_scheduled_start_time is not None
    return float(run.next_scheduled_start_time.timestamp() - time.time())


def answer(run: FlowRun) -> None:
    toy_flows.steward.path(str(run.id), "answer").touch()


def kept(run: FlowRun, part: str) -> Path:
    return toy_flows.steward.path(str(run.id), part)


def eventually(look: Callable[[], bool], seconds: float = 20) -> None:
    """Task runs and logs reach the server a little later."""
    deadline = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def task_runs(client: SyncPrefectClient, run: FlowRun) -> dict[str, TaskRun]:
    only = FlowRunFilter(id=FlowRunFilterId(any_=[run.id]))
    return {one.name: one for one in client.read_task_runs(flow_run_filter=only)}


def test_a_run_that_waits_is_scheduled_under_a_telling_name_until_its_next_timer(
    client: SyncPrefectClient, start: Start
) -> None:
    run = attempt(client, start())
    assert state_of(run).type == StateType.SCHEDULED
    assert (state_of(run).name, state_of(run).message) == ("Awaiting answers", "1 of 2 answered")
    assert states.is_waiting(run.state)
    assert 59 * 60 < seconds_left(run) <= 60 * 60
    assert run.infrastructure_pid is None


def test_an_answer_wakes_the_run_and_it_ends_under_the_name_of_its_outcome(
    client: SyncPrefectClient, start: Start
) -> None:
    run = attempt(client, start())
    answer(run)
    assert states.wake(client, run.id)
    woken = client.read_flow_run(run.id)
    assert state_of(woken).name == "Answered"
    assert states.is_due(state_of(woken))
    assert not states.wake(client, run.id), "it is due already"
    run = attempt(client, run)
    assert (state_of(run).type, state_of(run).name, state_of(run).message) == (
        StateType.COMPLETED,
        "Activated",
        "4 steps",
    )
    assert not states.wake(client, run.id), "an ended run sleeps no more"


def test_an_answer_that_comes_while_the_run_falls_asleep_wakes_it_at_once(
    client: SyncPrefectClient, start: Start
) -> None:
    run = attempt(client, start(note="race"))
    assert state_of(run).name == "Answered"
    assert states.is_due(state_of(run))


def test_a_run_is_named_and_tagged_by_country_phase_and_mode(client: SyncPrefectClient, start: Start) -> None:
    run = attempt(client, start(mode="actual"))
    assert run.name == "toy-call HTI actual"
    assert {"actual", "country:HTI", "phase:response"} <= set(run.tags)


def test_the_steward_gets_the_parameters_without_the_mode_and_who_started_it(
    client: SyncPrefectClient, start: Start
) -> None:
    run = attempt(client, start(level="full", confirm="ACTUAL-toy-call-HTI"))
    born = json.loads(kept(run, "born.json").read_text())
    assert (born["parameters"], born["confirm"]) == (
        {"country": "HTI", "level": "full"},
        "ACTUAL-toy-call-HTI",
    )
    assert born["mode"] == "drill"
    assert born["by"]


def test_parameters_that_a_newer_flowchart_no_longer_has_do_not_stop_a_run_under_way(
    client: SyncPrefectClient, start: Start
) -> None:
    run = start()
    flow_run = client.read_flow_run(run.id)
    flow_run.parameters = {**flow_run.parameters, "gone": 1}
    client.set_flow_run_state(run.id, Pending())
    assert not flow_attempt.attempt(ENTRYPOINT, flow_run)
    assert states.is_waiting(client.read_flow_run(run.id).state)


def test_parameters_that_do_not_fit_the_form_are_refused_by_the_server(start: Start) -> None:
    with pytest.raises(Exception, match=r"422|Validation|409"):
        start(country="Haiti")


def test_each_work_is_one_task_run_named_by_its_step_after_the_work_before_it_across_attempts(
    client: SyncPrefectClient, start: Start
) -> None:
    run = attempt(client, start())
    answer(run)
    states.wake(client, run.id)
    attempt(client, run)
    eventually(lambda: len(task_runs(client, run)) == 4)
    found = task_runs(client, run)
    assert set(found) == {"verify", "call_down", "tell[WSH]", "tell[HEA]"}

    def before(name: str) -> set[UUID]:
        sources = [source for some in found[name].task_inputs.values() for source in some]
        return {source.id for source in sources if isinstance(source, TaskRunResult)}

    assert before("verify") == set()
    assert before("call_down") == {found["verify"].id}
    assert before("tell[WSH]") == before("tell[HEA]") == {found["call_down"].id}
    graph = client.request("GET", "/flow_runs/{id}/graph-v2", path_params={"id": run.id}).json()
    edges = {(node["label"], parent["id"]) for _, node in graph["nodes"] for parent in node["parents"]}
    assert ("tell[WSH]", str(found["call_down"].id)) in edges


def test_the_journal_learns_the_task_run_that_did_the_work(client: SyncPrefectClient, start: Start) -> None:
    run = attempt(client, start())
    eventually(lambda: len(task_runs(client, run)) == 2)
    done = json.loads(kept(run, "done.json").read_text())
    assert done["verify"] == str(task_runs(client, run)["verify"].id)


def test_prefect_keeps_no_inputs_no_results_and_no_words_of_an_error(
    client: SyncPrefectClient, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TASKS["contact"], "retries", 0)
    run = attempt(client, start(note="fail"))
    assert state_of(run).name == "Failed step handled"
    assert (
        kept(run, "failed")
        .read_text()
        .startswith("call_down: contact failed with ValueError at toy_flows.py:")
    )
    eventually(lambda: len(task_runs(client, run)) == 2)
    logs: list[str] = []

    def logged() -> bool:
        mine = LogFilter(flow_run_id=LogFilterFlowRunId(any_=[run.id]))
        logs[:] = [log.message for log in client.read_logs(mine, limit=200)]
        return any("call_down" in text or "DutyFailed" in text for text in logs)

    eventually(logged)
    everything = json.dumps(
        [one.model_dump(mode="json") for one in task_runs(client, run).values()]
    ) + "".join(logs)
    for secret in ("555-0143", "p1", '"slots"', "born.json"):
        assert secret not in everything


def test_an_attempt_that_lost_its_lease_leaves_the_run_to_the_other_process(
    client: SyncPrefectClient, start: Start
) -> None:
    run = attempt(client, start(note="lost"))
    assert (state_of(run).type, state_of(run).name) == (StateType.SCHEDULED, "Handed over")
    assert seconds_left(run) < 31
    assert not kept(run, "failed").exists()


@pytest.mark.parametrize(
    ("note", "told"),
    [("away", "OSError at toy_flows.py"), ("down", "The database does not answer.")],
)
def test_a_run_sleeps_and_tries_again_while_our_database_is_away(
    client: SyncPrefectClient, start: Start, note: str, told: str
) -> None:
    run = attempt(client, start(note=note))
    assert (state_of(run).type, state_of(run).name) == (StateType.SCHEDULED, "Trying again")
    assert seconds_left(run) < 31
    assert str(state_of(run).message).startswith(told)


def test_a_run_whose_parameters_are_refused_fails_with_the_reason(
    client: SyncPrefectClient, start: Start
) -> None:
    run = start(note="refused")
    client.set_flow_run_state(run.id, Pending())
    assert not flow_attempt.attempt(ENTRYPOINT, client.read_flow_run(run.id))
    state = state_of(client.read_flow_run(run.id))
    assert (state.type, state.name) == (StateType.FAILED, "Refused")
    assert state.message == "parameter 'areas' is required"


def test_the_log_of_a_waiting_run_leads_to_its_artifacts(client: SyncPrefectClient, start: Start) -> None:
    run = attempt(client, start())
    mine = LogFilter(flow_run_id=LogFilterFlowRunId(any_=[run.id]))

    def told() -> bool:
        texts = [log.message for log in client.read_logs(mine, limit=200)]
        return any("1 of 2 answered; chart http" in text and "silent http" in text for text in texts)

    eventually(told)


def test_the_exit_into_a_wait_is_not_logged_as_an_error(client: SyncPrefectClient, start: Start) -> None:
    run = attempt(client, start())
    mine = LogFilter(flow_run_id=LogFilterFlowRunId(any_=[run.id]))
    eventually(lambda: any("Waiting, no process" in log.message for log in client.read_logs(mine, limit=200)))
    assert [log.message for log in client.read_logs(mine, limit=200) if log.level > 30] == []


def test_operators_see_the_chart_the_silent_roles_and_the_progress(
    client: SyncPrefectClient, start: Start
) -> None:
    run = attempt(client, start())
    mine = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run.id]))
    found = {
        str(one.key).rpartition(str(run.id)[:8] + "-")[2]: one.data
        for one in client.read_artifacts(artifact_filter=mine)
    }
    assert set(found) == {"preflight", "asked-call-down", "chart", "silent", "answered"}
    assert "**2 people**" in str(found["preflight"])
    assert str(found["chart"]).startswith("```mermaid\nflowchart TD")
    assert "cluster\\_lead.WSH" in str(found["silent"])
    assert found["answered"] == 50
    assert "| chair | 1 | 1 / 1 | yes |" in str(found["asked-call-down"])
    assert "p1" not in "".join(str(one) for one in found.values())


def test_a_waiting_run_that_is_cancelled_ends_at_once_and_is_not_woken(
    client: SyncPrefectClient, start: Start
) -> None:
    run = attempt(client, start())
    client.set_flow_run_state(run.id, Cancelling())
    assert state_of(client.read_flow_run(run.id)).type == StateType.CANCELLED
    answer(run)
    assert not states.wake(client, run.id)
    assert not states.revive(client, run.id, "lost")


def test_a_run_that_is_cancelled_while_an_attempt_runs_does_not_go_back_to_sleep(
    client: SyncPrefectClient, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = start()
    steward = toy_flows.steward
    real = type(steward).attempt

    def cancelled_meanwhile(self: toy_flows.FolderSteward, run_id: str, executor: Executor) -> Standing:
        client.set_flow_run_state(UUID(run_id), Cancelling())
        return real(self, run_id, executor)

    monkeypatch.setattr(type(steward), "attempt", cancelled_meanwhile)
    assert attempt(client, run).state_type == StateType.CANCELLED


def test_a_flow_that_raises_has_failed_and_its_run_can_be_started_again(
    client: SyncPrefectClient, start: Start
) -> None:
    run = start(note="raise")
    client.set_flow_run_state(run.id, Pending())
    assert not flow_attempt.attempt(ENTRYPOINT, client.read_flow_run(run.id))
    failed = state_of(client.read_flow_run(run.id))
    assert failed.type == StateType.FAILED
    assert "AttemptFailed: the run could not be advanced: ValueError at toy_flows.py:" in str(failed.message)
    assert "555-0143" not in str(failed.message)
    assert states.revive(client, run.id, "mended")
    again = client.read_flow_run(run.id)
    assert (state_of(again).name, state_of(again).message) == ("Recovering", "mended")
    assert states.is_due(state_of(again))
    assert again.next_scheduled_start_time is not None


@pytest.mark.parametrize("state", [Running(), Pending(), Crashed(), Completed()])
def test_a_run_without_a_process_that_has_not_ended_for_us_is_started_again(
    client: SyncPrefectClient, start: Start, state: State[Any]
) -> None:
    run = start()
    client.set_flow_run_state(run.id, state, force=True)
    assert states.revive(client, run.id, "its process was lost")
    assert not states.revive(client, run.id, "it is scheduled already")


def test_a_flow_without_its_deployment_says_what_to_do(server: PrefectServer) -> None:
    state = toy_flows.toy_call(country="HTI", return_state=True)
    with pytest.raises(states.NoDeployment, match="deployment `konbit`"):
        state.result()
