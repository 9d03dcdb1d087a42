"""A plan as boxes and arrows that any format can draw: no shapes, no colours, no language chosen yet."""

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Literal

from konbit.definition.durations import show
from konbit.engine.plan import (
    ROOT,
    STAND_DOWN,
    ChainNode,
    ChildNode,
    ChooseNode,
    EndNode,
    FirstOfNode,
    ForEachNode,
    GotoNode,
    Join,
    LanesNode,
    Node,
    Plan,
    RepeatNode,
    RequestNode,
    TableNode,
    UseNode,
    WaitNode,
    Who,
    WorkNode,
)

BoxKind = Literal["start", "step", "decision", "split", "join", "loop", "wait", "child", "handler", "end"]
EdgeKind = Literal["flow", "exit", "silence", "unknown", "back"]
"""`exit`: another outcome than the usual one. `silence`: nobody answered. `unknown`: what decides is not known."""
START, END, STOOD_DOWN = "#start", "#end", "#stood_down"
"""Ids that no step can have."""
SILENT = ("no_answer", "uncovered")
Texts = Mapping[str, str]


@dataclasses.dataclass(frozen=True)
class Box:
    """Something drawn as one shape. `covers` are the nodes of the plan that it stands for."""

    id: str
    kind: BoxKind
    title: Texts
    covers: tuple[str, ...] = ()
    verb: str = ""
    actor: str | None = None
    who: tuple[Who, ...] = ()
    pathway: str = "streamlined"
    within: dt.timedelta | None = None
    due: tuple[str, dt.timedelta] | None = None
    join: Join | None = None
    told: tuple[tuple[Who, ...], ...] = ()
    """Of a handler: who is told, message by message."""
    outcome: str | None = None
    """Of an end, or of a handler that ends the run."""
    detail: str = ""
    """The variable of a loop, the flowchart of a child, the signal that is waited for."""
    group: str | None = None


@dataclasses.dataclass(frozen=True)
class Edge:
    """An arrow between boxes, or out of a group. `label` is an outcome, a condition or empty."""

    source: str
    target: str
    kind: EdgeKind = "flow"
    label: str = ""
    pathway: str = "streamlined"
    """Of the step it leads to."""


@dataclasses.dataclass(frozen=True)
class Group:
    """Boxes that belong together: a lane, the body of a loop, what happens when the run is stood down."""

    id: str
    kind: Literal["lane", "loop", "stand_down"]
    title: Texts
    parent: str | None = None


@dataclasses.dataclass(frozen=True)
class Graph:
    """A whole flowchart, in the order in which it is written."""

    flowchart: str
    title: Texts
    boxes: tuple[Box, ...]
    edges: tuple[Edge, ...]
    groups: tuple[Group, ...]


@dataclasses.dataclass(frozen=True)
class _Tail:
    """A loose end: what comes next is drawn behind it."""

    box: str
    kind: EdgeKind = "flow"
    label: str = ""


Tails = list[_Tail]


def graph(plan: Plan) -> Graph:
    """The graph of a plan."""
    return _Drawing(plan).whole()


class _Drawing:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.boxes: list[Box] = []
        self.edges: list[Edge] = []
        self.groups: list[Group] = []
        self.fragments: set[str] = set()

    def whole(self) -> Graph:
        """Draws the main block, and what stands the run down beside it."""
        title = self.plan.bundle.flowchart.title
        self.boxes.append(Box(START, "start", {}))
        tails = self.block(ROOT, [_Tail(START)], None)
        if tails:
            self.add(Box(END, "end", {}, outcome="completed"), tails)
        if self.plan.blocks[STAND_DOWN].nodes:
            self.groups.append(Group(STOOD_DOWN, "stand_down", {}))
            self.block(STAND_DOWN, [], STOOD_DOWN)
        return Graph(self.plan.flowchart, title, tuple(self.boxes), _merged(self.edges), tuple(self.groups))

    def add(self, box: Box, tails: Iterable[_Tail]) -> Tails:
        """Draws a box behind the loose ends; it is the new loose end."""
        self.boxes.append(box)
        self.edges.extend(Edge(tail.box, box.id, tail.kind, tail.label, box.pathway) for tail in tails)
        return [_Tail(box.id)]

    def block(self, id: str, tails: Tails, group: str | None) -> Tails:
        """Draws a list of steps. Steps after an end are not reached: they hang from nothing."""
        for node in self.plan.blocks[id].nodes:
            tails = self.node(node, tails, group)
        return tails

    def node(self, node: Node, tails: Tails, group: str | None) -> Tails:
        """Draws a step and what handles its outcomes."""
        draw = _KINDS.get(type(node), _Drawing.step)
        return self.handlers(node, draw(self, node, tails, group), group)

    def step(self, node: Node, tails: Tails, group: str | None) -> Tails:
        """A plain box."""
        if isinstance(node, WorkNode) and node.duty == "inform" and untitled(node):
            told = Box(node.id, "handler", {}, (node.id,), node.verb, told=(node.who,), group=group)
            return self.add(told, tails)
        first = node.parts[0] if isinstance(node, ChainNode) else node
        request = first if isinstance(first, RequestNode) else None
        parts = tuple(part.id for part in node.parts) if isinstance(node, ChainNode) else ()
        kinds: dict[type[Node], BoxKind] = {WaitNode: "wait", ChildNode: "child", EndNode: "end"}
        limit = getattr(node, "within", None)
        box = Box(
            id=node.id,
            kind=kinds.get(type(node), "step"),
            title=node.title,
            covers=(node.id, *parts),
            verb=node.verb,
            actor=node.actor,
            who=first.who if isinstance(first, RequestNode | WorkNode) else (),
            pathway=node.pathway,
            within=request.within if request else node.length if isinstance(node, WaitNode) else limit,
            due=request.due if request else None,
            outcome=node.outcome if isinstance(node, EndNode) else None,
            detail=_detail(node),
            group=group,
        )
        ends = self.add(box, tails)
        return [] if isinstance(node, EndNode) else ends

    def handlers(self, node: Node, tails: Tails, group: str | None) -> Tails:
        """What handles the outcomes of a step, beside the way straight on. Handlers that do the same share a box."""
        found = list(tails)
        known: list[Box] = []
        for outcome, block in node.handlers.items():
            kind: EdgeKind = "silence" if outcome in SILENT else "exit"
            exits = [_Tail(tail.box, kind, outcome) for tail in tails if tail.kind == "flow"]
            compact = self._compact(node, outcome, block, group)
            if compact is None:
                found += self.block(block, exits, group)
                continue
            same = next((one for one in known if _same(one, compact)), None)
            if same is not None:
                both = dataclasses.replace(same, covers=same.covers + compact.covers)
                self.boxes[self.boxes.index(same)] = known[known.index(same)] = both
                self.edges.extend(Edge(tail.box, same.id, tail.kind, tail.label) for tail in exits)
                continue
            known.append(compact)
            ends = self.add(compact, exits)
            found += ends if compact.outcome is None else []
        return found

    def _compact(self, node: Node, outcome: str, block: str, group: str | None) -> Box | None:
        """One box for a handler that only tells people and perhaps ends the run; None for any other."""
        nodes = self.plan.blocks[block].nodes
        plain = all(
            isinstance(one, EndNode) or (isinstance(one, WorkNode) and one.duty == "inform") for one in nodes
        )
        if not nodes or not plain or any(one.handlers for one in nodes):
            return None
        ends = [one.outcome for one in nodes if isinstance(one, EndNode)]
        return Box(
            id=f"{node.id}:{outcome}",
            kind="handler",
            title={},
            covers=tuple(one.id for one in nodes),
            told=tuple(one.who for one in nodes if isinstance(one, WorkNode)),
            outcome=ends[0] if ends else None,
            group=group,
        )

    def choose(self, node: ChooseNode, tails: Tails, group: str | None) -> Tails:
        """A decision and its branches."""
        self.add(Box(node.id, "decision", node.title, (node.id,), "choose", group=group), tails)
        ways: list[tuple[EdgeKind, str, str | None]] = [
            ("flow", condition.text, block) for condition, block in node.branches
        ]
        ways += [("flow", "otherwise", node.otherwise), ("unknown", "unknown", node.unknown)]
        found: Tails = []
        for kind, label, block in ways:
            if block is not None:
                found += self.block(block, [_Tail(node.id, kind, label)], group)
        if node.otherwise is None:
            found.append(_Tail(node.id, "flow", "otherwise"))
        return found

    def lanes(self, node: LanesNode, tails: Tails, group: str | None) -> Tails:
        """Lanes side by side, between a split and a join."""
        self.add(Box(node.id, "split", node.title, (node.id,), "lanes", group=group), tails)
        ends: Tails = []
        for name, condition, block in node.lanes:
            lane = f"{node.id}.{name}"
            self.groups.append(Group(lane, "lane", {"en": name.replace("_", " ").capitalize()}, group))
            label = condition.text if condition is not None else ""
            ends += _leaving(self.block(block, [_Tail(node.id, "flow", label)], lane), lane)
        return self.add(Box(f"{node.id}/join", "join", {}, join=node.join, group=group), ends)

    def table(self, node: TableNode, tails: Tails, group: str | None) -> Tails:
        """A decision table; its outcomes are handled like those of any step."""
        return self.add(Box(node.id, "decision", node.title, (node.id,), "table", group=group), tails)

    def first_of(self, node: FirstOfNode, tails: Tails, group: str | None) -> Tails:
        """A wait for the first of several, each with its way on."""
        self.add(Box(node.id, "wait", node.title, (node.id,), "wait", group=group), tails)
        found: Tails = []
        for signal, length, block in node.ways:
            label = signal or (show(length) if length is not None else "")
            found += self.block(block, [_Tail(node.id, "flow", label)], group)
        return found

    def goto(self, node: GotoNode, tails: Tails, group: str | None) -> Tails:
        """An arrow back, and the way on when it was taken often enough."""
        ends = self.add(
            Box(node.id, "loop", node.title, (node.id,), "goto", detail=str(node.at_most), group=group), tails
        )
        self.edges.append(Edge(node.id, node.target, "back"))
        return ends

    def use(self, node: UseNode, tails: Tails, group: str | None) -> Tails:
        """A fragment: drawn in full where it is used first, and by its name elsewhere."""
        head = self.add(Box(node.id, "child", node.title, (node.id,), "use", group=group), tails)
        if node.block in self.fragments:
            return head
        self.fragments.add(node.block)
        body = f"{node.id}.body"
        self.groups.append(Group(body, "loop", node.title, group))
        return _leaving(self.block(node.block, head, body), body)

    def loop(self, node: ForEachNode | RepeatNode, tails: Tails, group: str | None) -> Tails:
        """A loop: its head, and its body in a group of its own."""
        join = node.join if isinstance(node, ForEachNode) else None
        every = node.every if isinstance(node, RepeatNode) else None
        head = Box(
            node.id,
            "loop",
            node.title,
            (node.id,),
            node.verb,
            within=every,
            join=join,
            detail=_detail(node),
            group=group,
        )
        self.add(head, tails)
        body = f"{node.id}.body"
        self.groups.append(Group(body, "loop", node.title, group))
        ends = self.block(node.body, [_Tail(node.id)], body)
        if isinstance(node, RepeatNode):
            until = node.until.text if node.until is not None else ""
            self.edges.extend(Edge(tail.box, node.id, "back", until) for tail in ends)
        return _leaving(ends, body)


_KINDS: dict[type[Node], Callable[..., Tails]] = {
    ChooseNode: _Drawing.choose,
    LanesNode: _Drawing.lanes,
    TableNode: _Drawing.table,
    FirstOfNode: _Drawing.first_of,
    GotoNode: _Drawing.goto,
    UseNode: _Drawing.use,
    ForEachNode: _Drawing.loop,
    RepeatNode: _Drawing.loop,
}


def _same(one: Box, other: Box) -> bool:
    return (one.told, one.outcome) == (other.told, other.outcome)


def _leaving(ends: Tails, group: str) -> Tails:
    """One arrow out of a group instead of one from each of its ends; arrows that say something are kept."""
    plain = [tail for tail in ends if not tail.label]
    return [tail for tail in ends if tail.label] + ([_Tail(group)] if plain else [])


def untitled(node: Node) -> bool:
    """True if the author gave the step no title, and its name stands for one."""
    return dict(node.title) == {"en": node.id.replace("_", " ").capitalize()}


def _detail(node: Node) -> str:
    match node:
        case ForEachNode():
            return node.variable
        case RepeatNode():
            return str(node.at_most)
        case ChildNode():
            return node.flowchart
        case WaitNode():
            return node.signal or (node.until.text if node.until is not None else "")
        case _:
            return ""


def _merged(edges: Iterable[Edge]) -> tuple[Edge, ...]:
    """Arrows of one kind between the same boxes become one that says both; the first keeps its place."""
    found: dict[tuple[str, str, str], Edge] = {}
    for edge in edges:
        key = (edge.source, edge.target, edge.kind)
        known = found.get(key)
        if known is None:
            found[key] = edge
        elif edge.label and edge.label != known.label:
            label = f"{known.label} / {edge.label}" if known.label else edge.label
            found[key] = dataclasses.replace(known, label=label)
    return tuple(found.values())
