"""What a change does to runs that are under way: they keep the version they began with until somebody moves them."""

from collections.abc import Iterator

from konbit.check.authoring.comparing import compare
from konbit.check.authoring.pairing import pair
from konbit.check.chart import Spot, Versions
from konbit.check.registry import change_rule
from konbit.definition.problems import Severity
from konbit.definition.step import HUMAN

WAITING = (*HUMAN, "wait", "run")
"""The verbs in which a run may stand for days."""


@change_rule(
    "version-not-raised",
    Severity.ERROR,
    "A change under the old version number",
    why="Runs, reports and the audit name the version. With one number for two contents nobody can tell which of them a run "
    "follows. Texts that people read may change without a new number.",
    fix="Raise `version:` by one.",
    bad="""
    version: 3
    steps:
      - inform: {who: [chair, members], message: notice}
    # in: before/response/example.yaml
    version: 3
    steps:
      - inform: {who: [chair], message: notice}
    """,
    good="""
    version: 4
    steps:
      - inform: {who: [chair, members], message: notice}
    # in: before/response/example.yaml
    version: 3
    steps:
      - inform: {who: [chair], message: notice}
    """,
)
def version_not_raised(versions: Versions) -> Iterator[Spot]:
    """A flowchart that does something else than before, and whose version is not higher."""
    old, new = versions.old, versions.new.bundle
    if new.flowchart.version > old.flowchart.version:
        return
    found = [change for change in compare(old, new) if change.weight != "words"]
    if found:
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        message = (
            f"version {old.flowchart.version} did something else: {found[0].about}: {found[0].words}{more}"
        )
        yield versions.new.at(("version",), message, f"write version: {old.flowchart.version + 1}")


@change_rule(
    "waiting-step-removed",
    Severity.WARNING,
    "A step is gone in which runs may be waiting",
    why="A run that waits in it cannot be moved to this version: its answers would have nowhere to go. It ends with the "
    "version it began with.",
    fix="Keep the step and its id until the runs have passed it, or let them end with their version; "
    "`konbit runs migrate --dry-run` says which runs are concerned.",
    bad="""
    version: 2
    steps:
      - inform: {who: [chair], message: notice}
    # in: before/response/example.yaml
    version: 1
    steps:
      - id: confirm
        ask: {who: chair, question: question}
        within: 2h
        on: {no_answer: []}
      - inform: {who: [chair], message: notice}
    """,
    good="""
    version: 2
    steps:
      - id: confirm
        ask: {who: chair, question: question}
        within: 4h
        on: {no_answer: []}
    # in: before/response/example.yaml
    version: 1
    steps:
      - id: confirm
        ask: {who: chair, question: question}
        within: 2h
        on: {no_answer: []}
    """,
)
def waiting_step_removed(versions: Versions) -> Iterator[Spot]:
    """A step of the version before that waits for people, a time or another run, and is not in the new one."""
    old, new = versions.old.flowchart, versions.new.flowchart
    if old == new:
        return
    for spot in pair(old, new).removed:
        if spot.step.verb in WAITING:
            section = spot.path[0] if spot.path[0] in versions.new.source.keys(()) else "steps"
            message = (
                f"'{spot.label}' is gone: a run of version {old.version} that waits in it keeps that version"
            )
            yield versions.new.at_key((section,), message, "keep the step, or let those runs end")
