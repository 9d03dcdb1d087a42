"""Every code a problem can carry: what it means, why it matters, a bad and a good example, and the rule that finds it.

A rule is a function decorated with `rule` (it looks at one chart), `library_rule` (at content shared by charts) or
`change_rule` (at a chart beside an earlier version of it). What reading, shape and expressions find has its pages here too,
by `described`.
"""

import dataclasses
import inspect
from collections.abc import Callable, Iterable, Iterator
from typing import Literal, TypeAlias

from konbit.check.chart import Chart, Spot, Versions, Whole
from konbit.definition.problems import Problem, Severity

Stage = Literal["reading", "shape", "expressions", "chart", "library", "change"]
"""Who finds it: the reader of YAML, the models, the expression compiler, a rule on a chart, on shared content, on a change."""


@dataclasses.dataclass(frozen=True)
class Entry:
    """What there is to say about one code."""

    code: str
    severity: Severity
    title: str
    """What is wrong, in a few words."""
    why: str
    fix: str
    bad: str
    """A fragment of YAML that has the problem; see `tests/unit/check/samples.py` for what completes it."""
    good: str
    theme: str
    stage: Stage


ChartRule: TypeAlias = Callable[[Chart], Iterator[Problem]]
LibraryRule: TypeAlias = Callable[[Whole], Iterator[Problem]]
ChangeRule: TypeAlias = Callable[[Versions], Iterator[Problem]]

ENTRIES: dict[str, Entry] = {}
"""By code, in the order of the pages."""
CHART_RULES: list[ChartRule] = []
LIBRARY_RULES: list[LibraryRule] = []
CHANGE_RULES: list[ChangeRule] = []


def rule(
    code: str, severity: Severity, title: str, *, why: str, fix: str, bad: str, good: str
) -> Callable[[Callable[[Chart], Iterator[Spot]]], ChartRule]:
    """Registers a rule on one chart; the function yields the spots, the code and the severity are the registry's."""

    def register(find: Callable[[Chart], Iterator[Spot]]) -> ChartRule:
        _keep(Entry(code, severity, title, why, fix, bad, good, _theme(find.__module__), "chart"))

        def run(chart: Chart) -> Iterator[Problem]:
            return _problems(code, severity, find(chart))

        CHART_RULES.append(run)
        return run

    return register


def library_rule(
    code: str, severity: Severity, title: str, *, why: str, fix: str, bad: str, good: str
) -> Callable[[Callable[[Whole], Iterator[Spot]]], LibraryRule]:
    """Registers a rule on what charts share: roles, messages, forms."""

    def register(find: Callable[[Whole], Iterator[Spot]]) -> LibraryRule:
        _keep(Entry(code, severity, title, why, fix, bad, good, _theme(find.__module__), "library"))

        def run(whole: Whole) -> Iterator[Problem]:
            return _problems(code, severity, find(whole))

        LIBRARY_RULES.append(run)
        return run

    return register


def change_rule(
    code: str, severity: Severity, title: str, *, why: str, fix: str, bad: str, good: str
) -> Callable[[Callable[[Versions], Iterator[Spot]]], ChangeRule]:
    """Registers a rule on a chart and the version before it, which `konbit check --against` gives."""

    def register(find: Callable[[Versions], Iterator[Spot]]) -> ChangeRule:
        _keep(Entry(code, severity, title, why, fix, bad, good, _theme(find.__module__), "change"))

        def run(versions: Versions) -> Iterator[Problem]:
            return _problems(code, severity, find(versions))

        CHANGE_RULES.append(run)
        return run

    return register


def described(code: str, stage: Stage, title: str, *, why: str, fix: str, bad: str, good: str) -> None:
    """Registers the page of a code that is found before the rules run; it is always an error."""
    _keep(Entry(code, Severity.ERROR, title, why, fix, bad, good, stage, stage))


def _keep(entry: Entry) -> None:
    if entry.code in ENTRIES:
        raise ValueError(f"the code {entry.code} is registered twice")
    ENTRIES[entry.code] = dataclasses.replace(
        entry, bad=inspect.cleandoc(entry.bad), good=inspect.cleandoc(entry.good)
    )


def _theme(module: str) -> str:
    return module.rpartition(".")[2]


def _problems(code: str, severity: Severity, spots: Iterable[Spot]) -> Iterator[Problem]:
    for spot in spots:
        yield Problem(code, spot.message, spot.where, severity, spot.hint, spot.allowed, spot.width)
