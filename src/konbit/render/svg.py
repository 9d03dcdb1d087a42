"""A flowchart as SVG: swim lanes, a shape for each kind of step, solid and dotted pathways, what happens on silence.

Every difference is told by shape, dash or word as well as by colour, so that it survives a black and white printer.
"""

import dataclasses
import itertools
from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape, quoteattr

from konbit.engine.plan import Plan
from konbit.render.diagram import LABEL_SIZE, SIDES, Arrow, Diagram, Shape, diagram
from konbit.render.lanes import By
from konbit.render.layout import Item, Link, Place, Placed, Spacing, place
from konbit.render.live import Live
from konbit.render.measure import width
from konbit.render.phrases import say
from konbit.render.shapes import outline, texts

HEADER = 40.0
MARGIN = 14.0
REPEAT = 1100.0
"""After so many pixels the names of the lanes are written again."""
FONT = "Arial, Helvetica, 'Liberation Sans', 'DejaVu Sans', sans-serif"
COLOURS = {
    "flow": "#1d2b36",
    "exit": "#0b5394",
    "unknown": "#6a3d9a",
    "silence": "#b03a00",
    "back": "#1d2b36",
}
DASHES = {"silence": "7 4", "unknown": "2 5 7 5"}
AD_HOC = "2 4"
STYLE = f"""
.konbit text {{ font-family: {FONT}; fill: #111; }}
.konbit .lane {{ fill: #f6f8fa; stroke: #aab4bd; }}
.konbit .lane.even {{ fill: #ffffff; }}
.konbit .lane-title {{ font-size: 14px; font-weight: bold; }}
.konbit .lane-again {{ font-size: 11px; fill: #59636b; paint-order: stroke; stroke: #ffffff; stroke-width: 4px; }}
.konbit .edge {{ fill: none; stroke-width: 1.5; }}
.konbit .edge.silence {{ stroke-width: 2; }}
.konbit .chip {{ fill: #ffffff; fill-opacity: .92; }}
.konbit .box {{ stroke: #1d2b36; stroke-width: 1.4; fill: #ffffff; }}
.konbit .human .box {{ fill: #e9f2fb; stroke: #0b3d66; }}
.konbit .decision .box {{ fill: #fff4d6; stroke: #6b5200; }}
.konbit .handler .box {{ stroke: #59636b; stroke-width: 1; }}
.konbit .wait .box {{ fill: #f0ecf7; stroke: #4b3a75; }}
.konbit .loop .box, .konbit .loop_end .box, .konbit .goto .box {{ fill: #eef1f4; }}
.konbit .end .box, .konbit .start .box {{ stroke-width: 2.6; }}
.konbit .done .box {{ fill: #dff0df; stroke: #1d6b24; }}
.konbit .current .box {{ fill: #ffe3bf; stroke: #a34700; stroke-width: 4; }}
.konbit .number {{ font-size: 10px; fill: #48525a; }}
.konbit .line, .konbit .icon {{ stroke: #1d2b36; fill: none; stroke-width: 1.4; }}
.konbit a:focus {{ outline: none; }}
.konbit a:focus .box, .konbit a.chosen .box {{ stroke: #9c0d4a; stroke-width: 4; }}
"""


@dataclasses.dataclass(frozen=True)
class Picture:
    """A laid out flowchart."""

    drawn: Diagram
    placed: Placed

    @property
    def width(self) -> float:
        """In pixels."""
        return self.placed.across + 2 * MARGIN

    @property
    def height(self) -> float:
        """In pixels."""
        return self.placed.along + HEADER + 4 * MARGIN


def svg(plan: Plan, *, by: By = "level", language: str = "en", live: Live | None = None) -> str:
    """The chart as a picture that stands alone; `by` says what the swim lanes are."""
    return "\n".join(lines(picture(plan, by=by, language=language, live=live))) + "\n"


def picture(plan: Plan, *, by: By = "level", language: str = "en", live: Live | None = None) -> Picture:
    """The chart laid out from the top down."""
    drawn = diagram(plan, by=by, language=language, live=live)
    items = [Item(shape.id, shape.width, shape.height, shape.lane, _inset(shape)) for shape in drawn.shapes]
    links = [
        Link(arrow.source, arrow.target, SIDES[arrow.kind], arrow.label_size, _trunk(arrow), arrow.main)
        for arrow in drawn.arrows
    ]
    placed = place(items, links, len(drawn.lanes), Spacing())
    return Picture(drawn, dataclasses.replace(placed, routes=tuple(_touching(drawn, placed))))


def _inset(shape: Shape) -> float:
    return shape.width * 0.24 if shape.kind == "decision" else 16.0


def _trunk(arrow: Arrow) -> str:
    """Plain arrows to one box run together; what says something, or is dashed, runs alone."""
    return f"flow {arrow.pathway}" if arrow.kind == "flow" else ""


def _touching(drawn: Diagram, placed: Placed) -> Iterator[tuple[tuple[float, float], ...]]:
    """The routes, with ends that touch the slanted sides of decisions."""
    decisions = {shape.id for shape in drawn.shapes if shape.kind == "decision"}
    for arrow, route in zip(drawn.arrows, placed.routes, strict=True):
        points = list(route)
        for end, id, sign in ((0, arrow.source, -1), (-1, arrow.target, 1)):
            if id in decisions and points:
                at = placed.boxes[id]
                slant = abs(points[end][0] - at.across - at.breadth / 2) / (at.breadth / 2) * at.depth / 2
                points[end] = (points[end][0], points[end][1] + sign * slant)
        yield tuple(points)


def lines(drawn: Picture, *, prefix: str = "k", link: bool = False) -> Iterator[str]:
    """The SVG, line by line.

    `prefix` keeps ids apart where several pictures are on one page; with `link` each step leads to its row there.
    """
    wide, tall = drawn.width, drawn.height
    language = drawn.drawn.language
    steps = sum(shape.number is not None for shape in drawn.drawn.shapes)
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="konbit" viewBox="0 0 {wide:.0f} {tall:.0f}" '
        f'width="{wide:.0f}" height="{tall:.0f}" role="group" lang={quoteattr(language)} '
        f'aria-labelledby="{prefix}-title {prefix}-desc">'
    )
    yield f'<title id="{prefix}-title">{escape(drawn.drawn.title)}</title>'
    yield f'<desc id="{prefix}-desc">{escape(say("drawn", language, steps, len(drawn.drawn.lanes)))}</desc>'
    yield f"<style>{STYLE}</style>"
    yield "<defs>" + "".join(_arrowhead(prefix, kind, colour) for kind, colour in COLOURS.items()) + "</defs>"
    yield f'<rect width="{wide:.0f}" height="{tall:.0f}" fill="#ffffff"/>'
    yield f'<g transform="translate({MARGIN:.0f} {MARGIN:.0f})">'
    yield from _lanes(drawn)
    yield f'<g transform="translate(0 {HEADER + MARGIN:.0f})">'
    pairs = list(zip(drawn.drawn.arrows, drawn.placed.routes, strict=True))
    # What happens on silence is drawn last, over the rest.
    order = sorted(range(len(pairs)), key=lambda number: SIDES[pairs[number][0].kind])
    for number in order:
        yield _edge(*pairs[number], prefix)
    for number in order:
        yield from _words(drawn, number)
    for shape in drawn.drawn.shapes:
        yield from _node(shape, drawn.placed.boxes[shape.id], prefix, link=link and shape.number is not None)
    yield "</g></g></svg>"


def _arrowhead(prefix: str, kind: str, colour: str) -> str:
    return (
        f'<marker id="{prefix}-{kind}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" '
        f'markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L10 5L0 10z" fill="{colour}"/></marker>'
    )


def _lanes(drawn: Picture) -> Iterator[str]:
    tall = drawn.height - 2 * MARGIN
    for number, (lane, (start, stop)) in enumerate(zip(drawn.drawn.lanes, drawn.placed.lanes, strict=True)):
        even = " even" if number % 2 else ""
        yield (
            f'<rect class="lane{even}" x="{start:.1f}" y="0" width="{stop - start:.1f}" height="{tall:.1f}"/>'
        )
        if not lane.title:
            continue
        middle = (start + stop) / 2
        yield (
            f'<text class="lane-title" x="{middle:.1f}" y="{HEADER / 2 + 5:.1f}" '
            f'text-anchor="middle">{escape(lane.title)}</text>'
        )
        for again in range(1, int(tall // REPEAT) + 1):
            down = _free(drawn, again * REPEAT, start + 6, width(lane.title, 11))
            yield (
                f'<text class="lane-again" x="{start + 6:.1f}" y="{down + HEADER + MARGIN:.0f}" '
                f'aria-hidden="true">{escape(lane.title)}</text>'
            )
    yield f'<line class="line" x1="0" y1="{HEADER:.0f}" x2="{drawn.placed.across:.1f}" y2="{HEADER:.0f}"/>'


def _free(drawn: Picture, wish: float, left: float, breadth: float) -> float:
    """The first height from `wish` on at which a short text at the left of a lane lies on no box and no arrow."""
    taken = [
        (box.along, box.along + box.depth)
        for box in drawn.placed.boxes.values()
        if box.across < left + breadth and left < box.across + box.breadth
    ]
    for route in drawn.placed.routes:
        for (across, along), (stop, end) in itertools.pairwise(route):
            if min(across, stop) < left + breadth and left < max(across, stop) + 1:
                taken.append((min(along, end), max(along, end)))
    heights = (wish + down for down in range(0, 600, 12))
    clear = (here for here in heights if not any(top - 6 < here and here - 14 < end for top, end in taken))
    return next(clear, wish)


def _edge(arrow: Arrow, route: Sequence[tuple[float, float]], prefix: str) -> str:
    path = _rounded(route)
    dash = DASHES.get(arrow.kind) or (AD_HOC if arrow.pathway == "ad_hoc" else "")
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<path class="edge {arrow.kind}" d="{path}" stroke="{COLOURS[arrow.kind]}"{dashed} '
        f'marker-end="url(#{prefix}-{arrow.kind})" data-from={quoteattr(arrow.source)} '
        f"data-to={quoteattr(arrow.target)}/>"
    )


def _rounded(route: Sequence[tuple[float, float]], radius: float = 5.0) -> str:
    """The points as a path with rounded corners."""
    if not route:
        return ""
    parts = [f"M{route[0][0]:.1f} {route[0][1]:.1f}"]
    for before, here, after in zip(route, route[1:], route[2:], strict=False):
        near = _towards(here, before, radius)
        far = _towards(here, after, radius)
        parts.append(f"L{near[0]:.1f} {near[1]:.1f}Q{here[0]:.1f} {here[1]:.1f} {far[0]:.1f} {far[1]:.1f}")
    parts.append(f"L{route[-1][0]:.1f} {route[-1][1]:.1f}")
    return "".join(parts)


def _towards(start: tuple[float, float], end: tuple[float, float], most: float) -> tuple[float, float]:
    length = abs(end[0] - start[0]) + abs(end[1] - start[1])
    share = min(most, length / 2) / length if length else 0.0
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


def _words(drawn: Picture, number: int) -> Iterator[str]:
    arrow, chip = drawn.drawn.arrows[number], drawn.placed.chips.get(number)
    if chip is None:
        return
    left, top = chip.across - chip.breadth / 2, chip.along - chip.depth / 2
    yield (
        f'<rect class="chip" x="{left:.1f}" y="{top:.1f}" width="{chip.breadth:.1f}" '
        f'height="{chip.depth:.1f}" rx="3"/>'
    )
    weight = ' font-weight="bold"' if arrow.kind == "silence" else ""
    for line, text in enumerate(arrow.label):
        yield (
            f'<text x="{chip.across:.1f}" y="{top + 11.5 + line * 13:.1f}" text-anchor="middle" '
            f'font-size="{LABEL_SIZE:.0f}" style="fill:{COLOURS[arrow.kind]}"{weight}>{escape(text)}</text>'
        )


def _node(shape: Shape, at: Place, prefix: str, *, link: bool) -> Iterator[str]:
    state = f" {shape.standing.kind}" if shape.standing else ""
    said = ", ".join(line.text for line in shape.lines)
    name = f"{shape.number}. {said}" if shape.number is not None else said
    if link:
        yield f'<a href="#{prefix}-row-{shape.number}" aria-label={quoteattr(name)}>'
    yield (
        f'<g class="node {shape.kind}{state}" data-step={quoteattr(shape.id)} '
        f'transform="translate({at.across:.1f} {at.along:.1f})">'
    )
    yield f"<title>{escape(name)}</title>"
    yield from outline(shape)
    yield from texts(shape)
    yield "</g></a>" if link else "</g>"
