"""A run of a small chart: events in, effects out, time in hand. After every event the state is written and read back."""

import dataclasses
import datetime as dt
import textwrap

from pydantic import JsonValue

from konbit.definition.bundle import Bundle
from konbit.definition.durations import parse as length
from konbit.definition.flowchart import Flowchart
from konbit.definition.shape import parse
from konbit.definition.source import read
from konbit.engine.advance import advance
from konbit.engine.compile import compile_plan
from konbit.engine.dump import dump, load
from konbit.engine.duties import RECRUITING, TELLING, RoleRef
from konbit.engine.effects import DoWork, Effect, Finish, Notify
from konbit.engine.events import (
    Answered,
    AnyEvent,
    Started,
    StoodDown,
    TimerFired,
    Unreachable,
    WorkDone,
    WorkFailed,
)
from konbit.engine.plan import Plan
from konbit.engine.state import RunState
from konbit.engine.turn import work_of

START = dt.datetime(2021, 8, 14, 13, 0, tzinfo=dt.UTC)
HEAD = """\
flowchart: response/example
title: An example
version: 1
owner: owner
parameters:
  country: {type: country, default: HTI}
  clusters: {type: clusters, default: []}
  number: {type: number}
"""


def bundle_of(body: str, head: str = HEAD) -> Bundle:
    """A chart with the usual head, without forms and messages."""
    source, problems = read(head + textwrap.dedent(body), "example.yaml")
    assert source is not None, problems
    flowchart, problems = parse(source, Flowchart)
    assert flowchart is not None, [problem.text() for problem in problems]
    return Bundle(flowchart=flowchart, forms={}, messages={}, roles={})


def plan_of(body: str, head: str = HEAD) -> Plan:
    """The plan of such a chart."""
    return compile_plan(bundle_of(body, head))


@dataclasses.dataclass
class Run:
    """One run. Work is carried out at once (see `result`), unless it is `held`."""

    plan: Plan
    state: RunState = dataclasses.field(default_factory=RunState)
    now: dt.datetime = START
    effects: list[Effect] = dataclasses.field(default_factory=list)
    vacant: frozenset[str] = frozenset()
    """Roles that nobody holds."""
    lone: frozenset[str] = frozenset()
    """Roles without a backup."""
    held: bool = False
    outputs: dict[str, dict[str, JsonValue]] = dataclasses.field(default_factory=dict)
    """Work → what it gives, if it is not the usual."""

    @classmethod
    def of(cls, body: str, **parameters: JsonValue) -> "Run":
        """A run of such a chart, started."""
        return cls(plan_of(body)).start(**parameters)

    def start(self, **parameters: JsonValue) -> "Run":
        """Starts it."""
        given: dict[str, JsonValue] = {"country": "HTI", "clusters": [], "number": None, **parameters}
        self.happens(Started.model_validate({"at": self.now, "parameters": given, "mode": "drill"}))
        return self

    def happens(self, event: AnyEvent) -> list[Effect]:
        """Hands an event to the engine; gives the effects of it and of the work it led to."""
        before = len(self.effects)
        self.state, effects = advance(self.plan, self.state, event)
        text = dump(self.state)
        assert load(text) == self.state
        assert dump(load(text)) == text
        self.state = load(text)
        self.check()
        self.effects.extend(effects)
        while not self.held and self.state.status != "ended" and self.state.work:
            work = work_of(self.plan, self.state.work[0])
            self.happens(WorkDone(at=self.now, work=work.work, output=self.result(work)))
        return self.effects[before:]

    def check(self) -> None:
        """What must hold after every event: no timer without something that waits for it, and nothing left at the end."""
        for timer, (_, frame) in self.state.timers.items():
            assert timer == "run#expires" or frame in self.state.live, timer
        if self.state.status == "ended":
            assert not self.state.live
            assert not self.state.timers

    def result(self, work: DoWork) -> dict[str, JsonValue]:
        """What work usually gives: `role/1` holds a role, `role/2` stands in."""
        if work.work in self.outputs:
            return self.outputs[work.work]
        listed = work.inputs.get("who", [])
        who = [str(RoleRef.model_validate(one)) for one in listed] if isinstance(listed, list) else []
        if work.duty in RECRUITING:
            critical = work.inputs["critical"]
            assert isinstance(critical, list)
            return {
                "slots": [
                    {
                        "slot": role,
                        "need": work.inputs["per_role"],
                        "critical": not critical or role in critical,
                        "waves": [self._wave(str(wave), role) for wave in work.inputs["waves"]],  # type: ignore[union-attr]  # waves as JSON
                    }
                    for role in who
                ]
            }
        if work.duty in TELLING:
            told = [f"{role}/1" for role in who if role not in self.vacant]
            return {"people": list(told), "vacant": [role for role in who if role in self.vacant]}
        if work.duty == "match":
            return {"needs": 2, "met": 2, "gaps": 0}
        return {"report": work.work, "number": 1}

    def _wave(self, wave: str, role: str) -> list[JsonValue]:
        if wave not in ("primary", "backup"):
            return [f"{wave}/1"]
        if role in self.vacant or (wave == "backup" and role in self.lone):
            return []
        return [f"{role}/{1 if wave == 'primary' else 2}"]

    def answer(self, request: str, person: str, verdict: str = "accept", **data: JsonValue) -> list[Effect]:
        """Somebody answers."""
        given = {"request": request, "person": person, "verdict": verdict, "data": data}
        return self.happens(Answered.model_validate({"at": self.now, "actor": person, **given}))

    def unreachable(self, request: str, person: str) -> list[Effect]:
        """Every channel of somebody has failed."""
        return self.happens(Unreachable(at=self.now, request=request, person=person))

    def fail(self, work: str) -> list[Effect]:
        """Work that is held could not be done."""
        return self.happens(WorkFailed(at=self.now, work=work, reason="no connection"))

    def finish_work(self, work: str) -> list[Effect]:
        """Work that is held comes back."""
        frame = next(frame for frame in self.state.work if frame.key == work)
        output = self.result(work_of(self.plan, frame))
        return self.happens(WorkDone(at=self.now, work=work, output=output))

    def stand_down(self) -> list[Effect]:
        """Somebody ends it early."""
        return self.happens(StoodDown(at=self.now, reason="false alarm"))

    def later(self, text: str) -> list[Effect]:
        """Lets time pass; what falls due fires in its order."""
        until = self.now + length(text)
        before = len(self.effects)
        while self.state.next_timer is not None and self.state.next_timer <= until:
            at, timer = min((at, timer) for timer, (at, _) in self.state.timers.items())
            self.now = at
            self.happens(TimerFired(at=at, timer=timer))
        self.now = until
        return self.effects[before:]

    @property
    def outcomes(self) -> dict[str, str]:
        """How each step execution has ended."""
        return {key: result.outcome for key, result in sorted(self.state.done.items())}

    @property
    def outcome(self) -> str | None:
        """How the run has ended; None while it has not."""
        ends = [effect.outcome for effect in self.effects if isinstance(effect, Finish)]
        assert len(ends) <= 1
        return ends[0] if ends else None

    @property
    def alarms(self) -> list[str]:
        """Why the owner was told."""
        asked = [effect for effect in self.effects if isinstance(effect, DoWork) and effect.duty == "alarm"]
        return [str(effect.inputs["reason"]) for effect in asked]


def messages(effects: list[Effect]) -> list[tuple[str, str, tuple[str, ...]]]:
    """Purpose, message and people of what was said."""
    return [
        (effect.purpose, effect.message, effect.people) for effect in effects if isinstance(effect, Notify)
    ]
