"""What is looked at before a step starts and while it runs: other lanes, conditions, locks. Looked at after every event."""

import dataclasses

from konbit.definition.expressions import UNKNOWN
from konbit.engine import control, paths
from konbit.engine.plan import ForEachNode, Node
from konbit.engine.state import AnyFrame, Frame, GateFrame, HandlerFrame, JoinFrame
from konbit.engine.stopping import halt
from konbit.engine.turn import Place, Turn, key_of

PASSED_OVER = "withdrawn"
ABANDONED = "abandoned"


def guard(turn: Turn, node: Node, place: Place) -> bool:
    """Whether the step may start. If not, it is passed over for good, or waits at a gate."""
    key = key_of(node, place)
    ahead = turn.state.ahead.get(key)
    if ahead is not None:
        turn.change(ahead=turn.state.ahead.delete(key))
        turn.conclude(node, control.at(place, node, turn.now), ahead, {}, place.after)
        return False
    given_up = _given_up(turn, node, place)
    if given_up is not None:
        turn.conclude(node, control.at(place, node, turn.now), given_up, {}, place.after)
        return False
    waits = any(not paths.ended_or_dead(turn, step, place.suffix) for step in node.follows)
    if waits or (node.lock is not None and turn.state.locks.get(node.lock, key) != key):
        gate = f"{key}?"
        turn.put(
            GateFrame(**control.fields(dataclasses.replace(control.at(place, node, turn.now), key=gate)))
        )
        turn.watch(gate)
        return False
    if node.lock is not None:
        turn.change(locks=turn.state.locks.set(node.lock, key))
        if node.lease is not None:
            turn.set_timer(f"{key}#lease", turn.now + node.lease, key)
    if node.only_while is not None or node.abandon_if is not None or _is_open(node):
        turn.watch(key)
    return True


def _given_up(turn: Turn, node: Node, place: Place | Frame) -> str | None:
    """How the step ends if one of its conditions forbids it here and now."""
    if node.abandon_if is not None and turn.evaluate(node.abandon_if, place) is True:
        return ABANDONED
    if node.only_while is not None and turn.evaluate(node.only_while, place) not in (True, UNKNOWN):
        return PASSED_OVER
    return None


def _is_open(node: Node) -> bool:
    return isinstance(node, ForEachNode) and (node.enough_when is not None or node.open_until is not None)


def look(turn: Turn) -> bool:
    """Looks at everything watched; True as soon as something came of it."""
    for key in sorted(turn.state.watched):
        frame = turn.live.get(key)
        if frame is None or isinstance(frame, HandlerFrame):
            turn.unwatch(key)
        elif isinstance(frame, GateFrame):
            if _opens(turn, frame):
                return True
        elif _changes(turn, frame):
            return True
    return False


def _opens(turn: Turn, frame: GateFrame) -> bool:
    node = turn.plan.nodes[frame.node]
    waits = any(not paths.ended_or_dead(turn, step, frame.suffix) for step in node.follows)
    waits = waits or (node.lock is not None and node.lock in turn.state.locks)
    if waits and _given_up(turn, node, frame) is None:
        return False
    turn.unwatch(frame.key)
    turn.drop(frame.key)
    turn.start(node, Place(frame.suffix, frame.env, frame.parent, frame.after))
    return True


def _changes(turn: Turn, frame: AnyFrame) -> bool:
    node = turn.plan.nodes[frame.node]
    outcome = _given_up(turn, node, frame)
    if outcome is not None:
        halt(turn, frame, f"the step was {outcome}")
        turn.conclude(node, frame, outcome, {}, frame.after)
        return True
    return (
        isinstance(frame, JoinFrame)
        and isinstance(node, ForEachNode)
        and control.settle_open(turn, node, frame)
    )


def lease_over(turn: Turn, key: str) -> None:
    """The lease of a lock is over: the lock is given on although the step has not ended, and the owner is told."""
    held = [lock for lock, holder in turn.state.locks.items() if holder == key]
    frame = turn.live.get(key)
    for lock in held:
        turn.change(locks=turn.state.locks.delete(lock))
        if frame is not None:
            turn.alarm(
                f"the lease of {lock} is over and {turn.plan.nodes[frame.node].step} has not ended", frame
            )
