"""Ways back, fragments, and lanes that wait for each other: none of them may go round or wait for ever."""

import graphlib
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from konbit.check.chart import MOST_NEAR, Chart, Site, Spot
from konbit.check.registry import rule
from konbit.definition.mentions import Path, inner_blocks, walk
from konbit.definition.problems import Severity

ERROR = Severity.ERROR
Moment: TypeAlias = tuple[Path, bool]
"""A step's start (False) or end (True)."""


@rule(
    "goto-outside-list",
    ERROR,
    "A way back to another list of steps",
    why="A jump into a lane, out of a loop or forward would leave steps half done. `goto` leads back within its own list.",
    fix="Name a step above it in the same list; use `choose` to pass steps over.",
    bad="""
    - lanes:
        health: [{id: ask_health, inform: {who: [chair], message: notice}}]
    - goto: {step: ask_health, at_most: 3}
    """,
    good="""
    - id: tell
      inform: {who: [chair], message: notice}
    - wait: 1d
    - goto: {step: tell, at_most: 3}
    """,
)
def goto_outside_list(chart: Chart) -> Iterator[Spot]:
    """A `goto` whose step is not above it in the same list."""
    for site in chart.doing("goto"):
        target = chart.by_id.get(site.step.goto.step) if site.step.goto else None
        if target is None or (target.path[:-1] == site.path[:-1] and target.before(site)):
            continue
        block, index = site.path[:-1], int(site.path[-1])
        above = (chart.by_path[(*block, number)] for number in range(max(0, index - MOST_NEAR), index))
        allowed = [other.id for other in above if other.step.id]
        path = (*site.verb_path, "step")
        yield chart.at(path, f"'{target.id}' is not above this step in the same list", allowed=allowed)


@rule(
    "fragment-cycle",
    ERROR,
    "A fragment that uses itself",
    why="Its steps would run inside themselves without end.",
    fix="Use `repeat` with `at_most`, or take the `use` out of the circle.",
    bad="""
    fragments:
      tell: [{inform: {who: [chair], message: notice}}, {use: tell}]
    steps:
      - use: tell
    """,
    good="""
    fragments:
      tell: [{inform: {who: [chair], message: notice}}]
    steps:
      - use: tell
    """,
)
def fragment_cycle(chart: Chart) -> Iterator[Spot]:
    """A `use` inside a fragment from which one comes back to that fragment."""
    uses: dict[str, list[str]] = {}
    for path, step in walk(chart.flowchart):
        if step.use and path[0] == "fragments":
            uses.setdefault(str(path[1]), []).append(step.use)
    for site in chart.doing("use"):
        name = str(site.path[1])
        if site.path[0] == "fragments" and site.step.use and reaches(uses, site.step.use, name):
            yield chart.at(site.verb_path, f"the fragment '{name}' uses itself", "use repeat with at_most")


def reaches(uses: Mapping[str, list[str]], start: str, goal: str) -> bool:
    """True if a name leads to another, directly or not."""
    seen, waiting = {start}, [start]
    while waiting and goal not in seen:
        more = [name for name in uses.get(waiting.pop(), []) if name not in seen]
        seen.update(more)
        waiting += more
    return goal in seen


@rule(
    "after-cycle",
    ERROR,
    "Steps that wait for each other",
    why="Each of them starts only when the other has ended: none ever does, and the run stays where it is until it expires.",
    fix="Remove one `after`, or change the order of the steps.",
    bad="""
    - lanes:
        health:
          - {id: ask_health, after: [ask_water], inform: {who: [chair], message: notice}}
        water:
          - {id: ask_water, after: [ask_health], inform: {who: [chair], message: notice}}
    """,
    good="""
    - lanes:
        health:
          - {id: ask_health, inform: {who: [chair], message: notice}}
        water:
          - {id: ask_water, after: [ask_health], inform: {who: [chair], message: notice}}
    """,
)
def after_cycle(chart: Chart) -> Iterator[Spot]:
    """An `after` by which a step waits, directly or not, for its own end; one circle at a time."""
    if not any(site.step.after for site in chart.sites):
        return
    try:
        graphlib.TopologicalSorter(needs(chart)).prepare()
    except graphlib.CycleError as error:
        ring = set(error.args[1])
        for site in chart.sites:
            for index, name in enumerate(site.step.after):
                target = chart.by_id.get(name)
                if target is not None and {(site.path, False), (target.path, True)} <= ring:
                    message = f"'{name}' waits for '{site.id}' in its turn"
                    yield chart.at((*site.path, "after", index), message, "remove one of them")


def needs(chart: Chart) -> dict[Moment, list[Moment]]:
    """What must have happened before each moment."""
    needs: dict[Moment, list[Moment]] = {}
    for site in chart.sites:
        path, start = site.path, needs.setdefault((site.path, False), [])
        index = int(path[-1])
        parent = next(chart.above(site), None)
        if index:
            start.append(((*path[:-1], index - 1), True))
        elif parent is not None:
            start.append((parent.path, False))
        start += [(chart.by_id[name].path, True) for name in site.step.after if name in chart.by_id]
        needs[path, True] = [(path, False), *_inside(site)]
    return needs


def _inside(site: Site) -> Iterator[Moment]:
    for below, steps in inner_blocks(site.step):
        if steps:
            yield (*site.path, *below, len(steps) - 1), True
