"""A flowchart as rows of a table: who does what by when, and what happens when nobody answers."""

import dataclasses
import datetime as dt
from collections.abc import Iterator, Mapping

from konbit.definition.base import pick
from konbit.definition.durations import show
from konbit.engine.plan import (
    ChainNode,
    ChooseNode,
    EndNode,
    FirstOfNode,
    ForEachNode,
    LanesNode,
    Node,
    Plan,
    RepeatNode,
    RequestNode,
    WaitNode,
    WorkNode,
)
from konbit.render import words
from konbit.render.boxtext import waves
from konbit.render.diagram import numbering
from konbit.render.graph import SILENT, Box, graph
from konbit.render.phrases import say


@dataclasses.dataclass(frozen=True)
class Row:
    """One step in words; what does not apply is empty."""

    number: int
    id: str
    title: str
    kind: str
    context: str
    """Under which condition, in which lane or loop it happens."""
    who: str
    where: str
    by_when: str
    next_asked: tuple[str, ...]
    reminders: str
    silent: str
    """What happens when nobody answers."""
    others: tuple[tuple[str, str], ...]
    """Other outcomes, and what then happens."""
    messages: tuple[str, ...]
    """The messages it sends, by name."""
    human: bool


def rows(plan: Plan, language: str) -> list[Row]:
    """The rows of a plan, numbered as on the picture."""
    drawn = graph(plan)
    numbers = numbering(drawn)
    table = _Table(plan, numbers, language)
    return [table.row(box) for box in drawn.boxes if box.id in numbers and box.id in plan.nodes]


class _Table:
    def __init__(self, plan: Plan, numbers: Mapping[str, int], language: str) -> None:
        self.plan = plan
        self.numbers = numbers
        self.language = language

    def row(self, box: Box) -> Row:
        """The row of a box."""
        node = self.plan.nodes[box.id]
        outcomes = list(self._outcomes(node))
        return Row(
            number=self.numbers[box.id],
            id=box.id,
            title=pick(dict(node.title), self.language),
            kind=box.kind,
            context=self._context(node),
            who=self._who(box),
            where=say(node.level, self.language) if node.level else "",
            by_when=self._by_when(box, node),
            next_asked=tuple(waves(self.plan, box, self.language)),
            reminders=", ".join(show(after) for after in _remind(node)),
            silent="; ".join(dict.fromkeys(text for name, text in outcomes if name in SILENT)),
            others=tuple(
                (words.outcome(name, self.language) if name.isidentifier() else name, text)
                for name, text in outcomes
                if name not in SILENT
            ),
            messages=tuple(self._messages(node)),
            human=any(isinstance(part, RequestNode) for part in _parts(node)),
        )

    def _who(self, box: Box) -> str:
        if box.who:
            return words.roles(self.plan, box.who, self.language)
        return words.role(self.plan, box.actor, self.language) if box.actor else ""

    def _by_when(self, box: Box, node: Node) -> str:
        if isinstance(node, WaitNode):
            return words.word("wait_for", self.language, show(box.within) if box.within else box.detail)
        if isinstance(node, RepeatNode):
            every = words.word("every", self.language, show(node.every)) if node.every else ""
            return ", ".join(
                part for part in (every, words.word("at_most", self.language, node.at_most)) if part
            )
        return words.within(box.within, box.due, self.language)

    def _context(self, node: Node) -> str:
        block, _ = self.plan.positions.get(node.id, ("", 0))
        owner = self.plan.nodes.get(self.plan.owners.get(block, ""))
        if owner is None:
            return words.word("stood_down", self.language) if block == "stand_down" else ""
        for outcome, handler in owner.handlers.items():
            if handler == block:
                return f"{self.numbers.get(owner.id, '')}: {words.outcome(outcome, self.language)}"
        return self._inside(owner, block)

    def _inside(self, owner: Node, block: str) -> str:
        language = self.language
        match owner:
            case ChooseNode():
                named = {id: condition.text for condition, id in owner.branches}
                ends = {owner.otherwise: "otherwise", owner.unknown: "unknown"}
                return say("only_if", language, named.get(block) or words.word(ends.get(block, ""), language))
            case LanesNode():
                lane = next((name for name, _, id in owner.lanes if id == block), "")
                return f"{say('together', language)}: {lane.replace('_', ' ')}"
            case ForEachNode():
                return words.word("for_each", language, owner.variable.replace("_", " "))
            case RepeatNode():
                return words.word("again", language)
            case FirstOfNode():
                ways = {id: signal or show(length or dt.timedelta()) for signal, length, id in owner.ways}
                return say("only_if", language, ways.get(block, ""))
            case _:
                return ""

    def _outcomes(self, node: Node) -> Iterator[tuple[str, str]]:
        """What each outcome leads to."""
        for outcome, block in node.handlers.items():
            yield outcome, self.told(block)
        if isinstance(node, ChooseNode):
            for condition, block in node.branches:
                yield condition.text, self.told(block)
            for name, other in (("otherwise", node.otherwise), ("unknown", node.unknown)):
                if other is not None:
                    yield name, self.told(other)
        if isinstance(node, LanesNode):
            yield from ((name, self.told(block)) for name, _, block in node.lanes)
        if isinstance(node, FirstOfNode):
            for signal, length, block in node.ways:
                yield signal or show(length or dt.timedelta()), self.told(block)

    def told(self, block: str) -> str:
        """What the steps of a block do, in a line."""
        texts: list[str] = []
        for node in self.plan.blocks[block].nodes:
            if node.id in self.numbers:
                texts.append(f"→ {self.numbers[node.id]}")
            elif isinstance(node, EndNode):
                texts.append(words.word("end", self.language, node.outcome.replace("_", " ")))
            elif isinstance(node, WorkNode):
                texts.append(
                    words.word("tell", self.language, words.roles(self.plan, node.who, self.language))
                )
        return ", ".join(texts) or say("go_on", self.language)

    def _side_blocks(self, node: Node) -> Iterator[str]:
        yield from node.handlers.values()
        if isinstance(node, ChooseNode):
            yield from (block for _, block in node.branches)
            yield from (block for block in (node.otherwise, node.unknown) if block is not None)

    def _messages(self, node: Node) -> Iterator[str]:
        seen: dict[str, None] = {}
        for part in _parts(node):
            if isinstance(part, RequestNode):
                seen.setdefault(part.question)
                seen.update(dict.fromkeys(wave.message for wave in part.waves if wave.message))
            elif isinstance(part, WorkNode) and part.message:
                seen.setdefault(part.message)
        for block in self._side_blocks(node):
            for one in self.plan.blocks[block].nodes:
                if isinstance(one, WorkNode) and one.message and one.id not in self.numbers:
                    seen.setdefault(one.message)
        yield from (name for name in seen if name in self.plan.bundle.messages)


def _parts(node: Node) -> tuple[Node, ...]:
    return node.parts if isinstance(node, ChainNode) else (node,)


def _remind(node: Node) -> tuple[dt.timedelta, ...]:
    return next((part.remind for part in _parts(node) if isinstance(part, RequestNode)), ())
