"""What may be unknown when a condition is looked at: a step that may not have run, an answer, an optional parameter."""

from collections.abc import Iterator

from konbit.check.chart import Chart, Site
from konbit.definition.durations import MARKS
from konbit.definition.expressions import Expression, tree
from konbit.definition.mentions import Path

_ASKS = ("has", "is_known")
"""The functions whose answer is known whatever they are asked about."""


def in_doubt(chart: Chart, site: Site, expression: Expression) -> str:
    """Why a condition at a step may be unknown, in words; empty if it cannot be."""
    return next(
        (reason for part in _read(expression.root, frozenset()) if (reason := _doubt(chart, site, part))), ""
    )


def _read(node: tree.Node, known: frozenset[str]) -> Iterator[tree.Node]:
    """The parts whose value counts; what is only asked whether it is known, or was asked before, does not."""
    match node:
        case tree.Call(function=function) if function in _ASKS:
            return
        case tree.Conditional(
            test=tree.Call(function=function, arguments=arguments), then=then, otherwise=otherwise
        ) if function in _ASKS:
            asked = {path for argument in arguments if (path := tree.path_of(argument))}
            yield from _read(then, known | asked)
            yield from _read(otherwise, known)
        case tree.Item():
            yield node
        case _ if (path := tree.path_of(node)) is not None:
            if path not in known:
                yield node
        case _:
            for child in tree.children(node):
                yield from _read(child, known)


def _doubt(chart: Chart, site: Site, node: tree.Node) -> str:
    path = tree.path_of(node)
    if path is None:
        return "a list may not have this element"
    name, _, field = path.partition(".")
    if name in site.variables:
        return ""
    parameter = chart.flowchart.parameters.get(name)
    if parameter is not None:
        known = parameter.required or parameter.default is not None or parameter.many
        return "" if known else f"the parameter '{name}' may have been left empty"
    if name in MARKS:
        return f"the mark {name} may not be set"
    source = chart.by_id.get(name)
    if source is None or not certain(chart, source, site):
        return f"the step '{name}' may not have run"
    return "" if field == "outcome" else _missing(source, field)


def _missing(source: Site, field: str) -> str:
    """Why a step that has run may not have given a value."""
    ended = {outcome for outcome, steps in source.step.on.items() if steps and steps[-1].end}
    if source.step.ask and field == "answer" and {"no_answer", "failed"} <= ended:
        return ""
    if source.step.ask and "no_answer" not in ended:
        return f"nobody may have answered '{source.id}'"
    if source.verb in ("for_each", "lanes", "repeat") or "failed" in ended:
        return ""
    return f"'{source.id}' may have failed"


def certain(chart: Chart, source: Site, site: Site) -> bool:
    """True if a step has run whenever the other starts: nothing between them decides about it."""
    if not chart.comes_before(source, site) or any(
        one.step.only_while or one.step.abandon_if for one in (source, *chart.above(source))
    ):
        return False
    mine, its = source.path, site.path
    shared = next((i for i, pair in enumerate(zip(mine, its, strict=False)) if pair[0] != pair[1]), len(mine))
    return not any(_optional(chart, mine, at) for at in range(shared + 1, len(mine)))


def _optional(chart: Chart, path: Path, at: int) -> bool:
    """True if what stands at this place of a path runs only sometimes."""
    word = path[at]
    if not isinstance(path[at - 1], int) or not isinstance(word, str):
        return False
    if word != "lanes":
        return word in ("choose", "wait", "on", "steps")
    lanes = chart.by_path[path[:at]].step.lanes
    if lanes is None or lanes.wait != "all":
        return True
    lane = lanes.lanes.get(str(path[at + 1]))
    return lane is not None and not isinstance(lane, list) and lane.when is not None
