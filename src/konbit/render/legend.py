"""The legend of a picture: one small sample of every shape and line, with what it stands for."""

import dataclasses

from markupsafe import Markup

from konbit.render.diagram import Shape
from konbit.render.live import Standing
from konbit.render.phrases import say
from konbit.render.shapes import outline
from konbit.render.svg import AD_HOC, COLOURS, DASHES
from konbit.render.words import word

SHAPES = {
    "human": "human_step",
    "automatic": "automatic",
    "decision": "decision",
    "wait": "waiting",
    "child": "child",
    "loop": "repeated",
    "split": "together",
}
LINES = {
    "streamlined": ("flow", ""),
    "ad_hoc": ("flow", AD_HOC),
    "other_outcome": ("exit", ""),
    "unknown": ("unknown", DASHES["unknown"]),
    "silence": ("silence", DASHES["silence"]),
}


@dataclasses.dataclass(frozen=True)
class Sample:
    """A small picture and its meaning."""

    svg: Markup
    text: str


def legend(language: str, *, running: bool = False) -> list[Sample]:
    """The samples; with those for the state of a run if there is one."""
    found = [_shape(kind, say(name, language)) for kind, name in SHAPES.items()]
    if running:
        found += [
            _shape("human", say("done", language), Standing("done", ())),
            _shape("human", say("current", language), Standing("current", ())),
        ]
    return found + [
        _line(kind, dash, say(name, language) if name != "unknown" else word(name, language))
        for name, (kind, dash) in LINES.items()
    ]


def _shape(kind: str, text: str, standing: Standing | None = None) -> Sample:
    shape = Shape(kind, kind, (), 44.0, 24.0, 0, (), standing=standing)
    state = f" {standing.kind}" if standing else ""
    inside = "".join(outline(shape))
    svg = (
        f'<svg class="konbit sample" viewBox="-3 -3 50 30" width="50" height="30" aria-hidden="true">'
        f'<g class="node {kind}{state}">{inside}</g></svg>'
    )
    return Sample(Markup(svg), text)  # noqa: S704 (made of constants)


def _line(kind: str, dash: str, text: str) -> Sample:
    svg = (
        f'<svg class="konbit sample" viewBox="0 0 50 30" width="50" height="30" aria-hidden="true">'
        f'<path class="edge {kind}" d="M2 15H40" stroke="{COLOURS[kind]}" stroke-dasharray="{dash}"/>'
        f'<path d="M40 10l9 5l-9 5z" fill="{COLOURS[kind]}"/></svg>'
    )
    return Sample(Markup(svg), text)  # noqa: S704 (made of constants)
