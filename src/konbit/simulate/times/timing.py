"""What deadline arithmetic works with: where the run is at a place of the chart, and the lines of the plan."""

import dataclasses
import datetime as dt
from collections.abc import Mapping

from konbit.check.chart import Chart, build
from konbit.check.flow import Span
from konbit.definition.base import pick
from konbit.definition.durations import LONGEST
from konbit.definition.expressions import UNKNOWN, Expression
from konbit.definition.library import Library
from konbit.definition.parameters import Value
from konbit.engine.plan import Node, Plan, RequestNode, WaveRule, WorkNode
from konbit.engine.values import moment, to_json
from konbit.errors import KonbitError
from konbit.simulate.times.loads import Asking, Either, Load, Repeats

HIDDEN = frozenset({"choose", "table", "lanes", "use", "stop", "goto"})
"""Verbs that take no time of their own: they have no line."""


@dataclasses.dataclass(frozen=True, slots=True)
class Timing:
    """One step, or one part of it that people answer. Times count from the start of the run."""

    key: str
    """Unique in the plan; a step of a child run has the step that runs it before it: `assessment:observe`."""
    step: str
    title: str
    verb: str
    who: tuple[str, ...]
    depth: int
    start: Span
    end: Span
    allowed: dt.timedelta | None
    """How long it may take from its latest start; None if nothing limits it."""
    early: dt.timedelta | None
    """The same from its earliest start: a deadline from a mark may leave more."""
    waves: tuple[WaveRule, ...]
    remind: tuple[dt.timedelta, ...]
    times: int
    """How often it can happen: items of lists, rounds of loops."""
    asks: bool
    """Set if people are waited for."""
    note: str
    critical: bool = False
    cut: bool = False
    """Set if it can be under way when the run expires."""


@dataclasses.dataclass(frozen=True)
class Schedule:
    """What follows from a chart before anything has happened."""

    flowchart: str
    title: str
    at: dt.datetime | None
    """When it starts, if that was said."""
    steps: tuple[Timing, ...]
    end: Span
    expires: dt.timedelta | None
    critical: tuple[str, ...]
    """Keys of the steps that the latest end hangs on, in their order."""
    loads: tuple[Load, ...]
    first: dt.timedelta
    """The first hours for which messages are counted."""
    notes: tuple[str, ...]
    """What could not be known."""


@dataclasses.dataclass(frozen=True, slots=True)
class Link:
    """A step on the way to here, and the one before it."""

    key: str
    took: dt.timedelta
    before: "Link | None"


@dataclasses.dataclass(frozen=True, slots=True)
class Way:
    """Where the run is at one place of the chart."""

    at: Span
    chain: Link | None = None
    """What the latest time hangs on."""
    goes_on: bool = True

    def later(self, key: str, span: Span) -> "Way":
        """After something that takes so long."""
        chain = Link(key, span.most, self.chain) if span.most else self.chain
        return Way(self.at.then(span), chain)


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """Where in the chart a step stands: how deep, how often it happens, and inside which lists."""

    prefix: str = ""
    depth: int = 0
    repeats: Repeats = ()
    """How often what is around it happens."""
    variables: tuple[tuple[str, int], ...] = ()
    """The lists around it: variable and number of items."""

    def inside(self, count: int, period: dt.timedelta, variable: str | None = None) -> "Place":
        """In the body of a loop."""
        variables = (*self.variables, (variable, count)) if variable else self.variables
        repeats = self.repeats if variable else (*self.repeats, (count, period))
        return dataclasses.replace(self, depth=self.depth + 1, repeats=repeats, variables=variables)

    @property
    def times(self) -> int:
        """How often it can happen at most."""
        found = 1
        for count, _ in self.repeats:
            found *= count
        for _, count in self.variables:
            found *= count
        return found


class Table:
    """Collects the lines of a plan, children included."""

    def __init__(self, library: Library, at: dt.datetime | None, language: str) -> None:
        self.library = library
        self.at = at
        self.language = language
        self.steps: list[Timing] = []
        self.asking: list[Asking | Either] = []
        self.notes: list[str] = []
        self.under_way: list[str] = []
        """The charts around, to end where one runs itself."""
        self.keys: dict[str, int] = {}

    def key(self, place: Place, node: Node) -> str:
        """The key of a line; what is used twice is numbered."""
        name = f"{place.prefix}{node.id}"
        self.keys[name] = self.keys.get(name, 0) + 1
        return name if self.keys[name] == 1 else f"{name}#{self.keys[name]}"

    def add(
        self,
        key: str,
        place: Place,
        node: Node,
        start: Span,
        end: Span,
        note: str,
        early: dt.timedelta | None = None,
    ) -> None:
        """Adds a line, if the step is worth one."""
        if node.verb in HIDDEN:
            return
        request = node if isinstance(node, RequestNode) else None
        who = node.who if isinstance(node, RequestNode | WorkNode) else ()
        allowed = end.most - start.most
        self.steps.append(
            Timing(
                key=key,
                step=node.id,
                title=pick(dict(node.title), self.language) if node.title else "",
                verb=node.verb,
                who=tuple(one.role + (f" of {one.of.text}" if one.of is not None else "") for one in who),
                depth=place.depth + ("/" in node.id),
                start=start,
                end=end,
                allowed=allowed if allowed < LONGEST else None,
                early=(early or allowed) if (early or allowed) < LONGEST else None,
                waves=request.waves if request else (),
                remind=request.remind if request else (),
                times=place.times,
                asks=request is not None,
                note=note,
            )
        )

    def later(self, first: int, more: dt.timedelta) -> None:
        """Lines from the first one on can be later by so much."""
        for number in range(first, len(self.steps)):
            one = self.steps[number]
            start = Span(one.start.least, one.start.most + more)
            self.steps[number] = dataclasses.replace(
                one, start=start, end=Span(one.end.least, one.end.most + more)
            )

    def child(self, id: str) -> Chart | None:
        """The chart of a child; None if it runs itself or is not there."""
        if id in self.under_way or id not in self.library.flowcharts:
            self.notes.append(f"{id} is not counted: it is not there, or runs itself")
            return None
        try:
            return build(self.library, id)
        except KonbitError as error:
            self.notes.append(f"{id} is not counted: {error}")
            return None


def value(expression: Expression, parameters: Mapping[str, Value], plan: Plan) -> object:
    """What an expression comes to by the parameters alone; UNKNOWN if it takes more."""
    names = {
        name: moment(parameters[name]) if plan.parameters[name].type == "moment" else parameters[name]
        for name in expression.names
        if name in parameters
    }
    return expression.evaluate(names)


def handed(plan: Plan, child: Plan, values: Mapping[str, Expression], names: tuple[str, ...],
           parameters: Mapping[str, Value]) -> dict[str, Value]:  # fmt: skip
    """The parameters of a child run, as far as they are known."""
    found: dict[str, Value] = {
        name: one.default for name, one in child.parameters.items() if one.default is not None
    }
    found |= {name: parameters[name] for name in names if name in parameters}
    for name, expression in values.items():
        got = value(expression, parameters, plan)
        found.pop(name, None)
        if got is not UNKNOWN and got is not None:
            found[name] = to_json(got)  # type: ignore[assignment]  # parameters hold JSON
    return found
