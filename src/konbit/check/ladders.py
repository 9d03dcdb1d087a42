"""Waves and reminders: in order, in time, nobody twice."""

import datetime as dt
from collections.abc import Iterator, Sequence

from konbit.check.chart import Chart, Spot
from konbit.check.flow import ZERO, deadline
from konbit.check.registry import rule
from konbit.definition.durations import show
from konbit.definition.mentions import Path
from konbit.definition.problems import Severity
from konbit.definition.verbs import Wave

ERROR = Severity.ERROR
Ladder = tuple[Path, Sequence[Wave], dt.timedelta | None]
"""Where it stands, its waves, and the deadline it belongs to if it has one."""


def ladders(chart: Chart) -> Iterator[Ladder]:
    """Every list of waves with its place and the deadline it belongs to."""
    for name, waves in chart.flowchart.ladders.items():
        yield ("ladders", name), waves, None
    for site in chart.sites:
        step = site.step
        if step.contact:
            yield (*site.verb_path, "waves"), step.contact.waves, deadline(step)
        if site.waves:
            yield (*site.path, "escalate"), site.waves, deadline(step)
        if step.report and step.report.approve and step.report.approve.escalate:
            yield (
                (*site.verb_path, "approve", "escalate"),
                step.report.approve.escalate,
                step.report.approve.within,
            )


@rule(
    "wave-not-first",
    ERROR,
    "A call-down that begins late",
    why="The deadline runs from the start of the step. If the first wave waits, people have less time than the chart says.",
    fix="Let the first wave go out at once: `{to: primary}`. A pause before it is a `wait` step.",
    bad="""
    - contact: {who: [members], message: call, waves: [{to: primary, after: 10m}]}
      within: 1h
      on: {uncovered: []}
    """,
    good="""
    - contact: {who: [members], message: call, waves: [{to: primary}]}
      within: 1h
      on: {uncovered: []}
    """,
)
def wave_not_first(chart: Chart) -> Iterator[Spot]:
    """A call-down without a wave that goes out at its start."""
    for path, waves, _ in ladders(chart):
        if path[-1] == "waves" and not any(wave.after == ZERO for wave in waves):
            place = (*path, 0, "after") if waves else path
            yield chart.at(
                place, "nobody is called at the start of this call-down", "let the first wave go out at once"
            )


@rule(
    "wave-at-once",
    ERROR,
    "An escalation that does not wait",
    why="`escalate` says who is asked next when nobody has answered. Without `after` they are asked at "
    "the same time as the others.",
    fix="Write `after:`, or add the role to `who`.",
    bad="""
    - ask: {who: chair, question: question}
      within: 2h
      escalate: [{to: deputy_chair}]
      on: {no_answer: []}
    """,
    good="""
    - ask: {who: chair, question: question}
      within: 2h
      escalate: [{to: deputy_chair, after: 30m}]
      on: {no_answer: []}
    """,
)
def wave_at_once(chart: Chart) -> Iterator[Spot]:
    """A wave of `escalate` without `after`."""
    for path, waves, _ in ladders(chart):
        for index, wave in enumerate(waves):
            if path[-1] != "waves" and wave.after == ZERO:
                yield chart.at(
                    (*path, index, "to"),
                    f"'{wave.to}' is asked at the same time as the others",
                    "write after:",
                )


@rule(
    "waves-out-of-order",
    ERROR,
    "Waves that are not in the order of their time",
    why="The run takes them by time; who reads the chart takes them from top to bottom.",
    fix="Sort the waves by `after`.",
    bad="""
    - contact: {who: [members], message: call, waves: [{to: primary}, {to: chair, after: 30m}, {to: backup, after: 15m}]}
      within: 1h
      on: {uncovered: []}
    """,
    good="""
    - contact: {who: [members], message: call, waves: [{to: primary}, {to: backup, after: 15m}, {to: chair, after: 30m}]}
      within: 1h
      on: {uncovered: []}
    """,
)
def waves_out_of_order(chart: Chart) -> Iterator[Spot]:
    """A wave that comes earlier than the one above it."""
    for path, waves, _ in ladders(chart):
        for index in range(1, len(waves)):
            earlier, later = waves[index - 1].after, waves[index].after
            if later < earlier:
                message = f"this wave comes after {show(later)}, but the one before it after {show(earlier)}"
                yield chart.at(
                    (*path, index, "after") if later else (*path, index, "to"),
                    message,
                    "sort the waves by their time",
                )


@rule(
    "same-wave-twice",
    ERROR,
    "The same people in two waves",
    why="Who was asked once is not asked again by a later wave: it would reach nobody new.",
    fix="Use `remind:` to ask the same people again, or name somebody else.",
    bad="""
    - ask: {who: chair, question: question}
      within: 2h
      escalate: [{to: backup, after: 30m}, {to: backup, after: 60m}]
      on: {no_answer: []}
    """,
    good="""
    - ask: {who: chair, question: question}
      within: 2h
      escalate: [{to: backup, after: 30m}, {to: deputy_chair, after: 60m}]
      on: {no_answer: []}
    """,
)
def same_wave_twice(chart: Chart) -> Iterator[Spot]:
    """A wave to whom an earlier wave of the same step already goes."""
    for path, waves, _ in ladders(chart):
        seen = set[str]() if path[-1] == "waves" else {"primary"}
        for index, wave in enumerate(waves):
            if wave.to in seen:
                yield chart.at(
                    (*path, index, "to"),
                    f"'{wave.to}' is already asked in an earlier wave",
                    "use remind: to ask again",
                )
            seen.add(wave.to)


@rule(
    "wave-after-deadline",
    ERROR,
    "A wave after the deadline",
    why="The step has ended by then; these people are never asked.",
    fix="Bring the wave forward, or move the deadline.",
    bad="""
    - ask: {who: chair, question: question}
      within: 1h
      escalate: [{to: backup, after: 90m}]
      on: {no_answer: []}
    """,
    good="""
    - ask: {who: chair, question: question}
      within: 2h
      escalate: [{to: backup, after: 90m}]
      on: {no_answer: []}
    """,
)
def wave_after_deadline(chart: Chart) -> Iterator[Spot]:
    """A wave at or after the end of the step."""
    for path, waves, limit in ladders(chart):
        for index, wave in enumerate(waves):
            if limit is not None and wave.after >= limit and wave.after:
                message = f"this wave comes after {show(wave.after)}, the deadline is after {show(limit)}"
                yield chart.at((*path, index, "after"), message, "bring it forward")
    for site in chart.sites:
        limit, name = deadline(site.step), site.step.escalate
        named = chart.flowchart.ladders.get(name, []) if isinstance(name, str) else []
        late = [wave for wave in named if limit is not None and wave.after >= limit]
        if late and limit is not None:
            message = f"the ladder '{name}' goes on after {show(late[0].after)}, the deadline is after {show(limit)}"
            yield chart.at((*site.path, "escalate"), message, "use a shorter ladder, or move the deadline")


@rule(
    "again-after-deadline",
    ERROR,
    "A ladder that starts over after the deadline",
    why="The step has ended by then; nobody is called again.",
    fix="Let it start over sooner, or move the deadline.",
    bad="""
    - contact: {who: [members], message: call, waves: [{to: primary}, {to: backup, after: 30m}], again: {after: 30m}}
      within: 1h
      on: {uncovered: []}
    """,
    good="""
    - contact: {who: [members], message: call, waves: [{to: primary}, {to: backup, after: 30m}], again: {after: 30m}}
      within: 2h
      on: {uncovered: []}
    """,
)
def again_after_deadline(chart: Chart) -> Iterator[Spot]:
    """A ladder whose first wave would be asked again at or after the end of the step."""
    for site in chart.sites:
        limit, contact = deadline(site.step), site.step.contact
        if limit is None or contact is None or contact.again is None:
            continue
        start = max((wave.after for wave in contact.waves), default=ZERO) + contact.again.after
        if start >= limit:
            message = f"it starts over after {show(start)}, the deadline is after {show(limit)}"
            yield chart.at((*site.verb_path, "again", "after"), message, "let it start over sooner")


@rule(
    "reminder-after-deadline",
    ERROR,
    "A reminder after the deadline",
    why="The step has ended by then; the reminder is never sent.",
    fix="Bring the reminder forward, or move the deadline.",
    bad="""
    - ask: {who: chair, question: question}
      within: 2h
      remind: [30m, 3h]
      on: {no_answer: []}
    """,
    good="""
    - ask: {who: chair, question: question}
      within: 2h
      remind: [30m, 90m]
      on: {no_answer: []}
    """,
)
def reminder_after_deadline(chart: Chart) -> Iterator[Spot]:
    """A reminder at or after the end of the step."""
    for site in chart.sites:
        limit = deadline(site.step)
        for index, after in enumerate(site.step.remind):
            if limit is not None and after >= limit:
                message = f"this reminder comes after {show(after)}, the deadline is after {show(limit)}"
                yield chart.at((*site.path, "remind", index), message, "bring it forward")


@rule(
    "reminder-twice",
    Severity.WARNING,
    "Two reminders at the same time",
    why="People would get the same reminder twice in one minute.",
    fix="Remove one of them.",
    bad="""
    - ask: {who: chair, question: question}
      within: 2h
      remind: [30m, 30m]
      on: {no_answer: []}
    """,
    good="""
    - ask: {who: chair, question: question}
      within: 2h
      remind: [30m, 60m]
      on: {no_answer: []}
    """,
)
def reminder_twice(chart: Chart) -> Iterator[Spot]:
    """A reminder at the time of another one."""
    for site in chart.sites:
        for index, after in enumerate(site.step.remind):
            if after in site.step.remind[:index]:
                yield chart.at(
                    (*site.path, "remind", index),
                    f"there is already a reminder after {show(after)}",
                    "remove one of them",
                )
