"""Who must not answer again, and who should: `not` and `same_as` name the step whose answer they look at."""

from collections.abc import Iterator

from konbit.check.chart import Chart, Site, Spot
from konbit.check.references import given
from konbit.check.registry import rule
from konbit.definition.mentions import Path
from konbit.definition.problems import Severity
from konbit.definition.step import WORK
from konbit.definition.verbs import RoleOf


@rule(
    "unknown-answerer",
    Severity.ERROR,
    "`not` or `same_as` without an earlier answer",
    why="Duties are kept apart by who answered an `ask`. With a step that asks nothing, or not yet, nobody is kept out, and "
    "the person who asked could approve the request.",
    fix="Name an `ask` that comes before and is not inside a loop that has ended.",
    bad="""
    - id: request
      inform: {who: [chair], message: notice}
    - ask: {who: {role: members, not: request}, question: question}
      within: 2h
      on: {no_answer: []}
    """,
    good="""
    - id: request
      ask: {who: chair, question: question}
      within: 2h
      on: {no_answer: []}
    - ask: {who: {role: members, not: request}, question: question}
      within: 2h
      on: {no_answer: []}
    """,
)
def unknown_answerer(chart: Chart) -> Iterator[Spot]:
    """A step under `not` or `same_as` that is no `ask`, or has not ended when its answer is looked at."""
    for site in chart.doing(*WORK):
        for path, name in _named(site):
            yield from given(chart, site, name, path, ("ask",))


def _named(site: Site) -> Iterator[tuple[Path, str]]:
    verb = getattr(site.step, site.verb)
    for field in ("who", "inputs_from", "to"):
        for index, one in enumerate(getattr(verb, field, [])):
            if isinstance(one, RoleOf):
                path = (*site.verb_path, field, index)
                yield from (
                    ((*path, key), step) for key, step in (("not", one.but), ("same_as", one.same_as)) if step
                )
