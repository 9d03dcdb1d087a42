"""What is defined and never used: often a name that was changed in one place only."""

import re
from collections.abc import Iterator

from konbit.check.chart import Chart, Spot, Whole
from konbit.check.registry import library_rule, rule
from konbit.check.texts import PARTS
from konbit.definition.mentions import BUILT_IN_MESSAGES, PREPARED_MESSAGES
from konbit.definition.problems import Severity
from konbit.engine.plan import ChildNode

READ_BY_TASKS = frozenset({"areas", "clusters", "country", "glide", "hazard", "occurred_at"})
"""Parameters that recruiting, matching, drafting and scoring look for by name, whether or not a chart mentions them."""
_WORD = re.compile(r"[a-z][a-z0-9_]*")


@rule(
    "unused-parameter",
    Severity.WARNING,
    "A parameter that nothing uses",
    why="People fill it in when they start a run and expect it to change something.",
    fix="Use it in an expression, a message or a child, or remove it.",
    bad="""
    parameters:
      colour: {type: text}
    """,
    good="""
    parameters:
      urgent: {type: truth, default: false}
    steps:
      - choose:
          - when: urgent
            steps: [{inform: {who: [chair], message: notice}}]
          - otherwise: []
    """,
)
def unused_parameter(chart: Chart) -> Iterator[Spot]:
    """A parameter that no expression, message or child of the chart reads."""
    parameters = chart.flowchart.parameters
    left = set(parameters) - READ_BY_TASKS
    if not left or chart.faulty:
        return
    for path in chart.compiled.scopes:
        left.difference_update(_WORD.findall(chart.source.spelling(path)))
    for node in chart.compiled.plan.nodes.values():
        left -= set(node.hand_on) if isinstance(node, ChildNode) else set()
    texts = [
        text
        for message in chart.bundle.messages.values()
        for part in PARTS
        for text in (getattr(message, part) or {}).values()
    ]
    left -= {one.of for message in chart.bundle.messages.values() for one in message.counts.values()}
    for name in parameters:
        if name in left and not any(f"{{{name}}}" in text for text in texts):
            yield chart.at_key(
                ("parameters", name), f"nothing uses the parameter '{name}'", "remove it, or use it"
            )


@library_rule(
    "unused-message",
    Severity.NOTE,
    "A message that no chart uses",
    why="It is translated and kept up to date for nobody, or a chart names another one by mistake.",
    fix="Remove it, or name it in a chart.",
    bad="""
    # in: messages/own.yaml
    own: {subject: News, body: There is news.}
    """,
    good="""
    # in: messages/own.yaml
    own: {subject: News, body: There is news.}
    # in: response/example.yaml
    steps:
      - inform: {who: [chair], message: own}
    """,
)
def unused_message(whole: Whole) -> Iterator[Spot]:
    """A message that no chart of the library names."""
    used = _used(whole, "message") | {*BUILT_IN_MESSAGES, *PREPARED_MESSAGES}
    for name in whole.library.messages if whole.complete else ():
        if name not in used:
            yield whole.at_key(whole.source("message", name), (name,), f"no chart uses the message '{name}'")


@library_rule(
    "unused-form",
    Severity.NOTE,
    "A form that no chart uses",
    why="It is kept up to date for nobody, or a chart names another one by mistake.",
    fix="Remove it, or name it in a chart.",
    bad="""
    # in: forms/own.yaml
    form: own
    title: Own
    record: decision
    fields: [{name: reason, label: Reason}]
    """,
    good="""
    # in: forms/own.yaml
    form: own
    title: Own
    record: decision
    fields: [{name: reason, label: Reason}]
    # in: response/example.yaml
    steps:
      - ask: {who: chair, question: question, form: own}
        within: 2h
        on: {no_answer: []}
    """,
)
def unused_form(whole: Whole) -> Iterator[Spot]:
    """A form that no chart of the library names."""
    used = _used(whole, "form")
    for name in whole.library.forms if whole.complete else ():
        if name not in used:
            yield whole.at(whole.source("form", name), ("form",), f"no chart uses the form '{name}'")


@library_rule(
    "unused-role",
    Severity.NOTE,
    "A role that no chart names",
    why="People are bound to it in the directory and are never called.",
    fix="Remove it, or name it in a chart.",
    bad="""
    # in: roles.yaml
    chair: {title: Chair}
    treasurer: {title: Treasurer}
    """,
    good="""
    # in: roles.yaml
    chair: {title: Chair, deputy: treasurer}
    treasurer: {title: Treasurer}
    """,
)
def unused_role(whole: Whole) -> Iterator[Spot]:
    """A role that neither a chart of the library nor another role names."""
    used = {name.partition(".")[0] for name in _used(whole, "role")} | {
        role.deputy for role in whole.library.roles.values()
    }
    for name in whole.library.roles if whole.complete else ():
        if name not in used:
            yield whole.at_key(whole.source("role", name), (name,), f"no chart names the role '{name}'")


def _used(whole: Whole, kind: str) -> set[str]:
    return {name for found, name in whole.mentioned if found == kind}
