"""One path through a flowchart in virtual time: the engine of production, in a world in which an oracle decides.

There is no directory: every role has people. There are no documents: what work gives is one of the outcomes it may have.
"""

import datetime as dt
import heapq

from pydantic import JsonValue

from konbit.definition.parameters import Value
from konbit.engine.advance import advance
from konbit.engine.duties import RECRUITING, TELLING
from konbit.engine.effects import (
    CancelTimer,
    CloseRequest,
    DoWork,
    Effect,
    Finish,
    Notify,
    OpenRequest,
    SetTimer,
    StartChild,
)
from konbit.engine.events import (
    Answered,
    AnyEvent,
    ChildEnded,
    OutcomeForced,
    Signalled,
    Started,
    StoodDown,
    TimerFired,
    WorkDone,
    WorkFailed,
)
from konbit.engine.plan import ChildNode, FirstOfNode, RequestNode, WaitNode
from konbit.engine.state import RunState, WaitFrame
from konbit.simulate.paths.choices import LATER_ROUND, Option, Sources
from konbit.simulate.paths.oracle import Oracle
from konbit.simulate.paths.rosters import roster

STARTS = dt.datetime(2030, 1, 1, 12, tzinfo=dt.UTC)
SOON = dt.timedelta(minutes=1)
MOST_EVENTS = 20_000
"""More than this on one path is a flowchart that never ends."""
SILENT = ("no_answer", "uncovered", "failed", "undecided")
"""Ends of a step after which somebody must hear of it."""
COURSE = ("it runs its course", "it is stood down while its first request is open")
"""What happens to the run as a whole; besides, an operator may pass over any step."""


class _Endless(Exception):
    """The path goes on and on."""


class Rehearsal:
    """One path under way, and what is to be known of it afterwards."""

    def __init__(self, sources: Sources, oracle: Oracle) -> None:
        self.sources = sources
        self.plan = sources.plan
        self.oracle = oracle
        self.state = RunState()
        self.now = STARTS
        self.trace: list[str] = []
        self.outcome: str | None = None
        self.parameters: dict[str, Value] = {}
        self.silence: str | None = None
        """The step that ended last with nobody having answered, or failed, if nobody was told anything since."""
        self.waits: str | None = None
        """What it waits for if it never ends."""
        self.stands_down = False
        self._taken: dict[str, Option] = {}
        self._queue: list[tuple[dt.datetime, int, int, AnyEvent | str]] = []
        self._works: list[DoWork] = []
        self._pushed = 0
        self._events = 0

    def run(self) -> None:
        """Goes the path to its end, or to where nothing happens any more."""
        for name, values in self.sources.parameters():
            words = [f"{name}: {value}" for value in values]
            self.parameters[name] = values[self.oracle.choose(name, words) if len(values) > 1 else 0]
        steps = self.sources.steps
        course = self.oracle.choose("run", [*COURSE, *(f"an operator passes over {step}" for step in steps)])
        self.stands_down = course == 1
        marks = {"S0": STARTS, "E0": STARTS}
        if course > 1:
            skipped = steps[course - len(COURSE)]
            self._push(OutcomeForced(at=STARTS, step=skipped, outcome="skipped", reason="rehearsed"))
        self._push(Started(at=STARTS, parameters=self.parameters, mode="drill", marks=marks))
        try:
            self._play()
        except _Endless:
            self.waits = "it goes on and on"
            return
        if self.outcome is None:
            waiting = [f.key for f in self.state.live.values() if isinstance(f, WaitFrame)]
            self.waits = ", ".join(sorted(waiting)) or "something that never comes"

    def _play(self) -> None:
        while self._queue or self._works:
            if self._queue and self._queue[0][0] <= self.now:
                at, _, _, what = heapq.heappop(self._queue)
                if not isinstance(what, str):
                    self._happens(what)
                elif self.state.timers.get(what, (None, ""))[0] == at:
                    self._happens(TimerFired(at=self.now, timer=what))
            elif self._works:
                works, self._works = sorted(self._works, key=lambda work: work.work), []
                for work in works:
                    if work.work in self.state.live:
                        self._carry(work)
            else:
                self.now = self._queue[0][0]

    def _push(self, event: AnyEvent | str, at: dt.datetime | None = None) -> None:
        self._pushed += 1
        when = at if at is not None else event.at if not isinstance(event, str) else self.now
        heapq.heappush(self._queue, (when, int(isinstance(event, str)), self._pushed, event))

    def _happens(self, event: AnyEvent) -> None:
        if self.outcome is not None:
            return
        self._events += 1
        if self._events > MOST_EVENTS:
            raise _Endless
        before = self.state.done
        self.state, effects = advance(self.plan, self.state, event, self.trace)
        if len(self.state.done) != len(before):
            for key, result in self.state.done.items():
                if key not in before and result.outcome in SILENT:
                    self.silence = self.plan.nodes[key.partition("[")[0]].step
        for effect in effects:
            self._apply(effect)
        self._waits_begun()

    def _apply(self, effect: Effect) -> None:
        match effect:
            case DoWork():
                self._works.append(effect)
            case SetTimer():
                self._push(effect.timer, effect.at)
            case Notify():
                if effect.purpose in ("inform", "alarm") and effect.people:
                    self.silence = None
                if effect.purpose == "ask" and effect.request is not None:
                    self._asked(effect)
            case OpenRequest():
                if self.stands_down and self.outcome is None:
                    self.stands_down = False
                    self._push(StoodDown(at=self.now + SOON / 2, reason="rehearsed"))
            case StartChild():
                self._child(effect)
            case Finish():
                self.outcome = effect.outcome
            case CloseRequest() | CancelTimer():
                pass

    def _choose(self, key: str, words: list[str]) -> int:
        """What the oracle takes; in a round after the second what is expected."""
        if len(words) < 2 or LATER_ROUND.search(key):
            return 0
        return self.oracle.choose(key, words)

    def _carry(self, work: DoWork) -> None:
        if work.duty == "alarm":
            self._done(work, {"people": ["owner"], "vacant": []})
        elif work.duty in RECRUITING:
            if self._choose(f"{work.work} (whom to ask)", ["it is known", "it fails"]):
                self._failed(work)
            else:
                self._recruited(work)
        elif work.duty in TELLING:
            taken = self._choose(work.work, ["they are told", "nobody holds the role", "it fails"])
            if taken == 2:
                self._failed(work)
            else:
                self._done(
                    work, {"people": [] if taken else ["somebody"], "vacant": ["the role"] if taken else []}
                )
        elif work.duty == "match":
            taken = self._choose(work.work, ["covered", "shortfall", "it fails"])
            gaps = 2 * taken
            self._failed(work) if taken == 2 else self._done(
                work, {"needs": 5, "met": 5 - gaps, "gaps": gaps}
            )
        elif self._choose(work.work, ["it is drafted", "it fails"]):
            self._failed(work)
        else:
            self._done(work, {"report": work.work, "number": 1, "rows": 1})

    def _failed(self, work: DoWork) -> None:
        self._happens(WorkFailed(at=self.now, work=work.work, reason="rehearsed"))

    def _done(self, work: DoWork, output: dict[str, JsonValue]) -> None:
        self._happens(WorkDone(at=self.now, work=work.work, output=output))

    def _recruited(self, work: DoWork) -> None:
        node = self.plan.nodes[work.work.partition("[")[0]]
        assert isinstance(node, RequestNode)
        found = roster(node, work, self.sources.people(node))
        spare = any(not slot.critical for slot in found.slots)
        closes = node.within is not None or node.due is not None
        options = self.sources.options(node, spare=spare, late=closes)
        self._taken[work.work] = options[self._choose(work.work, [one.words for one in options])]
        self._done(work, found.model_dump(mode="json"))

    def _asked(self, effect: Notify) -> None:
        """Those who answer, as was chosen when the request opened."""
        request = effect.request or ""
        option = self._taken[request]
        frame = self.state.live.get(request)
        if option.who == "nobody":
            return
        at = self.now + SOON
        if option.last and effect.closes_at is not None:
            at = max(self.now, effect.closes_at - SOON)
        people = list(effect.people)
        if option.who == "one":
            people = people[:1]
        elif option.who == "critical" and frame is not None:
            slots = getattr(frame, "slots", {})
            places = getattr(frame, "places", {})
            people = [one for one in people if any(slots[slot].critical for slot in places.get(one, ()))]
        for person in people:
            data = dict(option.data) if option.verdict == "accept" else {}
            verdict = "accept" if option.verdict == "accept" else "decline"
            event = Answered(at=at, actor=person, request=request, person=person, verdict=verdict, data=data)
            self._push(event)

    def _child(self, effect: StartChild) -> None:
        node = self.plan.nodes[effect.child.partition("[")[0]]
        assert isinstance(node, ChildNode)
        if not node.wait:
            return
        ends = self.sources.ends(effect.flowchart, node.step)
        words = [_ended(outcome, results) for outcome, results in ends]
        taken = self._choose(effect.child, [*words, "it is late"] if node.within else words)
        if taken < len(ends):
            outcome, results = ends[taken]
            self._push(ChildEnded(at=self.now + SOON, child=effect.child, outcome=outcome, results=results))

    def _waits_begun(self) -> None:
        """What comes to waits that have just begun."""
        for key, frame in sorted(self.state.live.items()):
            if not isinstance(frame, WaitFrame) or frame.since != self.now or key in self._taken:
                continue
            self._taken[key] = Option("waits", "nobody")
            node = self.plan.nodes[frame.node]
            if isinstance(node, FirstOfNode):
                ways = [signal or "the time" for signal, _, _ in node.ways]
                signal = node.ways[self._choose(key, [f"{way} comes first" for way in ways])][0]
            elif isinstance(node, WaitNode) and node.signal is not None:
                signal = None if self._choose(key, ["the signal comes", "it never comes"]) else node.signal
            else:
                continue
            if signal is not None:
                self._push(Signalled(at=self.now + SOON, name=signal))


def _ended(outcome: str, results: dict[str, JsonValue]) -> str:
    said = ", ".join(f"{name}: {'not known' if value is None else value}" for name, value in results.items())
    return f"it ends {outcome} ({said})" if said else f"it ends {outcome}"
