"""Two thousand random charts in Konbit and in SpiffWorkflow; `make soak` runs it. A sample is in tests/differential."""

import pytest

from tests.differential.both import in_konbit, in_spiff
from tests.differential.shapes import Sketch
from tests.properties.dice import Seeded

pytestmark = [pytest.mark.soak, pytest.mark.timeout(3600)]
CHARTS = 2_000


def test_the_same_steps_are_done_as_often_in_both_engines() -> None:
    """The same multiset of completed steps."""
    for seed in range(CHARTS):
        shapes = Sketch(Seeded(seed), most=10).block()
        assert in_konbit(shapes) == in_spiff(shapes), f"seed {seed}"
