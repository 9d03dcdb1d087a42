"""A ladder that has asked everybody in vain starts over: those who are silent are called again, wave by wave."""

import datetime as dt
from collections.abc import Collection

from konbit.engine.effects import Notify
from konbit.engine.plan import RequestNode
from konbit.engine.state import RequestFrame
from konbit.engine.turn import Turn
from konbit.engine.wording import context


def timers(node: RequestNode, since: dt.datetime) -> list[tuple[str, dt.datetime]]:
    """When each wave is asked again: `wave:NUMBER`, where the numbers go on from those of the waves."""
    if node.again is None or not node.waves:
        return []
    after, at_most = node.again
    length = max(wave.after for wave in node.waves) + after
    return [
        (f"wave:{turn * len(node.waves) + index}", since + turn * length + wave.after)
        for turn in range(1, at_most + 1)
        for index, wave in enumerate(node.waves)
    ]


def overdue(turn: Turn, node: RequestNode, frame: RequestFrame, number: int) -> list[int]:
    """The numbers of later rounds of the same wave whose time has come too."""
    _, at_most = node.again or (None, 0)
    later = range(number + len(node.waves), len(node.waves) * (at_most + 1), len(node.waves))
    set_for = {one: turn.timers.get(f"{frame.key}#wave:{one}") for one in later}
    return [one for one, timer in set_for.items() if timer is not None and timer[0] <= turn.now]


def wave_due(turn: Turn, frame: RequestFrame, number: int, but: Collection[str] = ()) -> None:
    """Calls those of a wave again who are silent and whose slot still needs somebody.

    Whoever declined, accepted, or could not be reached on any channel is left in peace. After a pause or an outage
    several rounds may be overdue: only the last of them is sent, and not to those (`but`) who were asked in this very moment.
    """
    node = turn.plan.nodes[frame.node]
    assert isinstance(node, RequestNode)
    if overdue(turn, node, frame, number):
        return
    index = number % len(node.waves)
    open_slots = [slot for _, slot in sorted(frame.slots.items()) if not slot.covered]
    people: dict[str, None] = {}
    for slot in open_slots:
        wave = slot.waves[index] if index < len(slot.waves) else ()
        people |= dict.fromkeys(person for person in wave if person in slot.pending and person not in but)
    if not people:
        return
    # Everybody was asked before, so that nobody is left after any of them.
    everybody = tuple(people)
    turn.emit(
        Notify(
            frame.key,
            node.step,
            "ask",
            number,
            node.waves[index].message,
            everybody,
            frame.key,
            context(turn, frame),
            frame.closes_at,
            node.at_once,
            everybody,
        )
    )
