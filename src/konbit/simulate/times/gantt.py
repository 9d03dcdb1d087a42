"""The plan of a chart as a Gantt picture: for each step the bar if it starts at the earliest, and the one at the latest.

What the end of the run hangs on is told by a mark and a thick line as well as by colour, so that it survives a black and
white printer. Where a plan takes days, the first hours are drawn wider than the last: the scale is a square root.
"""

import dataclasses
import datetime as dt
from collections.abc import Iterator
from xml.sax.saxutils import escape

from konbit.check.flow import ZERO
from konbit.definition.durations import show
from konbit.simulate.times.timing import Schedule, Timing

WIDTH, NAMES, MARGIN, ROW, HEAD, FOOT = 1120, 310, 16, 30, 84, 40
"""Pixels: the picture, the column of names, its edge, a line, what is above and below them."""
FONT = "Arial, Helvetica, 'Liberation Sans', 'DejaVu Sans', sans-serif"
LINEAR = dt.timedelta(hours=12)
"""A plan that is longer has the compressed scale."""
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
TICKS = (
    *(dt.timedelta(minutes=minutes) for minutes in (5, 10, 15, 30)),
    *(HOUR * hours for hours in (1, 2, 3, 4, 6, 8, 12)),
    *(DAY * days for days in (1, 2, 3, 4, 5, 7, 10, 14, 21, 28, 35, 42, 60, 90, 120, 180, 270, 365, 730)),
)
PARTS = {"inputs": "Inputs", "approve": "Approval", "offers": "Answers"}
"""What the parts of a step are called."""
APART = 44.0
"""Pixels between two ticks at least."""
COLOURS = {"early": "#0b5394", "late": "#c5dcf0", "hot": "#a33600", "warm": "#f7cfb6"}
STYLE = f"""
text {{ font-family: {FONT}; fill: #111; font-size: 12px; }}
.title {{ font-size: 18px; font-weight: bold; }}
.small {{ font-size: 11px; fill: #454f57; }}
.hot-name {{ font-weight: bold; }}
.grid {{ stroke: #c3ccd3; stroke-width: 1; }}
.even {{ fill: #f3f6f8; }}
.span {{ stroke: #6b757d; stroke-width: 1.2; stroke-dasharray: 2 3; }}
.early {{ fill: {COLOURS["early"]}; stroke: #06345e; }}
.late {{ fill: {COLOURS["late"]}; stroke: #0b5394; }}
.hot .early {{ fill: {COLOURS["hot"]}; stroke: #000; stroke-width: 1.8; }}
.hot .late {{ fill: {COLOURS["warm"]}; stroke: #000; stroke-width: 1.8; }}
.due {{ fill: #111; }}
.point {{ stroke: #111; stroke-width: 2; }}
"""


@dataclasses.dataclass(frozen=True)
class Scale:
    """From times to pixels."""

    longest: dt.timedelta

    def x(self, time: dt.timedelta) -> float:
        """Where a time is drawn."""
        share = max(0.0, min(1.0, time / self.longest))
        room = WIDTH - NAMES - 2 * MARGIN - 12
        return NAMES + MARGIN + room * (share if self.longest <= LINEAR else share**0.5)

    def ticks(self) -> list[dt.timedelta]:
        """The times that are written above, no two of them too close."""
        found = [ZERO]
        for one in TICKS:
            if one <= self.longest and self.x(one) - self.x(found[-1]) >= APART:
                found.append(one)
        return found


def gantt(plan: Schedule) -> str:
    """The picture as SVG that stands alone."""
    rows = [one for one in plan.steps if one.end.most > one.start.most or one.note]
    scale = Scale(max((one.end.most for one in rows), default=HOUR) or HOUR)
    tall = HEAD + ROW * len(rows) + FOOT
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {tall}" width="{WIDTH}" height="{tall}" role="img">',
        f"<title>{escape(plan.title)}: when each step can start and must end</title>",
        f"<style>{STYLE}</style>",
        f'<rect width="{WIDTH}" height="{tall}" fill="#ffffff"/>',
        *_head(plan, scale),
        *(f'<rect class="even" x="{MARGIN}" y="{HEAD + ROW * number}" width="{WIDTH - 2 * MARGIN}" height="{ROW}"/>'
          for number in range(0, len(rows), 2)),
        *_grid(scale, len(rows)),
        *(line for number, one in enumerate(rows) for line in _row(one, HEAD + ROW * number, scale)),
        *_legend(HEAD + ROW * len(rows) + 14),
        "</svg>",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _head(plan: Schedule, scale: Scale) -> Iterator[str]:
    yield _text(MARGIN, 28, plan.title, "title")
    expires = f"; expires after {show(plan.expires)}" if plan.expires else ""
    ends = f"ends after {show(plan.end.least)} at the earliest, {show(plan.end.most)} at the latest{expires}"
    starts = f"start {plan.at:%Y-%m-%d %H:%M} UTC, " if plan.at else ""
    yield _text(MARGIN, 48, f"{plan.flowchart}: {starts}{ends}", "small")
    if scale.longest > LINEAR:
        yield _text(WIDTH - MARGIN, 28, "the first hours are drawn wider than the last", "small", "end")


def _grid(scale: Scale, rows: int) -> Iterator[str]:
    for tick in scale.ticks():
        x = scale.x(tick)
        yield f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{HEAD - 6}" y2="{HEAD + ROW * rows}"/>'
        yield _text(x, HEAD - 11, f"+{show(tick)}" if tick else "start", "small", "middle")


def _row(one: Timing, y: float, scale: Scale) -> Iterator[str]:
    name, detail = _words(one)
    indent = 14 * one.depth
    yield f'<g class="{"hot" if one.critical else "cool"}">'
    mark = "\u25b6 " if one.critical else ""
    strong = "hot-name" if one.critical else ""
    left, room = MARGIN + 4 + indent, NAMES - indent - 10
    yield _text(left, y + (13 if detail else 19), _fit(mark + name, room, 6.3), strong)
    if detail:
        yield _text(left, y + 25, _fit(detail, room, 5.6), "small")
    yield _line("span", scale.x(one.start.least), scale.x(one.end.most), y + ROW / 2)
    if one.end.most > one.start.most:
        early = min(one.start.least + (one.early or one.end.most), one.end.most)
        yield _bar("early", scale.x(one.start.least), scale.x(early), y + 5)
        yield _bar("late", scale.x(one.start.most), scale.x(one.end.most), y + 16)
    else:
        x = scale.x(one.end.most)
        yield f'<line class="point" x1="{x:.1f}" x2="{x:.1f}" y1="{y + 8}" y2="{y + 22}"/>'
    if one.asks:
        x, middle = scale.x(one.end.most), y + ROW / 2
        yield f'<path class="due" d="M{x:.1f} {middle - 6} l5 6 l-5 6 l-5 -6 z"/>'
    yield "</g>"


def _words(one: Timing) -> tuple[str, str]:
    """What a step is called, and what is said below it."""
    if one.verb == "end":
        return f"End: {one.note.replace('_', ' ')}", ""
    detail = ", ".join(dict.fromkeys(one.who)) or one.note
    if "/" in one.step:
        part = one.step.rpartition("/")[2]
        return PARTS.get(part, part.replace("_", " ").capitalize()), detail
    return one.title or one.step.replace("_", " ").capitalize(), detail


def _legend(y: float) -> Iterator[str]:
    x = float(MARGIN + 4)
    for kind, words in (
        ("early", "if it starts at the earliest"),
        ("late", "if it starts at the latest"),
        ("hot", "the latest end of the run hangs on it (\u25b6)"),
        ("due", "deadline at the latest"),
        ("span", "can be under way"),
    ):
        if kind == "due":
            yield f'<path class="due" d="M{x + 12:.1f} {y} l5 6 l-5 6 l-5 -6 z"/>'
        elif kind == "span":
            yield _line("span", x, x + 24, y + 6)
        elif kind == "hot":
            yield f'<g class="hot">{_bar("early", x, x + 12, y + 1)}{_bar("late", x + 12, x + 24, y + 1)}</g>'
        else:
            yield _bar(kind, x, x + 24, y + 1)
        yield _text(x + 31, y + 10, words, "small")
        x += 56 + 5.7 * len(words)


def _bar(kind: str, x1: float, x2: float, y: float) -> str:
    wide = max(2.0, x2 - x1)
    return f'<rect class="{kind}" x="{x1:.1f}" y="{y:.1f}" width="{wide:.1f}" height="9"/>'


def _line(kind: str, x1: float, x2: float, y: float) -> str:
    return f'<line class="{kind}" x1="{x1:.1f}" x2="{x2:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>'


def _text(x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> str:
    shown = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{shown}>{escape(words)}</text>'


def _fit(words: str, room: float, letter: float) -> str:
    """The words, cut where the room ends."""
    most = int(room / letter)
    return words if len(words) <= most else words[: most - 1].rstrip(" ,") + "\u2026"
