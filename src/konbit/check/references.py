"""Names that must exist: roles, messages, forms, flowcharts, steps, outcomes."""

from collections.abc import Iterator

from konbit.check.chart import Chart, Site, Spot
from konbit.check.registry import rule
from konbit.definition.mentions import Path
from konbit.definition.problems import Severity
from konbit.engine.scopes import outcomes

ERROR = Severity.ERROR


@rule(
    "unknown-role",
    ERROR,
    "A role that is not in roles.yaml",
    why="Nobody can be bound to a role that does not exist, so the step would address nobody.",
    fix="Correct the spelling, or add the role to `roles.yaml`. Write `role.CODE` only for a role that says `per:`.",
    bad="""
    - inform: {who: [chiar], message: notice}
    """,
    good="""
    - inform: {who: [chair], message: notice}
    """,
)
def unknown_role(chart: Chart) -> Iterator[Spot]:
    """A role named in the chart that the library does not have, or a part of a role that has none."""
    roles = chart.library.roles
    for mention in chart.mentions:
        if mention.kind != "role":
            continue
        name, dot, of = mention.name.partition(".")
        if name not in roles:
            yield chart.unknown(mention.path, "role", name, roles)
        elif dot and roles[name].per is None:
            yield chart.at(
                mention.path, f"'{name}' is one role for all: there is no '{name}.{of}'", f"write '{name}'"
            )


@rule(
    "unknown-message",
    ERROR,
    "A message that does not exist",
    why="The people addressed would get nothing, and the run would stop at this step.",
    fix="Correct the spelling, or write the message in a file under `messages/`.",
    bad="""
    - inform: {who: [chair], message: notise}
    """,
    good="""
    - inform: {who: [chair], message: notice}
    """,
)
def unknown_message(chart: Chart) -> Iterator[Spot]:
    """A message named in the chart that the library does not have."""
    for mention in chart.mentions:
        if mention.kind == "message" and mention.name not in chart.library.messages:
            yield chart.unknown(mention.path, "message", mention.name, chart.library.messages)


@rule(
    "unknown-form",
    ERROR,
    "A form that does not exist",
    why="People would be asked without anything to fill in.",
    fix="Correct the spelling, or write the form in a file under `forms/`.",
    bad="""
    - ask: {who: chair, question: question, form: decison}
      within: 2h
      on: {no_answer: []}
    """,
    good="""
    - ask: {who: chair, question: question, form: decision}
      within: 2h
      on: {no_answer: []}
    """,
)
def unknown_form(chart: Chart) -> Iterator[Spot]:
    """A form named in the chart that the library does not have."""
    for mention in chart.mentions:
        if mention.kind == "form" and mention.name not in chart.library.forms:
            yield chart.unknown(mention.path, "form", mention.name, chart.library.forms)


@rule(
    "unknown-flowchart",
    ERROR,
    "A flowchart that does not exist",
    why="The child could not be started.",
    fix="Correct the id: it is the path of the file without `.yaml`.",
    bad="""
    - run: {flowchart: response/chidl, with: {country: "'HTI'"}}
      within: 2d
    """,
    good="""
    - run: {flowchart: response/child, with: {country: "'HTI'"}}
      within: 2d
    """,
)
def unknown_flowchart(chart: Chart) -> Iterator[Spot]:
    """A flowchart that is run and is not in the library."""
    for mention in chart.mentions:
        if mention.kind == "flowchart" and mention.name not in chart.library.flowcharts:
            yield chart.unknown(mention.path, "flowchart", mention.name, chart.library.flowcharts)


@rule(
    "unknown-ladder",
    ERROR,
    "A ladder that the chart does not have",
    why="`escalate: NAME` takes its waves from `ladders:` of the chart; without it nobody would be asked next.",
    fix="Correct the spelling, or write the ladder.",
    bad="""
    ladders: {chairs: [{to: backup, after: 30m}]}
    steps:
      - ask: {who: chair, question: question}
        within: 2h
        escalate: chair
        on: {no_answer: []}
    """,
    good="""
    ladders: {chairs: [{to: backup, after: 30m}]}
    steps:
      - ask: {who: chair, question: question}
        within: 2h
        escalate: chairs
        on: {no_answer: []}
    """,
)
def unknown_ladder(chart: Chart) -> Iterator[Spot]:
    """A name under `escalate` that is not among the ladders of the chart."""
    for site in chart.sites:
        name = site.step.escalate
        if isinstance(name, str) and name not in chart.flowchart.ladders:
            yield chart.unknown((*site.path, "escalate"), "ladder", name, chart.flowchart.ladders)


@rule(
    "unknown-fragment",
    ERROR,
    "A fragment that the chart does not have",
    why="`use: NAME` runs the steps that stand under `fragments:` of the chart; there are none of that name.",
    fix="Correct the spelling, or write the fragment.",
    bad="""
    fragments: {tell: [{inform: {who: [chair], message: notice}}]}
    steps:
      - use: told
    """,
    good="""
    fragments: {tell: [{inform: {who: [chair], message: notice}}]}
    steps:
      - use: tell
    """,
)
def unknown_fragment(chart: Chart) -> Iterator[Spot]:
    """A name under `use` that is not among the fragments of the chart."""
    for site in chart.doing("use"):
        name = site.step.use or ""
        if name not in chart.flowchart.fragments:
            yield chart.unknown(site.verb_path, "fragment", name, chart.flowchart.fragments)


@rule(
    "unknown-step",
    ERROR,
    "A step that does not exist, or not yet",
    why="`mobilize.for` and `report.inputs` read what an earlier step gave. A later step, one in another lane or one inside "
    "a loop has nothing to give here.",
    fix="Name a step that comes before and is not inside a loop that has ended; `mobilize.for` takes an "
    "`assess` or `run` step.",
    bad="""
    - id: needs
      assess: {who: [chair]}
      within: 48h
      on: {no_answer: []}
    - mobilize: {for: need, who: [members]}
      within: 72h
      on: {no_answer: [], shortfall: []}
    """,
    good="""
    - id: needs
      assess: {who: [chair]}
      within: 48h
      on: {no_answer: []}
    - mobilize: {for: needs, who: [members]}
      within: 72h
      on: {no_answer: [], shortfall: []}
    """,
)
def unknown_step(chart: Chart) -> Iterator[Spot]:
    """A step whose results are asked for and that cannot have given any, or that a step waits for and that is not there."""
    for site in chart.sites:
        goto = [((*site.verb_path, "step"), site.step.goto.step)] if site.step.goto else []
        stop = [((*site.verb_path, index), name) for index, name in enumerate(site.step.stop or [])]
        after = [((*site.path, "after", index), name) for index, name in enumerate(site.step.after)]
        for path, name in [*goto, *stop, *after]:
            if name not in chart.by_id:
                yield chart.unknown(path, "step", name, [other.id for other in chart.near(name)])
    for site in chart.doing("mobilize", "report"):
        if site.step.mobilize:
            yield from given(
                chart, site, site.step.mobilize.need_from, (*site.verb_path, "for"), ("assess", "run")
            )
        for index, name in enumerate(site.step.report.inputs if site.step.report else []):
            yield from given(chart, site, name, (*site.verb_path, "inputs", index), ())


def given(chart: Chart, site: Site, name: str, path: Path, verbs: tuple[str, ...]) -> Iterator[Spot]:
    """What is wrong with naming a step for what it gave: it must be one of the verbs, and have ended here."""
    source = chart.by_id.get(name)
    fits = source is not None and (not verbs or source.verb in verbs)
    if source is not None and fits and chart.comes_before(source, site) and source.seen_from(site):
        return
    allowed = [
        other.id
        for other in chart.near(name, verbs)
        if chart.comes_before(other, site) and other.seen_from(site)
    ]
    if source is None:
        yield chart.unknown(path, "step", name, allowed)
    elif not fits:
        yield chart.at(
            path,
            f"'{name}' is {_a(source.verb)} step, expected {' or '.join(map(_a, verbs))} step",
            allowed=allowed,
        )
    elif not chart.comes_before(source, site):
        yield chart.at(
            path,
            f"the step '{name}' has not ended when this one starts",
            "name a step that comes before",
            allowed,
        )
    else:
        yield chart.at(
            path,
            f"the step '{name}' is inside a loop: what it gives is not seen here",
            "read it inside the loop",
            allowed,
        )


def _a(verb: str) -> str:
    return f"an {verb}" if verb[0] in "aei" else f"a {verb}"


@rule(
    "unknown-outcome",
    ERROR,
    "A way to end that the step does not have",
    why="What stands under such a key would never happen, and the outcome that was meant would go unhandled.",
    fix="Take one of the outcomes that are listed; for `ask` they are its `options` and `no_answer`. Any step may be "
    "`stopped` by another one, or `skipped` by an operator.",
    bad="""
    - ask: {who: chair, question: question, options: [full, monitor]}
      within: 2h
      on: {no_answer: [], partial: []}
    """,
    good="""
    - ask: {who: chair, question: question, options: [full, monitor]}
      within: 2h
      on: {no_answer: [], monitor: []}
    """,
)
def unknown_outcome(chart: Chart) -> Iterator[Spot]:
    """A key of `on:` that the step cannot end with."""
    for site in chart.sites:
        if site.step.run and site.step.run.flowchart not in chart.library.flowcharts:
            continue
        known = outcomes(site.step, chart.library.flowcharts.get) if site.step.on else ()
        if site.step.run and not site.step.run.wait:
            known = ("started", "failed")
        known += ("stopped", "skipped") if site.step.on else ()
        for outcome in site.step.on:
            if outcome not in known:
                yield chart.unknown((*site.path, "on", outcome), "outcome", outcome, known, key=True)
