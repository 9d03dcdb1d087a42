"""A recorded run played again: unchanged it gives the same journal, changed it shows what would have come of it.

What people did follows on what they were asked: somebody who is asked later answers later, by as much time as they took.
Whoever was asked in the run and did not answer, and whoever was not asked, says nothing unless a change says otherwise. The
system's own delays stay as they were. Who holds which role is taken from the journal where it tells, else from the directory.
"""

import datetime as dt
import heapq
from collections import deque
from collections.abc import Callable, Mapping

from konbit.definition.codelists import CodeLists
from konbit.definition.parameters import accepted
from konbit.domain.duties import DUTIES
from konbit.engine.advance import advance
from konbit.engine.effects import (
    DoWork,
    Effect,
    Finish,
    Notify,
    OpenRequest,
    SetTimer,
    StartChild,
    StopChild,
)
from konbit.engine.events import (
    Answered,
    AnyEvent,
    ChildEnded,
    Migrated,
    Started,
    StoodDown,
    TimerFired,
    WorkDone,
    WorkFailed,
)
from konbit.engine.plan import Plan
from konbit.errors import KonbitError
from konbit.simulate.again.changes import Changes
from konbit.simulate.again.recording import InvalidJournal, Recording
from konbit.simulate.again.script import NEVER, Cause, Reaction, RunScript, script_of
from konbit.simulate.world import MemoryDesk, Played, indexed

Plans = Callable[[str], Plan]
WORK = 3 * NEVER
"""The place of work that is not in the record: done when nothing is left to take in."""
MOST_EVENTS = 1_000_000
LASTING = frozenset(
    {"contact", "ask", "assess", "mobilize", "collect_inputs", "approve", "send", "inform", "alarm"}
)
"""Duties that find people: what they found in the run still holds, if they are asked for the same roles."""


def replay(
    recording: Recording, codes: CodeLists, changes: Changes | None = None, plans: Plans | None = None
) -> "Replay":
    """The run played again to its end. `plans` gives flowcharts that the record does not hold, should one be started."""
    for run in recording.runs:
        if any(isinstance(event, Migrated) for event in run.events):
            raise InvalidJournal(
                f"{run.plan.flowchart} was moved to another version on its way: it cannot be replayed"
            )
    played = Replay(recording, codes, changes or Changes(()), plans)
    played.play()
    return played


class Replay:
    """One replay. Runs have their path as id."""

    def __init__(self, recording: Recording, codes: CodeLists, changes: Changes, plans: Plans | None) -> None:
        self.recording = recording
        self.codes = codes
        self.changes = changes
        self.plans = plans
        self.directory = indexed(recording.directory)
        self.scripts = script_of(recording)
        self.runs: list[Played] = []
        self.told: list[tuple[dt.datetime, str, Notify]] = []
        """Every message that was asked for: time, run, what."""
        self.now = recording.runs[0].events[0].at
        self._queue: list[tuple[dt.datetime, int, int, Played, Callable[[], AnyEvent | None]]] = []
        self._pushed = 0
        self._followed = 0
        """How many events came in the order of the record so far; NEVER once one did not."""

    @property
    def main(self) -> Played:
        """The run itself."""
        return self.runs[0]

    def play(self) -> None:
        """Until nothing is left to happen."""
        first = self.recording.runs[0]
        start = first.events[0]
        assert isinstance(start, Started)
        self._begin(Played("", first.plan, start.mode, start.parameters), start, dt.timedelta(), 0)
        events = 0
        while self._queue:
            self.now, place, _, run, make = heapq.heappop(self._queue)
            event = make()
            if event is None or run.ended:
                continue
            self._followed = self._followed + 1 if place == self._followed else NEVER
            self._happens(run, event)
            events += 1
            if events > MOST_EVENTS:
                raise KonbitError(f"more than {MOST_EVENTS} events: the chart does not end")

    def _push(
        self, delay: dt.timedelta, place: int, run: Played, make: Callable[[], AnyEvent | None]
    ) -> None:
        self._pushed += 1
        heapq.heappush(self._queue, (self.now + delay, place, self._pushed, run, make))

    def _again(self, run: Played, reaction: Reaction) -> None:
        """Lets something of the record come again, so long after now as it came then."""
        self._push(reaction.delay, reaction.place, run, lambda: self._moved(reaction))

    def _moved(self, reaction: Reaction) -> AnyEvent:
        return reaction.event.model_copy(update={"at": self.now + reaction.skew})

    def _script(self, run: Played) -> RunScript:
        return self.scripts.setdefault(run.id, RunScript())

    def _taken(self, run: Played, cause: Cause) -> Reaction | None:
        """The next thing of the record that follows on this."""
        waiting = self._script(run).reactions.get(cause)
        return waiting.popleft() if waiting else None

    def _begin(self, run: Played, start: Started, delay: dt.timedelta, place: int) -> None:
        self.runs.append(run)
        self._push(delay, place, run, lambda: start)

    def _happens(self, run: Played, event: AnyEvent) -> None:
        if isinstance(event, Answered):
            run.answers.setdefault(event.request, []).append(event)
        run.journal.append(event)
        run.state, effects = advance(run.plan, run.state, event)
        if isinstance(event, Started):
            for reaction in self._script(run).reactions.pop(("outside",), deque()):
                self._again(run, reaction)
        for effect in effects:
            self._apply(run, effect)

    def _apply(self, run: Played, effect: Effect) -> None:
        match effect:
            case DoWork():
                self._work(run, effect)
            case SetTimer():
                self._set_timer(run, effect)
            case Notify():
                self._notify(run, effect)
            case OpenRequest():
                run.open(effect)
            case StartChild():
                self._start_child(run, effect)
            case StopChild():
                self._stop_child(run, effect)
            case Finish():
                self._finish(run, effect)
            case _:
                pass

    def _set_timer(self, run: Played, effect: SetTimer) -> None:
        lags = self._script(run).lags.get(effect.timer)
        lag, place = lags.popleft() if lags else (dt.timedelta(), 2 * NEVER)

        def fire() -> AnyEvent | None:
            found = run.state.timers.get(effect.timer)
            return TimerFired(at=self.now, timer=effect.timer) if found and found[0] == effect.at else None

        self._push(max(dt.timedelta(), effect.at + lag - self.now), place, run, fire)

    def _work(self, run: Played, work: DoWork) -> None:
        asked = self._script(run).inputs.get(work.work)
        recorded = asked.popleft() if asked else None
        reaction = self._taken(run, ("work", work.work))

        def carry() -> AnyEvent | None:
            if work.work not in run.state.live:
                return None
            if reaction is not None and self._holds(work, recorded):
                self._keep(run, work, reaction)
                return self._moved(reaction)
            return self._carried(run, work)

        self._push(
            reaction.delay if reaction else dt.timedelta(), reaction.place if reaction else WORK, run, carry
        )

    def _holds(self, work: DoWork, recorded: DoWork | None) -> bool:
        """Whether what work came to in the run is what it would come to here."""
        same = recorded is not None and recorded.inputs == work.inputs
        followed = self._followed < NEVER
        everybody = "everyone_contacted" in str(work.inputs.get("who"))
        return same and (followed or (work.duty in LASTING and not everybody))

    def _keep(self, run: Played, work: DoWork, reaction: Reaction) -> None:
        """Makes the documents again that came with recorded work: later work may need them."""
        if work.duty in ("draft", "match") and isinstance(reaction.event, WorkDone):
            try:
                run.keep(DUTIES[work.duty](work, self._desk(run)))  # type: ignore[index]  # the engine asks for known duties
            except KonbitError:
                return

    def _carried(self, run: Played, work: DoWork) -> AnyEvent:
        """Carries a duty out by what is known here."""
        try:
            done = DUTIES[work.duty](work, self._desk(run))  # type: ignore[index]  # the engine asks for known duties
        except KonbitError as error:
            return WorkFailed(at=self.now, work=work.work, reason=str(error))
        run.keep(done)
        return WorkDone(at=self.now, work=work.work, output=dict(done.output))

    def _desk(self, run: Played) -> MemoryDesk:
        return MemoryDesk(run, self.now, self.directory, self.codes)

    def _notify(self, run: Played, effect: Notify) -> None:
        self.told.append((self.now, run.id, effect))
        run.told.update(effect.people)
        if effect.request is None:
            return
        for person in effect.people:
            if effect.purpose == "ask":
                run.asked.setdefault(effect.request, {}).setdefault(person, self.now)
                self._asked(run, effect.request, person)
            while lost := self._taken(run, ("told", effect.request, person)):
                self._again(run, lost)

    def _asked(self, run: Played, request: str, person: str) -> None:
        """Queues what somebody says: what they said in the run, or what is changed."""
        opened = run.requests[request]
        said: list[Reaction] = []
        while reaction := self._taken(run, ("ask", request, person)):
            said.append(reaction)
        changed = self.changes.of(opened, person)
        if changed is None:
            for reaction in said:
                self._again(run, reaction)
            return
        before = next((one.event for one in said if isinstance(one.event, Answered)), None)
        for answer in changed.answers(opened, before, self.now):
            self._push(answer.at - self.now, NEVER, run, lambda answer=answer: answer)  # type: ignore[misc]  # bound here

    def _start_child(self, run: Played, effect: StartChild) -> None:
        path = f"{run.id}/{effect.child}"
        plan = self.recording.plan(effect.flowchart)
        if plan is None and self.plans is not None:
            plan = self.plans(effect.flowchart)
        if plan is None:
            raise InvalidJournal(f"{effect.flowchart} would be started, and the journal does not hold it")
        child = Played(path, plan, run.mode, {}, run, effect.child)
        reaction = self._taken(child, ("start",))
        recorded = reaction.event if reaction else None
        same = self._script(run).parameters.get(effect.child) == effect.parameters
        if isinstance(recorded, Started) and same:
            child.parameters = recorded.parameters
        else:
            known = {name: value for name, value in effect.parameters.items() if name in plan.parameters}
            child.parameters = accepted(plan.parameters, known)
        run.children.append(child)
        delay = reaction.delay if reaction else dt.timedelta()
        at = self.now + delay + (reaction.skew if reaction else dt.timedelta())
        marks = _marks(child, effect.marks, at)
        actor = {"actor": recorded.actor} if recorded else {}
        start = Started(at=at, parameters=dict(child.parameters), mode=run.mode, marks=marks, **actor)
        self._begin(child, start, delay, reaction.place if reaction else NEVER)

    def _stop_child(self, run: Played, effect: StopChild) -> None:
        for child in run.children:
            if child.parent_key == effect.child and not child.ended:
                reaction = self._taken(child, ("stop",))
                if reaction:
                    self._again(child, reaction)
                else:
                    event = StoodDown(at=self.now, reason=effect.reason)
                    self._push(dt.timedelta(), NEVER, child, lambda event=event: event)  # type: ignore[misc]  # bound here

    def _finish(self, run: Played, effect: Finish) -> None:
        run.ended_at = self.now
        if run.parent is None:
            return
        reaction = self._taken(run.parent, ("child", run.parent_key))
        at = self.now + (reaction.delay + reaction.skew if reaction else dt.timedelta())
        event = ChildEnded(at=at, child=run.parent_key, outcome=effect.outcome, results=dict(effect.results))
        delay, place = (reaction.delay, reaction.place) if reaction else (dt.timedelta(), NEVER)
        self._push(delay, place, run.parent, lambda: event)


def _marks(run: Played, given: Mapping[str, dt.datetime], at: dt.datetime) -> dict[str, dt.datetime]:
    marks = dict(given)
    onset = run.parameters.get("occurred_at")
    if "E0" not in marks and isinstance(onset, str):
        marks["E0"] = dt.datetime.fromisoformat(onset)
    marks.setdefault("S0", at)
    return marks
