"""Which runs the clock has to place in Prefect, and of which ends Prefect has to hear."""

import datetime as dt

from konbit.store.database import Store
from tests.contracts.cases import NOW, a_run


def test_runs_without_a_flow_run_are_found_until_they_have_one_or_have_ended(store: Store) -> None:
    for id in ("run-1", "run-2", "run-3"):
        a_run(store, id)
    with store.begin() as tx:
        tx.runs.set_flow_run("run-1", "flow-1")
        tx.runs.ended("run-2", "stood_down", {}, NOW)
        assert [run.id for run in tx.runs.unplaced()] == ["run-3"]
        tx.runs.set_flow_run("run-1", None)
        assert {run.id for run in tx.runs.unplaced()} == {"run-1", "run-3"}
        assert len(tx.runs.unplaced(limit=1)) == 1


def test_runs_that_ended_since_a_moment_are_found_the_latest_first(store: Store) -> None:
    hour = dt.timedelta(hours=1)
    for number in range(3):
        a_run(store, f"run-{number}")
    with store.begin() as tx:
        tx.runs.ended("run-0", "done", {}, NOW)
        tx.runs.ended("run-1", "done", {}, NOW + hour)
        assert [run.id for run in tx.runs.ended_since(None)] == ["run-1", "run-0"]
        assert [run.id for run in tx.runs.ended_since(NOW + hour)] == ["run-1"]
        assert [run.id for run in tx.runs.ended_since(None, limit=1)] == ["run-1"]
        assert tx.runs.ended_since(NOW + 2 * hour) == []
