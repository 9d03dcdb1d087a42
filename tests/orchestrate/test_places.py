"""The limit on heavy work of drills, on a real server: a drill without a place lets go of its run, an actual run never waits."""

import time
from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import GlobalConcurrencyLimitUpdate
from prefect.client.schemas.objects import FlowRun
from prefect.states import Scheduled

from konbit.orchestrate import deployments, flow_attempt, places, states
from tasks import TASKS
from tests.orchestrate.toy import toy_flows

pytestmark = pytest.mark.prefect
ENTRYPOINT = "tests.orchestrate.toy.toy_flows.toy_call"
Start = Callable[..., FlowRun]


@pytest.fixture
def start(client: SyncPrefectClient, monkeypatch: pytest.MonkeyPatch) -> Start:
    """Starts a toy run, whose call-down counts as heavy work."""
    monkeypatch.setattr(places, "HEAVY", frozenset({"contact"}))
    deployments.register(client, "toys-heavy", toy_flows.definitions, TASKS)
    deployment = client.read_deployment_by_name("response-toy-call/konbit")

    def start_one(**parameters: object) -> FlowRun:
        return client.create_flow_run_from_deployment(
            deployment.id, parameters={"country": "HTI", **parameters}, state=Scheduled()
        )

    return start_one


@pytest.fixture
def full(client: SyncPrefectClient) -> Iterator[list[UUID]]:
    """All places are taken by others."""
    places.ensure(client)
    taken = [
        UUID(
            client.increment_concurrency_slots_with_lease([places.LIMIT], 1, "concurrency", 300).json()[
                "lease_id"
            ]
        )
        for _ in range(places.PLACES)
    ]
    yield taken
    for lease in taken:
        client.release_concurrency_slots_with_lease(lease)


def attempt(client: SyncPrefectClient, run: FlowRun) -> FlowRun:
    client.set_flow_run_state(run.id, Scheduled(), force=True)
    assert not flow_attempt.attempt(ENTRYPOINT, client.read_flow_run(run.id))
    return client.read_flow_run(run.id)


def in_use(client: SyncPrefectClient) -> int:
    return client.read_global_concurrency_limit_by_name(places.LIMIT).active_slots


def done(run: FlowRun) -> set[str]:
    return set(toy_flows.steward.task_runs(str(run.id)))


@pytest.mark.usefixtures("start")
def test_the_limit_is_made_once_and_stays_as_an_operator_sets_it(client: SyncPrefectClient) -> None:
    assert client.read_global_concurrency_limit_by_name(places.LIMIT).limit == places.PLACES
    assert places.standing(client) is None
    client.update_global_concurrency_limit(places.LIMIT, GlobalConcurrencyLimitUpdate(limit=5))
    deployments.register(client, "toys-heavy", toy_flows.definitions, TASKS)
    assert client.read_global_concurrency_limit_by_name(places.LIMIT).limit == 5
    client.update_global_concurrency_limit(places.LIMIT, GlobalConcurrencyLimitUpdate(limit=places.PLACES))


def test_a_drill_without_a_place_sleeps_and_holds_nothing_and_goes_on_when_there_is_one(
    client: SyncPrefectClient, start: Start, full: list[UUID]
) -> None:
    began = time.monotonic()
    run = attempt(client, start())
    assert time.monotonic() - began < places.PATIENCE + 5
    assert run.state is not None
    assert (run.state.type.value, run.state.name) == ("SCHEDULED", "Trying again")
    assert "Other drills are doing heavy work" in str(run.state.message)
    assert done(run) == {"verify"}, "light work is done"
    assert in_use(client) == places.PLACES
    client.release_concurrency_slots_with_lease(full.pop())
    run = attempt(client, run)
    assert states.is_waiting(run.state)
    assert done(run) == {"verify", "call_down"}
    assert in_use(client) == places.PLACES - 1, "the place is given back"


def test_an_actual_run_never_waits_for_a_place(
    client: SyncPrefectClient, start: Start, full: list[UUID]
) -> None:
    assert full
    run = attempt(client, start(mode="actual"))
    assert done(run) == {"verify", "call_down"}


def test_work_that_fails_gives_its_place_back(client: SyncPrefectClient, start: Start) -> None:
    attempt(client, start(note="fail"))
    assert in_use(client) == 0


def test_a_limit_that_is_gone_or_switched_off_holds_nothing_up(
    client: SyncPrefectClient, start: Start
) -> None:
    run = start()
    client.update_global_concurrency_limit(places.LIMIT, GlobalConcurrencyLimitUpdate(active=False))
    assert "switched off" in str(places.standing(client))
    assert done(attempt(client, run)) == {"verify", "call_down"}
    client.delete_global_concurrency_limit_by_name(places.LIMIT)
    assert "run `konbit deploy`" in str(places.standing(client))
    other = client.create_flow_run_from_deployment(
        run.deployment_id,  # type: ignore[arg-type]  # it has one
        parameters={"country": "HTI"},
        state=Scheduled(),
    )
    assert done(attempt(client, other)) == {"verify", "call_down"}


def test_a_limit_of_none_lets_no_drill_do_heavy_work(client: SyncPrefectClient, start: Start) -> None:
    client.update_global_concurrency_limit(places.LIMIT, GlobalConcurrencyLimitUpdate(limit=0))
    assert "no drill gets on" in str(places.standing(client))
    run = start()
    assert done(attempt(client, run)) == {"verify"}
    client.update_global_concurrency_limit(places.LIMIT, GlobalConcurrencyLimitUpdate(limit=2))
    assert done(attempt(client, run)) == {"verify", "call_down"}
