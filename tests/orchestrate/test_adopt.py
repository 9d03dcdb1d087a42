"""Prefect's database was wiped: `konbit runs adopt` gives every open run a flow run again, once."""

import datetime as dt
import pathlib
import uuid
from collections.abc import Iterator

import pytest
from prefect.client.orchestration import SyncPrefectClient
from prefect.states import Cancelled, Running

from konbit.clock import wall_now
from konbit.definition.library import load
from konbit.notify.links import Signer, derive_key
from konbit.orchestrate.clock_service import ClockService
from konbit.orchestrate.flow_runs import PrefectFlows
from konbit.orchestrate.ledger import Ledger
from konbit.orchestrate.operating import Operator
from konbit.orchestrate.planning import Planner
from konbit.orchestrate.steward import Steward
from konbit.store.database import Store
from konbit.store.records import Run
from tests.orchestrate.toy import toy_flows
from tests.unit.orchestrate.conftest import HandClock

pytestmark = pytest.mark.prefect
WHY = "the database of Prefect was lost"


@pytest.fixture
def steward(tmp_path: pathlib.Path) -> Iterator[Steward]:
    library = load([pathlib.Path(toy_flows.__file__).parent / "definitions"])
    store = Store(f"sqlite:///{tmp_path / 'konbit.sqlite'}", durability="normal")
    store.upgrade()
    planner = Planner({}, Signer({1: derive_key("s" * 32, "test", 1)}, 1), "http://127.0.0.1", library.codes)
    ledger = Ledger(store, planner, library.bundle)
    yield Steward(store, ledger, library.bundle, HandClock(), library.codes, "test")
    store.close()


@pytest.fixture
def lost(client: SyncPrefectClient, steward: Steward) -> list[Run]:
    """Two open runs and one that has ended, whose flow runs Prefect does not know."""
    flow = client.create_flow_from_name("response-toy-call")
    client.create_deployment(flow_id=flow, name="konbit", entrypoint="none.that.is.run")
    runs = [
        steward.request("response/toy-call", {"country": "HTI"}, "drill", "operator:test") for _ in range(3)
    ]
    with steward.store.begin() as tx:
        for run in runs:
            tx.runs.set_flow_run(run.id, str(uuid.uuid4()))
        tx.runs.ended(runs[2].id, "activated", {}, steward.clock.now())
    return runs


def flow_run_of(steward: Steward, run: Run) -> uuid.UUID:
    with steward.store.read() as tx:
        return uuid.UUID(tx.runs.get(run.id).flow_run_id)


def test_open_runs_get_flow_runs_again_with_their_parameters_and_tags(
    client: SyncPrefectClient, steward: Steward, lost: list[Run]
) -> None:
    who, flows = Operator(steward, "operator:maria"), PrefectFlows()
    for run in lost[:2]:
        assert "its flow run is" in who.adopt(run.id, WHY, flows)
        made = client.read_flow_run(flow_run_of(steward, run))
        assert made.state is not None
        assert made.state.is_scheduled()
        assert made.parameters["country"] == "HTI"
        assert {"drill", "country:HTI"} <= set(made.tags)
        assert made.idempotency_key == run.id
        assert "nothing to do" in who.adopt(run.id, WHY, flows)


def test_one_that_is_lost_again_is_given_again_and_by_the_clock_as_well(
    client: SyncPrefectClient, steward: Steward, lost: list[Run]
) -> None:
    who, flows = Operator(steward, "operator:maria"), PrefectFlows()
    who.adopt(lost[0].id, WHY, flows)
    first = flow_run_of(steward, lost[0])
    client.delete_flow_run(first)
    ClockService(steward, flows).survey()
    again = [flow_run_of(steward, run) for run in lost]
    assert again[0] != first
    for one in again[:2]:
        assert client.read_flow_run(one).state_type == "SCHEDULED"
    assert flows.states(map(str, again[2:])) == {}


def test_what_was_cancelled_in_prefect_does_not_sleep_and_what_waits_does(
    client: SyncPrefectClient, steward: Steward, lost: list[Run]
) -> None:
    flows, began = PrefectFlows(), wall_now()
    ids = [uuid.UUID(flows.create(run)) for run in lost]
    client.set_flow_run_state(ids[0], Cancelled(), force=True)
    client.set_flow_run_state(ids[1], Running(), force=True)
    assert {id: state for id, (state, _) in flows.awake(began).items()} == {
        str(ids[0]): "CANCELLED",
        str(ids[1]): "RUNNING",
    }
    assert set(flows.awake(wall_now() + dt.timedelta(seconds=5))) == {str(ids[1])}
