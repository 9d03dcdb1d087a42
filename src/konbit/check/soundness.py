"""Steps that can never run, blocks that do nothing, ends that end more than they seem to, waits without an end."""

from collections.abc import Iterator

from konbit.check.chart import Chart, Spot
from konbit.check.flow import Flow
from konbit.check.registry import rule
from konbit.definition.mentions import inner_blocks
from konbit.definition.problems import Severity


@rule(
    "unreachable-step",
    Severity.ERROR,
    "A step that can never run",
    why="What stands behind an `end`, or behind a choice whose every way ends the run, is never done; "
    "somebody counts on it.",
    fix="Move the step before the `end`, or into the branch it belongs to.",
    bad="""
    - inform: {who: [chair], message: notice}
    - end: done
    - inform: {who: [members], message: notice}
    """,
    good="""
    - inform: {who: [chair], message: notice}
    - inform: {who: [members], message: notice}
    - end: done
    """,
)
def unreachable_step(chart: Chart) -> Iterator[Spot]:
    """The first step of a block after one that always ends the run."""
    for path in Flow(chart).unreachable:
        site = chart.by_path[path]
        before = chart.by_path[(*path[:-1], int(path[-1]) - 1)]
        line = chart.source.key(before.verb_path).line
        yield chart.at_verb(
            site,
            f"this step never runs: the run has ended in the step on line {line}",
            "move it before that step",
        )


@rule(
    "empty-block",
    Severity.WARNING,
    "A lane or a loop without steps",
    why="It looks as if something happened here. Only `otherwise`, `unknown` and what stands under `on:` may be left empty: "
    "there an empty list says that nothing is to be done.",
    fix="Write the steps, or remove the block.",
    bad="""
    - lanes:
        health: []
        water: [{inform: {who: [chair], message: notice}}]
    """,
    good="""
    - lanes:
        health: [{inform: {who: [members], message: notice}}]
        water: [{inform: {who: [chair], message: notice}}]
    """,
)
def empty_block(chart: Chart) -> Iterator[Spot]:
    """A lane, the body of a loop or a list of ways without anything in it."""
    for site in chart.doing("lanes", "for_each", "repeat", "choose"):
        if site.step.choose == []:
            yield chart.at_verb(site, f"nothing stands under '{site.verb}'", "write what is to be done")
        for below, steps in inner_blocks(site.step):
            if not steps and below[0] in ("lanes", "steps"):
                key = (*site.path, *(below[:2] if below[0] == "lanes" else below))
                yield chart.at_key(
                    key, f"there are no steps in '{below[1] if below[0] == 'lanes' else site.verb}'"
                )


@rule(
    "end-in-lanes",
    Severity.WARNING,
    "An `end` in one of several lanes",
    why="`end` ends the whole run: what the other lanes or items are still doing is withdrawn.",
    fix="Let the lane simply end, and write `end` after the lanes if the run is over there.",
    bad="""
    - lanes:
        health: [{inform: {who: [members], message: notice}}, {end: done}]
        water: [{inform: {who: [chair], message: notice}}]
    """,
    good="""
    - lanes:
        health: [{inform: {who: [members], message: notice}}]
        water: [{inform: {who: [chair], message: notice}}]
    - end: done
    """,
)
def end_in_lanes(chart: Chart) -> Iterator[Spot]:
    """An `end` below `lanes` or `for_each`."""
    for site in chart.doing("end"):
        around = next((one.verb for one in chart.above(site) if one.verb in ("lanes", "for_each")), None)
        if around:
            yield chart.at_verb(
                site,
                f"this ends the whole run, not only this part of '{around}'",
                f"write it after '{around}'",
            )


@rule(
    "endless-wait",
    Severity.ERROR,
    "Waiting for a signal without a deadline",
    why="A signal may never come. Everything that waits has a time after which the run goes on.",
    fix="Write `within:`; the step then ends `over` instead of `signalled`.",
    bad="""
    - wait: {signal: all_clear}
    """,
    good="""
    - wait: {signal: all_clear}
      within: 3d
    """,
)
def endless_wait(chart: Chart) -> Iterator[Spot]:
    """A wait for a signal with neither `within` nor `due`."""
    for site in chart.doing("wait"):
        wait = site.step.wait
        if wait is not None and wait.signal is not None and site.step.within is None:
            message = f"this waits for the signal '{wait.signal}' without a deadline"
            yield chart.at_verb(site, message, "write within:")
        elif wait is not None and wait.first_of and all(way.signal is not None for way in wait.first_of):
            hint = "add a way: {for: 2d, steps: [...]}"
            yield chart.at_verb(site, "this waits for signals only, without a deadline", hint)
