"""The kinds of the names that an expression may use: parameters, marks, loop variables and the results of earlier steps."""

from collections.abc import Callable, Iterator, Mapping

from immutables import Map

from konbit.definition.bundle import Bundle
from konbit.definition.content import Form
from konbit.definition.durations import MARKS
from konbit.definition.expressions.kinds import (
    DYNAMIC,
    MOMENT,
    NUMBER,
    TEXT,
    TRUTH,
    Choice,
    Kind,
    ListOf,
    Record,
)
from konbit.definition.flowchart import Flowchart
from konbit.definition.mentions import walk
from konbit.definition.parameters import Parameter
from konbit.definition.step import Step

Charts = Callable[[str], Flowchart | None]
"""Looks up another flowchart by id."""

COUNTS: dict[str, Kind] = dict.fromkeys(
    ("asked", "answered", "declined", "silent", "covered", "uncovered", "standby"), NUMBER
)
"""What every request counts."""
ALWAYS = ("failed",)
"""Any work may end so."""


def parameter_kind(parameter: Parameter) -> Kind:
    """The kind of a parameter's value."""
    match parameter.type:
        case "number":
            return NUMBER
        case "truth":
            return TRUTH
        case "moment":
            return MOMENT
        case "choice":
            return Choice(tuple(parameter.of))
        case "places" | "clusters":
            return ListOf(TEXT)
        case _:
            return TEXT


class Scope(Mapping[str, Kind]):
    """The names in scope at one place. A fork costs nothing, however many names there are."""

    def __init__(self, names: Map[str, Kind]) -> None:
        self._names = names
        self._fresh: list[str] = []

    def __getitem__(self, name: str) -> Kind:
        return self._names[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def bind(self, name: str, kind: Kind) -> None:
        """Brings a name into scope."""
        self._names = self._names.set(name, kind)
        self._fresh.append(name)

    def fork(self, kinds: Mapping[str, Kind] | None = None) -> "Scope":
        """The same names and `kinds`, to go on from without changing this one."""
        return Scope(self._names.update(kinds or {}))

    def absorb(self, inner: "Scope", *, but: str = "") -> None:
        """Brings in what a block inside has bound, except what is known already."""
        for name in inner._fresh:  # noqa: SLF001  of its own class
            if name != but and name not in self._names:
                self.bind(name, inner[name])


def base_scope(flowchart: Flowchart) -> Scope:
    """What is in scope everywhere: the parameters, and the marks as moments."""
    kinds: dict[str, Kind] = dict.fromkeys(MARKS, MOMENT)
    kinds |= {name: parameter_kind(value) for name, value in flowchart.parameters.items()}
    return Scope(Map(kinds))


def outcomes(step: Step, charts: Charts | None = None) -> tuple[str, ...]:
    """How a step can end; `on:` may handle each."""
    guards = {"withdrawn": step.only_while, "abandoned": step.abandon_if}
    return (*_verb_outcomes(step, charts), *(word for word, guard in guards.items() if guard is not None))


def _verb_outcomes(step: Step, charts: Charts | None) -> tuple[str, ...]:
    match step.verb:
        case "contact":
            return ("covered", "uncovered", *ALWAYS)
        case "ask":
            return (*(step.ask.outcomes() if step.ask else []), "no_answer", *ALWAYS)
        case "assess":
            return ("collected", "no_answer", *ALWAYS)
        case "mobilize":
            return ("covered", "shortfall", "no_answer", *ALWAYS)
        case "report":
            return ("sent", "no_answer", "not_approved", *ALWAYS)
        case "inform":
            return ("sent", *ALWAYS)
        case "run":
            return _child_outcomes(step, charts)
        case "table":
            return tuple(step.table.outcomes()) if step.table else ()
        case "goto":
            return ("used_up",)
        case "wait" if step.wait and step.wait.first_of:
            return tuple(dict.fromkeys(way.signal or "over" for way in step.wait.first_of))
        case "wait":
            return ("over", "signalled") if step.wait and step.wait.signal else ("over",)
        case "for_each" | "choose":
            return ("completed", "undecided")
        case _:
            return ("completed",)


GUARDED = ("withdrawn", "abandoned", "stopped", "skipped")
"""How a step may end besides, if it has a guard, is stopped, or an operator passes over it."""


def _child_outcomes(step: Step, charts: Charts | None) -> tuple[str, ...]:
    child = charts(step.run.flowchart) if charts and step.run else None
    ends = ends_of(child) if child else ()
    return tuple(dict.fromkeys(("completed", *ends, "expired", "stood_down", "no_answer", *ALWAYS)))


def ends_of(flowchart: Flowchart) -> tuple[str, ...]:
    """The outcomes that the `end` steps of a flowchart name, in the order they are written."""
    return tuple(dict.fromkeys(step.end for _, step in walk(flowchart) if step.end))


def form_fields(form: Form) -> dict[str, Kind]:
    """The kinds of what a form's answer holds."""
    fields: dict[str, Kind] = {}
    for field in form.fields:
        match field.type:
            case "number":
                fields[field.name] = NUMBER
            case "truth":
                fields[field.name] = TRUTH
            case "choice":
                fields[field.name] = Choice(tuple(choice.value for choice in field.of))
            case "choices":
                fields[field.name] = ListOf(TEXT)
            case _:
                fields[field.name] = TEXT
    return fields


def result_kind(step: Step, bundle: Bundle, charts: Charts | None) -> Kind:
    """The kind of a step's result."""
    fields: dict[str, Kind] = {"outcome": Choice(tuple(dict.fromkeys((*outcomes(step, charts), *GUARDED))))}
    match step.verb:
        case "contact" | "assess":
            fields |= COUNTS
        case "ask" if step.ask:
            form = bundle.forms.get(step.ask.form or "")
            fields |= (
                COUNTS | (form_fields(form) if form else {}) | {"answer": Choice(tuple(step.ask.outcomes()))}
            )
        case "mobilize":
            fields |= COUNTS | dict.fromkeys(("needs", "met", "gaps", "held"), NUMBER)
        case "report":
            fields |= COUNTS | {"number": NUMBER, "rows": NUMBER, "quarantined": NUMBER}
        case "for_each" | "lanes" | "repeat":
            fields |= {"count": NUMBER, "completed": NUMBER}
        case "run" if step.run:
            child = charts(step.run.flowchart) if charts else None
            if child is None:
                return DYNAMIC
            fields |= dict.fromkeys(child.results, DYNAMIC)
    return Record(fields)
