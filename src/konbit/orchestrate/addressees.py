"""Whom a flowchart and those it starts can address: the roles that they name."""

from collections.abc import Callable

from konbit.definition.flowchart import Flowchart
from konbit.definition.mentions import mentions

Charts = Callable[[str], Flowchart | None]
"""Gives a flowchart by its id; None if it is gone."""


def addressed(flowchart: Flowchart, charts: Charts) -> list[str]:
    """The roles named, such as `chair` or `cluster_lead.HEA`, in the order in which they are met."""
    known: set[str] = set()
    roles: dict[str, None] = {}
    todo = [flowchart]
    while todo:
        chart = todo.pop(0)
        if chart.flowchart in known:
            continue
        known.add(chart.flowchart)
        for mention in mentions(chart):
            if mention.kind == "role":
                roles[mention.name] = None
            elif mention.kind == "flowchart":
                child = charts(mention.name)
                todo += [child] if child is not None else []
    return list(roles)
