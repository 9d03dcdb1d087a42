"""What is written in the boxes of a picture: the title, who, until when, who is asked next."""

import dataclasses
from collections.abc import Iterator

from konbit.definition.base import pick
from konbit.definition.durations import show
from konbit.engine.plan import ChainNode, GotoNode, Plan, RepeatNode, RequestNode, StopNode, WaveRule
from konbit.render import words
from konbit.render.graph import Box
from konbit.render.measure import width, wrap
from konbit.render.phrases import say

TITLE, BODY, NOTE = 13.0, 12.0, 11.0
ICON = 16.0
"""The room an icon takes before a line."""
LEADING = 1.32


@dataclasses.dataclass(frozen=True)
class Line:
    """A line of text in a box."""

    text: str
    size: float
    bold: bool = False
    italic: bool = False
    icon: str = ""
    """A small mark before it: `clock`, `next`, `done`, `current`."""

    @property
    def width(self) -> float:
        """How wide it is, with its mark."""
        return width(self.text, self.size, bold=self.bold) + (ICON if self.icon else 0)

    @property
    def height(self) -> float:
        """How tall it is, with the space to the next one."""
        return self.size * LEADING


def box_lines(plan: Plan, box: Box, room: float, language: str) -> tuple[Line, ...]:
    """The lines of a box."""
    match box.kind:
        case "start":
            name = "stood_down" if box.verb == "stand_down" else "start"
            return tuple(_wrapped(words.word(name, language), BODY, room, bold=True))
        case "end":
            said = words.word("end", language, (box.outcome or "completed").replace("_", " "))
            return tuple(_wrapped(said, BODY, room, bold=True))
        case "handler":
            return tuple(_handler(plan, box, room, language))
        case "join":
            return (Line(joined(box, language) or words.word("all", language), NOTE),)
        case _:
            return tuple(_step(plan, box, room, language))


def foot_lines(plan: Plan, box: Box, room: float, language: str) -> tuple[Line, ...]:
    """The lines at the foot of a loop: what goes round again, until when."""
    node = plan.nodes.get(box.id.removesuffix("/foot"))
    if isinstance(node, RepeatNode):
        texts = [words.word("again", language)]
        texts += [words.word("until", language, node.until.text)] if node.until is not None else []
    else:
        texts = [say("each_done", language, box.detail.replace("_", " "))]
        texts += [joined(box, language)] if box.join and box.join.kind != "all" else []
    said = " · ".join(texts)
    return tuple(_wrapped(said, NOTE, room, most=3))


def joined(box: Box, language: str) -> str:
    """When a join goes on."""
    if box.join is None:
        return ""
    if box.join.kind in ("count", "share"):
        return f"{box.join.number}{' %' if box.join.kind == 'share' else ''}"
    return words.word(box.join.kind, language)


def _handler(plan: Plan, box: Box, room: float, language: str) -> Iterator[Line]:
    told = tuple(dict.fromkeys(one for who in box.told for one in who))
    if told:
        yield from _wrapped(words.word("tell", language, words.roles(plan, told, language)), NOTE, room)
    if box.outcome:
        said = words.word("end", language, box.outcome.replace("_", " "))
        yield from _wrapped(said, NOTE, room, bold=True)


def _step(plan: Plan, box: Box, room: float, language: str) -> Iterator[Line]:
    decision = box.kind == "decision"
    title = _title(plan, box, language)
    yield from _wrapped(title, TITLE, 118.0 if decision else room - 14, bold=True)
    match box.kind:
        case "loop" if box.verb == "goto":
            yield from _wrapped(words.word("at_most", language, box.detail), NOTE, room)
        case "loop":
            yield from _loop(box, room, language)
        case "split":
            yield from _wrapped(say("together", language), NOTE, room)
        case "wait":
            limit = show(box.within) if box.within else box.detail
            if limit:
                yield Line(words.word("wait_for", language, limit), BODY, icon="clock")
        case "step" | "child":
            yield from _human(plan, box, room, language)


def _title(plan: Plan, box: Box, language: str) -> str:
    node = plan.nodes.get(box.id)
    if isinstance(node, GotoNode) and _made(node.title, node.id):
        target = plan.nodes.get(node.target)
        return say("go_to", language, pick(dict(target.title), language) if target else node.target)
    if isinstance(node, StopNode) and _made(node.title, node.id):
        titles = [pick(dict(plan.nodes[id].title), language) for id in node.steps if id in plan.nodes]
        return say("withdraw", language, ", ".join(titles))
    return pick(dict(box.title), language)


def _made(title: object, id: str) -> bool:
    """True if nobody wrote a title, and the id stands for one."""
    return title == {"en": id.replace("_", " ").capitalize()}


def _loop(box: Box, room: float, language: str) -> Iterator[Line]:
    if box.verb == "for_each":
        yield from _wrapped(words.word("for_each", language, box.detail.replace("_", " ")), BODY, room)
        return
    if box.within:
        yield Line(words.word("every", language, show(box.within)), BODY, icon="clock")
    yield from _wrapped(words.word("at_most", language, box.detail), NOTE, room)


def _human(plan: Plan, box: Box, room: float, language: str) -> Iterator[Line]:
    asked = box.who if box.verb != "report" else ()
    actor = words.role(plan, box.actor, language) if box.actor else ""
    if box.verb == "inform":
        yield from _wrapped(words.word("tell", language, words.roles(plan, box.who, language)), BODY, room)
    else:
        yield from _wrapped(words.roles(plan, asked, language) if asked else actor, BODY, room)
    limit = words.within(box.within, box.due, language)
    if limit:
        yield from _wrapped(limit, BODY, room - ICON, icon="clock", bold=True)
    for text in waves(plan, box, language):
        yield from _wrapped(text, NOTE, room - ICON, icon="next", italic=True, most=2)


def waves(plan: Plan, box: Box, language: str) -> list[str]:
    """Who is asked next, and when: `15m: backup`."""
    node = plan.nodes.get(box.id)
    first = node.parts[0] if isinstance(node, ChainNode) else node
    if not isinstance(first, RequestNode):
        return []
    found = [
        say("then", language, show(wave.after), wave_role(plan, wave, language))
        for wave in first.waves
        if wave.after
    ]
    again = [words.word("anew", language, show(first.again[0]), first.again[1])] if first.again else []
    return [*found, *again]


def wave_role(plan: Plan, wave: WaveRule, language: str) -> str:
    """Who a wave asks."""
    return say(wave.to, language) if wave.to in ("primary", "backup") else words.role(plan, wave.to, language)


def _wrapped(
    text: str,
    size: float,
    room: float,
    *,
    bold: bool = False,
    italic: bool = False,
    icon: str = "",
    most: int = 6,
) -> Iterator[Line]:
    for number, line in enumerate(wrap(text, size, room, bold=bold, most=most)):
        yield Line(line, size, bold, italic, icon if number == 0 else "")
