"""Ten thousand random charts, each in another order of events; `make soak` runs it. A sample is in tests/properties."""

import pytest

from tests.properties.charts import plan_of, random_chart
from tests.properties.dice import Seeded
from tests.properties.world import World

pytestmark = [pytest.mark.soak, pytest.mark.timeout(3600)]
ORDERS = 10_000
PARTS = 20


@pytest.mark.parametrize("part", range(PARTS))
def test_what_compiles_always_ends_and_does_nothing_twice(part: int) -> None:
    """Every run ends, and nothing in it is done twice or left open."""
    for seed in range(part * ORDERS // PARTS, (part + 1) * ORDERS // PARTS):
        dice = Seeded(seed)
        try:
            World(plan_of(random_chart(dice)), dice).run(random_events=40)
        except Exception as error:
            raise AssertionError(f"seed {seed}") from error
