"""A sample of the campaign in soak/: random charts end with the same steps done in both engines."""

import pytest

from tests.differential.both import in_konbit, in_spiff
from tests.differential.shapes import Sketch
from tests.properties.dice import Seeded

CHARTS = 100


@pytest.mark.slow
def test_the_same_steps_are_done_as_often_in_both_engines() -> None:
    for seed in range(CHARTS):
        shapes = Sketch(Seeded(seed), most=10).block()
        assert in_konbit(shapes) == in_spiff(shapes), f"seed {seed}"


def test_the_sample_has_every_kind_of_block() -> None:
    kinds: set[str] = set()
    for seed in range(CHARTS):
        waiting = list(Sketch(Seeded(seed), most=10).block())
        while waiting:
            shape = waiting.pop()
            kinds.add(shape.kind)
            waiting += [one for block in shape.blocks for one in block]
    assert kinds == {"task", "choose", "lanes", "for_each", "repeat"}
