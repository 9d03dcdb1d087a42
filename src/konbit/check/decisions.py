"""Choices: every value has a way on, and so has what is not known."""

from collections.abc import Iterator

from konbit.check.chart import Chart, Site, Spot
from konbit.check.knowing import in_doubt
from konbit.check.registry import rule
from konbit.definition.expressions import Expression, exhaustive
from konbit.definition.problems import Severity
from konbit.engine.plan import ChooseNode

ERROR = Severity.ERROR


def conditions(chart: Chart, site: Site) -> list[tuple[int, Expression]]:
    """The conditions of a choice with the index of their branch; none if one of them has a finding of its own."""
    node = chart.compiled.plan.nodes.get(site.id)
    places = [index for index, branch in enumerate(site.step.choose or []) if branch.when is not None]
    faulty = any((*site.verb_path, index, "when") in chart.faulty for index in places)
    if faulty or not isinstance(node, ChooseNode) or len(node.branches) != len(places):
        return []
    return [(index, expression) for index, (expression, _) in zip(places, node.branches, strict=True)]


@rule(
    "choose-not-exhaustive",
    ERROR,
    "A choice that leaves a value out",
    why="When no condition holds, the run would go on as if nothing had been decided.",
    fix="Add `- otherwise: [...]`; an empty list says that nothing is to be done.",
    bad="""
    parameters:
      level: {type: choice, of: [monitor, partial, full], default: partial}
    steps:
      - choose:
          - when: level == 'full'
            steps: [{inform: {who: [chair], message: notice}}]
          - when: level == 'partial'
            steps: [{inform: {who: [members], message: notice}}]
    """,
    good="""
    parameters:
      level: {type: choice, of: [monitor, partial, full], default: partial}
    steps:
      - choose:
          - when: level == 'full'
            steps: [{inform: {who: [chair], message: notice}}]
          - when: level == 'partial'
            steps: [{inform: {who: [members], message: notice}}]
          - otherwise: []
    """,
)
def choose_not_exhaustive(chart: Chart) -> Iterator[Spot]:
    """A choice without `otherwise` whose conditions do not provably take every value."""
    for site in chart.doing("choose"):
        found = conditions(chart, site)
        if not found or any(branch.otherwise is not None for branch in site.step.choose or []):
            continue
        scope = chart.compiled.scopes[(*site.verb_path, found[0][0], "when")]
        missing = exhaustive([expression for _, expression in found], scope)
        if missing is None:
            yield chart.at_verb(site, "these conditions may all be false", "add - otherwise: [...]")
        elif missing:
            values = ", ".join(f"'{value}'" for value in missing)
            yield chart.at_verb(site, f"no way on for {values}", "add - otherwise: [...]")


@rule(
    "choose-without-unknown",
    ERROR,
    "A choice without a way on for what is not known",
    why="A missing report is not a 'no'. When a condition is unknown the run takes the `unknown` "
    "branch; without one it can only "
    "alarm the owner and go on.",
    fix="Add `- unknown: [...]` with what is the safer thing to do.",
    bad="""
    - id: decide
      ask: {who: chair, question: question, options: [yes, no]}
      within: 2h
      on: {no_answer: []}
    - choose:
        - when: decide.answer == 'yes'
          steps: [{inform: {who: [members], message: notice}}]
        - otherwise: []
    """,
    good="""
    - id: decide
      ask: {who: chair, question: question, options: [yes, no]}
      within: 2h
      on: {no_answer: []}
    - choose:
        - when: decide.answer == 'yes'
          steps: [{inform: {who: [members], message: notice}}]
        - otherwise: []
        - unknown: [{inform: {who: [chair], message: notice}}]
    """,
)
def choose_without_unknown(chart: Chart) -> Iterator[Spot]:
    """A condition that may be unknown, in a choice without `unknown`."""
    for site in chart.doing("choose"):
        if any(branch.unknown is not None for branch in site.step.choose or []):
            continue
        for index, expression in conditions(chart, site):
            if reason := in_doubt(chart, site, expression):
                path = (*site.verb_path, index, "when")
                yield chart.at(path, f"this may be unknown: {reason}", "add - unknown: [...] to the choice")
                break


@rule(
    "choose-without-condition",
    ERROR,
    "A choice without a condition",
    why="Without `when` there is nothing to choose; what was meant to depend on something happens always.",
    fix="Add a branch with `when:`, or write the steps without `choose`.",
    bad="""
    - choose:
        - otherwise: [{inform: {who: [chair], message: notice}}]
    """,
    good="""
    - inform: {who: [chair], message: notice}
    """,
)
def choose_without_condition(chart: Chart) -> Iterator[Spot]:
    """A choice none of whose branches has a `when`."""
    for site in chart.doing("choose"):
        if not any(branch.when is not None for branch in site.step.choose or []):
            yield chart.at_verb(site, "this choice has no condition", "add a branch with when:")


@rule(
    "duplicate-branch",
    ERROR,
    "A second `otherwise` or `unknown`",
    why="Only one of them can be taken; the steps of the other would never run.",
    fix="Keep one of them.",
    bad="""
    parameters:
      count: {type: number, default: 0}
    steps:
      - choose:
          - when: count > 3
            steps: [{inform: {who: [chair], message: notice}}]
          - otherwise: []
          - otherwise: [{inform: {who: [members], message: notice}}]
    """,
    good="""
    parameters:
      count: {type: number, default: 0}
    steps:
      - choose:
          - when: count > 3
            steps: [{inform: {who: [chair], message: notice}}]
          - otherwise: [{inform: {who: [members], message: notice}}]
    """,
)
def duplicate_branch(chart: Chart) -> Iterator[Spot]:
    """More than one `otherwise`, or more than one `unknown`, in a choice."""
    for site in chart.doing("choose"):
        seen: set[str] = set()
        for index, branch in enumerate(site.step.choose or []):
            word = (
                "otherwise"
                if branch.otherwise is not None
                else "unknown"
                if branch.unknown is not None
                else ""
            )
            if word and word in seen:
                yield chart.at_key(
                    (*site.verb_path, index, word), f"this choice already has '{word}'", "keep one of them"
                )
            seen.add(word)


@rule(
    "branch-order",
    Severity.WARNING,
    "A condition after `otherwise`",
    why="Conditions are tried first wherever `otherwise` stands, but who reads from top to bottom takes it for the end.",
    fix="Move `otherwise` and `unknown` below the last `when`.",
    bad="""
    parameters:
      count: {type: number, default: 0}
    steps:
      - choose:
          - otherwise: []
          - when: count > 3
            steps: [{inform: {who: [chair], message: notice}}]
    """,
    good="""
    parameters:
      count: {type: number, default: 0}
    steps:
      - choose:
          - when: count > 3
            steps: [{inform: {who: [chair], message: notice}}]
          - otherwise: []
    """,
)
def branch_order(chart: Chart) -> Iterator[Spot]:
    """A `when` below `otherwise` or `unknown`."""
    for site in chart.doing("choose"):
        last = ""
        for index, branch in enumerate(site.step.choose or []):
            if branch.when is not None and last:
                yield chart.at_key(
                    (*site.verb_path, index, "when"),
                    f"a condition below '{last}'",
                    f"move '{last}' to the end",
                )
                break
            last = last or (
                "otherwise"
                if branch.otherwise is not None
                else "unknown"
                if branch.unknown is not None
                else ""
            )
