"""Deadline arithmetic: when each step of a chart starts and ends, at the earliest and the latest, before any event.

At the earliest everybody answers at once; at the latest every deadline is used to its end. Waits count always. Choices and
lists that depend on parameters alone are followed as the parameters have them; of what is not known, every way is counted.
What an operator commands, a wait for a lock and items added to an open loop are not counted: the notes say where there are any.
"""

import dataclasses
import datetime as dt
from collections.abc import Mapping

from konbit.check.chart import build
from konbit.check.flow import Span
from konbit.definition.base import pick
from konbit.definition.library import Library
from konbit.definition.parameters import Value, accept, accepted
from konbit.engine.plan import Plan
from konbit.engine.values import moment
from konbit.simulate.times.loads import FIRST, burden
from konbit.simulate.times.timing import Link, Place, Schedule, Table, Timing, Way
from konbit.simulate.times.walking import walk


def schedule(
    library: Library,
    id: str,
    given: Mapping[str, object],
    *,
    at: dt.datetime | None = None,
    language: str = "en",
    first: dt.timedelta = FIRST,
) -> Schedule:
    """The arithmetic of a chart; InvalidParameter for a parameter that does not fit. None need be given."""
    chart = build(library, id)
    parameters = known(chart.compiled.plan, given)
    table = Table(library, at, language)
    marks = {"S0": Span()}
    onset = moment(parameters.get("occurred_at"))
    if at is not None and isinstance(onset, dt.datetime):
        marks["E0"] = Span(onset - at, onset - at)
    ends = walk(table, chart, parameters, marks, Way(Span()), Place())
    last = max(ends, key=lambda way: way.at.most)
    critical = tuple(_keys(last.chain))
    expires = chart.flowchart.expires.after if chart.flowchart.expires else None
    return Schedule(
        flowchart=id,
        title=pick(chart.flowchart.title, language),
        at=at,
        steps=tuple(_finished(one, critical, expires) for one in table.steps),
        end=_cut(Span(min(way.at.least for way in ends), last.at.most), expires),
        expires=expires,
        critical=critical,
        loads=burden(table.asking, first),
        first=first,
        notes=tuple(dict.fromkeys(table.notes)),
    )


def known(plan: Plan, given: Mapping[str, object]) -> dict[str, Value]:
    """The parameters that were given, and the defaults of the others; those that are required may be missing."""
    accepted(
        {
            name: one.model_copy(update={"required": False}) if name not in given else one
            for name, one in plan.parameters.items()
        },
        given,
    )
    found = {
        name: accept(name, one, given[name]) if name in given else one.default
        for name, one in plan.parameters.items()
    }
    return {name: value for name, value in found.items() if value is not None}


def _keys(chain: Link | None) -> list[str]:
    found = []
    while chain is not None:
        found.append(chain.key)
        chain = chain.before
    return found[::-1]


def _cut(span: Span, expires: dt.timedelta | None) -> Span:
    return span if expires is None else Span(min(span.least, expires), min(span.most, expires))


def _finished(one: Timing, critical: tuple[str, ...], expires: dt.timedelta | None) -> Timing:
    start, end = _cut(one.start, expires), _cut(one.end, expires)
    inside = (f"{one.key}/", f"{one.key}:")
    hangs = any(key == one.key or key.startswith(inside) for key in critical)
    return dataclasses.replace(one, start=start, end=end, critical=hangs, cut=end.most < one.end.most)
