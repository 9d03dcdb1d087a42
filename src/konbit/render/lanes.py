"""The swim lane of every box: the level at which a step happens, or who acts."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Literal

from konbit.engine.plan import Plan
from konbit.render import words
from konbit.render.graph import Box, Edge
from konbit.render.phrases import say

By = Literal["level", "actor", "none"]
LEVELS = ("global", "regional", "country", "local", "residence")
"""In the order in which the framework draws them."""


@dataclasses.dataclass(frozen=True)
class Lane:
    """A lane: its key, and its name in the language of the drawing."""

    key: str
    title: str


def lanes(
    plan: Plan, boxes: Sequence[Box], edges: Sequence[Edge], by: By, language: str
) -> tuple[tuple[Lane, ...], Mapping[str, int]]:
    """The lanes in use, and the lane of each box. What has none of its own stands with what it comes from, or leads to."""
    if by == "none":
        return (Lane("", ""),), {box.id: 0 for box in boxes}
    own = {box.id: _own(plan, box, by) for box in boxes}
    known = dict(own)
    heads = {box.id for box in boxes if box.kind in ("loop", "start")}
    for edge in edges:
        # A loop begins where its first step is.
        if edge.source in heads and known.get(edge.source) is None:
            known[edge.source] = known.get(edge.target)
    for edge in edges:
        if known.get(edge.target) is None and known.get(edge.source) is not None:
            known[edge.target] = known[edge.source]
    for edge in reversed(edges):
        if known.get(edge.source) is None and known.get(edge.target) is not None:
            known[edge.source] = known[edge.target]
    found = {key for key in known.values() if key is not None}
    order = [level for level in LEVELS if level in found] if by == "level" else []
    order += [key for key in dict.fromkeys(known.values()) if key is not None and key not in order]
    fallback = order[0] if order else ""
    named = tuple(Lane(key, _title(plan, key, by, language)) for key in order) or (Lane("", ""),)
    numbers = {lane.key: number for number, lane in enumerate(named)}
    return named, {box: numbers[key if key is not None else fallback] for box, key in known.items()}


def _own(plan: Plan, box: Box, by: By) -> str | None:
    """What the author wrote on the step; control boxes and handlers have none."""
    for covered in (box.id, *box.covers):
        node = plan.nodes.get(covered)
        if node is not None and box.kind != "handler":
            value = node.level if by == "level" else node.actor
            if value is not None:
                return value
    return None


def _title(plan: Plan, key: str, by: By, language: str) -> str:
    return say(key, language) if by == "level" else words.role(plan, key, language)
