"""The outline of each kind of box, and the text in it, as SVG around the origin of the box."""

from collections.abc import Iterator
from xml.sax.saxutils import escape

from konbit.render.boxtext import ICON
from konbit.render.diagram import Shape

AD_HOC = "3 3"


def outline(shape: Shape) -> Iterator[str]:
    """The lines of a box."""
    wide, tall = shape.width, shape.height
    dash = f' stroke-dasharray="{AD_HOC}"' if shape.pathway == "ad_hoc" else ""
    match shape.kind:
        case "human":
            yield _rect(wide, tall, 12, dash)
        case "start" | "end":
            yield _rect(wide, tall, tall / 2, dash)
        case "decision":
            yield _polygon([(wide / 2, 0), (wide, tall / 2), (wide / 2, tall), (0, tall / 2)], dash)
        case "child":
            yield _rect(wide, tall, 0, dash)
            yield f'<path class="line" d="M5 0V{tall:.1f}M{wide - 5:.1f} 0V{tall:.1f}"/>'
        case "loop":
            yield _polygon([(12, 0), (wide - 12, 0), (wide, 12), (wide, tall), (0, tall), (0, 12)], dash)
        case "loop_end":
            low = tall - 12
            yield _polygon([(0, 0), (wide, 0), (wide, low), (wide - 12, tall), (12, tall), (0, low)], dash)
        case "split":
            yield _rect(wide, tall, 0, dash)
            yield f'<path class="line" d="M0 {tall - 4:.1f}H{wide:.1f}"/>'
        case "join":
            yield _rect(wide, tall, 0, dash)
            yield f'<path class="line" d="M0 4H{wide:.1f}"/>'
        case "wait":
            yield _rect(wide, tall, 12, dash)
            yield f'<path class="line" d="M3 {tall / 2:.1f}"/>'
        case "goto":
            yield _polygon([(0, 0), (wide, 0), (wide, tall), (0, tall), (12, tall / 2)], dash)
        case _:
            yield _rect(wide, tall, 3, dash)


def texts(shape: Shape) -> Iterator[str]:
    """The text of a box, in its middle, and the number of the step in the corner."""
    wide = shape.width
    top = (shape.height - sum(line.height for line in shape.lines)) / 2
    for line in shape.lines:
        base = top + line.size
        left = (wide - line.width) / 2
        at, anchor = (left + ICON, "start") if line.icon else (wide / 2, "middle")
        if line.icon:
            yield _icon(line.icon, left + 6, base - line.size * 0.36)
        bold = ' font-weight="bold"' if line.bold else ""
        italic = ' font-style="italic"' if line.italic else ""
        yield (
            f'<text x="{at:.1f}" y="{base:.1f}" text-anchor="{anchor}" '
            f'font-size="{line.size:.0f}"{bold}{italic}>{escape(line.text)}</text>'
        )
        top += line.height
    if shape.number is not None:
        across, down = (wide / 2 - 22, 5) if shape.kind == "decision" else (6, 13)
        if shape.kind == "loop":
            across, down = 12, 13
        if shape.kind == "child":
            across = 9
        anchor = ' text-anchor="end"' if shape.kind == "decision" else ""
        yield f'<text class="number" x="{across:.1f}" y="{down}"{anchor}>{shape.number}</text>'


def _rect(wide: float, tall: float, round_: float, dash: str) -> str:
    return f'<rect class="box" width="{wide:.1f}" height="{tall:.1f}" rx="{round_:.1f}"{dash}/>'


def _polygon(points: list[tuple[float, float]], dash: str) -> str:
    path = " ".join(f"{across:.1f},{along:.1f}" for across, along in points)
    return f'<polygon class="box" points="{path}"{dash}/>'


def _icon(name: str, across: float, middle: float) -> str:
    match name:
        case "clock":
            path = f"M{across - 5:.1f} {middle:.1f}a5 5 0 1 0 10 0a5 5 0 1 0 -10 0M{across:.1f} {middle - 3:.1f}v3h2.5"
        case "done":
            path = f"M{across - 4:.1f} {middle:.1f}l3 3.5l6 -7"
        case "current":
            path = f"M{across - 3:.1f} {middle - 4:.1f}l7 4l-7 4z"
        case _:
            path = f"M{across - 5:.1f} {middle:.1f}h9m-3 -3l3 3l-3 3"
    return f'<path class="icon" d="{path}" aria-hidden="true"/>'
