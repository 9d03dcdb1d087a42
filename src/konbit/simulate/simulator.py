"""A flowchart in virtual time: the engine of production, with a world in memory instead of store, outbox and people.

What is the same as in production: the engine, the duties, the order of what falls on one moment (an answer beats a
deadline; work is done when nothing is left to take in), and the rules by which people are reached. What is left out: the
time that work and sending take.
"""

import dataclasses
import datetime as dt
import heapq
from collections import deque
from collections.abc import Mapping

from konbit.definition.codelists import CodeLists
from konbit.definition.parameters import Value, accepted
from konbit.domain.delivery import STALE
from konbit.domain.directory import Directory
from konbit.engine.advance import advance
from konbit.engine.dump import dump, load
from konbit.engine.effects import (
    CloseRequest,
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
    EVENTS,
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
from konbit.errors import KonbitError
from konbit.simulate.happenings import Disturbances, inject
from konbit.simulate.injection import Injection
from konbit.simulate.luck import Luck
from konbit.simulate.reach import Saying
from konbit.simulate.record import Simulation, Witness
from konbit.simulate.scenario import Scenario
from konbit.simulate.stage import AS_IT_IS, Plans, Stage, Twist, plans_of, said
from konbit.simulate.world import MemoryDesk, Played

__all__ = ["Plans", "Simulator", "plans_of", "simulate"]

FROM_OUTSIDE, TIMER = 0, 1
"""At the same moment what people did comes before what the clock did."""
MOST_EVENTS = 1_000_000
"""More than this in one simulation is a chart that never ends."""


def simulate(
    scenario: Scenario,
    directory: Directory,
    plans: Plans,
    codes: CodeLists,
    *,
    seed: int | None = None,
    paranoid: bool = False,
    record: bool = True,
) -> Simulation:
    """Plays a scenario to its end. InvalidParameter if its parameters do not fit the flowchart.

    `seed` decides what is left to chance; that of the scenario if it is None. With `paranoid`, every event and every state is
    written as JSON and read back before it is used. Without `record` there is no timeline; the runs and the messages are
    there all the same.
    """
    stage = Stage(scenario, directory, plans, codes)
    simulator = Simulator(stage, scenario.seed if seed is None else seed, paranoid=paranoid, record=record)
    simulator.play()
    return simulator.witness.simulation(scenario, codes, simulator.runs)


class Simulator:
    """One simulation under way."""

    def __init__(
        self,
        stage: Stage,
        seed: object,
        *,
        twist: Twist = AS_IT_IS,
        paranoid: bool = False,
        record: bool = True,
    ) -> None:
        self.stage = stage
        self.scenario = stage.scenario
        self.directory = stage.directory
        self.paranoid = paranoid
        self.luck = Luck(stage.odds, seed, twist.silenced)
        self.reach = dataclasses.replace(stage.reach, deaths=stage.deaths(twist), lost=self.luck.lost)
        self.witness = Witness(stage.held, record=record)
        self.now = stage.scenario.starts
        self.runs: list[Played] = []
        self.disturbed = Disturbances()
        self._queue: list[tuple[dt.datetime, int, int, Played | None, AnyEvent | Injection | str]] = []
        self._busy: deque[Played] = deque()
        self._pushed = 0
        self._events = 0

    def play(self) -> None:
        """Runs until nothing can happen any more."""
        scenario = self.scenario
        self.begin(scenario.scenario, scenario.flowchart, scenario.parameters)
        for injection in scenario.inject:
            self._queue_in(scenario.starts + injection.at, FROM_OUTSIDE, None, injection)
        while self._queue or self._busy:
            if self._queue and self._queue[0][0] <= self.now:
                self._take()
            elif self._busy:
                self._work_off(self._busy.popleft())
            else:
                self.now = self._queue[0][0]

    def begin(self, id: str, flowchart: str, parameters: Mapping[str, object]) -> None:
        """Starts a run of its own. InvalidParameter if the parameters do not fit."""
        plan = self.stage.plans(flowchart)
        values = accepted(plan.parameters, parameters)
        self._begin(Played(id, plan, self.scenario.mode, values), {})

    def send(self, run: Played, event: AnyEvent) -> None:
        """Lets an event reach a run at its time, as if from outside."""
        self._queue_in(event.at, FROM_OUTSIDE, run, event)

    def _queue_in(
        self, at: dt.datetime, order: int, run: Played | None, what: AnyEvent | Injection | str
    ) -> None:
        self._pushed += 1
        heapq.heappush(self._queue, (at, order, self._pushed, run, what))

    def _begin(self, run: Played, marks: Mapping[str, dt.datetime]) -> None:
        self.runs.append(run)
        known = dict(marks)
        onset = run.parameters.get("occurred_at")
        if "E0" not in known and isinstance(onset, str):
            known["E0"] = dt.datetime.fromisoformat(onset)
        known.setdefault("S0", self.now)
        self.send(run, Started(at=self.now, parameters=dict(run.parameters), mode=run.mode, marks=known))

    def _take(self) -> None:
        """Takes in what comes next."""
        at, _, _, run, what = heapq.heappop(self._queue)
        if isinstance(what, Injection):
            inject(self, what)
            return
        assert run is not None
        if run.holds(what):
            run.held.append(what)
            return
        if isinstance(what, str):
            timer = run.state.timers.get(what)
            if timer is not None and timer[0] <= at:
                self._happens(run, TimerFired(at=self.now, timer=what))
            return
        if isinstance(what, Answered):
            changed = self.disturbed.answer(run, what, self.stage.held)
            if changed is None:
                return
            what = changed
            run.answers.setdefault(what.request, []).append(what)
            self.witness.answered(run, what)
        if isinstance(what, Unreachable):
            self.witness.unreachable(run, what)
        if not run.ended:
            self._happens(run, what)

    def _happens(self, run: Played, event: AnyEvent) -> None:
        """Hands an event to the engine and applies what it asks for."""
        self._events += 1
        if self._events > MOST_EVENTS:
            raise KonbitError(
                f"{self.scenario.scenario}: more than {MOST_EVENTS} events; the chart does not end"
            )
        if self.paranoid:
            event = EVENTS.validate_json(EVENTS.dump_json(event))
            run.state = load(dump(run.state))
        run.journal.append(event)
        before = run.state
        run.state, effects = advance(run.plan, before, event)
        self.witness.happened(run, event, before)
        for effect in effects:
            self._apply(run, effect)
        if before.paused is not None and run.state.paused is None:
            self._go_on(run)

    def _go_on(self, run: Played) -> None:
        """What came while the run was paused comes now: first what people and operators did, then the timers, in their order."""
        held, run.held = run.held, []
        for one in held:
            self._queue_in(self.now, TIMER if isinstance(one, str) else FROM_OUTSIDE, run, one)
        if run.works and run not in self._busy:
            self._busy.append(run)

    def _apply(self, run: Played, effect: Effect) -> None:
        match effect:
            case DoWork():
                if not run.works:
                    self._busy.append(run)
                run.works.append(effect)
            case SetTimer():
                self._queue_in(effect.at, TIMER, run, effect.timer)
            case Notify():
                self._notify(run, effect)
            case OpenRequest():
                run.open(effect)
            case CloseRequest():
                self.witness.closed(run, effect, self.now)
            case StartChild():
                self._start_child(run, effect)
            case StopChild():
                self._stop_child(run, effect)
            case Finish():
                self._finish(run, effect)

    def _work_off(self, run: Played) -> None:
        if run.state.paused is not None:
            return
        works, run.works = sorted(run.works, key=lambda work: work.work), []
        for work in works:
            if work.work in run.state.live:
                self._carry(run, work)

    def _carry(self, run: Played, work: DoWork) -> None:
        """Carries a duty out, as a task would."""
        self.witness.work(run, work, self.now)
        reason = self.disturbed.failure(run, work)
        if reason is not None and work.duty != "alarm":
            self._happens(run, WorkFailed(at=self.now, work=work.work, reason=reason))
            return
        desk = MemoryDesk(run, self.now, self.directory, self.stage.codes)
        try:
            done = self.stage.duties[work.duty](work, desk)  # type: ignore[index]  # the engine asks for known duties
        except KonbitError as error:
            self._happens(run, WorkFailed(at=self.now, work=work.work, reason=str(error)))
            return
        run.keep(done)
        self._happens(run, WorkDone(at=self.now, work=work.work, output=dict(done.output)))

    def _notify(self, run: Played, effect: Notify) -> None:
        """Messages reach people on the first channel that works; who is asked will answer as the scenario says."""
        insist = effect.request is not None or effect.purpose == "alarm"
        said = self._saying(run, effect)
        arrivals = {
            person: self.reach.arrival(person, self.now, said, insist=insist) for person in effect.people
        }
        self.witness.told(run, effect, arrivals, self.now)
        for person, arrival in arrivals.items():
            if self.reach.known(person):
                run.told.add(person)
            if effect.request is None:
                continue
            if effect.purpose == "ask":
                run.asked.setdefault(effect.request, {}).setdefault(person, self.now)
            if arrival is None:
                self._lost(run, effect.request, person)
            elif effect.purpose == "ask":
                self._will_answer(run, effect.request, person, arrival.at, arrival.channel)

    def _saying(self, run: Played, effect: Notify) -> Saying:
        """What decides whether the message may disturb; one that the library does not have is as urgent as a question."""
        bundle = run.plan.bundle
        message = bundle.messages.get(effect.message)
        return Saying(
            urgency=message.disturbs if message else "urgent",
            night_drill=bundle.flowchart.night_drill,
            last=effect.last,
            expires_at=effect.closes_at or self.now + STALE,
        )

    def _lost(self, run: Played, request: str, person: str) -> None:
        if (request, person) not in run.unreachable:
            run.unreachable.add((request, person))
            self.send(run, Unreachable(at=self.now, request=request, person=person))

    def _will_answer(self, run: Played, request: str, person: str, at: dt.datetime, channel: str) -> None:
        """Queues what a person answers: what the script says, as chance has it."""
        opened = run.requests[request]
        part = self.stage.script.part(person, request, opened.step, run.slots[request].get(person, ()))
        trait = self.luck.trait(person, part.fit)
        if trait == "silent":
            return
        for number, behaviour in enumerate(part.acts or self.stage.unscripted(person, part.fit)):
            when = self.luck.answers_at(person, request, number, behaviour, part.fit, at)
            if trait == "late" and opened.closes_at is not None:
                when = max(when, self.luck.late_at(person, request, opened.closes_at))
            verdict, data = said(behaviour, opened, trait)
            event = Answered(
                at=when,
                actor=person,
                request=request,
                person=person,
                verdict=verdict,
                data=data,
                channel=channel,
            )
            self.send(run, event)

    def _start_child(self, run: Played, effect: StartChild) -> None:
        plan = self.stage.plans(effect.flowchart)
        given = effect.parameters
        values: dict[str, Value] = {
            name: given.get(name, parameter.default)  # type: ignore[misc]  # JSON values of parameters
            for name, parameter in plan.parameters.items()
        }
        child = Played(f"{run.id}/{effect.child}", plan, run.mode, values, run, effect.child)
        run.children.append(child)
        self._begin(child, effect.marks)

    def _stop_child(self, run: Played, effect: StopChild) -> None:
        for child in run.children:
            if child.parent_key == effect.child and not child.ended:
                self.send(child, StoodDown(at=self.now, reason=effect.reason))

    def _finish(self, run: Played, effect: Finish) -> None:
        run.ended_at = self.now
        self.witness.finished(run, effect, self.now)
        if run.parent is not None:
            event = ChildEnded(
                at=self.now, child=run.parent_key, outcome=effect.outcome, results=dict(effect.results)
            )
            self.send(run.parent, event)
