"""Charts that run other charts: their parameters, their end, and that they do not run each other for ever."""

from collections.abc import Iterator

from konbit.check.chart import Chart, Site, Spot
from konbit.check.registry import rule
from konbit.definition.expressions import kinds
from konbit.definition.flowchart import Flowchart
from konbit.definition.library import Library
from konbit.definition.mentions import walk
from konbit.definition.parameters import Parameter
from konbit.definition.problems import Severity
from konbit.engine.plan import ChildNode
from konbit.engine.scopes import parameter_kind

ERROR = Severity.ERROR


def _children(chart: Chart) -> Iterator[tuple[Site, Flowchart]]:
    for site in chart.doing("run"):
        child = chart.library.flowcharts.get(site.step.run.flowchart) if site.step.run else None
        if child is not None:
            yield site, child


@rule(
    "unknown-child-parameter",
    ERROR,
    "A child is given a parameter that it does not have",
    why="The child would refuse to start.",
    fix="Take one of the parameters of the child.",
    bad="""
    - run: {flowchart: response/child, with: {notise: "'hello'", country: "'HTI'"}}
      within: 2d
    """,
    good="""
    - run: {flowchart: response/child, with: {notice: "'hello'", country: "'HTI'"}}
      within: 2d
    """,
)
def unknown_child_parameter(chart: Chart) -> Iterator[Spot]:
    """A name under `with:` that the child does not declare."""
    for site, child in _children(chart):
        for name in site.step.run.values if site.step.run else ():
            if name not in child.parameters:
                yield chart.unknown(
                    (*site.verb_path, "with", name), "parameter", name, child.parameters, key=True
                )


@rule(
    "missing-child-parameter",
    ERROR,
    "A child lacks a required parameter",
    why="The child would refuse to start. Parameters of the same name and type are handed on by "
    "themselves; this one is not.",
    fix="Give it under `with:`, or declare a parameter of the same name and type.",
    bad="""
    - run: {flowchart: response/child}
      within: 2d
    """,
    good="""
    - run: {flowchart: response/child, with: {country: "'HTI'"}}
      within: 2d
    """,
)
def missing_child_parameter(chart: Chart) -> Iterator[Spot]:
    """A required parameter of a child that is neither given nor handed on."""
    mine = chart.flowchart.parameters
    for site, child in _children(chart):
        given = site.step.run.values if site.step.run else {}
        missing = [
            name
            for name, parameter in child.parameters.items()
            if parameter.required
            and name not in given
            and not (name in mine and mine[name].type == parameter.type)
        ]
        if missing:
            names = ", ".join(f"'{name}'" for name in missing)
            message = f"{child.flowchart} requires {names}"
            yield chart.at((*site.verb_path, "flowchart"), message, f"write with: {{{missing[0]}: ...}}")


@rule(
    "child-parameter-type",
    ERROR,
    "A child is given a value of the wrong kind",
    why="The child would refuse the value when it is started, in the middle of a run.",
    fix="Give a value of the kind that the parameter of the child takes.",
    bad="""
    - run: {flowchart: response/child, with: {country: 5}}
      within: 2d
    """,
    good="""
    - run: {flowchart: response/child, with: {country: "'HTI'"}}
      within: 2d
    """,
)
def child_parameter_type(chart: Chart) -> Iterator[Spot]:
    """A value under `with:` whose kind the parameter of the child does not take."""
    for site, child in _children(chart):
        node = chart.compiled.plan.nodes.get(site.id)
        for name, expression in node.values.items() if isinstance(node, ChildNode) else ():
            path = (*site.verb_path, "with", name)
            parameter = child.parameters.get(name)
            if parameter is None or path in chart.faulty or _fits(parameter, expression.kind):
                continue
            found, wanted = kinds.describe(expression.kind), kinds.describe(parameter_kind(parameter))
            yield chart.at(path, f"'{name}' of {child.flowchart} takes {wanted}, but this is {found}")


def _fits(parameter: Parameter, found: kinds.Kind) -> bool:
    wanted = parameter_kind(parameter)
    return found == kinds.DYNAMIC or kinds.join(wanted, found) is not None


@rule(
    "child-cycle",
    ERROR,
    "A chart that runs itself",
    why="Each run would start another one, without end, and each would call people.",
    fix="Use `repeat` with `at_most`, or take the `run` out of the circle.",
    bad="""
    - run: {flowchart: response/example}
      within: 2d
    """,
    good="""
    - repeat: {every: 24h, at_most: 10}
      steps:
        - inform: {who: [chair], message: notice}
    """,
)
def child_cycle(chart: Chart) -> Iterator[Spot]:
    """A `run` from which one comes back to this chart."""
    ways: dict[str, tuple[str, ...]] = {}
    for site, child in _children(chart):
        if child.flowchart not in ways:
            ways[child.flowchart] = _way(chart.library, child.flowchart, chart.flowchart.flowchart)
        way = ways[child.flowchart]
        if way:
            through = f" through {', '.join(way[:-1])}" if len(way) > 1 else ""
            yield chart.at(
                (*site.verb_path, "flowchart"),
                f"{chart.flowchart.flowchart} runs itself{through}",
                "use repeat with at_most",
            )


def _way(library: Library, start: str, goal: str) -> tuple[str, ...]:
    """The charts on the way from one to the other, both included; empty if there is none."""
    came: dict[str, str | None] = {start: None}
    waiting = [start]
    while waiting and goal not in came:
        here = waiting.pop()
        flowchart = library.flowcharts.get(here)
        for _, step in walk(flowchart) if flowchart else ():
            if step.run and step.run.flowchart not in came:
                came[step.run.flowchart] = here
                waiting.append(step.run.flowchart)
    way: list[str] = []
    at: str | None = goal if goal in came else None
    while at is not None:
        way.append(at)
        at = came[at]
    return tuple(reversed(way))


@rule(
    "endless-child",
    ERROR,
    "Waiting for a child that need never end",
    why="A child without a deadline and without an expiry can stay open for ever, and the run that waits for it with it.",
    fix="Write `within:` on the step, or `expires:` in the child.",
    bad="""
    - run: {flowchart: response/endless}
    """,
    good="""
    - run: {flowchart: response/endless}
      within: 2d
    """,
)
def endless_child(chart: Chart) -> Iterator[Spot]:
    """A waited child with neither a deadline here nor an expiry there."""
    for site, child in _children(chart):
        step = site.step
        if step.run and step.run.wait and step.within is None and child.expires is None:
            yield chart.at(
                (*site.verb_path, "flowchart"),
                f"{child.flowchart} never expires, and this step has no deadline",
                "write within:",
            )


@rule(
    "undeclared-child",
    ERROR,
    "A chart is run that is not meant to be",
    why="Who reads a chart must see how it begins. One that others run says so.",
    fix="Write `triggers: {child: true}` in the chart that is run.",
    bad="""
    - run: {flowchart: response/standalone}
      within: 2d
    """,
    good="""
    - run: {flowchart: response/endless}
      within: 2d
    """,
)
def undeclared_child(chart: Chart) -> Iterator[Spot]:
    """A `run` of a chart whose triggers do not say `child: true`."""
    for site, child in _children(chart):
        if not child.triggers.child and child.flowchart != chart.flowchart.flowchart:
            yield chart.at(
                (*site.verb_path, "flowchart"), f"{child.flowchart} does not say that others may run it"
            )
