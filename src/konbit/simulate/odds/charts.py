"""Small charts as SVG, for reports.

They are readable in print and by those who do not tell colours apart: every line has dashes and a label of its own, and every
bar its figure beside it.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from html import escape

from konbit.simulate.odds.figures import after, percent

INK, FAINT, GRID = "#1a1a1a", "#5a5a5a", "#d9d9d9"
LINES = (
    ("#0072b2", ""),
    ("#d55e00", "7 4"),
    ("#009e73", "2 3"),
    ("#cc79a7", "10 3 2 3"),
    ("#1a1a1a", "4 2"),
    ("#e69f00", "12 4"),
    ("#56b4e9", "1 2"),
)
"""Colours after Okabe and Ito, each with dashes of its own."""
WIDTH = 640
LABELS = 190
"""Room for the words on the left of bars and ranges."""


def curves(named: Mapping[str, Mapping[int, int]], totals: Mapping[str, int], until: int) -> str:
    """Shares that grow over minutes, as steps: `named` counts at which minute, out of `totals`. At most seven lines."""
    height, left, right, top, bottom = 260, 46, 190, 12, 40
    wide, high = WIDTH - left - right, height - top - bottom

    def x(minute: float) -> float:
        return left + wide * minute / until

    def y(share: float) -> float:
        return top + high * (1 - share)

    parts: list[str] = []
    for share in (0, 0.25, 0.5, 0.75, 1):
        parts += [
            _line(left, y(share), left + wide, y(share), GRID),
            _text(left - 6, y(share) + 4, percent(share), "end"),
        ]
    step = 15 if until <= 90 else 30
    for minute in range(0, until + 1, step):
        parts += [
            _line(x(minute), top, x(minute), top + high, GRID),
            _text(x(minute), top + high + 16, str(minute), "middle"),
        ]
    parts.append(_text(left + wide / 2, height - 6, "minutes after the call began", "middle", FAINT))
    labels: list[tuple[float, str, str]] = []
    for (name, counts), (colour, dashes) in zip(named.items(), LINES, strict=False):
        share, path = 0.0, [f"M{x(0):.1f},{y(0):.1f}"]
        for minute in sorted(counts):
            if minute > until:
                break
            share += counts[minute] / max(1, totals[name])
            path.append(f"H{x(minute):.1f}V{y(share):.1f}")
        path.append(f"H{x(until):.1f}")
        dash = f' stroke-dasharray="{dashes}"' if dashes else ""
        parts.append(f'<path d="{"".join(path)}" fill="none" stroke="{colour}" stroke-width="2.2"{dash}/>')
        labels.append((y(share), f"{name} {percent(share)}", colour))
    for place, text, colour in _apart(labels, top + 4, top + high):
        parts.append(_text(left + wide + 8, place + 4, text, "start", colour))
    return _svg(height, "Share of plays in which each critical role is covered, over time", parts)


def _apart(
    labels: list[tuple[float, str, str]], top: float, bottom: float
) -> Iterator[tuple[float, str, str]]:
    """Labels at least a line apart, each as near its own place as that allows."""
    line, last = 15.0, top - 15.0
    ordered = sorted(labels)
    for number, (place, text, colour) in enumerate(ordered):
        room = bottom - line * (len(ordered) - 1 - number)
        last = max(last + line, min(place, room))
        yield last, text, colour


TICKS = (1, 5, 15, 60, 240, 1440, 4320, 10080, 43200, 129600)
"""Minutes that times are read against: 5m, 15m, 1h, 4h, 1d, 3d, 7d, 30d, 90d."""


def ranges(rows: Sequence[tuple[str, int, int, int]]) -> str:
    """For each name the range from the tenth to the ninetieth percentile, and the median, on a scale of orders of time."""
    line, top, bottom, right = 20, 22, 10, 130
    height = top + line * len(rows) + bottom
    wide = WIDTH - LABELS - right
    low, high = _bounds([value for _, *values in rows for value in values])

    def x(minutes: int) -> float:
        span = math.log(high) - math.log(low)
        return LABELS + wide * (math.log(max(minutes, low)) - math.log(low)) / span

    parts: list[str] = []
    for tick in TICKS:
        if low <= tick <= high:
            parts += [
                _line(x(tick), top, x(tick), height - bottom, GRID),
                _text(x(tick), top - 7, after(tick), "middle", FAINT),
            ]
    for number, (name, p10, p50, p90) in enumerate(rows):
        y = top + line * number + line / 2
        parts += [
            _text(LABELS - 8, y + 4, _short(name), "end"),
            f'<path d="M{x(p10):.1f},{y}H{x(p90):.1f}" stroke="#0072b2" stroke-width="5" stroke-linecap="round"/>',
            f'<circle cx="{x(p50):.1f}" cy="{y}" r="5" fill="#ffffff" stroke="{INK}" stroke-width="2"/>',
            _text(LABELS + wide + 12, y + 4, f"{after(p50)} ({after(p90)})", "start", FAINT),
        ]
    return _svg(height, "When each step ends: tenth to ninetieth percentile, and the median", parts)


def _bounds(values: Sequence[int]) -> tuple[int, int]:
    low = max((tick for tick in TICKS if tick <= max(1, min(values, default=1))), default=1)
    high = min((tick for tick in TICKS if tick >= max(values, default=60)), default=max(*values, 2))
    return low, max(high, low * 5)


def columns(counts: Mapping[int, int], words: str) -> str:
    """How often each number occurs, as columns with their shares."""
    height, left, top, bottom = 190, 14, 18, 38
    total = max(1, sum(counts.values()))
    numbers = range(min(counts, default=0), max(counts, default=0) + 1)
    wide = (WIDTH - 2 * left) / max(1, len(numbers))
    most = max(counts.values(), default=1)
    every = max(1, math.ceil(len(numbers) / 24))
    parts: list[str] = []
    for place, number in enumerate(numbers):
        count = counts.get(number, 0)
        tall = (height - top - bottom) * count / most
        x, y = left + wide * place, height - bottom - tall
        parts.append(
            f'<rect x="{x + 1:.1f}" y="{y:.1f}" width="{max(1.0, min(wide - 2, 60)):.1f}" height="{tall:.1f}" fill="#0072b2"/>'
        )
        middle = x + 1 + max(1.0, min(wide - 2, 60)) / 2
        if place % every == 0:
            parts.append(_text(middle, height - bottom + 15, str(number), "middle"))
        if wide >= 34 and count:
            parts.append(_text(middle, y - 5, percent(count / total), "middle", FAINT))
    parts += [
        _line(left, height - bottom, WIDTH - left, height - bottom, INK),
        _text(WIDTH / 2, height - 6, words, "middle", FAINT),
    ]
    return _svg(height, f"How often: {words}", parts)


def bars(rows: Sequence[tuple[str, float]], words: str) -> str:
    """Shares by name, as bars with their figures."""
    line, top = 22, 6
    height = top * 2 + line * len(rows)
    wide = WIDTH - LABELS - 70
    most = max((value for _, value in rows), default=0) or 1.0
    parts: list[str] = []
    for number, (name, value) in enumerate(rows):
        y = top + line * number
        long = wide * max(0.0, value) / most
        parts += [
            _text(LABELS - 8, y + 15, _short(name), "end"),
            f'<rect x="{LABELS}" y="{y + 4}" width="{max(long, 1):.1f}" height="14" fill="#d55e00"/>',
            _text(LABELS + max(long, 1) + 6, y + 15, percent(value) if value > 0 else "none", "start"),
        ]
    return _svg(height, words, parts)


def _svg(height: float, title: str, parts: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height:g}" role="img" xmlns="http://www.w3.org/2000/svg">'
        f"<title>{escape(title)}</title>{''.join(parts)}</svg>"
    )


def _line(x1: float, y1: float, x2: float, y2: float, colour: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'


def _text(x: float, y: float, text: str, anchor: str, colour: str = INK) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{escape(text)}</text>'


def _short(name: str) -> str:
    return name if len(name) <= 28 else f"{name[:27]}…"
