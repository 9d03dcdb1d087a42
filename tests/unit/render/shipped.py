"""The plans of every chart that ships, and of one with every verb."""

import functools

from konbit.definition.library import load
from konbit.engine.compile import compile_plan
from konbit.engine.plan import Plan
from tests.unit.render.charts import everything


@functools.cache
def plans() -> dict[str, Plan]:
    """By id."""
    library = load()
    found = {name: compile_plan(library.bundle(name), library.flowcharts.get) for name in library.flowcharts}
    return found | {"everything": everything()}


NAMES = sorted(plans())
