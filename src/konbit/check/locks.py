"""Named locks: a step that holds one must never wait for what needs it."""

from collections.abc import Iterator, Mapping

from konbit.check.chart import Chart, Site, Spot
from konbit.check.jumps import Moment, needs, reaches
from konbit.check.registry import rule
from konbit.definition.mentions import Path
from konbit.definition.problems import Severity

ERROR = Severity.ERROR


def _around(chart: Chart, site: Site, followed: frozenset[str] = frozenset()) -> Iterator[Site]:
    """The steps that are under way while this one is; a step whose outcome is being handled has given its lock back."""
    for other in chart.above(site):
        if site.path[len(other.path)] != "on":
            yield other
    name = str(site.path[1])
    if site.path[0] == "fragments" and name not in followed:
        for use in chart.doing("use"):
            if use.step.use == name:
                yield use
                yield from _around(chart, use, followed | {name})


@rule(
    "lock-circle",
    ERROR,
    "Locks inside each other in a circle",
    why="A step that holds a lock waits for the steps inside it. If one of those needs the same lock, "
    "or one whose holder needs this "
    "one, neither can go on.",
    fix="Hold the lock on the inner step only, or take locks in the same order everywhere.",
    bad="""
    - repeat: {every: 24h, at_most: 3}
      holding: truck
      steps:
        - {holding: truck, inform: {who: [chair], message: notice}}
    """,
    good="""
    - repeat: {every: 24h, at_most: 3}
      steps:
        - {holding: truck, inform: {who: [chair], message: notice}}
    """,
)
def lock_circle(chart: Chart) -> Iterator[Spot]:
    """A step with a lock inside a step whose lock can wait for it."""
    inner: dict[str, list[str]] = {}
    found: list[tuple[Site, str, str]] = []
    for site in chart.sites:
        if site.step.holding is None:
            continue
        lock = site.step.holding.lock
        for other in _around(chart, site):
            if other.step.holding is not None:
                inner.setdefault(other.step.holding.lock, []).append(lock)
                found.append((site, other.step.holding.lock, lock))
    for site, outer, lock in found:
        if reaches(inner, lock, outer):
            message = f"'{lock}' is asked for inside a step that holds '{outer}'"
            yield chart.at((*site.path, "holding"), message, "hold the lock on the inner step only")


@rule(
    "lock-across-after",
    ERROR,
    "Waiting, with a lock in hand, for a step that needs it",
    why="The outer step keeps its lock until the inner one has ended, which waits for a step of another lane. If that one "
    "comes to the lock second, neither can go on.",
    fix="Hold the lock on the inner step only, move `after` to the step that holds the lock, or give the lock a lease.",
    bad="""
    - lanes:
        health:
          - for_each: {cluster: "['HEA']"}
            holding: truck
            steps: [{after: [fetch], inform: {who: [chair], message: notice}}]
        water:
          - {id: fetch, holding: truck, inform: {who: [chair], message: notice}}
    """,
    good="""
    - lanes:
        health:
          - for_each: {cluster: "['HEA']"}
            after: [fetch]
            holding: truck
            steps: [{inform: {who: [chair], message: notice}}]
        water:
          - {id: fetch, holding: truck, inform: {who: [chair], message: notice}}
    """,
)
def lock_across_after(chart: Chart) -> Iterator[Spot]:
    """An `after` inside a step with a lock, for the end of something that must get the same lock first."""
    found = [
        (site, holder)
        for site in chart.sites
        if site.step.after
        for holder in _around(chart, site)
        if holder.step.holding is not None and holder.step.holding.lease is None
    ]
    moments = needs(chart) if found else {}
    for site, holder in found:
        for index, name in enumerate(site.step.after):
            target = chart.by_id.get(name)
            other = _rival(chart, holder, _all_before(moments, (target.path, True))) if target else None
            if other is not None and holder.step.holding is not None:
                lock = holder.step.holding.lock
                line = chart.source.key(holder.verb_path).line
                message = (
                    f"{_named(other)} needs the lock '{lock}', which the step on line {line} holds meanwhile"
                )
                yield chart.at(
                    (*site.path, "after", index), message, "move it to the step that holds the lock"
                )


def _all_before(moments: Mapping[Moment, list[Moment]], last: Moment) -> frozenset[Path]:
    """The steps that must have started before a moment."""
    seen, waiting = {last}, [last]
    while waiting:
        more = [moment for moment in moments.get(waiting.pop(), []) if moment not in seen]
        seen.update(more)
        waiting += more
    return frozenset(path for path, _ in seen)


def _rival(chart: Chart, holder: Site, started: frozenset[Path]) -> Site | None:
    """One of these steps that needs the lock of a step and is neither around nor inside nor certainly before it."""
    for path in sorted(started, key=str):
        site = chart.by_path[path]
        shared = min(len(path), len(holder.path))
        if site.step.holding is None or holder.step.holding is None or path[:shared] == holder.path[:shared]:
            continue
        if site.step.holding.lock == holder.step.holding.lock and not chart.comes_before(site, holder):
            return site
    return None


def _named(site: Site) -> str:
    return f"'{site.step.id}'" if site.step.id else f"the {site.verb} step before it"
