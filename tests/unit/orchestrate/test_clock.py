"""The clock against a Prefect that remembers what it was told: each thing that can be lost is found again."""

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping

import pytest

from konbit.clock import wall_now
from konbit.errors import ServiceUnavailable
from konbit.orchestrate import clock_service
from konbit.orchestrate.clock_service import GRACE, ClockService
from konbit.orchestrate.lookout import NoDeployments
from konbit.store.records import Run
from tests.unit.orchestrate.conftest import World

pytestmark = pytest.mark.slow

LONG_AGO = dt.timedelta(days=1)
JUST_NOW = dt.timedelta(0)


@dataclasses.dataclass
class Flows:
    """Flow runs by id, with the state they are in."""

    known: dict[str, tuple[str, dt.datetime]] = dataclasses.field(default_factory=dict)
    told: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    unregistered: set[str] = dataclasses.field(default_factory=set)

    def create(self, run: Run) -> str:
        if run.id in self.unregistered:
            raise NoDeployments
        flow_run_id = f"flow-{run.id}-{len(self.told)}"
        self.is_in(flow_run_id, "SCHEDULED")
        self.told.append(("create", run.id))
        return flow_run_id

    def wake(self, flow_run_id: str) -> bool:
        self.told.append(("wake", flow_run_id))
        return True

    def revive(self, flow_run_id: str, reason: str) -> bool:
        self.told.append(("revive", flow_run_id))
        return True

    def settle(self, flow_run_id: str) -> bool:
        self.told.append(("settle", flow_run_id))
        return True

    def states(self, flow_run_ids: Iterable[str]) -> Mapping[str, tuple[str, dt.datetime]]:
        return {one: self.known[one] for one in flow_run_ids if one in self.known}

    def awake(self, since: dt.datetime) -> Mapping[str, tuple[str, dt.datetime]]:
        asleep = ("SCHEDULED", "PAUSED", "COMPLETED")
        return {
            one: (state, at)
            for one, (state, at) in self.known.items()
            if state not in asleep and (state not in ("CANCELLED", "CRASHED", "FAILED") or at > since)
        }

    def is_in(self, flow_run_id: str, state: str, ago: dt.timedelta = JUST_NOW) -> None:
        self.known[flow_run_id] = (state, wall_now() - ago)


@pytest.fixture
def flows() -> Flows:
    return Flows()


@pytest.fixture
def clock(world: World, flows: Flows) -> ClockService:
    return ClockService(world.steward, flows)


def placed(world: World, flow_run_id: str = "flow", *, waiting: bool = True) -> Run:
    """A run that has a flow run, and waits for an answer."""
    run = world.run()
    with world.store.begin() as tx:
        tx.runs.set_flow_run(run.id, flow_run_id)
    if waiting:
        world.stand(run)
    return run


def test_a_new_run_gets_a_flow_run_at_the_next_tick(world: World, clock: ClockService, flows: Flows) -> None:
    run = world.run()
    assert clock.stir()
    assert flows.told == [("create", run.id)]
    assert not clock.stir()


def test_a_run_whose_flowchart_is_not_registered_holds_up_no_other(
    world: World, clock: ClockService, flows: Flows
) -> None:
    flows.unregistered.add(world.run().id)
    other = world.run()
    assert clock.stir()
    assert flows.told == [("create", other.id)]


def test_a_run_that_nobody_stirs_is_left_alone(world: World, clock: ClockService, flows: Flows) -> None:
    placed(world)
    flows.is_in("flow", "SCHEDULED", LONG_AGO)
    clock.tick()
    assert flows.told == []


def test_an_answered_run_is_woken(world: World, clock: ClockService, flows: Flows) -> None:
    run = placed(world)
    world.answer(run, "verify", "cf-1", answer="confirmed")
    assert clock.stir()
    assert flows.told == [("wake", "flow")]


@pytest.mark.parametrize(
    ("state", "ago", "done"),
    [
        ("CRASHED", JUST_NOW, "revive"),
        ("FAILED", JUST_NOW, "revive"),
        ("COMPLETED", JUST_NOW, "revive"),
        ("RUNNING", 2 * GRACE, "revive"),
        ("PENDING", 2 * GRACE, "revive"),
        ("RUNNING", JUST_NOW, None),
        ("PENDING", JUST_NOW, None),
        ("PAUSED", LONG_AGO, None),
        ("CANCELLING", JUST_NOW, None),
        ("CANCELLING", LONG_AGO, "settle"),
    ],
)
def test_a_flow_run_that_nobody_works_on_is_started_again(
    world: World, clock: ClockService, flows: Flows, state: str, ago: dt.timedelta, done: str | None
) -> None:
    placed(world)
    flows.is_in("flow", state, ago)
    clock.survey()
    assert flows.told == ([(done, "flow")] if done else [])


def test_a_flow_run_whose_holder_died_is_started_again_without_waiting_for_more(
    world: World, clock: ClockService, flows: Flows
) -> None:
    run = placed(world)
    flows.is_in("flow", "RUNNING")
    past = wall_now() - dt.timedelta(seconds=30)
    with world.store.begin() as tx:
        assert tx.runs.lease(run.id, "dead", past, dt.timedelta(seconds=20))
    clock.survey()
    assert flows.told == [("revive", "flow")]


def test_a_flow_run_that_is_held_is_never_started_again(
    world: World, clock: ClockService, flows: Flows
) -> None:
    run = placed(world)
    flows.is_in("flow", "RUNNING", LONG_AGO)
    with world.store.begin() as tx:
        assert tx.runs.lease(run.id, "alive", wall_now(), dt.timedelta(seconds=20))
    clock.survey()
    assert flows.told == []


def test_a_flow_run_that_was_deleted_is_replaced(world: World, clock: ClockService, flows: Flows) -> None:
    run = placed(world)
    clock.survey()
    assert flows.told == [("create", run.id)]


def test_a_run_cancelled_in_prefect_is_stood_down(world: World, clock: ClockService, flows: Flows) -> None:
    run = placed(world)
    flows.is_in("flow", "CANCELLED")
    clock.survey()
    clock.survey()
    with world.store.read() as tx:
        assert tx.runs.get(run.id).outcome == "stood_down"
    assert world.events(run).count("stood_down") == 1


@pytest.mark.parametrize(("state", "done"), [("CRASHED", "revive"), ("CANCELLING", "settle")])
def test_what_stops_among_many_that_wait_is_found_at_the_next_survey(
    world: World,
    clock: ClockService,
    flows: Flows,
    monkeypatch: pytest.MonkeyPatch,
    state: str,
    done: str,
) -> None:
    monkeypatch.setattr(clock_service, "AT_ONCE", 1)
    ids = [f"flow-{number}" for number in range(6)]
    runs = {placed(world, id).id: id for id in ids}
    for id in ids:
        flows.is_in(id, "SCHEDULED", LONG_AGO)
    clock.survey()
    last = runs[max(runs)]
    flows.is_in(last, state, dt.timedelta(seconds=20))
    clock.survey()
    assert flows.told == [(done, last)]


@pytest.mark.parametrize(
    ("state", "done"),
    [("RUNNING", "revive"), ("CRASHED", "revive"), ("SCHEDULED", "wake"), ("COMPLETED", None)],
)
def test_prefect_hears_of_the_end_of_a_run_even_if_its_process_died_in_between(
    world: World, clock: ClockService, flows: Flows, state: str, done: str | None
) -> None:
    run = placed(world)
    world.steward.stand_down(run.id, "operator:test", "over")
    assert world.stand(run).status == "ended"
    flows.is_in("flow", state, LONG_AGO)
    clock.survey()
    assert flows.told == ([(done, "flow")] if done else [])
    flows.is_in("flow", "COMPLETED")
    for _ in range(30):
        clock.survey()
    assert len(flows.told) == bool(done)
    assert clock._ending == {}


def test_prefect_hears_of_the_end_of_a_run_that_ended_while_it_was_away(
    world: World, clock: ClockService, flows: Flows, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = placed(world)
    flows.is_in("flow", "RUNNING")
    clock.survey()
    world.steward.stand_down(run.id, "operator:test", "over")
    assert world.stand(run).status == "ended"
    with monkeypatch.context() as away:
        away.setattr(flows, "awake", lambda _since: (_ for _ in ()).throw(ServiceUnavailable("away")))
        for _ in range(2 * clock_service.LOOKS_BACK):
            world.clock.move(seconds=3)
            with pytest.raises(ServiceUnavailable):
                clock.survey()
    flows.is_in("flow", "RUNNING", LONG_AGO)
    clock.survey()
    assert flows.told == [("revive", "flow")]


def test_a_flow_run_made_again_finds_the_run_it_was_made_for(world: World) -> None:
    run = placed(world, "first")
    found = world.steward.begin(run.flowchart, run.parameters, run.mode, "second", f"{run.id}/again/first")
    assert found == run.id
    with world.store.read() as tx:
        assert tx.runs.get(run.id).flow_run_id == "second"
        assert len(tx.runs.list()) == 1


def test_warm_workers_have_a_head_start_and_the_clock_acts_after_it(world: World, flows: Flows) -> None:
    clock = ClockService(world.steward, flows, head_start=30.0)
    run = placed(world)
    world.answer(run, "verify", "cf-1", answer="confirmed")
    assert not clock.stir()
    clock.head_start = 0.0
    assert clock.stir()
    assert flows.told == [("wake", "flow")]


def test_actual_runs_come_before_drills(world: World, clock: ClockService) -> None:
    drill = world.run()
    actual = world.steward.request(drill.flowchart, drill.parameters, "actual", "operator:test")
    with world.store.begin() as tx:
        for run in (drill, actual):
            tx.runs.set_flow_run(run.id, f"flow-{run.id}")
    assert [run.id for run in clock.lookout.unplaced()] == []
    for run in (drill, actual):
        world.steward.stand_down(run.id, "operator:test", "a test")
    assert [run.id for run in clock.lookout.stirred()] == [actual.id, drill.id]
