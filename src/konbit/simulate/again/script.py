"""What a recorded run was made of: for each thing that came from outside, what it followed on and how long after.

The journal says when things happened; the engine says what each event asked for. Both together give a script that can be
played again: this person answered so long after being asked, this work took so long, this timer fired so late.
"""

import dataclasses
import datetime as dt
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping

from konbit.engine.advance import advance
from konbit.engine.effects import CancelTimer, DoWork, Effect, Finish, Notify, SetTimer, StartChild, StopChild
from konbit.engine.events import (
    Answered,
    AnyEvent,
    ChildEnded,
    Started,
    StoodDown,
    TimerFired,
    Unreachable,
    WorkDone,
    WorkFailed,
)
from konbit.engine.state import RunState
from konbit.simulate.again.recording import InvalidJournal, RecordedRun, Recording

NEVER = 10**9
"""The place of what is not in the record: after everything that is."""
Cause = tuple[str, ...]
"""What something follows on: `("ask", request, person)`, `("work", key)`, `("child", key)`."""


@dataclasses.dataclass(frozen=True, slots=True)
class Reaction:
    """Something that came from outside."""

    delay: dt.timedelta
    """After what it followed on."""
    skew: dt.timedelta
    """Between the time that the event bears and the time at which the run took it: never positive."""
    event: AnyEvent
    place: int
    """Its place in the order of everything that happened."""


@dataclasses.dataclass
class RunScript:
    """One run."""

    reactions: dict[Cause, deque[Reaction]] = dataclasses.field(default_factory=lambda: defaultdict(deque))
    lags: dict[str, deque[tuple[dt.timedelta, int]]] = dataclasses.field(
        default_factory=lambda: defaultdict(deque)
    )
    """By timer, each time it is set: how late it fired or would have, and its place."""
    inputs: dict[str, deque[DoWork]] = dataclasses.field(default_factory=lambda: defaultdict(deque))
    """The work as it was asked for."""
    parameters: dict[str, Mapping[str, object]] = dataclasses.field(default_factory=dict)
    """Child → the parameters it was given."""


@dataclasses.dataclass
class _Told:
    """One run while it is read."""

    run: RecordedRun
    script: RunScript
    state: RunState = dataclasses.field(default_factory=RunState)
    at: int = 0
    caused: dict[Cause, dt.datetime] = dataclasses.field(default_factory=dict)
    """When each cause came, by the time at which the run took it."""
    set_at: dict[str, tuple[dt.datetime, int]] = dataclasses.field(default_factory=dict)
    """Timer → when it is due, and which of its lags is this one's."""
    ready: dt.datetime | None = None

    @property
    def head(self) -> AnyEvent | None:
        """The next event."""
        return self.run.events[self.at] if self.at < len(self.run.events) else None


def script_of(recording: Recording) -> dict[str, RunScript]:
    """Path of a run → its script; InvalidJournal if the journals do not fit the plans."""
    return _Reader(recording).read()


class _Reader:
    def __init__(self, recording: Recording) -> None:
        self.told = {run.path: _Told(run, RunScript()) for run in recording.runs}
        self.now = recording.runs[0].events[0].at
        self.place = 0

    def read(self) -> dict[str, RunScript]:
        """Reads all journals in one order: by time, and never an event before what it followed on."""
        while True:
            ready = [told for told in self.told.values() if told.head is not None and self._possible(told)]
            if not ready:
                break
            self._step(min(ready, key=self._time))
        stuck = [told.run.path or "the run" for told in self.told.values() if told.head is not None]
        if stuck:
            raise InvalidJournal(f"the journal of {stuck[0]} has an event that nothing asked for")
        for told in self.told.values():
            for timer in list(told.set_at):
                self._timer_over(told, timer, fired=False)
        return {path: told.script for path, told in self.told.items()}

    def _time(self, told: _Told) -> dt.datetime:
        assert told.head is not None
        return max(told.head.at, told.ready or told.head.at)

    def _possible(self, told: _Told) -> bool:
        """Whether what the next event followed on has happened."""
        match told.head:
            case Started() if told.run.parent is not None:
                return ("start", told.run.key) in self.told[told.run.parent].caused
            case ChildEnded() as event:
                child = self.told.get(f"{told.run.path}/{event.child}")
                return child is None or child.head is None
            case _:
                return True

    def _step(self, told: _Told) -> None:
        event = told.head
        assert event is not None
        told.at += 1
        told.ready = max(event.at, told.ready or event.at)
        self.now = max(self.now, told.ready)
        self._note(told, event)
        self.place += 1
        told.state, effects = advance(told.run.plan, told.state, event)
        told.caused.setdefault(("started",), self.now)
        for effect in effects:
            self._effect(told, effect)

    def _note(self, told: _Told, event: AnyEvent) -> None:
        """Keeps an event with what it followed on."""
        if isinstance(event, TimerFired):
            self._timer_over(told, event.timer, fired=True)
            return
        cause = self._cause(told, event)
        since = self._since(told, cause)
        told.script.reactions[cause].append(
            Reaction(self.now - since, event.at - self.now, event, self.place)
        )

    def _cause(self, told: _Told, event: AnyEvent) -> Cause:
        match event:
            case Started():
                return ("start",)
            case WorkDone() | WorkFailed():
                return ("work", event.work)
            case Answered() if ("ask", event.request, event.person) in told.caused:
                return ("ask", event.request, event.person)
            case Unreachable() if ("told", event.request, event.person) in told.caused:
                return ("told", event.request, event.person)
            case ChildEnded():
                return ("child", event.child)
            case StoodDown() if (
                told.run.parent is not None and ("stop", told.run.key) in self.told[told.run.parent].caused
            ):
                return ("stop",)
            case _:
                return ("outside",)

    def _since(self, told: _Told, cause: Cause) -> dt.datetime:
        """When what it followed on came."""
        match cause:
            case ("start" | "stop" as word,):
                parent = self.told.get(told.run.parent) if told.run.parent is not None else None
                return parent.caused[(word, told.run.key)] if parent else self.now
            case ("child", key):
                child = self.told.get(f"{told.run.path}/{key}")
                return child.caused.get(("finished",), self.now) if child else self.now
            case ("outside",):
                return told.caused.get(("started",), self.now)
            case _:
                found = told.caused.get(cause)
                if found is None:
                    raise InvalidJournal(
                        f"the journal of {told.run.path or 'the run'} does not fit its plan: {cause[1]}"
                    )
                return found

    def _effect(self, told: _Told, effect: Effect) -> None:
        match effect:
            case DoWork():
                told.caused[("work", effect.work)] = self.now
                told.script.inputs[effect.work].append(effect)
            case Notify():
                for cause in _told_by(effect):
                    told.caused.setdefault(cause, self.now)
            case SetTimer():
                self._timer_over(told, effect.timer, fired=False)
                lags = told.script.lags[effect.timer]
                told.set_at[effect.timer] = (effect.at, len(lags))
                lags.append((dt.timedelta(), 2 * NEVER))
            case CancelTimer():
                self._timer_over(told, effect.timer, fired=False)
            case StartChild():
                told.caused[("start", effect.child)] = self.now
                told.script.parameters[effect.child] = effect.parameters
            case StopChild():
                told.caused.setdefault(("stop", effect.child), self.now)
            case Finish():
                told.caused[("finished",)] = self.now
                for timer in list(told.set_at):
                    self._timer_over(told, timer, fired=False)
            case _:
                pass

    def _timer_over(self, told: _Told, timer: str, *, fired: bool) -> None:
        """A timer fired, or was cancelled: one that was cancelled after it was due had not fired by then."""
        found = told.set_at.pop(timer, None)
        if found is None:
            return
        due, number = found
        late = max(dt.timedelta(), self.now - due)
        told.script.lags[timer][number] = (late, self.place if fired else 2 * NEVER)


def _told_by(effect: Notify) -> Iterator[Cause]:
    """What follows on a message: an answer on a question, a loss on any."""
    for person in effect.people if effect.request else ():
        yield ("told", effect.request or "", person)
        if effect.purpose == "ask":
            yield ("ask", effect.request or "", person)
