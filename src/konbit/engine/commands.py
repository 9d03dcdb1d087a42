"""What operators may do to a run. Each command is an event with an actor and a reason, and so a line of the journal."""

import dataclasses
from collections.abc import Mapping

from konbit.engine import control, ways
from konbit.engine.effects import CancelTimer, ExtendRequest, Notify
from konbit.engine.events import Extended, ItemAdded, OutcomeForced, Reassigned, Redone
from konbit.engine.plan import ForEachNode, Plan, RequestNode
from konbit.engine.state import AnyFrame, BlockFrame, GateFrame, HandlerFrame, JoinFrame, RequestFrame
from konbit.engine.stopping import halt
from konbit.engine.turn import LATER_VISIT, Turn
from konbit.engine.wording import context


def add_item(turn: Turn, event: ItemAdded) -> None:
    """One more item for a loop that is under way; an item it has already is not added."""
    frame = turn.frame(event.step, JoinFrame)
    node = turn.plan.nodes[frame.node] if frame else None
    if frame is not None and isinstance(node, ForEachNode):
        control.add_item(turn, node, frame, event.item)


def force_outcome(turn: Turn, event: OutcomeForced) -> None:
    """Ends a step that is under way, or says how it ends when it is reached."""
    frame = turn.live.get(event.step) or turn.live.get(f"{event.step}?")
    if frame is None:
        if event.step not in turn.done:
            turn.change(ahead=turn.state.ahead.set(event.step, event.outcome))
        return
    if isinstance(frame, HandlerFrame | BlockFrame):
        return
    halt(turn, frame, f"ended by {event.actor}")
    ended = dataclasses.replace(frame, key=event.step) if isinstance(frame, GateFrame) else frame
    turn.conclude(turn.plan.nodes[frame.node], ended, event.outcome, {"reason": event.reason}, frame.after)


def list_of(plan: Plan, live: Mapping[str, AnyFrame], step: str) -> BlockFrame | None:
    """The list of steps that an execution such as `link[WSH]` is in, if it is under way."""
    node, _, rest = step.partition("[")
    if node not in plan.positions:
        return None
    suffix = f"[{rest}" if rest else ""
    for where in dict.fromkeys((suffix, LATER_VISIT.sub("", suffix))):
        block = live.get(f"{plan.positions[node][0]}{where}")
        if isinstance(block, BlockFrame):
            return block
    return None


def redo(turn: Turn, event: Redone) -> None:
    """Has a step done again if the list it is in is still under way; what the list is at now is withdrawn."""
    node = event.step.partition("[")[0]
    block = list_of(turn.plan, turn.live, event.step)
    if block is None or block.index < turn.plan.positions[node][1]:
        return
    for frame in sorted(turn.live.values(), key=lambda frame: frame.key):
        if frame.key in turn.live and frame.parent == block.key:
            halt(turn, frame, f"done again from {node}")
    ways.go_back(turn, block.key, node, block.after)


def extend(turn: Turn, event: Extended) -> None:
    """Moves the deadline of an open request."""
    frame = turn.frame(event.request, RequestFrame)
    if frame is None:
        return
    timer = f"{frame.key}#deadline"
    if timer in turn.timers:
        turn.timers = turn.timers.delete(timer)
        turn.emit(CancelTimer(timer))
    turn.put(dataclasses.replace(frame, closes_at=event.closes_at))
    turn.emit(ExtendRequest(frame.key, event.closes_at))
    turn.set_timer(timer, event.closes_at, frame.key)


def reassign(turn: Turn, event: Reassigned) -> None:
    """Asks somebody else instead of a person who was asked."""
    frame = turn.frame(event.request, RequestFrame)
    if frame is None or event.person not in frame.places or event.person in frame.replies:
        return
    node = turn.plan.nodes[frame.node]
    assert isinstance(node, RequestNode)
    names = frame.places[event.person]
    slots = frame.slots
    for name in names:
        slot = slots[name]
        pending = tuple(one for one in slot.pending if one not in (event.person, event.to))
        slots = slots.set(name, dataclasses.replace(slot, pending=(*pending, event.to)))
    known = frame.places.get(event.to, ())
    places = frame.places.delete(event.person).set(event.to, tuple(dict.fromkeys((*known, *names))))
    # Whoever has declined already is asked anew: now it is for somebody else.
    declined = frame.replies.get(event.to) not in (None, "accept")
    replies = frame.replies.delete(event.to) if declined else frame.replies
    turn.put(dataclasses.replace(frame, slots=slots, places=places, replies=replies))
    if not known or declined:
        values = context(turn, frame)
        wave = max((slots[name].wave for name in names), default=0)
        turn.emit(
            Notify(
                frame.key,
                node.step,
                "ask",
                wave,
                node.question,
                (event.to,),
                frame.key,
                values,
                frame.closes_at,
            )
        )
