"""Group 6: planning a step again after a restart inserts nothing."""

import pytest

from konbit.engine.effects import Notify
from tests.failures.calls import CallDown, everybody
from tests.failures.yard import Yard

pytestmark = pytest.mark.slow


def test_the_same_deliveries_planned_again_are_no_new_rows(yard: Yard) -> None:
    planned = [yard.message(number, "http://127.0.0.1:9") for number in range(50)]
    assert yard.plan(planned) == 50
    before = yard.rows()
    assert yard.plan(planned) == 0
    assert yard.rows() == before


def test_a_step_planned_again_by_the_planner_is_no_new_row_on_any_channel(calls: CallDown) -> None:
    run = calls.start(directory=everybody(("sms", "mail")))
    bundle = calls.bundles[run.flowchart]
    with calls.store.read() as tx:
        before = tx.deliveries.list(run.id)
    effect = Notify(
        key=before[0].step,
        step=before[0].step,
        purpose="inform",
        wave=0,
        message="gap",
        people=("lead-1", "lead-2"),
        request=None,
        values={},
        closes_at=None,
    )
    with calls.store.begin() as tx:
        planned = [calls.planner.plan(tx, run, bundle, effect, calls.clock.now()) for _ in range(3)]
    assert planned == [4, 0, 0], "two people with two channels each, once"
    with calls.store.read() as tx:
        assert len(tx.deliveries.list(run.id)) == len(before) + 4
