"""Loops and joins: how many are waited for, and that rounds take time."""

from collections.abc import Iterator

from konbit.check.chart import Chart, Spot
from konbit.check.registry import rule
from konbit.definition.expressions import tree
from konbit.definition.mentions import inner_blocks
from konbit.definition.problems import Severity
from konbit.definition.step import HUMAN, Step
from konbit.engine.plan import ForEachNode, LanesNode


@rule(
    "join-too-large",
    Severity.ERROR,
    "Waiting for more than there are",
    why="The loop can never count that many; it would wait for all of them without saying so.",
    fix="Write a number that the list can reach, or `all`.",
    bad="""
    - for_each: {cluster: "['WSH', 'HEA']", wait: 3}
      steps: [{inform: {who: [chair], message: notice}}]
    """,
    good="""
    - for_each: {cluster: "['WSH', 'HEA']", wait: 2}
      steps: [{inform: {who: [chair], message: notice}}]
    """,
)
def join_too_large(chart: Chart) -> Iterator[Spot]:
    """A `wait` with a number larger than that of the lanes, or of the items of a written list."""
    for site in chart.doing("for_each", "lanes"):
        node = chart.compiled.plan.nodes.get(site.id)
        if (
            isinstance(node, ForEachNode)
            and isinstance(node.items.root, tree.ListLiteral)
            and node.open_until is None
        ):
            total, what = len(node.items.root.items), "items"
        elif isinstance(node, LanesNode):
            total, what = len(node.lanes), "lanes"
        else:
            continue
        if node.join.kind == "count" and node.join.number > total:
            yield chart.at(
                (*site.verb_path, "wait"),
                f"this waits for {node.join.number}, but there are {total} {what}",
                "write all",
            )


@rule(
    "stop-rest-misused",
    Severity.ERROR,
    "`stop_rest` where it stops nothing, or everything",
    why="With `wait: all` there is no rest to stop. With `wait: none` the rest is everything: all would "
    "be withdrawn at once.",
    fix="Use `stop_rest` with `first`, a number or a share.",
    bad="""
    parameters:
      clusters: {type: clusters}
    steps:
      - for_each: {cluster: clusters, wait: none, stop_rest: true}
        steps: [{inform: {who: [chair], message: notice}}]
    """,
    good="""
    parameters:
      clusters: {type: clusters}
    steps:
      - for_each: {cluster: clusters, wait: first, stop_rest: true}
        steps: [{inform: {who: [chair], message: notice}}]
    """,
)
def stop_rest_misused(chart: Chart) -> Iterator[Spot]:
    """`stop_rest` beside `wait: all` or `wait: none`."""
    for site in chart.doing("for_each", "lanes"):
        loop = site.step.for_each or site.step.lanes
        if loop is not None and loop.stop_rest and str(loop.wait) in ("all", "none", "100%"):
            message = (
                "this would stop everything at once"
                if loop.wait == "none"
                else "all are waited for, so there is no rest to stop"
            )
            yield chart.at_key(
                (*site.verb_path, "stop_rest"), message, "use it with first, a number or a share"
            )


@rule(
    "busy-repeat",
    Severity.ERROR,
    "A loop whose rounds take no time",
    why="Without `every`, and with nothing inside that waits, all rounds run in the same second: people would get the same "
    "message dozens of times.",
    fix="Write `every:`, or a step that waits.",
    bad="""
    - repeat: {at_most: 20}
      steps: [{inform: {who: [chair], message: notice}}]
    """,
    good="""
    - repeat: {every: 24h, at_most: 20}
      steps: [{inform: {who: [chair], message: notice}}]
    """,
)
def busy_repeat(chart: Chart) -> Iterator[Spot]:
    """A `repeat` without `every` whose body never waits."""
    for site in chart.doing("repeat"):
        repeat = site.step.repeat
        if (
            repeat is not None
            and not repeat.every
            and repeat.at_most > 1
            and site.step.steps
            and not _waits(site.step.steps)
        ):
            yield chart.at_verb(site, f"up to {repeat.at_most} rounds would run at once", "write every:")


def _waits(steps: list[Step]) -> bool:
    """True if something in these steps can take time."""
    return any(
        (
            step.verb in HUMAN
            and (step.report is None or bool(step.report.inputs_from) or step.report.approve is not None)
        )
        or step.wait is not None
        or step.use is not None
        or (step.run is not None and step.run.wait)
        or any(_waits(inner) for _, inner in inner_blocks(step))
        for step in steps
    )


@rule(
    "repeat-without-effect",
    Severity.WARNING,
    "A loop of one round",
    why="With `at_most: 1` nothing is repeated; `every` and `until` have no effect.",
    fix="Raise `at_most`, or write the steps without `repeat`.",
    bad="""
    - repeat: {every: 24h, at_most: 1}
      steps: [{inform: {who: [chair], message: notice}}]
    """,
    good="""
    - inform: {who: [chair], message: notice}
    """,
)
def repeat_without_effect(chart: Chart) -> Iterator[Spot]:
    """A `repeat` with `at_most: 1`."""
    for site in chart.doing("repeat"):
        if site.step.repeat is not None and site.step.repeat.at_most == 1:
            yield chart.at((*site.verb_path, "at_most"), "with one round nothing is repeated")
