"""One turn of the engine: what a single event changes, worked off until only waits are left.

A turn starts from a state, collects effects, and ends in a new state. It keeps an agenda instead of calling itself, so that
a chart of ten thousand steps needs no deeper stack than one of ten.
"""

import collections
import dataclasses
import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pydantic import JsonValue

from konbit.definition.expressions import UNKNOWN, Expression
from konbit.engine import values
from konbit.engine.compile import ALARM
from konbit.engine.effects import CancelTimer, DoWork, Effect, Finish, SetTimer
from konbit.engine.plan import Node, Plan
from konbit.engine.state import (
    AnyFrame,
    BlockFrame,
    ChainFrame,
    Env,
    Frame,
    HandlerFrame,
    Result,
    RunState,
    WorkFrame,
)

F = TypeVar("F", bound=Frame)
LATER_VISIT = re.compile(r"\[~\d+\]$")
"""Ends the key of a step that was gone back to: its result is the result of the step from then on."""
Starter = Callable[["Turn", Any, "Place"], None]
Leaver = Callable[["Turn", Any, "Ended"], None]


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """Where something is started: the loop items it is in, the frame that waits for it, the work before it."""

    suffix: str
    env: Env
    parent: str | None
    after: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Ended:
    """What a frame tells the one that waits for it."""

    child: str
    outcome: str
    tails: tuple[str, ...]


class Turn:
    """The state while it is changed. `starters` and `leavers` say what each kind of node and frame does."""

    def __init__(
        self,
        plan: Plan,
        state: RunState,
        now: dt.datetime,
        kinds: "Kinds",
        trace: list[str] | None = None,
    ) -> None:
        self.plan = plan
        self.now = now
        self.kinds = kinds
        self.trace = trace
        """Takes the ids of the blocks and nodes that are started."""
        self.state = state
        self.live = state.live
        self.done = state.done
        self.timers = state.timers
        self.effects: list[Effect] = []
        self.agenda: collections.deque[Callable[[], None]] = collections.deque()

    def run(self) -> tuple[RunState, tuple[Effect, ...]]:
        """Works the agenda off and gives what came of it."""
        self._drain()
        while self.kinds.look(self):
            self._drain()
        if self.state.status == "ending" and not self.live:
            self._finish()
        state = dataclasses.replace(self.state, live=self.live, done=self.done, timers=self.timers)
        return state, tuple(self.effects)

    def _drain(self) -> None:
        while self.agenda:
            self.agenda.popleft()()

    def watch(self, key: str) -> None:
        """Has the conditions of a frame looked at after every event."""
        self.change(watched=self.state.watched.set(key, None))

    def unwatch(self, key: str) -> None:
        """The conditions of a frame do not matter any more."""
        if key in self.state.watched:
            self.change(watched=self.state.watched.delete(key))

    def change(self, **fields: Any) -> None:
        """Changes the state's own fields."""
        self.state = dataclasses.replace(self.state, **fields)

    def put(self, frame: AnyFrame) -> None:
        """Keeps a frame under its key."""
        self.live = self.live.set(frame.key, frame)

    def drop(self, key: str) -> None:
        """Forgets a frame, and gives back the locks it holds."""
        if key in self.live:
            self.live = self.live.delete(key)
        if self.state.locks:
            self.release(key)

    def release(self, key: str) -> None:
        """Gives back the locks that a step holds."""
        for lock in sorted(lock for lock, holder in self.state.locks.items() if holder == key):
            self.change(locks=self.state.locks.delete(lock))
            self.cancel_timers([f"{key}#lease"])

    def frame(self, key: str, kind: type[F]) -> F | None:
        """The frame of that key, if it is of that kind."""
        found = self.live.get(key)
        return found if isinstance(found, kind) else None

    def emit(self, effect: Effect) -> None:
        """Asks something of the world."""
        self.effects.append(effect)

    def set_timer(self, timer: str, at: dt.datetime, frame: str) -> None:
        """Sets a timer for a frame."""
        self.timers = self.timers.set(timer, (at, frame))
        self.emit(SetTimer(timer, at))

    def cancel_timers(self, names: list[str]) -> None:
        """Cancels those of these timers that are still set."""
        for timer in names:
            if timer in self.timers:
                self.timers = self.timers.delete(timer)
                self.emit(CancelTimer(timer))

    def evaluate(self, expression: Expression, place: Place | Frame) -> object:
        """The value of an expression at a place, `UNKNOWN` included."""
        names = values.Names(self.plan, self.state, self.done, place.suffix, place.env)
        return expression.evaluate({name: names.value(name) for name in expression.names})

    def json(self, expression: Expression, place: Place | Frame) -> JsonValue:
        """The value of an expression as JSON; unknown is null."""
        value = self.evaluate(expression, place)
        return None if value is UNKNOWN else values.to_json(value)

    def start(self, node: Node, place: Place) -> None:
        """Puts the start of a node on the agenda."""
        self.agenda.append(lambda: self.kinds.start(self, node, place))

    def start_block(self, block: str, place: Place) -> None:
        """Starts a list of steps."""
        if self.trace is not None:
            self.trace.append(f"block {block}")
        frame = BlockFrame(
            key=f"{block}{place.suffix}",
            node=block,
            suffix=place.suffix,
            env=place.env,
            parent=place.parent,
            after=place.after,
            since=self.now,
        )
        self.put(frame)
        self.agenda.append(lambda: self.next_step(frame.key))

    def next_step(self, key: str) -> None:
        """Starts the step a block is at, or ends the block."""
        frame = self.frame(key, BlockFrame)
        if frame is None:
            return
        nodes = self.plan.blocks[frame.node].nodes
        if frame.index < len(nodes):
            self.start(nodes[frame.index], Place(frame.suffix, frame.env, key, frame.after))
            return
        self.drop(key)
        if frame.parent is None:
            outcome = self.state.outcome or "completed"
            self.change(status="ending", outcome=outcome)
        else:
            self.leave(frame.parent, Ended(key, "completed", frame.after))

    def leave(self, parent: str | None, ended: Ended) -> None:
        """Tells the frame that waits."""
        if parent is not None:
            self.agenda.append(lambda: self.kinds.leave(self, parent, ended))

    def do_work(
        self, node: Node, place: Place, duty: str, inputs: Mapping[str, JsonValue], key: str = ""
    ) -> None:
        """Asks for work on behalf of a node, and waits for it."""
        frame = WorkFrame(
            key=key or key_of(node, place),
            node=node.id,
            suffix=place.suffix,
            env=place.env,
            parent=place.parent,
            after=place.after,
            since=self.now,
            duty=duty,
            inputs=inputs,
        )
        self.put(frame)
        self.emit(work_of(self.plan, frame))

    def conclude(
        self, node: Node, frame: Frame, outcome: str, output: Mapping[str, JsonValue], tails: tuple[str, ...]
    ) -> None:
        """A node has ended: keeps its result, sets its mark, runs what handles the outcome, then goes on."""
        self.drop(frame.key)
        self.unwatch(frame.key)
        result = Result(outcome, {**output, "outcome": outcome}, self.now)
        self.done = self.done.set(frame.key, result)
        earlier = frame.key
        while earlier.endswith("]") and (shorter := LATER_VISIT.sub("", earlier)) != earlier:
            earlier = shorter
            self.done = self.done.set(earlier, result)
        if node.mark:
            self.change(marks=self.state.marks.set(node.mark, self.now))
        handler = node.handlers.get(outcome)
        if handler is None:
            part = isinstance(self.live.get(frame.parent or ""), ChainFrame)
            if outcome in ("failed", "undecided") and not part:
                self.alarm(f"{node.step}: {output.get('reason') or outcome}", frame)
            self.leave(frame.parent, Ended(frame.key, outcome, tails))
            return
        waiting = HandlerFrame(
            key=frame.key,
            node=node.id,
            suffix=frame.suffix,
            env=frame.env,
            parent=frame.parent,
            after=tails,
            since=self.now,
        )
        self.put(waiting)
        self.start_block(handler, Place(frame.suffix, frame.env, frame.key, tails))

    def alarm(self, reason: str, about: Frame) -> None:
        """Has the owner told: silence is loud."""
        node = self.plan.nodes[ALARM]
        number = self.state.alarms + 1
        self.change(alarms=number)
        step = self.plan.nodes[about.node].step if about.node in self.plan.nodes else about.node
        owner = self.plan.bundle.roles.get(self.plan.owner.partition(".")[0])
        told = [self.plan.owner, *([owner.deputy] if owner and owner.deputy else [])]
        inputs: dict[str, JsonValue] = {
            "who": [{"role": role} for role in told],
            "country": values.country(self.state),
            "reason": reason,
            "step": step,
        }
        self.do_work(node, Place("", (), None, about.after), "alarm", inputs, key=f"{ALARM}[{number}]")

    def start_root(self, block: str, status: str) -> None:
        """Starts the main block, or what stands the run down."""
        self.change(status=status)
        self.start_block(block, Place("", (), None, ()))

    def _finish(self) -> None:
        names = values.Names(self.plan, self.state, self.done, "", ())
        results: dict[str, JsonValue] = {}
        for name, expression in self.plan.results.items():
            value = expression.evaluate({used: names.value(used) for used in expression.names})
            results[name] = None if value is UNKNOWN else values.to_json(value)
        self.cancel_timers(sorted(self.timers))
        self.change(status="ended")
        self.emit(Finish(self.state.outcome or "completed", results))


class Kinds:
    """What each kind of node does when it starts, and each kind of frame when what it waits for ends."""

    def __init__(
        self,
        starters: Mapping[type[Node], Starter],
        leavers: Mapping[type[Frame], Leaver],
        guard: Callable[[Turn, Node, Place], bool],
        look: Callable[[Turn], bool],
    ) -> None:
        self.starters = starters
        self.leavers = leavers
        self.guard = guard
        """Whether a node may start here and now."""
        self.look = look
        """Looks at every condition that is watched; whether anything came of it."""

    def start(self, turn: Turn, node: Node, place: Place) -> None:
        """Starts a node, unless the frame it was started for is gone."""
        if (place.parent is None or place.parent in turn.live) and self.guard(turn, node, place):
            if turn.trace is not None:
                turn.trace.append(f"node {node.id}")
            self.starters[type(node)](turn, node, place)

    def leave(self, turn: Turn, parent: str, ended: Ended) -> None:
        """Hands the end of a frame to the one that waits for it."""
        frame = turn.live.get(parent)
        if frame is not None:
            self.leavers[type(frame)](turn, frame, ended)


def key_of(node: Node, place: Place) -> str:
    """The key of a node's execution at a place."""
    return f"{node.id}{place.suffix}"


def work_of(plan: Plan, frame: WorkFrame) -> DoWork:
    """The effect that asks for the work of a frame: also used to ask again after a crash."""
    node = plan.nodes[frame.node]
    title = node.title.get("en") or next(iter(node.title.values()))
    return DoWork(frame.key, frame.duty, node.step, title, frame.inputs, frame.after)


def block_left(turn: Turn, frame: BlockFrame, ended: Ended) -> None:
    """A step of a block has ended: the next one starts."""
    turn.put(dataclasses.replace(frame, index=frame.index + 1, after=ended.tails or frame.after))
    turn.next_step(frame.key)


def handler_left(turn: Turn, frame: HandlerFrame, ended: Ended) -> None:
    """What handles an outcome has ended: the node is left for good. A lane that comes home late changes nothing."""
    outcome = turn.done[frame.key].outcome
    if ended.child != f"{turn.plan.nodes[frame.node].handlers[outcome]}{frame.suffix}":
        return
    turn.drop(frame.key)
    turn.leave(frame.parent, Ended(frame.key, outcome, ended.tails or frame.after))
