"""A run that goes on with another version of its flowchart, and the fold of a journal that has such a move in it.

Events before the move were written for the plan before, events after it for the plan after: the journal is folded in
segments. The state moves with everything that both plans have; what the new one lacks is withdrawn.
"""

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable, Iterator

from konbit.engine.advance import KINDS, advance
from konbit.engine.effects import CloseRequest, Effect, StopChild
from konbit.engine.events import AnyEvent, Migrated
from konbit.engine.plan import ChainNode, Plan
from konbit.engine.state import (
    AnyFrame,
    BlockFrame,
    ChainFrame,
    ChildFrame,
    GateFrame,
    HandlerFrame,
    RequestFrame,
    RunState,
)
from konbit.engine.turn import Ended, Turn

Plans = Callable[[str], Plan]
"""Gives the plan of the bundle with a digest."""
GONE = "the step is gone in the version that the run has moved to"


def first_digest(events: Iterable[AnyEvent], present: str) -> str:
    """The digest that a run began with; `present` is the one it has now."""
    return next((event.before for event in events if isinstance(event, Migrated)), present)


def replay(plans: Plans, present: str, events: Iterable[AnyEvent]) -> tuple[Plan, RunState]:
    """The plan and the state after all these events, of a run that has the digest `present` after them."""
    events = list(events)
    plan, state = plans(first_digest(events, present)), RunState()
    for event in events:
        plan, state, _ = step(plans, plan, state, event)
    return plan, state


def step(
    plans: Plans, plan: Plan, state: RunState, event: AnyEvent
) -> tuple[Plan, RunState, tuple[Effect, ...]]:
    """One event: `advance`, or a move to the plan that the event names."""
    if not isinstance(event, Migrated) or state.status == "ended":
        return plan, *advance(plan, state, event)
    new = plans(event.digest)
    return new, *move(plan, new, state, event.at)


def move(old: Plan, new: Plan, state: RunState, now: dt.datetime) -> tuple[RunState, tuple[Effect, ...]]:
    """The state under the new plan: lists stand at the step they were at, wherever that is now.

    A step under way that the new plan does not have is withdrawn, with its requests, timers and children; its list goes on
    with the next step that both plans have.
    """
    turn = Turn(new, state, now, KINDS)
    for frame in sorted(turn.live.values(), key=lambda frame: (frame.key.count("["), frame.key)):
        if frame.key in turn.live and not _known(new, turn, frame):
            _retire(turn, frame)
            _go_on(old, turn, frame)
    for frame in list(turn.live.values()):
        if isinstance(frame, BlockFrame):
            turn.put(dataclasses.replace(frame, index=_index(turn, frame)))
    return turn.run()


def _known(new: Plan, turn: Turn, frame: AnyFrame) -> bool:
    """Whether the new plan has what a frame is about, as the same kind of thing."""
    if isinstance(frame, BlockFrame):
        owner = turn.live.get(frame.parent or "")
        handled = not isinstance(owner, HandlerFrame) or _handler(new, turn, owner) == frame.node
        return frame.node in new.blocks and handled
    node = new.nodes.get(frame.node)
    if node is None:
        return False
    if isinstance(frame, HandlerFrame):
        return _handler(new, turn, frame) is not None
    if isinstance(frame, GateFrame):
        return True
    if isinstance(frame, ChainFrame):
        return (
            isinstance(node, ChainNode)
            and all(part.id in new.nodes for part in node.parts[: frame.index + 1])
            and frame.index < len(node.parts)
        )
    return True


def _handler(new: Plan, turn: Turn, frame: HandlerFrame) -> str | None:
    node = new.nodes.get(frame.node)
    return node.handlers.get(turn.done[frame.key].outcome) if node is not None else None


def _under(turn: Turn, key: str) -> Iterator[AnyFrame]:
    """Everything that was started under a frame, the innermost first."""
    for frame in sorted(turn.live.values(), key=lambda frame: frame.key):
        if frame.parent == key:
            yield from _under(turn, frame.key)
            yield frame


def _retire(turn: Turn, gone: AnyFrame) -> None:
    """Withdraws a frame and everything under it without asking the plan, which does not know it."""
    for frame in [*_under(turn, gone.key), gone]:
        if isinstance(frame, RequestFrame):
            turn.emit(CloseRequest(frame.key, GONE))
        elif isinstance(frame, ChildFrame):
            turn.emit(StopChild(frame.key, GONE))
        turn.cancel_timers(sorted(timer for timer, (_, owner) in turn.timers.items() if owner == frame.key))
        turn.unwatch(frame.key)
        turn.drop(frame.key)


def _go_on(old: Plan, turn: Turn, gone: AnyFrame) -> None:
    """Has what waited for a retired frame go on without it."""
    parent = turn.live.get(gone.parent or "")
    if isinstance(parent, BlockFrame) and parent.node in turn.plan.blocks:
        following = old.blocks[parent.node].nodes[parent.index + 1 :] if parent.node in old.blocks else ()
        here = turn.plan.blocks[parent.node].nodes
        places = [turn.plan.positions.get(node.id, ("", 0)) for node in following]
        index = next((at for block, at in places if block == parent.node), len(here))
        turn.put(dataclasses.replace(parent, index=index))
        turn.agenda.append(lambda: turn.next_step(parent.key))
    elif isinstance(parent, HandlerFrame | ChainFrame):
        outcome = turn.done[parent.key].outcome if isinstance(parent, HandlerFrame) else "stopped"
        _retire(turn, parent)
        turn.leave(parent.parent, Ended(parent.key, outcome, gone.after))
    elif parent is not None:
        turn.leave(parent.key, Ended(gone.key, "stopped", gone.after))


def _index(turn: Turn, block: BlockFrame) -> int:
    """Where a list is now: at the step that is under way in it."""
    under_way = [frame for frame in turn.live.values() if frame.parent == block.key]
    places = [turn.plan.positions.get(frame.node, ("", 0)) for frame in under_way]
    return next((at for name, at in places if name == block.node), block.index)
