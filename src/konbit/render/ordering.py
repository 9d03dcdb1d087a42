"""The order of cells within their ranks: lanes in their order, the way straight on left of the exits, few crossings."""

import bisect
import dataclasses
from collections.abc import Mapping, Sequence

SWEEPS = 6
SIDE = 0.02
"""How far an exit is drawn to the right of the way straight on, in places."""


@dataclasses.dataclass(eq=False)
class Cell:
    """Something that takes room in a rank: a box (`item`), or an arrow that passes through (`link`)."""

    number: int
    breadth: float
    depth: float
    lane: int
    seed: float
    item: int | None = None
    link: int | None = None
    across: float = 0.0
    """The middle, once it is known."""
    inset: float = 0.0


@dataclasses.dataclass(frozen=True, eq=False)
class Hop:
    """The part of an arrow between two neighbouring ranks."""

    above: Cell
    below: Cell
    link: int
    side: int
    label: tuple[float, float] | None = None
    trunk: str = ""
    main: bool = False
    aside: bool = False


@dataclasses.dataclass
class Rows:
    """The ranks, each in its order."""

    rows: list[list[Cell]]


Pull = Mapping[int, Sequence[tuple[Cell, float]]]
"""Cell → its neighbours in the next rank, each with how far beside it the cell wants to be."""


def ordered(rows: Rows, hops: Sequence[Hop]) -> Rows:
    """The rows in the order with the fewest crossings that sweeping down and up finds."""
    down, up = pulls(hops)
    current = [sorted(row, key=lambda cell: (cell.lane, cell.seed, cell.number)) for row in rows.rows]
    best, least = current, _crossings(current, hops)
    for sweep in range(SWEEPS):
        downwards = sweep % 2 == 0
        current = _swept(current, down if downwards else up, downwards=downwards)
        found = _crossings(current, hops)
        if found < least or sweep == 0:
            best, least = current, found
    return Rows(best)


def pulls(hops: Sequence[Hop]) -> tuple[Pull, Pull]:
    """Who is above each cell, and who is below it."""
    above: dict[int, list[tuple[Cell, float]]] = {}
    below: dict[int, list[tuple[Cell, float]]] = {}
    for hop in hops:
        beside = -5 if hop.main else hop.side
        above.setdefault(hop.below.number, []).append((hop.above, SIDE * beside))
        below.setdefault(hop.above.number, []).append((hop.below, 0.0))
    return above, below


def _swept(rows: Sequence[Sequence[Cell]], pull: Pull, *, downwards: bool) -> list[list[Cell]]:
    """Every row ordered by the mean place of its neighbours in the row before."""
    result = [list(row) for row in rows]
    order = range(1, len(result)) if downwards else range(len(result) - 2, -1, -1)
    for index in order:
        fixed = result[index - 1] if downwards else result[index + 1]
        at = {cell.number: place for place, cell in enumerate(fixed)}
        wanted: dict[int, float] = {}
        for place, cell in enumerate(result[index]):
            near = [at[one.number] + beside for one, beside in pull.get(cell.number, ()) if one.number in at]
            wanted[cell.number] = sum(near) / len(near) if near else float(place)
        result[index].sort(key=lambda cell: (cell.lane, wanted[cell.number], cell.number))
    return result


def _crossings(rows: Sequence[Sequence[Cell]], hops: Sequence[Hop]) -> int:
    """How many pairs of arrows cross between neighbouring ranks."""
    at = {cell.number: (rank, place) for rank, row in enumerate(rows) for place, cell in enumerate(row)}
    gaps: dict[int, list[tuple[int, int]]] = {}
    for hop in hops:
        rank, place = at[hop.above.number]
        gaps.setdefault(rank, []).append((place, at[hop.below.number][1]))
    total = 0
    for pairs in gaps.values():
        seen: list[int] = []
        for _, below in sorted(pairs):
            total += len(seen) - bisect.bisect_right(seen, below)
            bisect.insort(seen, below)
    return total
