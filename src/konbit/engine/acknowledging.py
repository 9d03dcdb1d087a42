"""Between being asked and having answered: seen, said yes in a word, and not needed any more."""

import dataclasses
import datetime as dt
from typing import Final

from konbit.engine.effects import Notify, PauseLadder, Withdraw
from konbit.engine.events import Answered, Seen
from konbit.engine.plan import RequestNode
from konbit.engine.state import RequestFrame
from konbit.engine.turn import Turn
from konbit.engine.wording import context

GRACE: Final = dt.timedelta(minutes=5)
"""How long the other channels of somebody who has seen the message wait, once (reference/notify.md 5.4)."""
NUDGE: Final = dt.timedelta(minutes=15)
"""After so long somebody who said yes in a word is reminded of the form."""
LAPSE: Final = dt.timedelta(minutes=30)
"""After so long without the form, or a second word, their yes does not count any more."""
TAKEN: Final = "taken_by"
CONFIRM: Final = "confirm_answer"


def seen(turn: Turn, frame: RequestFrame, event: Seen) -> None:
    """Pauses the person's own ladder, once; the slot goes on. An answer in doubt is asked for again on another channel."""
    again = event.takes_back and event.person in frame.replies
    known = event.person in frame.replies or event.person in frame.seen
    if event.person not in frame.places or (known and not again):
        return
    node = _node(turn, frame)
    frame = dataclasses.replace(frame, seen=frame.seen.set(event.person, None))
    if again and frame.answered_by == event.person:
        frame = dataclasses.replace(frame, answer=None, answered_by=None)
    turn.put(frame)
    if again:
        wait_again(turn, frame.key, event.person, taken_back(turn, frame, event.person))
    turn.emit(PauseLadder(frame.key, event.person, turn.now + GRACE))
    if event.why == "suspect":
        values = dict(context(turn, frame)) | {"channel": event.channel}
        people = (event.person,)
        turn.emit(
            Notify(frame.key, node.step, "confirm", 0, CONFIRM, people, frame.key, values, frame.closes_at)
        )


def noted(turn: Turn, node: RequestNode, frame: RequestFrame, event: Answered) -> RequestFrame:
    """The frame with what is still owed: a yes without its form is held for a while, and a second one, or the form, stands."""
    if event.person in frame.owed:
        turn.cancel_timers([f"{frame.key}#{name}" for name in _of(event.person)])
        return dataclasses.replace(frame, owed=frame.owed.delete(event.person))
    if (
        not event.partial
        or event.verdict != "accept"
        or node.rule != "cover"
        or turn.state.paused is not None
    ):
        return frame
    for name, wait in zip(_of(event.person), (NUDGE, LAPSE), strict=True):
        turn.set_timer(f"{frame.key}#{name}", turn.now + wait, frame.key)
    return dataclasses.replace(frame, owed=frame.owed.set(event.person, None))


def nudge(turn: Turn, frame: RequestFrame, person: str) -> None:
    """Reminds somebody of the form."""
    node = _node(turn, frame)
    values = context(turn, frame)
    wave = len(node.remind) + 1
    turn.emit(
        Notify(
            frame.key, node.step, "remind", wave, "reminder", (person,), frame.key, values, frame.closes_at
        )
    )


def taken_back(turn: Turn, frame: RequestFrame, person: str) -> tuple[str, ...]:
    """Takes somebody's yes back; the slots that need others now."""
    names = frame.places.get(person, ())
    slots = frame.slots
    for name in names:
        slot = slots[name]
        accepted = tuple(one for one in slot.accepted if one != person)
        slots = slots.set(name, dataclasses.replace(slot, accepted=accepted))
    owed = frame.owed.delete(person) if person in frame.owed else frame.owed
    replies = frame.replies.delete(person) if person in frame.replies else frame.replies
    turn.put(dataclasses.replace(frame, slots=slots, owed=owed, replies=replies))
    turn.cancel_timers([f"{frame.key}#{name}" for name in _of(person)])
    return names


def wait_again(turn: Turn, key: str, person: str, names: tuple[str, ...]) -> None:
    """Where nobody else is left the person is waited for again."""
    frame = turn.frame(key, RequestFrame)
    if frame is None:
        return
    slots = frame.slots
    for name in names:
        slot = slots[name]
        if not slot.covered and len(slot.accepted) + len(slot.pending) < slot.need:
            slots = slots.set(name, dataclasses.replace(slot, pending=(*slot.pending, person)))
    turn.put(dataclasses.replace(frame, slots=slots))


def recall(turn: Turn, node: RequestNode, key: str, names: tuple[str, ...]) -> None:
    """Where a holder has left and no wave is to come, those who were told that they are not needed are asked again."""
    frame = turn.frame(key, RequestFrame)
    if frame is None:
        return
    slots, again = frame.slots, set()
    for name in names:
        slot = slots[name]
        if slot.covered or slot.pending or any(slot.waves[slot.wave + 1 :]):
            continue
        silent = tuple(
            person
            for person, asked_for in sorted(frame.places.items())
            if name in asked_for and person not in frame.replies and person not in frame.lost
        )
        again |= set(silent)
        slots = slots.set(name, dataclasses.replace(slot, pending=silent))
    if again:
        turn.put(dataclasses.replace(frame, slots=slots))
        values, wave = context(turn, frame), len(node.remind) + 2
        people = tuple(sorted(again))
        turn.emit(Notify(key, node.step, "remind", wave, "reminder", people, key, values, frame.closes_at))


def tell_the_others(turn: Turn, node: RequestNode, key: str) -> None:
    """Those who were called for what others have taken now: nothing more is sent to them, and they are told by whom."""
    frame = turn.frame(key, RequestFrame)
    if frame is None or node.rule == "collect":
        return
    decided = node.rule == "first" and frame.answer is not None
    needed: set[str] = set()
    free: dict[str, None] = {}
    for slot in frame.slots.values():
        held = any(person in frame.owed for person in slot.accepted)
        if decided or (slot.covered and not held):
            free |= dict.fromkeys(slot.pending)
        else:
            needed |= set(slot.pending)
    people = tuple(sorted(person for person in free if person not in needed))
    if not people:
        return
    slots = frame.slots.items()
    # They are waited for no longer; whoever accepts all the same is on standby.
    left = {
        name: dataclasses.replace(slot, pending=tuple(one for one in slot.pending if one not in people))
        for name, slot in slots
    }
    turn.put(dataclasses.replace(frame, slots=frame.slots.update(left)))
    turn.emit(Withdraw(key, people))
    values = dict(context(turn, frame)) | {"by": frame.answered_by, "request": key}
    turn.emit(Notify(key, node.step, "taken", 0, TAKEN, people, None, values, None))


def timers(frame: RequestFrame) -> list[str]:
    """The timers of all that is owed."""
    return [name for person in sorted(frame.owed) for name in _of(person)]


def _of(person: str) -> tuple[str, str]:
    return f"nudge:{person}", f"lapse:{person}"


def _node(turn: Turn, frame: RequestFrame) -> RequestNode:
    node = turn.plan.nodes[frame.node]
    assert isinstance(node, RequestNode)
    return node
