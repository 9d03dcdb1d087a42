"""Plays a chart event by event, in the words that the reference page prints."""

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from konbit.definition.durations import parse as length
from konbit.definition.library import Library, load
from konbit.definition.mentions import walk
from konbit.definition.parameters import Value
from konbit.engine import events
from konbit.engine.advance import advance
from konbit.engine.compile import compile_plan
from konbit.engine.dump import dump
from konbit.engine.dump import load as read_back
from konbit.engine.duties import RECRUITING
from konbit.engine.effects import Effect, Finish, Notify
from konbit.engine.plan import Plan
from konbit.engine.state import BlockFrame, HandlerFrame, RunState, WorkFrame
from tests.properties.conclusions import conclusions

FOLDER = Path(__file__).parent
BEGAN = dt.datetime(2021, 8, 14, 13, tzinfo=dt.UTC)
OPERATOR = "operator:desk"


def library_of(*files: str) -> Library:
    """The definitions of the patterns with these charts beside them."""
    return load([FOLDER / "definitions"], [FOLDER / file for file in files])


def plan_of(file: str) -> Plan:
    """The plan of one chart; it must be sound in shape and in its expressions."""
    library = library_of(file)
    assert not library.problems, [problem.text() for problem in library.problems]
    (name,) = library.flowcharts
    return compile_plan(library.bundle(name))


class Play:
    """A run of a chart. Whoever is asked has a name made of the role; work is done at once unless it is held back."""

    def __init__(self, plan: Plan, given: Mapping[str, Value] | None = None, *, work: bool = True) -> None:
        self.plan = plan
        self.named = {step.id for _, step in walk(plan.bundle.flowchart) if step.id}
        self.works = work
        self.now = BEGAN
        self.state = RunState()
        self.journal: list[events.AnyEvent] = []
        self.effects: list[Effect] = []
        self.path: list[str] = []
        defaults: dict[str, Value] = {name: one.default for name, one in plan.parameters.items()}
        self.happen(events.Started(at=self.now, parameters=defaults | dict(given or {}), mode="drill"))

    def happen(self, event: events.AnyEvent) -> None:
        """One event, and the work that it asks for."""
        self.journal.append(event)
        with conclusions() as concluded:
            self.state, asked = advance(self.plan, self.state, event)
        self.state = read_back(dump(self.state))
        self.effects += asked
        self.path += [key for key in concluded if key.partition("[")[0] in self.named]
        if self.works:
            for frame in self.state.work:
                if frame.key in self.state.live:
                    self.done(frame)

    def done(self, frame: WorkFrame) -> None:
        """The work comes back: each role has one person, and one more behind them."""
        output: dict[str, object] = {"people": ["somebody"], "vacant": []}
        if frame.duty in RECRUITING:
            roles = [f"{who['role']}" for who in frame.inputs["who"]]  # type: ignore[index, union-attr, call-overload]  # JSON of RoleRef
            waves = frame.inputs["waves"]
            assert isinstance(waves, list)
            output = {
                "slots": [{"slot": role, "waves": [[f"{role}_{word}"] for word in waves]} for role in roles]
            }
        self.happen(events.WorkDone.model_validate({"at": self.now, "work": frame.key, "output": output}))

    def tell(self, words: Iterable[str]) -> "Play":
        """Plays events written in words."""
        for one in words:
            self.say(one)
        return self

    def say(self, words: str) -> None:
        """Plays one event written in words."""
        for pattern, method in SAYINGS.items():
            found = re.fullmatch(pattern, words)
            if found:
                method(self, *found.groups())
                return
        raise AssertionError(f"nobody can say: {words}")

    def answer(self, step: str, option: str) -> None:
        """The person who was asked last answers."""
        frame = next(frame for frame in self.state.requests if frame.key == step)
        last = max(slot.wave for slot in frame.slots.values())
        people = [person for slot in frame.slots.values() for person in slot.waves[last]] + sorted(
            frame.places
        )
        person = next(one for one in people if one in frame.places)
        self.happen(
            events.Answered(at=self.now, actor=person, request=step, person=person, data={"answer": option})
        )

    def decline(self, person: str, step: str) -> None:
        """Somebody cannot."""
        self.happen(
            events.Answered(at=self.now, actor=person, request=step, person=person, verdict="decline")
        )

    def passes(self, time: str) -> None:
        """Time passes, and the timers that are due on the way fire."""
        until = self.now + length(time)
        while True:
            due = [(at, name) for name, (at, _) in self.state.timers.items() if at <= until]
            if not due:
                break
            self.now, timer = min(due)
            self.happen(events.TimerFired(at=self.now, timer=timer))
        self.now = until

    def signal(self, name: str) -> None:
        """A signal comes."""
        self.happen(events.Signalled(at=self.now, name=name))

    def add(self, item: str, step: str) -> None:
        """An operator adds an item to a loop."""
        self.happen(events.ItemAdded(at=self.now, actor=OPERATOR, step=step, item=item))

    def force(self, step: str, outcome: str) -> None:
        """An operator says how a step ends."""
        self.happen(
            events.OutcomeForced(at=self.now, actor=OPERATOR, step=step, outcome=outcome, reason="by phone")
        )

    def redo(self, step: str) -> None:
        """An operator has a step done again."""
        self.happen(events.Redone(at=self.now, actor=OPERATOR, step=step, reason="it was wrong"))

    def reassign(self, step: str, person: str, to: str) -> None:
        """Somebody else is asked instead."""
        self.happen(
            events.Reassigned(
                at=self.now, actor=OPERATOR, request=step, person=person, to=to, reason="on leave"
            )
        )

    def unreachable(self, person: str, step: str) -> None:
        """Every channel of a person failed."""
        self.happen(events.Unreachable(at=self.now, request=step, person=person))

    def fails(self, step: str) -> None:
        """Work could not be done."""
        self.happen(events.WorkFailed(at=self.now, work=step, reason="no line"))

    def stand_down(self) -> None:
        """An operator ends the run."""
        self.happen(events.StoodDown(at=self.now, actor=OPERATOR, reason="false alarm"))

    @property
    def open(self) -> list[str]:
        """What the run waits for; a step that may not start yet has a question mark."""
        parents = {frame.parent for frame in self.state.live.values()}
        return sorted(
            key
            for key, frame in self.state.live.items()
            if key not in parents and not isinstance(frame, BlockFrame | HandlerFrame)
        )

    @property
    def outcome(self) -> str | None:
        """How the run ended; None while it goes on."""
        return next((one.outcome for one in self.effects if isinstance(one, Finish)), None)

    @property
    def told(self) -> list[tuple[str, str, tuple[str, ...]]]:
        """Who was told what: purpose, message, people."""
        return [(one.purpose, one.message, one.people) for one in self.effects if isinstance(one, Notify)]


SAYINGS: dict[str, Callable[..., None]] = {
    r"(\S+) is answered (\w+)": Play.answer,
    r"(\S+) declines (\S+)": Play.decline,
    r"(\w+) pass(?:es)?": Play.passes,
    r"the signal (\w+) comes": Play.signal,
    r"an operator adds (\w+) to (\S+)": Play.add,
    r"an operator ends (\S+) as (\w+)": Play.force,
    r"an operator has (\S+) done again": Play.redo,
    r"an operator hands (\S+) from (\w+) to (\w+)": Play.reassign,
    r"(\w+) cannot be reached for (\S+)": Play.unreachable,
    r"(\S+) fails": Play.fails,
    r"an operator stands the run down": Play.stand_down,
}
"""What can be said, and what it does."""
