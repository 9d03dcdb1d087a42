"""The marks E0, T0, S0 and D0: set once, and before anything counts from them.

Set from outside: E0 where a parameter `occurred_at` of type moment says when it happened; S0 where a scheduler starts
the chart; all of them where other charts run it, since a child inherits the marks of its parent.
"""

import re
from collections.abc import Iterator

from konbit.check.chart import Chart, Site, Spot
from konbit.check.registry import rule
from konbit.definition.durations import MARKS, split_due
from konbit.definition.mentions import Path
from konbit.definition.problems import Severity


def given(chart: Chart) -> frozenset[str]:
    """The marks that a run has from its beginning, or may have."""
    flowchart = chart.flowchart
    if flowchart.triggers.child:
        return frozenset(MARKS)
    found = {"S0"} if flowchart.triggers.schedule else set()
    occurred = flowchart.parameters.get("occurred_at")
    return frozenset(found | ({"E0"} if occurred is not None and occurred.type == "moment" else set()))


def _setters(chart: Chart) -> dict[str, list[Site]]:
    """The steps that set each mark, in order."""
    found: dict[str, list[Site]] = {}
    for site in chart.sites:
        if site.step.mark:
            found.setdefault(site.step.mark, []).append(site)
    return found


@rule(
    "mark-used-before-set",
    Severity.ERROR,
    "A deadline from a mark that nothing sets before",
    why="A deadline from a mark that is not set does not count at all, and an expression with it is unknown.",
    fix="Write `mark:` on an earlier step, or use `within:`.",
    bad="""
    - ask: {who: chair, question: question}
      due: T0+2h
      on: {no_answer: []}
    """,
    good="""
    - id: decide
      ask: {who: chair, question: question}
      within: 1h
      mark: T0
      on: {no_answer: []}
    - ask: {who: chair, question: question}
      due: T0+2h
      on: {no_answer: []}
    """,
)
def mark_used_before_set(chart: Chart) -> Iterator[Spot]:
    """A `due`, or an expression, with a mark that no earlier step sets and no run is given."""
    known, setters = given(chart), _setters(chart)
    for site in chart.sites:
        mark = split_due(site.step.due)[0] if site.step.due else ""
        if mark and mark not in known and not any(other.before(site) for other in setters.get(mark, [])):
            yield chart.at((*site.path, "due"), f"nothing sets {mark} before this step", _help(setters, mark))
    for path, mark in _read(chart):
        if mark in known:
            continue
        here = chart.around(path)
        if not any(here is None or other.before(here) or other is here for other in setters.get(mark, [])):
            text = chart.source.spelling(path)
            spot = chart.at(path, f"nothing sets {mark} before this", _help(setters, mark))
            yield Spot(spot.message, chart.source.inside(path, max(0, text.find(mark))), len(mark), spot.hint)


def _help(setters: dict[str, list[Site]], mark: str) -> str:
    names = [site.id for site in setters.get(mark, [])]
    return (
        f"it is set by '{names[0]}', which does not come before"
        if names
        else f"write mark: {mark} on an earlier step"
    )


def _read(chart: Chart) -> Iterator[tuple[Path, str]]:
    """The places of expressions whose text has a mark in it that nothing else is called."""
    for path in chart.compiled.scopes:
        text = chart.source.spelling(path)
        for mark in MARKS:
            if mark in text and path not in chart.faulty and _names(chart, path, mark):
                yield path, mark


def _names(chart: Chart, path: Path, mark: str) -> bool:
    """True if the text, read as an expression, uses the mark as a name."""
    bare = re.sub(r"'[^']*'|\"[^\"]*\"", "", chart.source.spelling(path))
    return re.search(rf"(?<![\w.]){mark}(?!\w)", bare) is not None


@rule(
    "mark-set-twice",
    Severity.ERROR,
    "A mark that is set twice",
    why="Deadlines that count from it would move while people work towards them.",
    fix="Set it once: on the step that it stands for, outside loops.",
    bad="""
    - ask: {who: chair, question: question}
      within: 1h
      mark: T0
      on: {no_answer: []}
    - ask: {who: chair, question: question}
      within: 1h
      mark: T0
      on: {no_answer: []}
    """,
    good="""
    - ask: {who: chair, question: question}
      within: 1h
      mark: T0
      on: {no_answer: []}
    - ask: {who: chair, question: question}
      within: 1h
      on: {no_answer: []}
    """,
)
def mark_set_twice(chart: Chart) -> Iterator[Spot]:
    """A mark that an earlier step has set, or that a loop sets again in each round."""
    for mark, sites in _setters(chart).items():
        for number, site in enumerate(sites):
            earlier = next((other for other in sites[:number] if other.before(site)), None)
            if earlier is not None:
                yield chart.at((*site.path, "mark"), f"'{earlier.id}' has already set {mark}", "set it once")
            elif site.loops:
                yield chart.at(
                    (*site.path, "mark"),
                    f"a loop would set {mark} again and again",
                    "set it outside the loop",
                )
