"""Positions across: cells keep their order and their distance, and the way straight on runs as straight as that allows.

Every lane is placed around an axis of its own; how wide it is comes out of that.
"""

import itertools
import math
from collections.abc import Mapping, Sequence

from konbit.render.ordering import Cell, Hop, Rows

ROUNDS = 24
STRAIGHT = 60.0
"""The pull of the way straight on and of an arrow that passes on, against 1 of an exit."""
IDLE = 0.2
"""The pull of the axis on a cell without neighbours in its lane."""

Near = Mapping[int, Sequence[tuple[Cell, float]]]


def straightened(
    rows: Rows, hops: Sequence[Hop], lanes: int, gap: float, margin: float, least: float
) -> list[tuple[float, float]]:
    """Sets the position of every cell; gives the lanes, as (from, to)."""
    groups = [_by_lane(row) for row in rows.rows]
    above, below = _neighbours(hops)
    for row in groups:
        for cells in row.values():
            _spread(cells, [(0.0, 1.0)] * len(cells), gap)
    for turn in range(ROUNDS):
        downwards = turn % 2 == 0
        both = turn >= ROUNDS // 3
        sides = [above, below] if both else [above if downwards else below]
        for row in groups if downwards else reversed(groups):
            for cells in row.values():
                _spread(cells, [_wanted(cell, sides) for cell in cells], gap)
    _straighten_passing(groups, hops, gap)
    return _side_by_side(rows, lanes, margin, least)


def _neighbours(hops: Sequence[Hop]) -> tuple[Near, Near]:
    """The neighbours of each cell in its own lane, above and below; an arrow to another lane does not pull."""
    above: dict[int, list[tuple[Cell, float]]] = {}
    below: dict[int, list[tuple[Cell, float]]] = {}
    for hop in hops:
        if hop.above.lane != hop.below.lane:
            continue
        passing = hop.above.link is not None and hop.below.link is not None
        weight = STRAIGHT if passing or hop.main else 1.0
        above.setdefault(hop.below.number, []).append((hop.above, weight))
        below.setdefault(hop.above.number, []).append((hop.below, weight))
    return above, below


def _wanted(cell: Cell, sides: Sequence[Near]) -> tuple[float, float]:
    """Where a cell wants to be, and how much."""
    near = [pair for side in sides for pair in side.get(cell.number, ())]
    if not near:
        return 0.0, IDLE
    total = sum(weight for _, weight in near)
    return sum(one.across * weight for one, weight in near) / total, total


def _by_lane(row: Sequence[Cell]) -> dict[int, list[Cell]]:
    found: dict[int, list[Cell]] = {}
    for cell in row:
        found.setdefault(cell.lane, []).append(cell)
    return found


def _spread(cells: Sequence[Cell], wanted: Sequence[tuple[float, float]], gap: float) -> None:
    """Places cells as near to where they want to be as their order and distance allow."""
    offsets = [0.0]
    for one, other in itertools.pairwise(cells):
        offsets.append(offsets[-1] + one.breadth / 2 + gap + other.breadth / 2)
    places = [want - offset for (want, _), offset in zip(wanted, offsets, strict=True)]
    fitted = isotonic(places, [weight for _, weight in wanted])
    for cell, value, offset in zip(cells, fitted, offsets, strict=True):
        cell.across = value + offset


def isotonic(values: Sequence[float], weights: Sequence[float]) -> list[float]:
    """The nearest rising sequence by weighted squares: pool adjacent violators."""
    blocks: list[tuple[float, float, int]] = []
    for value, weight in zip(values, weights, strict=True):
        blocks.append((value, weight, 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            late, early = blocks.pop(), blocks.pop()
            total = early[1] + late[1]
            mean = (early[0] * early[1] + late[0] * late[1]) / total
            blocks.append((mean, total, early[2] + late[2]))
    return [value for value, _, count in blocks for _ in range(count)]


def _straighten_passing(groups: Sequence[Mapping[int, list[Cell]]], hops: Sequence[Hop], gap: float) -> None:
    """Puts all cells of an arrow that passes through several ranks on one line, where there is room for it."""
    chains: dict[int, list[tuple[list[Cell], int]]] = {}
    for row in groups:
        for cells in row.values():
            for place, cell in enumerate(cells):
                if cell.link is not None:
                    chains.setdefault(cell.link, []).append((cells, place))
    ends: dict[int, list[float]] = {}
    for hop in hops:
        if hop.above.lane == hop.below.lane:
            for cell in (hop.above, hop.below):
                if cell.item is not None:
                    ends.setdefault(hop.link, []).append(cell.across)
    for link, chain in chains.items():
        free = [_free(cells, place, gap) for cells, place in chain]
        low, high = max(low for low, _ in free), min(high for _, high in free)
        if low > high:
            continue
        now = sorted(cells[place].across for cells, place in chain)[len(chain) // 2]
        line = next(
            (end for end in reversed(ends.get(link, [])) if low <= end <= high), max(low, min(high, now))
        )
        for cells, place in chain:
            cells[place].across = line


def _free(cells: Sequence[Cell], place: int, gap: float) -> tuple[float, float]:
    """From where to where a cell can be moved without its neighbours."""
    half = cells[place].breadth / 2
    low, high = -math.inf, math.inf
    if place > 0:
        low = cells[place - 1].across + cells[place - 1].breadth / 2 + gap + half
    if place + 1 < len(cells):
        high = cells[place + 1].across - cells[place + 1].breadth / 2 - gap - half
    return low, high


def _side_by_side(rows: Rows, lanes: int, margin: float, least: float) -> list[tuple[float, float]]:
    """Moves the lanes beside each other, each as wide as what is in it."""
    cells = [[cell for row in rows.rows for cell in row if cell.lane == lane] for lane in range(lanes)]
    bounds: list[tuple[float, float]] = []
    start = 0.0
    for inside in cells:
        low = min((cell.across - cell.breadth / 2 for cell in inside), default=0.0)
        high = max((cell.across + cell.breadth / 2 for cell in inside), default=0.0)
        wide = max(high - low + 2 * margin, least)
        shift = start + (wide - (high - low)) / 2 - low
        for cell in inside:
            cell.across += shift
        bounds.append((start, start + wide))
        start += wide
    return bounds
