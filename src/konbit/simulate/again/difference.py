"""What a change to a recorded run would have made of it: steps, messages, the end."""

import collections
import dataclasses
import datetime as dt
from collections.abc import Iterator, Mapping

from pydantic import JsonValue

from konbit.definition.durations import show
from konbit.engine.state import Result
from konbit.simulate.again.recording import Recording
from konbit.simulate.again.replay import Replay
from konbit.simulate.times.timing import HIDDEN
from konbit.simulate.world import Played

UNTOLD = HIDDEN | {"inform", "end"}
"""Verbs whose steps are not compared: what they send is."""
MOST_PEOPLE = 12


def difference_of(recording: Recording, played: "Replay") -> str:
    """Where a replay leaves the record, in words; empty if every event of the record came again at its time."""
    by_path = {run.id: run for run in played.runs}
    for recorded in recording.runs:
        again = by_path.get(recorded.path)
        events = again.journal if again else []
        for number, event in enumerate(recorded.events, start=1):
            found = events[number - 1] if number <= len(events) else None
            if found != event:
                name = recorded.path or recorded.plan.flowchart
                return f"{name}, event {number}: {event.kind} in the journal, {found.kind if found else 'nothing'} in the replay"
    return ""


@dataclasses.dataclass(frozen=True)
class Came:
    """How something ended, and when."""

    outcome: str
    at: dt.datetime


@dataclasses.dataclass(frozen=True)
class StepChange:
    """A step that ended otherwise, or at another time; None where it was not reached or had not ended."""

    run: str
    step: str
    before: Came | None
    after: Came | None

    @property
    def outcome_changed(self) -> bool:
        """True if more than the time is different."""
        return (self.before and self.before.outcome) != (self.after and self.after.outcome)


@dataclasses.dataclass(frozen=True)
class Messages:
    """Messages of one kind: how many there were, and how many there would have been."""

    what: str
    before: int
    after: int


@dataclasses.dataclass(frozen=True)
class Difference:
    """Everything that is different."""

    started: dt.datetime
    end: tuple[Came | None, Came | None]
    """Of the run: in the record, and changed; None if it had not ended."""
    steps: tuple[StepChange, ...]
    total: Messages
    by_step: tuple[Messages, ...]
    by_person: tuple[Messages, ...]

    @property
    def nothing(self) -> bool:
        """True if nothing is different."""
        return self.end[0] == self.end[1] and not (self.steps or self.by_step or self.by_person)


def compare(before: Replay, after: Replay) -> Difference:
    """The difference between the run played unchanged and changed."""
    steps = _steps(before), _steps(after)
    changed = [
        StepChange(run, step, steps[0].get((run, step)), steps[1].get((run, step)))
        for run, step in dict.fromkeys((*steps[0], *steps[1]))
        if steps[0].get((run, step)) != steps[1].get((run, step))
    ]
    changed.sort(key=lambda one: min(came.at for came in (one.before, one.after) if came))
    sent = [_sent(one) for one in (before, after)]
    return Difference(
        started=before.main.journal[0].at,
        end=(_end(before.main), _end(after.main)),
        steps=tuple(changed),
        total=Messages("all", sum(sent[0][0].values()), sum(sent[1][0].values())),
        by_step=tuple(_changed(sent[0][0], sent[1][0])),
        by_person=tuple(_changed(sent[0][1], sent[1][1])),
    )


def _end(run: Played) -> Came | None:
    return Came(str(run.state.outcome), run.ended_at) if run.ended and run.ended_at else None


def _steps(played: Replay) -> dict[tuple[str, str], Came]:
    """Every step that ended, by run and execution."""
    found: dict[tuple[str, str], Came] = {}
    for run in played.runs:
        for key, result in sorted(run.state.done.items(), key=_ended_at):
            node = run.plan.nodes.get(key.partition("[")[0])
            if node is not None and node.id == node.step and node.verb not in UNTOLD:
                found[(run.id, key)] = Came(result.outcome, result.at)
    return found


def _ended_at(item: tuple[str, Result]) -> tuple[dt.datetime, str]:
    return item[1].at, item[0]


def _sent(played: Replay) -> tuple[collections.Counter[str], collections.Counter[str]]:
    """Messages by step and purpose, and by person."""
    steps: collections.Counter[str] = collections.Counter()
    people: collections.Counter[str] = collections.Counter()
    for _, run, effect in played.told:
        key = "alarm to the owner" if effect.purpose == "alarm" else effect.key
        name = f"{run.removeprefix('/')}: {key}" if run else key
        steps[name if effect.purpose == "alarm" else f"{name} ({effect.purpose})"] += len(effect.people)
        people.update(effect.people)
    return steps, people


def _changed(before: Mapping[str, int], after: Mapping[str, int]) -> Iterator[Messages]:
    for what in dict.fromkeys((*before, *after)):
        if before.get(what, 0) != after.get(what, 0):
            yield Messages(what, before.get(what, 0), after.get(what, 0))


def lines(found: Difference) -> Iterator[str]:
    """The difference for people."""
    if found.nothing:
        yield "Nothing would have been different."
        return
    yield f"The run {_ends(found, found.end[1])}; it {_ends(found, found.end[0])} in the record."
    if found.steps:
        yield ""
        yield "Steps:"
        width = max(len(_name(one)) for one in found.steps)
        for one in found.steps:
            yield f"  {_name(one):<{width}}  {_came(found, one.after)}, was: {_came(found, one.before)}"
    yield ""
    more = found.total.after - found.total.before
    yield f"Messages: {found.total.after} instead of {found.total.before}" + (f" ({more:+d})" if more else "")
    yield from (f"  {one.what}: {one.after} instead of {one.before}" for one in found.by_step)
    if found.by_person:
        people = sorted(found.by_person, key=lambda one: (-abs(one.after - one.before), one.what))
        shown = ", ".join(f"{one.what} {one.after - one.before:+d}" for one in people[:MOST_PEOPLE])
        rest = f" and {len(people) - MOST_PEOPLE} more" if len(people) > MOST_PEOPLE else ""
        yield f"  by person: {shown}{rest}"


def _name(one: StepChange) -> str:
    return f"{one.run.removeprefix('/')}: {one.step}" if one.run else one.step


def _ends(found: Difference, came: Came | None) -> str:
    return f"ends {_came(found, came)}" if came else "does not end"


def _came(found: Difference, came: Came | None) -> str:
    return f"{came.outcome} after {show(came.at - found.started)}" if came else "not reached"


def data(found: Difference) -> dict[str, JsonValue]:
    """The difference as JSON."""
    return {
        "started": found.started.isoformat(),
        "nothing": found.nothing,
        "end": {"before": _json(found.end[0]), "after": _json(found.end[1])},
        "steps": [
            {"run": one.run, "step": one.step, "before": _json(one.before), "after": _json(one.after)}
            for one in found.steps
        ],
        "messages": {
            "before": found.total.before,
            "after": found.total.after,
            "by_step": _counted(found.by_step),
            "by_person": _counted(found.by_person),
        },
    }


def _json(came: Came | None) -> JsonValue:
    return {"outcome": came.outcome, "at": came.at.isoformat()} if came else None


def _counted(messages: tuple[Messages, ...]) -> list[JsonValue]:
    return [{"what": one.what, "before": one.before, "after": one.after} for one in messages]
