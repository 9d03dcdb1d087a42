"""A flowchart as an outline for the terminal: one line for each step, what handles its outcomes below it."""

from collections.abc import Collection, Iterator

from konbit.definition.base import pick
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
    LanesNode,
    Node,
    Plan,
    RepeatNode,
    RequestNode,
    UseNode,
    WaitNode,
    WorkNode,
)
from konbit.render import words
from konbit.render.graph import untitled

INDENT = "  "
DONE, CURRENT, AHEAD = "x", ">", " "


def outline(
    plan: Plan, *, done: Collection[str] = (), current: Collection[str] = (), language: str = "en"
) -> str:
    """The outline. Done steps are marked `x`, current ones `>`; `done` and `current` may name executions in loops."""
    text = _Outline(plan, _nodes(done), _nodes(current), language)
    return "\n".join(text.lines()) + "\n"


def _nodes(executions: Collection[str]) -> frozenset[str]:
    return frozenset(key.partition("[")[0] for key in executions)


class _Outline:
    def __init__(self, plan: Plan, done: frozenset[str], current: frozenset[str], language: str) -> None:
        self.plan = plan
        self.done = done
        self.current = current
        self.language = language
        self.fragments: set[str] = set()

    def lines(self) -> Iterator[str]:
        """The whole outline."""
        flowchart = self.plan.bundle.flowchart
        yield f"{pick(flowchart.title, self.language)} ({self.plan.flowchart}, version {self.plan.version})"
        yield from self._block(ROOT, 1)
        if self.plan.blocks[STAND_DOWN].nodes:
            yield f"{words.word('stood_down', self.language)}:"
            yield from self._block(STAND_DOWN, 1)

    def _block(self, id: str, depth: int) -> Iterator[str]:
        for node in self.plan.blocks[id].nodes:
            yield from self._step(node, depth)

    def _step(self, node: Node, depth: int) -> Iterator[str]:
        parts = {part.id for part in node.parts} if isinstance(node, ChainNode) else set()
        covers = {node.id, *parts}
        mark = CURRENT if covers & self.current else DONE if covers & self.done else AHEAD
        facts = "; ".join(fact for fact in self._facts(node) if fact)
        adhoc = " (ad hoc)" if node.pathway == "ad_hoc" else ""
        yield f"{INDENT * depth}{mark} {self._title(node)}{adhoc}" + (f": {facts}" if facts else "")
        for label, block in self._inside(node):
            yield from self._named(label, block, depth + 1)
        for outcome, block in node.handlers.items():
            yield from self._named(words.outcome(outcome, self.language), block, depth + 1)

    def _title(self, node: Node) -> str:
        """What the step is called; a message without a title by whom it is for."""
        if isinstance(node, EndNode):
            return words.word("end", self.language, node.outcome.replace("_", " "))
        if isinstance(node, WorkNode) and untitled(node):
            return words.word("tell", self.language, words.roles(self.plan, node.who, self.language))
        return pick(dict(node.title), self.language)

    def _named(self, label: str, block: str, depth: int) -> Iterator[str]:
        empty = not self.plan.blocks[block].nodes
        yield f"{INDENT * depth}- {label}" + (": -" if empty else ":")
        yield from self._block(block, depth + 1)

    def _inside(self, node: Node) -> Iterator[tuple[str, str]]:
        """The blocks of a step, each with what leads to it."""
        match node:
            case ChooseNode():
                yield from ((condition.text, block) for condition, block in node.branches)
                for name, other in (("otherwise", node.otherwise), ("unknown", node.unknown)):
                    if other is not None:
                        yield words.word(name, self.language), other
            case LanesNode():
                for name, when, block in node.lanes:
                    yield name.replace("_", " ") + (f" ({when.text})" if when is not None else ""), block
            case FirstOfNode():
                for signal, length, block in node.ways:
                    yield signal or (show(length) if length is not None else "-"), block
            case _:
                yield from self._body(node)

    def _body(self, node: Node) -> Iterator[tuple[str, str]]:
        """The one block of a loop or of a fragment."""
        match node:
            case ForEachNode():
                yield words.word("for_each", self.language, f"{node.variable}: {node.items.text}"), node.body
            case RepeatNode():
                yield words.word("again", self.language), node.body
            case UseNode() if node.block not in self.fragments:
                self.fragments.add(node.block)
                yield node.block.rpartition(":")[2].replace("_", " "), node.block

    def _facts(self, node: Node) -> Iterator[str]:
        language = self.language
        first = node.parts[0] if isinstance(node, ChainNode) else node
        match first:
            case RequestNode():
                yield words.roles(self.plan, first.who, language)
                yield words.within(first.within, first.due, language)
                yield from self._waves(first)
            case WorkNode() if first.who and not untitled(first):
                yield words.roles(self.plan, first.who, language)
        yield from self._control(node)

    def _waves(self, node: RequestNode) -> Iterator[str]:
        for wave in node.waves:
            if wave.after:
                who = words.role(self.plan, wave.to, self.language)
                yield words.word("then", self.language, who, show(wave.after))
        if node.again is not None:
            after, at_most = node.again
            yield words.word("anew", self.language, show(after), at_most)

    def _control(self, node: Node) -> Iterator[str]:
        language = self.language
        match node:
            case ChildNode():
                yield node.flowchart
                yield words.within(node.within, None, language)
            case WaitNode():
                until = node.until.text if node.until is not None else ""
                yield show(node.length) if node.length is not None else node.signal or until
            case RepeatNode():
                yield words.word("every", language, show(node.every)) if node.every is not None else ""
                yield words.word("until", language, node.until.text) if node.until is not None else ""
                yield words.word("at_most", language, node.at_most)
            case GotoNode():
                yield node.target
                yield words.word("at_most", language, node.at_most)
            case ForEachNode() | LanesNode() if node.join.kind != "all":
                share = "%" if node.join.kind == "share" else ""
                counted = node.join.kind in ("count", "share")
                yield f"{node.join.number}{share}" if counted else words.word(node.join.kind, language)
