"""How a warm worker begins a run that our store says has something to do: two states, no question that is answered already."""

import contextlib
import dataclasses
from collections.abc import Callable, Iterator
from typing import Any, Literal, cast

import httpx
import pytest
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import FlowRun
from prefect.states import Cancelling, Pending, Scheduled

from konbit.clock import wall_now
from konbit.orchestrate import connection, deployments, eyes, flow_attempt
from konbit.orchestrate.eyes import Sight
from konbit.store.records import Lease, Run
from tasks import TASKS
from tests.orchestrate.toy import toy_flows

pytestmark = pytest.mark.prefect
ENTRYPOINT = "tests.orchestrate.toy.toy_flows.toy_call"
Asleep = Callable[[], FlowRun]


@dataclasses.dataclass
class Sole:
    """A lookout whose steward gives its one lease, or none."""

    free: bool = True

    @property
    def steward(self) -> "Sole":
        return self

    @contextlib.contextmanager
    def lease(self, run_id: str) -> Iterator[Lease | None]:
        yield Lease(run_id, "this test", 1, wall_now()) if self.free else None


def begin(flow_run: FlowRun, *, free: bool = True, closed: frozenset[str] | None = frozenset()) -> None:
    """What the worker does with a run that it found."""
    run = dataclasses.make_dataclass("Found", ["id", "flow_run_id"])("run-1", str(flow_run.id))
    with connection.lasting():
        eyes._begin(Sight(cast(Any, Sole(free)), cast(Any, None)), cast(Run, run), closed)


@pytest.fixture
def asleep(client: SyncPrefectClient) -> Asleep:
    """Makes a run that waits for an answer, which has come."""
    deployments.register(client, "toys-seen", toy_flows.definitions, TASKS)
    deployment = client.read_deployment_by_name("response-toy-call/konbit")
    path = {"id": deployment.id}
    client.request("PATCH", "/deployments/{id}", path_params=path, json={"entrypoint": ENTRYPOINT})
    flow_attempt._entrypoints.clear()

    def make() -> FlowRun:
        run = client.create_flow_run_from_deployment(
            deployment.id, parameters={"country": "HTI"}, state=Scheduled()
        )
        client.set_flow_run_state(run.id, Pending())
        assert not flow_attempt.attempt(ENTRYPOINT, client.read_flow_run(run.id))
        toy_flows.steward.path(str(run.id), "answer").touch()
        return client.read_flow_run(run.id)

    return make


def name_of(client: SyncPrefectClient, run: FlowRun) -> str | None:
    return client.read_flow_run(run.id).state_name


def test_a_sleeping_run_is_begun_in_this_process_with_three_questions_before_its_first_task(
    client: SyncPrefectClient, asleep: Asleep, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = asleep()
    begin(asleep())  # what is asked for once in a process has been asked for
    asked: list[str] = []
    send = httpx.Client.send

    def noted(self: httpx.Client, request: httpx.Request, **more: Any) -> httpx.Response:
        asked.append(f"{request.method} {request.url.path.rpartition('/')[2]}")
        return send(self, request, **more)

    first: list[int] = []
    do = toy_flows.FolderSteward.do

    def done(*given: Any) -> None:
        first.append(len(asked))
        do(*given)

    monkeypatch.setattr(httpx.Client, "send", noted)
    monkeypatch.setattr(toy_flows.FolderSteward, "do", done)
    begin(run)
    monkeypatch.undo()
    assert asked[: first[0]] == [f"GET {run.id}", "POST set_state", "POST set_state"]
    assert name_of(client, run) == "Activated"
    assert client.read_flow_run(run.id).run_count == 2


def test_a_run_that_another_process_holds_is_left_to_it(client: SyncPrefectClient, asleep: Asleep) -> None:
    run = asleep()
    begin(run, free=False)
    assert name_of(client, run) == "Awaiting answers"


@pytest.mark.parametrize("closed", [None, frozenset({"default"})])
def test_a_pool_or_a_queue_that_an_operator_paused_stays_paused(
    client: SyncPrefectClient, asleep: Asleep, closed: frozenset[str] | None
) -> None:
    run = asleep()
    begin(run, closed=closed)
    assert name_of(client, run) == "Awaiting answers"


def test_a_run_that_was_cancelled_meanwhile_is_not_begun(client: SyncPrefectClient, asleep: Asleep) -> None:
    run = asleep()
    client.set_flow_run_state(run.id, Cancelling())
    begin(run)
    assert name_of(client, run) == "Cancelled"


def test_the_gates_of_a_pool_are_read_from_prefect(client: SyncPrefectClient, asleep: Asleep) -> None:
    asleep()
    pool = {"name": "toys-seen"}
    assert eyes._closed("toys-seen") == frozenset()
    queue = {"work_pool_name": "toys-seen", "name": "default"}
    path: Literal["/work_pools/{work_pool_name}/queues/{name}"] = "/work_pools/{work_pool_name}/queues/{name}"
    client.request("PATCH", path, path_params=queue, json={"is_paused": True})
    assert eyes._closed("toys-seen") == frozenset({"default"})
    client.request("PATCH", "/work_pools/{name}", path_params=pool, json={"is_paused": True})
    assert eyes._closed("toys-seen") is None


def test_the_client_of_a_process_is_one_and_takes_for_known_only_what_it_was_told(
    client: SyncPrefectClient, asleep: Asleep
) -> None:
    run = asleep()
    lasting = connection.client()
    assert lasting is connection.client()
    with lasting:
        pass
    stale = run.model_copy(update={"name": "as it was known"})
    with connection.knowing(stale):
        assert lasting.read_flow_run(run.id).name == "as it was known"
        lasting.update_flow_run(run.id, flow_version=run.flow_version)
        lasting.update_flow_run(run.id, name="as it is")
    assert lasting.read_flow_run(run.id).name == "as it is"
