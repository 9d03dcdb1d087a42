"""Draws flowcharts for commands and for the pages of deployments."""

from collections.abc import Callable

from konbit.definition.flowchart import Flowchart
from konbit.definition.library import Library
from konbit.engine.compile import compile_plan
from konbit.engine.plan import Plan
from konbit.render.mermaid import mermaid


def plan(library: Library, id: str) -> Plan:
    """The plan of a flowchart of the library."""
    return compile_plan(library.bundle(id), library.flowcharts.get)


def chart(library: Library) -> Callable[[Flowchart], str]:
    """Draws any flowchart of the library as Mermaid."""
    return lambda flowchart: mermaid(plan(library, flowchart.flowchart))
