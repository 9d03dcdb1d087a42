"""How a chart flows: after which steps nothing more can run, and when each step starts, at the earliest and the latest."""

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence

from konbit.check.chart import Chart, Site, sections
from konbit.check.decisions import conditions
from konbit.check.knowing import in_doubt
from konbit.definition.durations import split_due
from konbit.definition.mentions import Path, inner_blocks
from konbit.definition.step import Step
from konbit.engine.scopes import outcomes

ZERO = dt.timedelta()


@dataclasses.dataclass(frozen=True, slots=True)
class Span:
    """How long something takes: waits count always, people answer at once or at the very end."""

    least: dt.timedelta = ZERO
    most: dt.timedelta = ZERO

    def then(self, other: "Span") -> "Span":
        """One after the other."""
        return Span(self.least + other.least, self.most + other.most)


class Flow:
    """What follows from the structure of a chart; computed in one walk."""

    def __init__(self, chart: Chart) -> None:
        self.chart = chart
        self.starts: dict[Path, Span] = {}
        """When each step starts, after the start of the run (or of standing down)."""
        self.lasts: dict[Path, Span] = {}
        """How long each step takes by itself, without what handles its outcome."""
        self.unreachable: list[Path] = []
        """The first step of each block that nothing leads to."""
        self._fragments: dict[str, tuple[Span, bool]] = {}
        for path, steps in sections(chart.flowchart):
            if path[0] != "fragments" or path[1] not in self._fragments:
                self._block(steps, path, Span())

    def _block(self, steps: Sequence[Step], path: Path, at: Span) -> tuple[Span, bool]:
        """When the block ends, and whether it does: False if the run ends in it."""
        goes_on = True
        for index in range(len(steps)):
            here = (*path, index)
            if not goes_on:
                self.unreachable.append(here)
                break
            self.starts[here] = at
            at, goes_on = self._step(self.chart.by_path[here], at)
        return at, goes_on

    def _step(self, site: Site, at: Span) -> tuple[Span, bool]:
        step, ends = site.step, {}
        for below, block in inner_blocks(step):
            if below[0] != "on":
                ends[below] = self._block(block, (*site.path, *below), at)
        last, goes_on = self._control(site, at, ends)
        self.lasts[site.path] = last
        done = at.then(last)
        if step.end is not None or not goes_on:
            return done, False
        return self._handlers(site, done)

    def _handlers(self, site: Site, done: Span) -> tuple[Span, bool]:
        """What comes after the step's own end: the longest handler that goes on."""
        ways = [
            self._block(steps, (*site.path, "on", outcome), done) for outcome, steps in site.step.on.items()
        ]
        on = [end for end, goes_on in ways if goes_on]
        handled = (
            set(outcomes(site.step, self.chart.library.flowcharts.get)) <= set(site.step.on)
            if site.step.on
            else False
        )
        if not handled:
            on.append(done)
        return Span(
            min((one.least for one in on), default=done.least),
            max((one.most for one in on), default=done.most),
        ), bool(on)

    def _control(self, site: Site, at: Span, ends: Mapping[Path, tuple[Span, bool]]) -> tuple[Span, bool]:
        """How long a step takes, and whether anything follows it."""
        step = site.step
        went_on = [
            Span(end.least - at.least, end.most - at.most) for end, goes_on in ends.values() if goes_on
        ]
        longest = Span(
            min((one.least for one in went_on), default=ZERO),
            max((one.most for one in went_on), default=ZERO),
        )
        if step.choose is not None:
            return longest, bool(went_on) or self._leaks(site)
        if step.lanes is not None:
            stops = any(
                not ends[("lanes", name) if isinstance(lane, list) else ("lanes", name, "steps")][1]
                for name, lane in step.lanes.lanes.items()
                if isinstance(lane, list) or lane.when is None
            )
            return Span(max((one.least for one in went_on), default=ZERO), longest.most), not stops
        if step.for_each is not None:
            return Span(ZERO, longest.most), True
        if step.repeat is not None:
            rounds, every = step.repeat.at_most, step.repeat.every or ZERO
            most = max(every, longest.most) * (rounds - 1) + longest.most
            return Span(
                longest.least if step.repeat.until else max(every, longest.least) * (rounds - 1), most
            ), bool(went_on)
        if step.use is not None:
            return self._fragment(step.use)
        if step.wait is not None and step.wait.first_of is not None:
            limits = [way.length for way in step.wait.first_of if way.length is not None]
            least = (
                min(limits, default=ZERO) if all(way.signal is None for way in step.wait.first_of) else ZERO
            )
            return Span(least, max(limits, default=ZERO)).then(longest), bool(went_on)
        return own(self.chart, step), True

    def _fragment(self, name: str) -> tuple[Span, bool]:
        """How long a fragment takes; one that uses itself counts as nothing, it has a problem of its own."""
        if name not in self._fragments:
            self._fragments[name] = (Span(), True)
            self._fragments[name] = self._block(
                self.chart.flowchart.fragments.get(name, []), ("fragments", name), Span()
            )
        return self._fragments[name]

    def _leaks(self, site: Site) -> bool:
        """True if a choice can take none of its ways."""
        branches = site.step.choose or []
        if not any(branch.otherwise is not None for branch in branches):
            return True
        found = conditions(self.chart, site)
        return not any(branch.unknown is not None for branch in branches) and any(
            in_doubt(self.chart, site, expression) for _, expression in found
        )


def own(chart: Chart, step: Step) -> Span:
    """How long a step may take that has no steps inside it."""
    if step.wait is not None:
        length = step.wait.length or ZERO
        return Span(length, length if step.wait.length is not None else step.within or ZERO)
    if step.run is not None:
        child = chart.library.flowcharts.get(step.run.flowchart)
        limits = [step.within, child.expires.after if child and child.expires else None]
        return Span(
            ZERO, min((one for one in limits if one is not None), default=ZERO) if step.run.wait else ZERO
        )
    if step.report is not None:
        asked = deadline(step) or ZERO if step.report.inputs_from else ZERO
        return Span(ZERO, asked + (step.report.approve.within if step.report.approve else ZERO))
    return Span(ZERO, deadline(step) or ZERO)


def deadline(step: Step) -> dt.timedelta | None:
    """The most time people have for a step; a deadline from a mark counts in full, as if the mark were set at its start."""
    limits = [step.within, split_due(step.due)[1] if step.due else None]
    return min((limit for limit in limits if limit is not None), default=None)
