"""A flowchart ready to be laid out: shapes with their lines of text, arrows with their words, in one language."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

from konbit.definition.base import pick
from konbit.engine.plan import Plan
from konbit.render import words
from konbit.render.boxtext import Line, box_lines, foot_lines
from konbit.render.footing import FOOT, footed
from konbit.render.graph import Box, Edge, EdgeKind, Graph, graph
from konbit.render.lanes import By, Lane, lanes
from konbit.render.live import Live, Standing, standing
from konbit.render.measure import width, wrap
from konbit.render.phrases import say

NUMBERED = ("step", "decision", "wait", "child", "loop", "split")
BROAD, SLIM = 186.0, 158.0
"""The room for text in a box, and in a box that only says who is told."""
PADDING = 9.0
LABEL_SIZE = 11.0
LABEL_ROOM = 150.0
SIDES: Mapping[EdgeKind, int] = {"flow": 0, "back": 0, "exit": 1, "unknown": 2, "silence": 3}


@dataclasses.dataclass(frozen=True)
class Shape:
    """A box with what is written in it; sizes in pixels."""

    id: str
    kind: str
    lines: tuple[Line, ...]
    width: float
    height: float
    lane: int
    covers: tuple[str, ...]
    number: int | None = None
    pathway: str = "streamlined"
    standing: Standing | None = None


@dataclasses.dataclass(frozen=True)
class Arrow:
    """An arrow between shapes with its words."""

    source: str
    target: str
    kind: EdgeKind
    pathway: str
    label: tuple[str, ...] = ()
    main: bool = False
    """The way straight on out of its box."""

    @property
    def label_size(self) -> tuple[float, float] | None:
        """How wide and tall its words are."""
        if not self.label:
            return None
        bold = self.kind == "silence"
        return max(width(line, LABEL_SIZE, bold=bold) for line in self.label) + 8, len(self.label) * 13.0 + 2


@dataclasses.dataclass(frozen=True)
class Diagram:
    """All of it, in the order in which it is written."""

    title: str
    language: str
    shapes: tuple[Shape, ...]
    arrows: tuple[Arrow, ...]
    lanes: tuple[Lane, ...]


def numbering(drawn: Graph) -> Mapping[str, int]:
    """The number of each step: the same on the picture, in the table and on paper."""
    boxes = [box.id for box in drawn.boxes if box.kind in NUMBERED]
    return {id: number for number, id in enumerate(boxes, start=1)}


def diagram(plan: Plan, *, by: By = "level", language: str = "en", live: Live | None = None) -> Diagram:
    """The diagram of a plan."""
    drawn = graph(plan)
    numbers = numbering(drawn)
    boxes, edges = footed(drawn)
    named, place = lanes(plan, boxes, edges, by, language)
    shapes = tuple(_shape(plan, box, numbers, place[box.id], language, live) for box in boxes)
    arrows = tuple(_arrows(boxes, edges, language))
    return Diagram(pick(dict(drawn.title), language), language, shapes, arrows, named)


def _arrows(boxes: Sequence[Box], edges: Sequence[Edge], language: str) -> Iterator[Arrow]:
    """The arrows; the first way on out of a box is its main one."""
    aside = {box.id for box in boxes if box.kind == "handler"}
    known: set[str] = set()
    for edge in edges:
        main = edge.kind == "flow" and edge.source not in aside and edge.source not in known
        if main:
            known.add(edge.source)
        label = tuple(_label(edge, language))
        yield Arrow(edge.source, edge.target, edge.kind, edge.pathway, label, main)


def _shape(
    plan: Plan,
    box: Box,
    numbers: Mapping[str, int],
    lane: int,
    language: str,
    live: Live | None,
) -> Shape:
    stands = standing(live, {box.id, *box.covers}, language) if box.kind != "join" else None
    kind = _kind(box)
    room = SLIM if kind in ("handler", "end", "start", "join", "loop_end") else BROAD
    lines = (
        foot_lines(plan, box, room, language) if kind == "loop_end" else box_lines(plan, box, room, language)
    )
    if stands is not None:
        said = [line for text in stands.texts for line in wrap(text, 12, room, most=2, bold=True)]
        lines = (
            *lines,
            *(Line(text, 12, bold=True, icon=stands.kind if not n else "") for n, text in enumerate(said)),
        )
        if not said:
            lines = (*lines, Line(say(stands.kind, language), 12, bold=True, icon=stands.kind))
    wide, tall = _size(kind, lines)
    return Shape(
        box.id, kind, lines, wide, tall, lane, (box.id, *box.covers), numbers.get(box.id), box.pathway, stands
    )


def _kind(box: Box) -> str:
    if box.id.endswith(FOOT):
        return "loop_end"
    if box.verb == "goto":
        return "goto"
    if box.kind == "step":
        return "automatic" if box.verb in ("inform", "stop", "do") else "human"
    return box.kind


def _size(kind: str, lines: Sequence[Line]) -> tuple[float, float]:
    wide = max((line.width for line in lines), default=0.0)
    tall = sum(line.height for line in lines)
    match kind:
        case "decision":
            return max(1.9 * wide, 150.0), max(1.9 * tall + 10, 64.0)
        case "handler":
            return max(wide, 90.0) + 2 * PADDING, tall + 12
        case "start" | "end" | "join":
            return max(wide, 70.0) + 3 * PADDING, tall + 12
        case "loop_end":
            return BROAD + 2 * PADDING, tall + 14
        case _:
            return BROAD + 2 * PADDING, tall + 2 * PADDING


def _label(edge: Edge, language: str) -> list[str]:
    said = " / ".join(
        words.outcome(part, language) if part.isidentifier() else part for part in edge.label.split(" / ")
    )
    return wrap(said, LABEL_SIZE, LABEL_ROOM, most=3, bold=edge.kind == "silence") if said else []
