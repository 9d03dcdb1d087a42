"""Places boxes in ranks and lanes, without knowing what they are: fast-sugiyama ranks and orders, this finds room.

One axis is `along` (from rank to rank, the way the chart runs), the other `across` (within a rank). Lanes lie side by side
across. A drawing from the top down and one from the left to the right come out of the same placing.
"""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

from fast_sugiyama import from_edges

from konbit.render.ordering import Cell, Hop, Rows, ordered
from konbit.render.routing import Chip, Point, routed
from konbit.render.straightening import straightened


@dataclasses.dataclass(frozen=True)
class Item:
    """A box to place: its extent across and along, and the lane it must lie in."""

    id: str
    across: float
    along: float
    lane: int = 0
    inset: float = 14
    """How far from its corners arrows may end."""


@dataclasses.dataclass(frozen=True)
class Link:
    """An arrow to route. `side` grows to the right: the way straight on is 0, silence is furthest out."""

    source: str
    target: str
    side: int = 0
    label: tuple[float, float] | None = None
    """The extent of its words, across and along."""
    trunk: str = ""
    """Arrows of one trunk that lead to the same box run together; without a name an arrow runs alone."""
    main: bool = False
    """Set for the arrow that should run straight before all others."""
    aside: bool = False
    """Set for an arrow that leaves its box elsewhere: it takes no room at the side where arrows leave."""


@dataclasses.dataclass(frozen=True)
class Place:
    """Where a box is: the corner nearest to the origin, and its extent."""

    across: float
    along: float
    breadth: float
    depth: float


@dataclasses.dataclass(frozen=True)
class Spacing:
    """The room between things."""

    cells: float = 26
    """Between boxes of a rank."""
    ranks: float = 34
    """Between ranks, besides what tracks and words need."""
    track: float = 9
    """Between arrows that run across side by side."""
    lane: float = 16
    """On both sides inside a lane."""
    lane_least: float = 120


@dataclasses.dataclass(frozen=True)
class Placed:
    """Boxes, arrows as (across, along) points in the order of the links, words of arrows, lanes as (from, to) across."""

    boxes: Mapping[str, Place]
    routes: tuple[tuple[Point, ...], ...]
    chips: Mapping[int, Chip]
    lanes: tuple[tuple[float, float], ...]
    across: float
    along: float


def place(
    items: Sequence[Item], links: Sequence[Link], lanes: int = 1, spacing: Spacing | None = None
) -> Placed:
    """Places everything; the same input gives the same places. Links between items that are not there are an error."""
    room = spacing or Spacing()
    numbers = {item.id: number for number, item in enumerate(items)}
    ends = [(numbers[link.source], numbers[link.target]) for link in links]
    ranks, seeds = _ranks(len(items), [(min(pair), max(pair)) for pair in ends if pair[0] != pair[1]])
    rows, hops = _rows(items, links, ends, ranks, seeds)
    rows = ordered(rows, hops)
    bounds = straightened(rows, hops, max(lanes, 1), room.cells, room.lane, room.lane_least)
    routes, chips, tops = routed(rows, hops, len(links), room.ranks, room.track)
    boxes: dict[str, Place] = {}
    for row, (top, depth) in zip(rows.rows, tops, strict=True):
        for cell in row:
            if cell.item is not None:
                item = items[cell.item]
                start = top + (depth - item.along) / 2
                boxes[item.id] = Place(cell.across - item.across / 2, start, item.across, item.along)
    turned = tuple(
        route if pair[0] <= pair[1] else tuple(reversed(route))
        for route, pair in zip(routes, ends, strict=True)
    )
    along = tops[-1][0] + tops[-1][1] if tops else 0.0
    return Placed(boxes, turned, chips, tuple(bounds), bounds[-1][1], along)


def _ranks(count: int, edges: Iterable[tuple[int, int]]) -> tuple[list[int], list[float]]:
    """Rank and a first position of each item. Parts that hang together come one below the other, as they are written."""
    ranks = [-1] * count
    seeds = [0.0] * count
    unique = sorted(set(edges))
    found = from_edges(unique, vertex_spacing=1, dummy_vertices=True, dummy_size=0.5, check_layout=False)
    parts: list[list[tuple[int, float, float]]] = []
    for positions, *_ in found:
        real = [(int(id), float(x), float(y)) for id, (x, y) in positions if int(id) < count]
        parts.append(sorted(real))
    # from_edges numbers the nodes anew: its answer is already in our numbers; what has no arrow it does not return.
    known = {id for part in parts for id, _, _ in part}
    parts += [[(id, 0.0, 0.0)] for id in range(count) if id not in known]
    start = 0
    for part in sorted(parts):
        top = max(y for _, _, y in part)
        for id, x, y in part:
            ranks[id] = start + round(top - y)
            seeds[id] = x
        start = 1 + max(ranks[id] for id, _, _ in part)
    return ranks, seeds


def _rows(
    items: Sequence[Item],
    links: Sequence[Link],
    ends: Sequence[tuple[int, int]],
    ranks: Sequence[int],
    seeds: Sequence[float],
) -> tuple[Rows, list[Hop]]:
    """The ranks as rows of cells; an arrow over several ranks passes through a thin cell in each."""
    cells = [
        Cell(number, item.across, item.along, item.lane, seeds[number], item=number, inset=item.inset)
        for number, item in enumerate(items)
    ]
    rows: list[list[Cell]] = [[] for _ in range(max(ranks, default=-1) + 1)]
    for cell, rank in zip(list(cells), ranks, strict=True):
        rows[rank].append(cell)
    hops: list[Hop] = []
    trunks: dict[tuple[int, str, int], Cell] = {}
    for number, (link, pair) in enumerate(zip(links, ends, strict=True)):
        first, last = min(pair), max(pair)
        if first == last:
            continue
        before = cells[first]
        for rank in range(ranks[first] + 1, ranks[last]):
            label = link.label if before is cells[first] else None
            known = trunks.get((last, link.trunk, rank)) if link.trunk and label is None else None
            if known is None:
                share = (rank - ranks[first]) / (ranks[last] - ranks[first])
                seed = seeds[first] + (seeds[last] - seeds[first]) * share
                breadth = label[0] if label is not None else 4.0
                known = Cell(len(cells), breadth, 0.0, cells[last].lane, seed, link=number)
                cells.append(known)
                rows[rank].append(known)
                if link.trunk and label is None:
                    trunks[last, link.trunk, rank] = known
            hops.append(Hop(before, known, number, link.side, label, link.trunk, link.main, link.aside))
            before = known
        label = link.label if before is cells[first] else None
        hops.append(Hop(before, cells[last], number, link.side, label, link.trunk, link.main, link.aside))
    return Rows(rows), hops
