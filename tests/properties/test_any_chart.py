"""Random sound charts and random orders of events: never an error, never stuck, never twice, always an end."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.properties.charts import next_versions, plan_of, random_chart
from tests.properties.dice import Drawn, Seeded
from tests.properties.world import World

pytestmark = pytest.mark.slow

ORDERS = 250


@settings(max_examples=100, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_chart_that_compiles_runs_to_its_end_whatever_happens(data: st.DataObject) -> None:
    dice = Drawn(data.draw)
    chart = random_chart(dice, steps=8)
    World(plan_of(chart), dice, next_versions(chart, dice)).run(random_events=12)


def test_larger_charts_run_to_their_end_in_hundreds_of_orders() -> None:
    for seed in range(ORDERS):
        dice = Seeded(seed)
        chart = random_chart(dice)
        World(plan_of(chart), dice, next_versions(chart, dice)).run(random_events=40)
