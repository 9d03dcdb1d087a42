"""The run's own deadline against those of its steps."""

from collections.abc import Iterator

from konbit.check.chart import Chart, Spot
from konbit.check.flow import ZERO, Flow
from konbit.check.registry import rule
from konbit.definition.durations import show
from konbit.definition.problems import Severity


@rule(
    "no-expiry",
    Severity.WARNING,
    "A chart that never expires",
    why="A run that somebody forgot stays open for ever: links stay valid, people are still listed as on duty.",
    fix="Write `expires: {after: 45d, outcome: expired}`.",
    bad="""
    flowchart: response/example
    title: Example
    version: 1
    owner: chair
    steps:
      - inform: {who: [chair], message: notice}
    """,
    good="""
    flowchart: response/example
    title: Example
    version: 1
    owner: chair
    expires: {after: 45d}
    steps:
      - inform: {who: [chair], message: notice}
    """,
)
def no_expiry(chart: Chart) -> Iterator[Spot]:
    """A chart without `expires`."""
    if chart.flowchart.expires is None:
        yield chart.at_key(("flowchart",), "a run of this chart never expires", "write expires: {after: 45d}")


@rule(
    "deadline-beyond-expiry",
    Severity.ERROR,
    "A step that can never reach its deadline",
    why="However quickly everybody answers, the run expires before this deadline: what is to happen on silence never does.",
    fix="Let the run live longer, or shorten the waits and deadlines before.",
    bad="""
    expires: {after: 2d}
    steps:
      - wait: 36h
      - ask: {who: chair, question: question}
        within: 24h
        on: {no_answer: []}
    """,
    good="""
    expires: {after: 7d}
    steps:
      - wait: 36h
      - ask: {who: chair, question: question}
        within: 24h
        on: {no_answer: []}
    """,
)
def deadline_beyond_expiry(chart: Chart) -> Iterator[Spot]:
    """A step whose deadline, counted from the earliest time it can start, is after the run's expiry."""
    expires = chart.flowchart.expires
    if expires is None or not expires.after:
        return
    flow = Flow(chart)
    for site in chart.sites:
        start = flow.starts.get(site.path)
        if (
            start is None
            or site.path[0] != "steps"
            or site.step.choose
            or site.step.lanes
            or site.step.steps is not None
        ):
            continue
        end = start.least + flow.lasts[site.path].most
        if end > expires.after and (start.least < expires.after or flow.lasts[site.path].most > ZERO):
            message = f"the deadline is {show(end)} after the start or later, the run expires after {show(expires.after)}"
            yield chart.at_verb(site, message, "let the run live longer")


@rule(
    "expiry-too-soon",
    Severity.WARNING,
    "A run that expires while people still have time",
    why="If everybody takes the time they were given, the run expires before the chart is through.",
    fix="Let the run live longer, or give less time.",
    bad="""
    expires: {after: 2d}
    steps:
      - ask: {who: chair, question: question}
        within: 36h
        on: {no_answer: []}
      - ask: {who: chair, question: question}
        within: 36h
        on: {no_answer: []}
    """,
    good="""
    expires: {after: 7d}
    steps:
      - ask: {who: chair, question: question}
        within: 36h
        on: {no_answer: []}
      - ask: {who: chair, question: question}
        within: 36h
        on: {no_answer: []}
    """,
)
def expiry_too_soon(chart: Chart) -> Iterator[Spot]:
    """The first step that ends after the expiry when everybody takes all their time."""
    expires = chart.flowchart.expires
    if expires is None or not expires.after:
        return
    flow = Flow(chart)
    for site in chart.sites:
        start = flow.starts.get(site.path)
        if (
            start is None
            or site.path[0] != "steps"
            or site.step.choose
            or site.step.lanes
            or site.step.steps is not None
        ):
            continue
        last = flow.lasts[site.path]
        if start.least + last.most <= expires.after < start.most + last.most:
            late = show(start.most + last.most)
            message = (
                f"if everybody takes their time this ends after {late}, the run after {show(expires.after)}"
            )
            yield chart.at_verb(site, message, "let the run live longer")
            return
