"""The check: everything that is wrong with the definitions of a library, at once, by place."""

from collections.abc import Iterator, Sequence
from pathlib import PurePath

from konbit.check import catalogue
from konbit.check.chart import Chart, Versions, Whole, build
from konbit.definition.library import Library
from konbit.definition.problems import Problem, in_order


def check(
    library: Library, ids: Sequence[str] | None = None, against: Library | None = None
) -> tuple[Problem, ...]:
    """The problems of a library and of its flowcharts (or of those named), by place, without doubles.

    `against` holds the versions that runs may have begun with: then what a change does to them is looked at too.
    UnknownFlowchart for an id that is neither in the library nor in a file that could not be read.
    """
    charts = tuple(build(library, name) for name in _readable(library, ids))
    whole = Whole(library, charts, complete=ids is None)
    changed = _of_changes(charts, against) if against is not None else ()
    return in_order([*library.problems, *_of_charts(charts), *_of_whole(whole), *changed])


def _readable(library: Library, ids: Sequence[str] | None) -> list[str]:
    if ids is None:
        return list(library.flowcharts)
    refused = {PurePath(problem.where.file).with_suffix("").as_posix() for problem in library.problems}
    wanted = dict.fromkeys(ids)
    known = [
        name
        for name in wanted
        if name in library.flowcharts or not any(file.endswith(name) for file in refused)
    ]
    return [library.flowchart(name).flowchart for name in known]


def _of_charts(charts: Sequence[Chart]) -> Iterator[Problem]:
    for chart in charts:
        yield from _findings(chart)
        for rule in catalogue.CHART_RULES:
            yield from rule(chart)


def _of_whole(whole: Whole) -> Iterator[Problem]:
    for rule in catalogue.LIBRARY_RULES:
        yield from rule(whole)


def _of_changes(charts: Sequence[Chart], against: Library) -> Iterator[Problem]:
    for chart in charts:
        name = chart.flowchart.flowchart
        if name in against.flowcharts:
            versions = Versions(against.bundle(name), chart)
            for rule in catalogue.CHANGE_RULES:
                yield from rule(versions)


def _findings(chart: Chart) -> Iterator[Problem]:
    """What the compiler found wrong with expressions, each at its character."""
    for path, finding in chart.compiled.findings:
        where = chart.source.inside(path, finding.offset)
        yield Problem(
            finding.code,
            finding.message,
            where,
            hint=finding.hint,
            allowed=finding.allowed,
            width=max(1, finding.width),
        )
