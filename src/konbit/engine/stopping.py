"""Withdrawing what is under way: a step, lanes that are not needed any more, or the whole run."""

from konbit.engine import requests
from konbit.engine.effects import StopChild
from konbit.engine.plan import ChildNode
from konbit.engine.state import AnyFrame, ChildFrame, RequestFrame, WorkFrame
from konbit.engine.turn import Turn


def stop_under(turn: Turn, key: str, reason: str) -> None:
    """Withdraws everything that was started under a frame, but not the frame itself."""
    parents = {frame.key: frame.parent for frame in turn.live.values()}

    def under(frame: AnyFrame) -> bool:
        parent = frame.parent
        while parent is not None and parent != key:
            parent = parents.get(parent)
        return parent == key

    for frame in sorted(turn.live.values(), key=lambda frame: frame.key):
        if under(frame):
            _stop(turn, frame, reason)


def halt(turn: Turn, frame: AnyFrame, reason: str) -> None:
    """Withdraws a frame and everything under it."""
    stop_under(turn, frame.key, reason)
    _stop(turn, frame, reason)


def stop_all(turn: Turn, reason: str) -> None:
    """Withdraws everything but the alarms: whoever must be told is told."""
    turn.agenda.clear()
    for frame in sorted(turn.live.values(), key=lambda frame: frame.key):
        if not (isinstance(frame, WorkFrame) and frame.duty == "alarm"):
            _stop(turn, frame, reason)


def stop_left(turn: Turn, reason: str) -> None:
    """Stands down the children that were started and left; those that have ended do not mind."""
    left = [node.id for node in turn.plan.nodes.values() if isinstance(node, ChildNode) and not node.wait]
    for key in sorted(turn.done):
        if key.partition("[")[0] in left and turn.done[key].outcome == "started":
            turn.emit(StopChild(key, reason))


def _stop(turn: Turn, frame: AnyFrame, reason: str) -> None:
    turn.unwatch(frame.key)
    if isinstance(frame, RequestFrame):
        requests.stop(turn, frame, reason)
        return
    if isinstance(frame, ChildFrame):
        turn.emit(StopChild(frame.key, reason))
    turn.drop(frame.key)
    mine = [timer for timer, (_, owner) in turn.timers.items() if owner == frame.key]
    turn.cancel_timers(sorted(mine))
