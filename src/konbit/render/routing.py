"""Arrows from rank to rank: out of a box, across on a track of their own between the ranks, into the next box."""

import dataclasses
import itertools
from collections.abc import Sequence

from konbit.render.ordering import Cell, Hop, Rows
from konbit.render.straightening import isotonic

Point = tuple[float, float]
PORTS = 16.0
"""The least distance between arrows at a box."""
MAIN = 100.0
"""How much more the way straight on counts when arrows share a side of a box."""
NEAR = 0.75
"""Less than this across is straight."""


@dataclasses.dataclass(frozen=True)
class Chip:
    """The words of an arrow: the middle, and the extent."""

    across: float
    along: float
    breadth: float
    depth: float


@dataclasses.dataclass(eq=False)
class _Jog:
    """A hop with its ends and the track it runs across on."""

    hop: Hop
    start: float
    stop: float
    track: int = -1

    @property
    def straight(self) -> bool:
        return abs(self.start - self.stop) < NEAR


class _Span:
    """Jogs that run across on one track, because they arrive at one place."""

    def __init__(self, jogs: Sequence[_Jog]) -> None:
        self.jogs = jogs
        ends = [end for jog in jogs for end in (jog.start, jog.stop)]
        self.low, self.high = min(ends), max(ends)
        self.rightwards = jogs[0].stop - self.low >= self.high - jogs[0].stop

    def overlaps(self, other: "_Span") -> bool:
        """True if both would run over each other on one track."""
        return self.low < other.high + PORTS / 2 and other.low < self.high + PORTS / 2


def routed(
    rows: Rows, hops: Sequence[Hop], links: int, gap: float, track: float
) -> tuple[list[tuple[Point, ...]], dict[int, Chip], list[tuple[float, float]]]:
    """The points of every link, the words, and (start, depth) of every rank."""
    ranks = {cell.number: rank for rank, row in enumerate(rows.rows) for cell in row}
    gaps: list[list[_Jog]] = [[] for _ in rows.rows]
    for jog in _ported(hops):
        gaps[ranks[jog.hop.above.number]].append(jog)
    points: list[list[Point]] = [[] for _ in range(links)]
    chips: dict[int, Chip] = {}
    tops: list[tuple[float, float]] = []
    start = 0.0
    for row, jogs in zip(rows.rows, gaps, strict=True):
        depth = max((cell.depth for cell in row), default=0.0)
        tops.append((start, depth))
        tracks = _tracks(jogs)
        first = start + depth + gap * 0.4
        levels = _levels(jogs)
        words = sum(max(jog.hop.label[1] for jog in level if jog.hop.label) + 3 for level in levels)
        end = first + max(tracks - 1, 0) * track + gap * 0.6 + (words + 3 if words else 0)
        for jog in jogs:
            _draw(jog, points[jog.hop.link], start, depth, first + jog.track * track)
        chips.update(_chips(levels, end - gap * 0.4))
        start = end
    _finish(points, rows, tops, gaps)
    return [_clean(line) for line in points], chips, tops


def _levels(jogs: Sequence[_Jog]) -> list[list[_Jog]]:
    """The words of a gap in as few lines as they fit in beside each other; the lowest line first."""
    levels: list[list[_Jog]] = []
    for jog in sorted(jogs, key=lambda jog: (jog.stop, jog.hop.link)):
        if jog.hop.label is None:
            continue
        left = jog.stop - jog.hop.label[0] / 2
        for level in levels:
            before = level[-1]
            if before.hop.label and before.stop + before.hop.label[0] / 2 <= left:
                level.append(jog)
                break
        else:
            levels.append([jog])
    return levels


def _chips(levels: Sequence[Sequence[_Jog]], end: float) -> dict[int, Chip]:
    found: dict[int, Chip] = {}
    for level in levels:
        tall = max(jog.hop.label[1] for jog in level if jog.hop.label)
        for jog in level:
            if jog.hop.label:
                found[jog.hop.link] = Chip(jog.stop, end - tall / 2, *jog.hop.label)
        end -= tall + 3
    return found


def _draw(jog: _Jog, line: list[Point], start: float, depth: float, along: float) -> None:
    """Adds the way out of the rank and across; the way into the next one follows with that rank."""
    cell = jog.hop.above
    leave = start + (depth + cell.depth) / 2 if cell.item is not None else start + depth
    line.append((jog.start, leave))
    if not jog.straight:
        line.append((jog.start, along))
        line.append((jog.stop, along))


def _finish(
    points: list[list[Point]], rows: Rows, tops: Sequence[tuple[float, float]], gaps: Sequence[Sequence[_Jog]]
) -> None:
    """Adds the last point of every link: the edge of the box it leads to."""
    ranks = {cell.number: rank for rank, row in enumerate(rows.rows) for cell in row}
    for jogs in gaps:
        for jog in jogs:
            cell = jog.hop.below
            if cell.item is not None:
                top, depth = tops[ranks[cell.number]]
                points[jog.hop.link].append((jog.stop, top + (depth - cell.depth) / 2))


def _clean(line: Sequence[Point]) -> tuple[Point, ...]:
    """Without points that lie on a straight line between their neighbours; a chain bends at right angles only."""
    squared: list[Point] = []
    for point in line:
        if squared and abs(squared[-1][0] - point[0]) >= NEAR and abs(squared[-1][1] - point[1]) >= NEAR:
            squared.append((squared[-1][0], point[1]))
        squared.append(point)
    kept: list[Point] = []
    for number, point in enumerate(squared):
        between = 0 < number < len(squared) - 1
        if between and (
            kept[-1][0] == point[0] == squared[number + 1][0]
            or kept[-1][1] == point[1] == squared[number + 1][1]
            or kept[-1] == point
        ):
            continue
        kept.append(point)
    return tuple((round(across, 1), round(along, 1)) for across, along in kept)


def _ported(hops: Sequence[Hop]) -> list[_Jog]:
    """Where each arrow leaves and enters: above what it leads to, if it can."""
    jogs = [_Jog(hop, hop.above.across, hop.below.across) for hop in hops]
    out: dict[int, list[_Jog]] = {}
    into: dict[int, list[_Jog]] = {}
    for jog in jogs:
        if jog.hop.aside and jog.hop.above.item is not None:
            jog.start = jog.hop.above.across + jog.hop.above.breadth / 2 + jog.hop.side
        else:
            out.setdefault(jog.hop.above.number, []).append(jog)
        into.setdefault(jog.hop.below.number, []).append(jog)
    for group in out.values():
        group.sort(key=lambda jog: (jog.hop.below.across, jog.hop.side, jog.hop.link))
        wanted = [jog.hop.below.across for jog in group]
        weights = [MAIN if jog.hop.main else 1.0 for jog in group]
        for jog, port in zip(group, _ports(group[0].hop.above, wanted, weights), strict=True):
            jog.start = port
    for group in into.values():
        _arrive(group)
    return jogs


def _arrive(group: Sequence[_Jog]) -> None:
    """Where arrows enter a box: those of a trunk at one place."""
    bundles: dict[str, list[_Jog]] = {}
    for jog in group:
        alone = f"#{jog.hop.link}"
        bundles.setdefault(jog.hop.trunk if jog.hop.label is None and jog.hop.trunk else alone, []).append(
            jog
        )
    cell = group[0].hop.below

    def wanted(bundle: Sequence[_Jog]) -> float:
        main = [jog.start for jog in bundle if jog.hop.main]
        starts = main or [jog.start for jog in bundle]
        return sum(starts) / len(starts) if len(starts) == 1 or main else cell.across

    order = sorted(bundles.values(), key=lambda bundle: (wanted(bundle), bundle[0].hop.link))
    labels = [bundle[0].hop.label[0] if bundle[0].hop.label else 0.0 for bundle in order]
    weights = [MAIN if any(jog.hop.main for jog in bundle) else 1.0 for bundle in order]
    ports = _ports(cell, [wanted(bundle) for bundle in order], weights, labels)
    for bundle, port in zip(order, ports, strict=True):
        for jog in bundle:
            jog.stop = port


def _ports(
    cell: Cell, wanted: Sequence[float], weights: Sequence[float], labels: Sequence[float] = ()
) -> list[float]:
    """Places along the side of a box, as near to where they are wanted as their distance allows."""
    if cell.item is None:
        return [cell.across] * len(wanted)
    half = max(cell.breadth / 2 - cell.inset, 0.0)
    widths = labels or [0.0] * len(wanted)
    offsets = [0.0]
    for one, other in itertools.pairwise(widths):
        offsets.append(offsets[-1] + max(PORTS, (one + other) / 2 + 2 if one and other else 0.0))
    if offsets[-1] > 2 * half:
        apart = min(PORTS, 2 * half / max(len(wanted) - 1, 1))
        offsets = [number * apart for number in range(len(wanted))]
    clamped = [max(cell.across - half, min(cell.across + half, want)) for want in wanted]
    fitted = isotonic([want - offset for want, offset in zip(clamped, offsets, strict=True)], weights)
    low, high = cell.across - half, cell.across + half - offsets[-1]
    return [max(low, min(high, value)) + offset for value, offset in zip(fitted, offsets, strict=True)]


def _tracks(jogs: Sequence[_Jog]) -> int:
    """Gives each jog a track on which it crosses as few others as possible; the number of tracks."""
    bundles: dict[tuple[int, float], list[_Jog]] = {}
    for jog in jogs:
        if not jog.straight:
            bundles.setdefault((jog.hop.below.number, jog.stop), []).append(jog)
    spans = [_Span(bundle) for bundle in bundles.values()]
    rightwards = sorted((span for span in spans if span.rightwards), key=lambda span: -span.low)
    leftwards = sorted((span for span in spans if not span.rightwards), key=lambda span: span.high)
    placed: list[tuple[_Span, int]] = []
    for span in (*rightwards, *leftwards):
        track = 1 + max((at for other, at in placed if other.overlaps(span)), default=-1)
        placed.append((span, track))
        for jog in span.jogs:
            jog.track = track
    return 1 + max((track for _, track in placed), default=-1)
