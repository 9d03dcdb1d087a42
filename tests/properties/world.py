"""A world that does anything at any time to a run, and looks after every event whether the run is still sound."""

import collections
import datetime as dt
from collections.abc import Sequence

from pydantic import JsonValue

from konbit.engine import effects as effect
from konbit.engine import events
from konbit.engine.advance import EXPIRES, advance
from konbit.engine.dump import dump, load
from konbit.engine.duties import RECRUITING, TELLING
from konbit.engine.migration import replay, step
from konbit.engine.pausing import takes
from konbit.engine.plan import FirstOfNode, ForEachNode, Plan
from konbit.engine.state import ChildFrame, Frame, JoinFrame, RequestFrame, RunState, WaitFrame, WorkFrame
from tests.properties.charts import ITEMS, SIGNALS
from tests.properties.conclusions import conclusions
from tests.properties.dice import Dice, chance, pick

BEGAN = dt.datetime(2021, 8, 14, 13, tzinfo=dt.UTC)
MOST_EVENTS = 4000
PEOPLE = ("ana", "ben", "cho", "dia")


class World:
    """One run, what it has asked for, and what must hold of it."""

    def __init__(self, plan: Plan, dice: Dice, later: Sequence[Plan] = ()) -> None:
        """`later` are versions of the chart that the run may move to, one after the other."""
        self.plans = {str(number): one for number, one in enumerate((plan, *later))}
        self.version = 0
        self.plan = plan
        self.dice = dice
        self.now = BEGAN
        self.state = RunState()
        self.journal: list[events.AnyEvent] = []
        self.asked: collections.Counter[str] = collections.Counter()
        self.opened: set[str] = set()
        self.closed: set[str] = set()
        self.timers: set[str] = set()
        self.finished = 0
        self.concluded: collections.Counter[str] = collections.Counter()

    def run(self, random_events: int) -> None:
        """Anything for a while, then what must come, until the run has ended."""
        with conclusions() as concluded:
            self._start()
            for _ in range(random_events):
                if self.state.status == "ended":
                    break
                self.happen(pick(self.dice, self.possible()))
            while self.state.status != "ended":
                assert len(self.journal) < MOST_EVENTS, "the run does not end"
                self.happen(self.next_due())
        self.concluded.update(concluded)
        self.look_back()

    def _start(self) -> None:
        parameters: dict[str, bool | int | list[str] | None] = {
            "flag": pick(self.dice, [None, True, False]),
            "size": pick(self.dice, [None, 2, 6, 9]),
            "clusters": list(ITEMS[: self.dice.number(0, 3)]),
        }
        self.happen(events.Started(at=self.now, parameters=parameters, mode="drill"))

    def happen(self, event: events.AnyEvent) -> None:
        """One event: it is kept, it moves the run, and everything that must hold is looked at."""
        self.journal.append(event)
        assert takes(self.state, event), "whoever carries a run on asks this first"
        self.plan, self.state, asked = step(self.plans.__getitem__, self.plan, self.state, event)
        if isinstance(event, events.Migrated):
            self.version = int(event.digest)
        if isinstance(event, events.TimerFired):
            self.timers.discard(event.timer)
        for one in asked:
            self._apply(one)
        text = dump(self.state)
        again = load(text)
        assert again == self.state
        assert dump(again) == text
        self.state = again
        assert self.timers == set(self.state.timers), "timers asked for and timers kept are not the same"
        assert {frame.key for frame in self.state.requests} == self.opened - self.closed
        self._not_stuck()

    def _apply(self, one: effect.Effect) -> None:
        match one:
            case effect.DoWork():
                self.asked[one.work] += 1
            case effect.OpenRequest():
                assert one.request not in self.opened, f"{one.request} was opened twice"
                self.opened.add(one.request)
            case effect.CloseRequest():
                assert one.request in self.opened - self.closed, f"{one.request} was not open"
                self.closed.add(one.request)
            case effect.SetTimer():
                self.timers.add(one.timer)
            case effect.CancelTimer():
                assert one.timer in self.timers
                self.timers.remove(one.timer)
            case effect.StartChild():
                self.asked[f"child {one.child}"] += 1
            case effect.Finish():
                self.finished += 1

    def _not_stuck(self) -> None:
        """What is under way waits for something that can come, and not only for the run to expire."""
        if self.state.status == "ended" or self.state.paused is not None:
            return
        asked = bool(self.state.work or self.state.requests or set(self.state.timers) - {EXPIRES})
        waits = asked or any(self._may_come(frame) for frame in self.state.live.values())
        assert waits, f"nothing can move the run: {sorted(self.state.live)}"

    def _may_come(self, frame: Frame) -> bool:
        node = self.plan.nodes.get(frame.node)
        loop = isinstance(frame, JoinFrame) and isinstance(node, ForEachNode)
        return isinstance(frame, ChildFrame | WaitFrame) or (
            loop and isinstance(node, ForEachNode) and node.open_until is not None
        )

    def look_back(self) -> None:
        """What must hold of a run that has ended."""
        assert self.finished == 1
        assert not self.state.live
        assert not self.state.timers
        assert self.opened == self.closed
        for counted in (self.asked, self.concluded):
            assert not {key for key, number in counted.items() if number > 1}
        plan, state = replay(self.plans.__getitem__, str(self.version), self.journal)
        assert plan is self.plan
        assert state == self.state
        text = events.EVENTS.dump_json(self.journal[-1])
        assert events.EVENTS.validate_json(text) == self.journal[-1]
        after, asked = advance(self.plan, self.state, self.journal[-1])
        assert after == self.state
        assert not asked

    def later(self, minutes: int = 1) -> dt.datetime:
        """Time moves on."""
        self.now += dt.timedelta(minutes=minutes)
        return self.now

    def next_due(self) -> events.AnyEvent:
        """Something that moves the run: work, an answer, a child, and time only when nothing else is left."""
        if self.state.paused is not None:
            return events.Resumed(at=self.later(), reason="it goes on")
        options = [self._work(frame) for frame in self.state.work]
        options += [
            events.ChildEnded(at=self.now, child=key, outcome="completed")
            for key, frame in sorted(self.state.live.items())
            if isinstance(frame, ChildFrame)
        ]
        options += [
            self._answer(frame) for frame in self.state.requests if frame.places and chance(self.dice, 60)
        ]
        if options:
            return pick(self.dice, options)
        timer = min(self.state.timers, key=lambda name: (self.state.timers[name][0], name))
        return self._fire(timer)

    def possible(self) -> list[events.AnyEvent]:
        """Anything that could happen now, what is pointless included."""
        state = self.state
        at = self.later()
        options: list[events.AnyEvent] = [self._work(frame) for frame in state.work]
        options += [self._answer(frame) for frame in state.requests if frame.places]
        options += [self._answer(frame) for frame in state.requests if frame.places]
        options += [self._fire(name) for name in sorted(state.timers) if name != EXPIRES]
        for frame in state.requests:
            person = pick(self.dice, sorted(frame.places) or ["nobody"])
            options.append(events.Unreachable(at=at, request=frame.key, person=person))
            options.append(
                events.Reassigned(
                    at=at, request=frame.key, person=person, to=pick(self.dice, PEOPLE), reason="away"
                )
            )
            later = at + dt.timedelta(hours=self.dice.number(1, 9))
            options.append(events.Extended(at=at, request=frame.key, closes_at=later, reason="more time"))
        for key, live in sorted(state.live.items()):
            if isinstance(live, ChildFrame):
                outcome = pick(self.dice, ["completed", "failed"])
                options.append(events.ChildEnded(at=at, child=key, outcome=outcome))
            if isinstance(self.plan.nodes.get(live.node), ForEachNode):
                options.append(events.ItemAdded(at=at, step=key, item=pick(self.dice, ITEMS)))
            if isinstance(live, WaitFrame) and (
                live.signal or isinstance(self.plan.nodes[live.node], FirstOfNode)
            ):
                options.append(events.Signalled(at=at, name=live.signal or SIGNALS[0]))
        options += self._orders(at)
        if state.paused is not None:
            # Timers do not fire and nothing else is taken; who carries the run on sees to that.
            held = [one for one in options if takes(state, one)]
            return [*held, events.Resumed(at=at, reason="it goes on")]
        if self.version + 1 < len(self.plans) and chance(self.dice, 10):
            before, digest = str(self.version), str(self.version + 1)
            return [events.Migrated(at=at, before=before, digest=digest, reason="a new version")]
        return options

    def _orders(self, at: dt.datetime) -> list[events.AnyEvent]:
        """What operators do, and what comes from nowhere."""
        state = self.state
        keys = sorted({*state.live, *state.done, *self.plan.nodes})
        key = pick(self.dice, keys)
        kinds: list[events.AnyEvent] = [
            events.Signalled(at=at, name=pick(self.dice, SIGNALS)),
            events.OutcomeForced(
                at=at, step=key, outcome=pick(self.dice, ["skipped", "yes"]), reason="known"
            ),
            events.Redone(at=at, step=key, reason="it was wrong"),
            events.WorkFailed(
                at=at, work=pick(self.dice, [one.key for one in state.work] or ["x"]), reason="no line"
            ),
            events.TimerFired(at=at, timer=f"{key}#deadline"),
            events.Answered(at=at, request=key, person="ana"),
            events.WorkDone(at=at, work=key, output={"odd": 1}),
            events.Paused(at=at, reason="wait"),
            events.Resumed(at=at, reason="it goes on"),
            events.StoodDown(at=at, reason="false alarm"),
        ]
        # Standing down ends everything: it is one of many things, and not tried at every turn.
        return [pick(self.dice, kinds[:-1] if chance(self.dice, 95) else kinds)]

    def _fire(self, timer: str) -> events.TimerFired:
        self.now = max(self.now, self.state.timers[timer][0])
        return events.TimerFired(at=self.now, timer=timer)

    def _answer(self, frame: RequestFrame) -> events.Answered:
        person = pick(self.dice, sorted(frame.places))
        verdict = pick(self.dice, ["accept", "accept", "decline", "wrong_person"])
        data: dict[str, JsonValue] = {"answer": pick(self.dice, ["yes", "no", "approved", "neither"])}
        return events.Answered.model_validate(
            {"at": self.now, "request": frame.key, "person": person, "verdict": verdict, "data": data}
        )

    def _work(self, frame: WorkFrame) -> events.AnyEvent:
        output: dict[str, JsonValue]
        if frame.duty in RECRUITING:
            waves = frame.inputs.get("waves")
            number = len(waves) if isinstance(waves, list) else 1
            output = {"slots": [self._slot(index, number) for index in range(self.dice.number(0, 2))]}
        elif frame.duty in TELLING:
            vacant: list[JsonValue] = ["chair"] if chance(self.dice, 50) else []
            output = {"people": ["ana"], "vacant": vacant}
        elif frame.duty == "match":
            output = {"needs": 2, "met": 1, "gaps": self.dice.number(0, 1)}
        else:
            output = {"report": "r1", "number": 1}
        return events.WorkDone(at=self.now, work=frame.key, output=output)

    def _slot(self, index: int, waves: int) -> JsonValue:
        people: list[JsonValue] = [
            [person for person in PEOPLE if chance(self.dice, 30)] for _ in range(waves)
        ]
        return {"slot": f"role.{index}", "need": self.dice.number(1, 2), "waves": people}
