"""Deadlines: long enough to be met, not over before they begin, and only where something waits."""

import datetime as dt
from collections.abc import Iterator, Sequence

from konbit.check.chart import Chart, Site, Spot, sections
from konbit.check.flow import ZERO
from konbit.check.people import asks
from konbit.check.registry import rule
from konbit.definition.durations import split_due
from konbit.definition.mentions import Path, inner_blocks
from konbit.definition.problems import Severity
from konbit.definition.step import HUMAN, Step


@rule(
    "duration-zero",
    Severity.ERROR,
    "A time of nothing",
    why="A deadline of nothing has passed before anybody reads the message; a reminder or a round after "
    "nothing comes at once.",
    fix="Write a time such as `30m`, or remove the key.",
    bad="""
    - ask: {who: chair, question: question}
      within: 0m
      on: {no_answer: []}
    """,
    good="""
    - ask: {who: chair, question: question}
      within: 30m
      on: {no_answer: []}
    """,
)
def duration_zero(chart: Chart) -> Iterator[Spot]:
    """A duration of zero where a time is meant."""
    for path, length in _durations(chart):
        if length == ZERO:
            yield chart.at(path, "this is no time at all", "write a time such as 30m")


def _durations(chart: Chart) -> Iterator[tuple[Path, dt.timedelta | None]]:
    if chart.flowchart.expires:
        yield ("expires", "after"), chart.flowchart.expires.after
    for site in chart.sites:
        step, here = site.step, site.verb_path
        yield (*site.path, "within"), step.within
        if step.due:
            yield (*site.path, "due"), split_due(step.due)[1]
        yield from (((*site.path, "remind", index), after) for index, after in enumerate(step.remind))
        for index, way in enumerate((step.wait.first_of if step.wait else None) or []):
            yield (*here, "first_of", index, "for"), way.length
        if step.wait:
            short = chart.source.spelling(here) != ""
            yield here if short else (*here, "for"), step.wait.length
        if step.repeat:
            yield (*here, "every"), step.repeat.every
        if step.report and step.report.approve:
            yield (*here, "approve", "within"), step.report.approve.within


@rule(
    "due-already-past",
    Severity.WARNING,
    "A deadline earlier than that of a step before",
    why="Both count from the same mark. If the step before uses its time, this one is over when it begins.",
    fix="Move the deadline back, or the step forward.",
    bad="""
    triggers: {child: true}
    steps:
      - ask: {who: chair, question: question}
        due: T0+72h
        on: {no_answer: []}
      - ask: {who: chair, question: question}
        due: T0+24h
        on: {no_answer: []}
    """,
    good="""
    triggers: {child: true}
    steps:
      - ask: {who: chair, question: question}
        due: T0+24h
        on: {no_answer: []}
      - ask: {who: chair, question: question}
        due: T0+72h
        on: {no_answer: []}
    """,
)
def due_already_past(chart: Chart) -> Iterator[Spot]:
    """A `due` earlier than the latest one, from the same mark, of the steps before it."""
    for path, steps in sections(chart.flowchart):
        yield from _past(chart, steps, path, {})


def _past(
    chart: Chart, steps: Sequence[Step], path: Path, latest: dict[str, tuple[dt.timedelta, str]]
) -> Iterator[Spot]:
    """Walks a block; what comes before it is in `latest`, by mark, and what is in it is added."""
    for index, step in enumerate(steps):
        here = (*path, index)
        if step.due:
            mark, after = split_due(step.due)
            before = latest.get(mark)
            if before is not None and after < before[0]:
                message = f"this is over before '{before[1]}' need have ended, which comes first"
                yield chart.at((*here, "due"), message, "move it back")
        inner = inner_blocks(step)
        added = [dict(latest) for _ in inner]
        for (below, block), seen in zip(inner, added, strict=True):
            if below[0] != "on":
                yield from _past(chart, block, (*here, *below), seen)
        if step.due and (mark not in latest or after > latest[mark][0]):
            latest[mark] = (after, chart.by_path[here].id)
        for (below, block), seen in zip(inner, added, strict=True):
            if below[0] == "on":
                yield from _past(chart, block, (*here, *below), seen | latest)
        for seen in added:
            latest |= {
                name: value
                for name, value in seen.items()
                if name not in latest or value[0] > latest[name][0]
            }


@rule(
    "timing-without-effect",
    Severity.WARNING,
    "A time on a step that waits for nobody",
    why="It looks as if somebody were reminded or asked next, but nothing of the kind happens.",
    fix="Remove it, or move it to the step that people answer.",
    bad="""
    - inform: {who: [chair], message: notice}
      remind: [30m]
    """,
    good="""
    - inform: {who: [chair], message: notice}
    """,
)
def timing_without_effect(chart: Chart) -> Iterator[Spot]:
    """`within`, `due`, `remind`, `escalate` or `channels` on a step to which it means nothing."""
    for site in chart.sites:
        for key in _useless(site):
            yield chart.at_key((*site.path, key), f"'{key}' has no effect on {_what(site)}", "remove it")


def _useless(site: Site) -> list[str]:
    step = site.step
    given = [key for key in ("within", "due", "remind", "escalate") if getattr(step, key)]
    given += ["channels"] if step.channels != "in_turn" else []
    if not given or asks(site):
        return []
    used = {"report": ("within", "due"), "run": ("within",), "wait": ("within",)}.get(step.verb, ())
    if (step.run and not step.run.wait) or (step.wait and step.wait.signal is None):
        used = ()
    return [key for key in given if key not in used]


def _what(site: Site) -> str:
    return "a report without inputs" if site.verb in HUMAN else f"'{site.verb}'"
