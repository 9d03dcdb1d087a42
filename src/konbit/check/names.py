"""Names that must be told apart, and names that must be known: ids, loop variables, critical roles, languages."""

from collections.abc import Iterator

from konbit.check.chart import Chart, Site, Spot
from konbit.check.registry import rule
from konbit.definition.base import LANGUAGES
from konbit.definition.durations import MARKS
from konbit.definition.problems import Severity

ERROR = Severity.ERROR


@rule(
    "duplicate-step",
    ERROR,
    "Two steps with one id",
    why="Expressions, the journal and operators speak of a step by its id; with two of them the second hides the first.",
    fix="Give each step an id of its own, also across lanes and branches.",
    bad="""
    - id: tell
      inform: {who: [chair], message: notice}
    - id: tell
      inform: {who: [members], message: notice}
    """,
    good="""
    - id: tell_chair
      inform: {who: [chair], message: notice}
    - id: tell_members
      inform: {who: [members], message: notice}
    """,
)
def duplicate_step(chart: Chart) -> Iterator[Spot]:
    """An id that an earlier step in the file has."""
    first: dict[str, Site] = {}
    for site in chart.sites:
        if site.step.id is None:
            continue
        other = first.setdefault(site.step.id, site)
        if other is not site:
            line = chart.source.where((*other.path, "id")).line
            yield chart.at(
                (*site.path, "id"),
                f"the step on line {line} is already called '{site.step.id}'",
                "choose another id",
            )


@rule(
    "name-clash",
    ERROR,
    "One name for two things",
    why="In an expression a name stands for one thing: a parameter, a mark, a loop variable or the result of a step.",
    fix="Rename one of the two.",
    bad="""
    parameters:
      level: {type: text}
    steps:
      - id: level
        inform: {who: [chair], message: notice}
    """,
    good="""
    parameters:
      level: {type: text}
    steps:
      - id: tell_level
        inform: {who: [chair], message: notice}
    """,
)
def name_clash(chart: Chart) -> Iterator[Spot]:
    """A step or a loop variable with the name of a parameter, a variable or a step."""
    taken = dict.fromkeys(MARKS, "a mark") | dict.fromkeys(chart.flowchart.parameters, "a parameter")
    for site in chart.sites:
        names = taken | dict.fromkeys(site.variables, "the variable of a loop around it")
        if site.step.id in names:
            yield chart.at(
                (*site.path, "id"), f"'{site.step.id}' is already {names[site.step.id]}", "choose another id"
            )
        loop = site.step.for_each
        if loop is None:
            continue
        known = names | ({loop.variable: "a step"} if loop.variable in chart.by_id else {})
        if loop.variable in known:
            path = (*site.verb_path, loop.variable)
            yield chart.at_key(
                path, f"'{loop.variable}' is already {known[loop.variable]}", "choose another variable"
            )


@rule(
    "unknown-language",
    ERROR,
    "A language that no message is written in",
    why="People would be promised texts in a language in which nothing exists.",
    fix="Write the BCP 47 tag of a language the messages are in, such as `fr` or `ht`.",
    bad="""
    title: {en: Example, frr: Exemple}
    languages: [en, frr]
    """,
    good="""
    languages: [en]
    """,
)
def unknown_language(chart: Chart) -> Iterator[Spot]:
    """A language of the chart that neither Konbit nor any message of the library knows."""
    known = set(LANGUAGES)
    if not known.issuperset(chart.flowchart.languages):
        known |= {language for message in chart.library.messages.values() for language in message.body}
    for index, language in enumerate(chart.flowchart.languages):
        if language not in known:
            yield chart.unknown(("languages", index), "language", language, known)


@rule(
    "unknown-critical-role",
    ERROR,
    "A critical role that is not called",
    why="A call-down is enough when its critical roles are covered. One that nobody addresses can never be.",
    fix="Add the role to `who`, or take it out of `critical`.",
    bad="""
    - contact:
        who: [members]
        message: call
        need: {critical: [chair]}
        waves: [{to: primary}, {to: backup, after: 15m}]
      within: 1h
      on: {uncovered: []}
    """,
    good="""
    - contact:
        who: [members, chair]
        message: call
        need: {critical: [chair]}
        waves: [{to: primary}, {to: backup, after: 15m}]
      within: 1h
      on: {uncovered: []}
    """,
)
def unknown_critical_role(chart: Chart) -> Iterator[Spot]:
    """A role in `need.critical` that `who` does not address."""
    for site in chart.doing("contact"):
        contact = site.step.contact
        assert contact is not None
        called = [one if isinstance(one, str) else one.role for one in contact.who]
        for index, role in enumerate(contact.need.critical):
            if role not in called and role.partition(".")[0] not in called:
                path = (*site.verb_path, "need", "critical", index)
                yield chart.at(path, f"'{role}' is critical, but it is not called", "add it to who", called)
