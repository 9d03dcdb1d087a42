"""Boxes and arrows without groups: every loop gets a foot that its ends lead to, as ISO 5807 draws loop limits.

No arrow has to run back over the page. An arrow that leaves a loop goes through its foot.
"""

import dataclasses
import itertools
from collections.abc import Mapping, Sequence

from konbit.render.graph import Box, Edge, Graph

FOOT, HEAD = "/foot", "/head"


def footed(drawn: Graph) -> tuple[list[Box], list[Edge]]:
    """The boxes in their order, with feet and with a head for what stands the run down; the arrows between them."""
    return _Footing(drawn).whole()


class _Footing:
    def __init__(self, drawn: Graph) -> None:
        self.drawn = drawn
        self.forward = [edge for edge in drawn.edges if edge.kind != "back"]
        self.inside = _members(drawn)
        heads = {f"{box.id}.body": box for box in drawn.boxes if box.kind == "loop"}
        self.bodies = {
            group.id: heads[group.id] for group in drawn.groups if group.kind == "loop" and group.id in heads
        }
        self.open = _open_ends(drawn, self.forward)
        self.known: dict[str, list[str]] = {}

    def whole(self) -> tuple[list[Box], list[Edge]]:
        """Everything."""
        edges = [found for edge in self.forward for found in self.outward(edge)]
        for group, head in self.bodies.items():
            edges += [Edge(end, head.id + FOOT) for end in self.ends(group)]
        boxes = self.with_feet(edges)
        for section in self.drawn.groups:
            if section.kind == "stand_down":
                first = next(number for number, box in enumerate(boxes) if box.group == section.id)
                head = Box(section.id + HEAD, "start", {}, verb="stand_down", group=section.id)
                boxes.insert(first, head)
                edges.append(Edge(head.id, boxes[first + 1].id))
        names = {box.id for box in boxes}
        return boxes, _once([edge for edge in edges if edge.source in names])

    def with_feet(self, edges: Sequence[Edge]) -> list[Box]:
        """The boxes; each foot stands behind the last box of its loop. A loop that is never left has none."""
        boxes = list(self.drawn.boxes)
        reached = {edge.target for edge in edges}
        for group, head in reversed(self.bodies.items()):
            if head.id + FOOT not in reached:
                continue
            within = self.inside[group] | {head.id}
            last = max(number for number, box in enumerate(boxes) if box.id.removesuffix(FOOT) in within)
            boxes.insert(last + 1, dataclasses.replace(head, id=head.id + FOOT, kind="join", covers=()))
        return boxes

    def ends(self, group: str) -> list[str]:
        """The boxes whose plain way leads out of a group; a loop in it ends at its foot."""
        if group not in self.known:
            loops = [body for body in self.bodies if self.inside[body] < self.inside[group]]
            deep = {box for body in loops for box in self.inside[body]}
            outer = [body for body in loops if body not in deep]
            found = [box for box in self.open if box in self.inside[group] and box not in deep]
            found += [
                self.bodies[body].id + FOOT for body in outer if not self.goes_on(body) and self.ends(body)
            ]
            self.known[group] = found
        return self.known[group]

    def goes_on(self, body: str) -> bool:
        """True if the way straight on leads from a loop to what comes after it, not only the handlers of the loop."""
        return any(
            edge.target not in self.inside[body]
            for edge in self.forward
            if edge.kind == "flow" and (edge.source == body or edge.source in self.inside[body])
        )

    def outward(self, edge: Edge) -> list[Edge]:
        """An arrow out of loops: to the foot of the innermost, on from foot to foot, and on from the outermost."""
        left = [
            group
            for group in self.bodies
            if edge.target not in self.inside[group]
            and (edge.source == group or edge.source in self.inside[group])
        ]
        sources = self.ends(edge.source) if edge.source in self.inside else [edge.source]
        if not left:
            return [dataclasses.replace(edge, source=source) for source in sources]
        left.sort(key=lambda group: len(self.inside[group]))
        feet = [self.bodies[group].id + FOOT for group in left]
        first = [
            Edge(source, feet[0], edge.kind, edge.label) for source in sources if edge.source not in left
        ]
        between = [Edge(one, other) for one, other in itertools.pairwise(feet)]
        return [*first, *between, dataclasses.replace(edge, source=feet[-1], kind="flow", label="")]


def _members(drawn: Graph) -> Mapping[str, frozenset[str]]:
    """Group → all boxes and groups in it, also those in groups inside it."""
    parents = {group.id: group.parent for group in drawn.groups}
    found: dict[str, set[str]] = {group.id: set() for group in drawn.groups}
    inner = [(box.id, box.group) for box in drawn.boxes]
    inner += [(group.id, group.parent) for group in drawn.groups]
    for id, around in inner:
        while around is not None:
            found[around].add(id)
            around = parents[around]  # noqa: PLW2901 (climbs)
    return {group: frozenset(members) for group, members in found.items()}


def _open_ends(drawn: Graph, forward: Sequence[Edge]) -> list[str]:
    """Boxes whose plain way on leads out of their group."""
    going = {edge.source for edge in forward if edge.kind == "flow" and not edge.label}
    heads = {f"{box.id}.body" for box in drawn.boxes} & {group.id for group in drawn.groups}
    return [
        box.id
        for box in drawn.boxes
        if box.group is not None
        and box.id not in going
        and f"{box.id}.body" not in heads
        and (box.kind != "decision" or box.verb == "table")
        and not (
            box.kind == "wait" and any(edge.source == box.id and edge.kind == "flow" for edge in forward)
        )
        and box.kind != "end"
        and box.outcome is None
    ]


def _once(edges: Sequence[Edge]) -> list[Edge]:
    """Each arrow once; of two of a kind the one that says something."""
    seen: dict[tuple[str, str, str], Edge] = {}
    for edge in edges:
        key = (edge.source, edge.target, edge.kind)
        known = seen.get(key)
        if known is None or (edge.label and not known.label):
            seen[key] = edge
    return list(seen.values())
