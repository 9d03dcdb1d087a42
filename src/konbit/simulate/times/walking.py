"""The walk through one chart that deadline arithmetic takes: what each kind of step does to the time."""

import dataclasses
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from konbit.check.chart import Chart
from konbit.check.flow import ZERO, Flow, Span
from konbit.definition.durations import LONGEST
from konbit.definition.parameters import Value
from konbit.engine.plan import (
    ROOT,
    ChainNode,
    ChildNode,
    EndNode,
    ForEachNode,
    GotoNode,
    Node,
    RepeatNode,
    RequestNode,
    WaitNode,
    Who,
    WorkNode,
)
from konbit.engine.scopes import outcomes
from konbit.simulate.times import walking_control as control
from konbit.simulate.times.loads import Asking, Either
from konbit.simulate.times.timing import Place, Table, Way, handed
from konbit.simulate.times.walking_control import joined, ways_back


def walk(
    table: Table,
    chart: Chart,
    parameters: Mapping[str, Value],
    marks: Mapping[str, Span],
    way: Way,
    place: Place,
) -> list[Way]:
    """Walks one chart; the ways in which it ends. Twice where a step waits for another, which may be in a later lane."""
    table.under_way.append(chart.flowchart.flowchart)
    kept = len(table.steps), len(table.asking), dict(table.keys)
    before: Mapping[str, Way] = {}
    ends: list[Way] = []
    for _ in range(2 if any(node.follows for node in chart.compiled.plan.nodes.values()) else 1):
        del table.steps[kept[0] :], table.asking[kept[1] :]
        table.keys = dict(kept[2])
        one = Walk(table, chart, parameters, dict(marks), frozenset(_dead(chart)), before)
        ends, before = one.run(way, place), one.ended
    table.under_way.pop()
    return ends


def _dead(chart: Chart) -> Iterator[str]:
    """The steps that nothing leads to."""
    return (chart.compiled.ids[path] for path in Flow(chart).unreachable if path in chart.compiled.ids)


@dataclasses.dataclass
class Walk:
    """One chart, with what is known of its run."""

    table: Table
    chart: Chart
    parameters: Mapping[str, Value]
    marks: dict[str, Span]
    dead: frozenset[str]
    """Steps that nothing leads to."""
    before: Mapping[str, Way]
    """When steps end, by an earlier walk."""
    ended: dict[str, Way] = dataclasses.field(default_factory=dict)
    ends: list[Way] = dataclasses.field(default_factory=list)
    using: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.plan = self.chart.compiled.plan

    def run(self, way: Way, place: Place) -> list[Way]:
        """The ways in which the run can end."""
        last = self.block(ROOT, way, place)
        if last.goes_on or not self.ends:
            # Lanes that were not waited for run out before the run ends, unless a step ends it.
            rest = max(self.ended.values(), key=lambda one: one.at.most, default=last)
            chain = rest.chain if rest.at.most > last.at.most else last.chain
            self.ends.append(Way(Span(last.at.least, max(rest.at.most, last.at.most)), chain))
        return self.ends

    def block(self, id: str, way: Way, place: Place) -> Way:
        """A list of steps."""
        starts: list[tuple[Way, int]] = []
        nodes = self.plan.blocks[id].nodes
        for index, node in enumerate(nodes):
            if not way.goes_on or node.id in self.dead:
                break
            starts.append((way, len(self.table.steps)))
            around = dataclasses.replace(place, repeats=(*place.repeats, *ways_back(nodes, index)))
            back = isinstance(node, GotoNode)
            way = self._goto(node, nodes, starts, way) if back else self.node(node, way, around)
        return way

    def _goto(self, node: Node, nodes: Sequence[Node], starts: Sequence[tuple[Way, int]], way: Way) -> Way:
        """A way back: what it goes back over can be later by all its rounds."""
        assert isinstance(node, GotoNode)
        target = next((index for index, one in enumerate(nodes) if one.id == node.target), len(starts) - 1)
        if target >= len(starts):
            return way
        before, line = starts[target]
        more = (way.at.most - before.at.most) * node.at_most
        self.table.later(line, more)
        for one in nodes[target : len(starts)]:
            if one.id in self.ended:
                self.ended[one.id] = self.ended[one.id].later(node.id, Span(ZERO, more))
        return way.later(node.id, Span(ZERO, more))

    def node(self, node: Node, way: Way, place: Place) -> Way:
        """A step with what handles its outcome."""
        for ended in self._followed(node):
            if ended.at.most > way.at.most:
                way = Way(Span(way.at.least, ended.at.most), ended.chain)
        if node.lock is not None:
            self.table.notes.append(f"{node.id}: waiting for the lock {node.lock} is not counted")
        done = self._own(node, way, place)
        if node.only_while is not None or node.abandon_if is not None:
            done = dataclasses.replace(done, at=Span(way.at.least, done.at.most), goes_on=True)
        if node.mark is not None:
            self.marks[node.mark] = done.at
        self.ended[node.id] = done
        return self._handled(node, done, place) if node.handlers and done.goes_on else done

    def _followed(self, node: Node) -> Iterator[Way]:
        """When the steps have ended that a step waits for; of one in a loop that it is not in itself, the whole loop."""
        mine = set(self._around(node.id))
        for other in node.follows:
            loops = [one for one in self._around(other) if one not in mine]
            for name in (other, *loops):
                ended = self.ended.get(name) or self.before.get(name)
                if ended is not None and (
                    name == other or isinstance(self.plan.nodes[name], ForEachNode | RepeatNode)
                ):
                    yield ended

    def _around(self, id: str) -> Iterator[str]:
        """The steps that a step is inside of."""
        while id in self.plan.positions and self.plan.positions[id][0] in self.plan.owners:
            id = self.plan.owners[self.plan.positions[id][0]]
            yield id

    def _handled(self, node: Node, done: Way, place: Place) -> Way:
        inner = dataclasses.replace(place, depth=place.depth + 1)
        ways = self.either(list(node.handlers.values()), done, inner)
        site = self.chart.by_id.get(node.id)
        every = outcomes(site.step, self.chart.library.flowcharts.get) if site else []
        if not set(every) <= set(node.handlers):
            ways.append(done)
        return joined([one for one in ways if one.goes_on], done)

    def either(self, blocks: Sequence[str | None], way: Way, place: Place) -> list[Way]:
        """One of several lists of steps is taken, None being none at all: of what they send, only one part is sent."""
        asking = self.table.asking
        ways: list[Way] = []
        parts: list[tuple[Asking | Either, ...]] = []
        for block in blocks:
            self.table.asking = []
            ways.append(self.block(block, way, place) if block else way)
            parts.append(tuple(self.table.asking))
        self.table.asking = asking
        asking.append(Either(tuple(parts)))
        return ways

    def _own(self, node: Node, way: Way, place: Place) -> Way:
        """A step by itself."""
        match node:
            case RequestNode():
                return self._request(node, way, place)
            case WorkNode():
                self._tells(node, way, place)
                return self.line(node, way, place, Span())
            case ChainNode():
                return self._chain(node, way, place)
            case WaitNode():
                return control.wait(self, node, way, place)
            case ChildNode():
                return self._child(node, way, place)
            case RepeatNode():
                return control.repeat(self, node, way, place)
            case ForEachNode():
                return control.for_each(self, node, way, place)
            case EndNode():
                self.line(node, way, place, Span(), node.outcome)
                self.ends.append(way)
                return dataclasses.replace(way, goes_on=False)
            case _:
                return control.fork(self, node, way, place)

    def line(
        self,
        node: Node,
        way: Way,
        place: Place,
        span: Span,
        note: str = "",
        early: dt.timedelta | None = None,
    ) -> Way:
        """A step that takes so long, with its line."""
        key = self.table.key(place, node)
        done = way.later(key, span)
        self.table.add(key, place, node, way.at, done.at, note, early)
        return done

    def _request(self, node: RequestNode, way: Way, place: Place) -> Way:
        early, most = self._limit(node, "least", way), self._limit(node, "most", way)
        self.table.asking.append(
            Asking(
                roles=tuple((one.role, _own_items(one, place)) for one in node.who),
                start=way.at.least,
                closes=max(early, most) if max(early, most) < LONGEST else None,
                waves=tuple((wave.to, wave.after) for wave in node.waves),
                remind=node.remind,
                repeats=place.repeats,
            )
        )
        note = f"{place.times} times" if place.times > 1 else ""
        return self.line(node, way, place, Span(ZERO, most), note, early)

    def _limit(self, node: RequestNode, end: Literal["least", "most"], way: Way) -> dt.timedelta:
        """The most time people have, from the earliest or the latest start."""
        limits = [node.within] if node.within is not None else []
        if node.due is not None and node.due[0] in self.marks:
            mark = getattr(self.marks[node.due[0]], end) + node.due[1]
            limits.append(max(ZERO, mark - getattr(way.at, end)))
        return min(limits, default=LONGEST)

    def _tells(self, node: WorkNode, way: Way, place: Place) -> None:
        roles = tuple((one.role, _own_items(one, place)) for one in node.who)
        if roles and node.duty in ("inform", "send"):
            self.table.asking.append(Asking(roles, way.at.least, None, repeats=place.repeats))

    def _chain(self, node: ChainNode, way: Way, place: Place) -> Way:
        at = len(self.table.steps)
        key = self.table.key(place, node)
        done, early = way, ZERO
        for part in node.parts:
            if isinstance(part, RequestNode):
                early += self._limit(part, "least", done)
                done = self._request(part, done, place)
            elif isinstance(part, WorkNode):
                self._tells(part, done, place)
        self.table.add(key, place, node, way.at, done.at, "", early)
        self.table.steps.insert(at, self.table.steps.pop())
        return done

    def _child(self, node: ChildNode, way: Way, place: Place) -> Way:
        chart = self.table.child(node.flowchart)
        at = len(self.table.steps)
        key = self.table.key(place, node)
        done = way
        if chart is not None:
            below = dataclasses.replace(place, prefix=f"{place.prefix}{node.id}:", depth=place.depth + 1)
            values = handed(self.plan, chart.compiled.plan, node.values, node.hand_on, self.parameters)
            marks = self.marks | {"S0": way.at}
            ends = walk(self.table, chart, values, marks, way, below)
            last = joined(ends, way)
            expires = chart.flowchart.expires.after if chart.flowchart.expires else LONGEST
            most = min(node.within if node.within is not None else LONGEST, expires)
            done = last if last.at.most - way.at.most <= most else way.later(key, Span(ZERO, most))
            done = Way(Span(min(last.at.least, way.at.least + most), done.at.most), done.chain)
        if not node.wait:
            done = way
        note = node.flowchart if node.wait else f"{node.flowchart}, not waited for"
        self.table.add(key, place, node, way.at, done.at, note)
        self.table.steps.insert(at, self.table.steps.pop())
        return done


def _own_items(who: Who, place: Place) -> int:
    """How often one holder is meant: once for each item of the lists around, but for the list that says whose it is."""
    found = 1
    for variable, count in place.variables:
        if who.of is None or variable not in who.of.names:
            found *= count
    return found
