"""A flowchart as one HTML file: the picture, a legend, the steps in words. It needs no network and no script to be read."""  # noqa: A005 (absolute imports only)

import functools
from collections.abc import Sequence

import jinja2
from markupsafe import Markup

from konbit.definition.base import LANGUAGES, pick
from konbit.engine.plan import Plan
from konbit.render.diagram import Diagram
from konbit.render.lanes import By
from konbit.render.legend import legend
from konbit.render.live import Live, standing
from konbit.render.phrases import say
from konbit.render.rows import rows
from konbit.render.svg import lines, picture

NAMES = {"en": "English", "fr": "Français", "ht": "Kreyòl ayisyen", "es": "Español", "fil": "Filipino"}


def html(
    plan: Plan,
    *,
    by: By = "level",
    language: str = "en",
    languages: Sequence[str] | None = None,
    live: Live | None = None,
) -> str:
    """The page. `languages` it can be switched between: those of the flowchart if none are given; `language` comes first."""
    wanted = languages if languages is not None else plan.bundle.flowchart.languages
    order = list(dict.fromkeys([language, *(one for one in wanted if one in LANGUAGES)]))
    sections = [_section(plan, by, one, live) for one in order]
    return (
        templates()
        .get_template("chart.html")
        .render(
            plan=plan,
            title=pick(dict(plan.bundle.flowchart.title), language),
            language=language,
            sections=sections,
            say=say,
        )
    )


@functools.cache
def templates() -> jinja2.Environment:
    """The templates of this package; everything put into them is escaped."""
    return jinja2.Environment(
        loader=jinja2.PackageLoader("konbit.render"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )


def _section(plan: Plan, by: By, language: str, live: Live | None) -> dict[str, object]:
    """What the page shows in one language."""
    drawn = picture(plan, by=by, language=language, live=live)
    table = rows(plan, language)
    return {
        "language": language,
        "name": NAMES.get(language, language),
        "title": drawn.drawn.title,
        "summary": pick(plan.bundle.flowchart.summary or {"en": ""}, language),
        "svg": Markup("\n".join(lines(drawn, prefix=f"k-{language}", link=True))),  # noqa: S704 (escaped there)
        "wide": round(drawn.width),
        "outline": _outline(drawn.drawn),
        "legend": legend(language, running=live is not None),
        "rows": table,
        "standing": {row.id: standing(live, _covers(drawn.drawn, row.id), language) for row in table},
        "say": functools.partial(_said, language),
    }


def _said(language: str, name: str, *values: object) -> str:
    return say(name, language, *values)


def _covers(drawn: Diagram, id: str) -> tuple[str, ...]:
    return next((shape.covers for shape in drawn.shapes if shape.id == id), (id,))


def _outline(drawn: Diagram) -> str:
    steps = sum(shape.number is not None for shape in drawn.shapes)
    return say("outline", drawn.language, steps, len(drawn.lanes))
