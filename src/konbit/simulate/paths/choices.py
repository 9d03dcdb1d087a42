"""Every source of choice of a flowchart: what people may answer, how work may end, what children come to, what parameters hold.

What is alike is tried once: see `SYMMETRIES`.
"""

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence

from pydantic import JsonValue

from konbit.definition.codelists import CodeLists
from konbit.definition.expressions import Expression
from konbit.definition.expressions.tree import Literal, walk
from konbit.definition.parameters import Parameter, Value
from konbit.engine.plan import (
    Cell,
    ChooseNode,
    EndNode,
    ForEachNode,
    GotoNode,
    LanesNode,
    Plan,
    RepeatNode,
    RequestNode,
    StopNode,
    TableNode,
    WorkNode,
)
from konbit.engine.scopes import Charts, ends_of

SYMMETRIES = (
    (
        "people who hold the same role are alike: all accept, all decline or all are silent; of a call-down also the "
        "critical roles alone, of a collection also one person alone"
    ),
    "two items stand for any number of items in a list",
    "rounds of a repetition and ways back after the second go as expected",
    "a vacant role ends like one that declines; an answer that comes too late like none",
    "a run is stood down while its first request is open, or not at all; an operator passes over one step at most",
    "answers come at once; where the order of arrival matters, also last",
)
"""What is taken to be alike, in words."""
ITEMS = 2
LATER_ROUND = re.compile(r"\[(?:~(?:[4-9]|\d\d+)|(?:[3-9]|\d\d+))\]")
"""In the suffix of an execution: a round after the second, or a way back after the second."""
COMPARED = re.compile(r"[<>=!]=?\s*(-?\d+(?:\.\d+)?)")
MOST_VALUES = 6
"""Values of one field or parameter that are tried."""


@dataclasses.dataclass(frozen=True, slots=True)
class Option:
    """One thing that may come of a request."""

    words: str
    who: str
    """`all`, `critical`, `one` or `nobody`."""
    verdict: str = "accept"
    data: Mapping[str, JsonValue] = dataclasses.field(default_factory=dict)
    last: bool = False
    """Whether the answer comes just before the deadline."""


class Sources:
    """What a flowchart leaves open."""

    def __init__(self, plan: Plan, codes: CodeLists, charts: Charts | None) -> None:
        self.plan = plan
        self.codes = codes
        self.charts = charts
        self.expressions = list(_expressions(plan))
        self.paths = {path for one in self.expressions for path in one.paths}
        self.timed = self._order_matters()
        self.steps = [
            node.id
            for node in plan.nodes.values()
            if node.id == node.step
            and node.verb != "inform"
            and not isinstance(node, EndNode | GotoNode | StopNode)
        ]
        """Steps that an operator may pass over; whoever passes over a message knows that nobody was told."""

    def values(self, path: str) -> list[JsonValue]:
        """Values that make a difference where a path stands: around each number, and each text, it may be compared with."""
        found: dict[JsonValue, None] = {}
        for expression in self.expressions:
            if path not in expression.paths and path not in expression.names:
                continue
            for part in walk(expression.root):
                if isinstance(part, Literal) and isinstance(part.value, bool | str):
                    found[part.value] = None
                elif isinstance(part, Literal) and isinstance(part.value, int | float):
                    found |= dict.fromkeys((int(part.value) + 1, int(part.value), int(part.value) - 1))
        found |= dict.fromkeys(self._cells(path))
        return list(found)[:MOST_VALUES]

    def _cells(self, path: str) -> Iterator[JsonValue]:
        """What decision tables compare it with."""
        for node in self.plan.nodes.values():
            if not isinstance(node, TableNode):
                continue
            for name, expression in node.inputs.items():
                if path not in expression.paths and path not in expression.names:
                    continue
                for cells, _ in node.rows:
                    for cell in _each(cells.get(name)):
                        number = COMPARED.fullmatch(cell) if isinstance(cell, str) else None
                        if number is None:
                            yield cell
                        else:
                            yield from (int(float(number[1])) + step for step in (1, 0, -1))

    def people(self, node: RequestNode) -> int:
        """How many people a collection needs for its counts to make a difference."""
        numbers = [2]
        for expression in self.expressions:
            mentioned = any(path.startswith(f"{node.step}.") for path in expression.paths)
            if expression is node.enough_when or mentioned:
                numbers += [
                    int(part.value) + 1
                    for part in walk(expression.root)
                    if isinstance(part, Literal) and isinstance(part.value, int) and part.value < 12
                ]
        return max(numbers)

    def options(self, node: RequestNode, *, spare: bool, late: bool) -> list[Option]:
        """What may come of a request, the expected first. `spare`: it has roles that are not critical."""
        found: list[Option] = []
        if node.rule == "first":
            for choice in node.options:
                found += [
                    Option(_said(choice, data), "all", data={"answer": choice, **data})
                    for data in self._data(node)
                ]
        elif node.rule == "cover":
            found.append(Option("everybody accepts", "all"))
            if spare:
                found.append(Option("only the critical roles are covered", "critical"))
        else:
            found += [Option("everybody answers", "all"), Option("one answers", "one")]
        if late and self.timed:
            found += [dataclasses.replace(one, words=f"{one.words}, last", last=True) for one in found]
        found.append(Option("everybody declines", "all", verdict="decline"))
        if late:
            found.append(Option("nobody answers", "nobody"))
        return found

    def _data(self, node: RequestNode) -> list[dict[str, JsonValue]]:
        """What an answer may hold, as far as the flowchart looks at it; each field is varied by itself."""
        form = self.plan.bundle.forms.get(node.form or "")
        found: list[dict[str, JsonValue]] = [{}]
        for field in form.fields if form else ():
            path = f"{node.step}.{field.name}"
            if path not in self.paths:
                continue
            values: Sequence[JsonValue] = self.values(path)
            if field.type == "choice":
                values = [choice.value for choice in field.of]
            elif field.type == "truth":
                values = [True, False]
            if values:
                found[0][field.name] = values[0]
            found += [{field.name: value} for value in (*values[1:], None)]
        return [found[0], *({**found[0], **other} for other in found[1:])]

    def ends(self, flowchart: str, key: str) -> list[tuple[str, dict[str, JsonValue]]]:
        """How a child may end, with its results: as expected with each value that matters, then the other outcomes."""
        child = self.charts(flowchart) if self.charts else None
        ends = list(ends_of(child)) if child else []
        if child is None or child.steps[-1].end is None:
            ends.insert(0, "completed")
        elif child.steps[-1].end in ends:
            ends.remove(child.steps[-1].end)
            ends.insert(0, child.steps[-1].end)
        names = list(child.results) if child else []
        looked = {name: self.values(f"{key}.{name}") for name in names if f"{key}.{name}" in self.paths}
        usual: dict[str, JsonValue] = {
            name: values[0] if values else "known" for name, values in looked.items()
        }
        found = [(ends[0], usual)]
        for name, values in looked.items():
            found += [(ends[0], {**usual, name: value}) for value in (*values[1:], None)]
        found += [(end, usual) for end in ends[1:]]
        if child is not None and child.expires is not None:
            found.append((child.expires.outcome, dict.fromkeys(names)))
        return [*found, ("stood_down", dict.fromkeys(names))]

    def parameters(self) -> Iterator[tuple[str, list[Value]]]:
        """For each parameter what it may hold, the expected first; more than one where an expression looks at it."""
        for name, parameter in self.plan.parameters.items():
            usual = self._sample(parameter)
            looked = any(name in expression.names for expression in self.expressions)
            found: list[Value] = [usual]
            if looked and parameter.type == "choice":
                found += [value for value in parameter.of if value != usual]
            elif looked and parameter.type == "truth":
                found += [not usual]
            elif looked and parameter.type in ("number", "text", "cluster", "hazard", "country"):
                found += [value for value in self.values(name) if value != usual]  # type: ignore[misc]  # literals are scalars
            if looked and not parameter.required and None not in found:
                found.append(None)
            if looked and parameter.many:
                found.append([])
            yield name, found

    def _sample(self, parameter: Parameter) -> Value:
        if isinstance(parameter.default, list):
            return parameter.default[:ITEMS]
        if parameter.default is not None:
            return parameter.default
        lists = {"country": "countries", "place": "places", "places": "places", "clusters": "clusters"}
        listed = lists.get(
            parameter.type, {"cluster": "clusters", "hazard": "hazards"}.get(parameter.type, "")
        )
        items = (
            [item.code for item in self.codes[listed].items[:ITEMS]] if listed in self.codes else ["A", "B"]
        )
        if parameter.many:
            return items
        if listed:
            return items[0]
        samples: dict[str, Value] = {"number": 1, "truth": True, "moment": "2030-01-01T12:00:00+00:00"}
        return parameter.of[0] if parameter.of else samples.get(parameter.type, "text")

    def _order_matters(self) -> bool:
        """Whether it makes a difference who comes first: joins that do not wait for all, guards, withdrawals."""
        for node in self.plan.nodes.values():
            if (
                isinstance(node, StopNode)
                or node.only_while is not None
                or node.abandon_if is not None
                or node.lock
            ):
                return True
            if isinstance(node, LanesNode | ForEachNode) and node.join.kind not in ("all", "none"):
                return True
            if isinstance(node, ForEachNode) and (node.enough_when or node.open_until):
                return True
        return False


def _each(cell: Cell | None) -> tuple[str | int | float | bool, ...]:
    if cell is None:
        return ()
    return cell if isinstance(cell, tuple) else (cell,)


def _said(choice: str, data: Mapping[str, JsonValue]) -> str:
    return f"{choice} ({', '.join(f'{name}: {value}' for name, value in data.items())})" if data else choice


def _expressions(plan: Plan) -> Iterator[Expression]:
    """Every expression that decides anything."""
    yield from plan.results.values()
    yield from plan.invariants.values()
    for node in plan.nodes.values():
        yield from (one for one in (node.only_while, node.abandon_if) if one is not None)
        if isinstance(node, RequestNode):
            yield from (who.of for who in node.who if who.of is not None)
            if node.enough_when is not None:
                yield node.enough_when
        elif isinstance(node, ChooseNode):
            yield from (condition for condition, _ in node.branches)
        elif isinstance(node, TableNode):
            yield from node.inputs.values()
        elif isinstance(node, LanesNode):
            yield from (condition for _, condition, _ in node.lanes if condition is not None)
        elif isinstance(node, ForEachNode):
            yield from (one for one in (node.items, node.enough_when, node.open_until) if one is not None)
        elif isinstance(node, RepeatNode) and node.until is not None:
            yield node.until
        elif isinstance(node, WorkNode):
            yield from node.values.values()
