"""Requests: ask people, wave by wave, until it is enough, until nobody is left, or until the deadline."""

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping

from immutables import Map
from pydantic import JsonValue

from konbit.engine import acknowledging, repeating, values
from konbit.engine.addressing import roles
from konbit.engine.duties import Roster
from konbit.engine.effects import CloseRequest, Notify, OpenRequest
from konbit.engine.events import Answered
from konbit.engine.plan import RequestNode
from konbit.engine.state import RequestFrame, SlotState, WorkFrame
from konbit.engine.turn import Place, Turn
from konbit.engine.wording import context

ENDINGS = {"cover": "uncovered", "first": "no_answer", "collect": "no_answer"}
"""What silence is called, by rule."""


def start(turn: Turn, node: RequestNode, place: Place) -> None:
    """Has the people found who are to be asked."""
    inputs: dict[str, JsonValue] = {
        "who": roles(turn, node.who, place),
        "waves": [wave.to for wave in node.waves],
        "per_role": node.per_role,
        "critical": list(node.critical),
        "country": values.country(turn.state),
    }
    turn.do_work(node, place, node.duty, inputs)


def opened(turn: Turn, node: RequestNode, work: WorkFrame, roster: Roster) -> None:
    """The people are known: the request opens, the first wave is asked, the timers are set."""
    slots = {
        slot.slot: SlotState(slot.slot, slot.need, slot.critical, tuple(tuple(wave) for wave in slot.waves))
        for slot in roster.slots
    }
    inherited = {name: getattr(work, name) for name in ("key", "node", "suffix", "env", "parent")}
    frame = RequestFrame(
        **inherited,
        after=(work.key,),
        since=turn.now,
        closes_at=_closes_at(turn, node),
        slots=Map(slots),
        places=Map(),
        replies=Map(),
        open_slots=len(slots),
    )
    turn.put(frame)
    asked = (node.step, node.title, node.form, node.options, node.question, tuple(roster.slots))
    turn.emit(OpenRequest(frame.key, *asked, turn.now, frame.closes_at))
    for name, at in _timers(node, frame):
        turn.set_timer(f"{frame.key}#{name}", at, frame.key)
    vacant = [slot.slot for slot in roster.slots if slot.critical and not any(slot.waves)]
    handled = ENDINGS[node.rule] in turn.plan.nodes[node.step].handlers
    if vacant and (node.rule == "cover" or not handled):
        turn.alarm(f"{node.step}: nobody holds {', '.join(vacant)}", frame)
    for number in [index for index, wave in enumerate(node.waves) if not wave.after]:
        _ask_wave(turn, node, frame.key, number)
    _move_on(turn, node, frame.key, tuple(sorted(slots)))
    _settle(turn, node, frame.key)


def _closes_at(turn: Turn, node: RequestNode) -> dt.datetime | None:
    limits = [turn.now + node.within] if node.within is not None else []
    if node.due is not None and node.due[0] in turn.state.marks:
        limits.append(turn.state.marks[node.due[0]] + node.due[1])
    return min(limits, default=None)


def _timers(node: RequestNode, frame: RequestFrame) -> list[tuple[str, dt.datetime]]:
    timers = [
        (f"wave:{number}", frame.since + wave.after) for number, wave in enumerate(node.waves) if wave.after
    ]
    timers += repeating.timers(node, frame.since)
    timers += [(f"remind:{number}", frame.since + after) for number, after in enumerate(node.remind)]
    if frame.closes_at is not None:
        timers = [(name, at) for name, at in timers if at < frame.closes_at]
        timers.append(("deadline", frame.closes_at))
    return timers


def _ask_wave(
    turn: Turn, node: RequestNode, key: str, number: int, only: Iterable[str] | None = None
) -> tuple[str, ...]:
    """Asks a wave for every slot that is not covered (or for `only` these), each person once; gives the people."""
    frame = turn.frame(key, RequestFrame)
    if frame is None:
        return ()
    asked: dict[str, bool] = {}
    slots, places = frame.slots, frame.places
    for name in sorted(slots) if only is None else only:
        slot = slots[name]
        if slot.covered or slot.wave >= number:
            continue
        people = list(slot.waves[number]) if number < len(slot.waves) else []
        for person in people:
            if person not in places:
                asked[person] = asked.get(person, False) or not any(slot.waves[number + 1 :])
            places = places.set(person, (*places.get(person, ()), name))
        waiting = tuple(
            person for person in people if person not in frame.replies and person not in frame.lost
        )
        slots = slots.set(name, dataclasses.replace(slot, wave=number, pending=slot.pending + waiting))
    turn.put(dataclasses.replace(frame, slots=slots, places=places))
    if asked:
        message = node.waves[number].message if number < len(node.waves) else node.question
        last = tuple(person for person, is_last in asked.items() if is_last)
        told, closes = context(turn, frame), frame.closes_at
        ask = Notify(
            key, node.step, "ask", number, message, tuple(asked), key, told, closes, node.at_once, last
        )
        turn.emit(ask)
    return tuple(asked)


def wave_due(turn: Turn, frame: RequestFrame, number: int) -> None:
    """The time of a wave has come, or of one that is asked again."""
    node = _node(turn, frame)
    if number >= len(node.waves):
        repeating.wave_due(turn, frame, number)
        return
    late = repeating.overdue(turn, node, frame, number)
    asked = _ask_wave(turn, node, frame.key, number)
    current = turn.frame(frame.key, RequestFrame)
    if late and current is not None:
        # Whoever is asked for the first time only now is not called again in the same moment.
        turn.cancel_timers([f"{frame.key}#wave:{one}" for one in late])
        repeating.wave_due(turn, current, late[-1], asked)
    _move_on(turn, node, frame.key, tuple(sorted(frame.slots)))
    _settle(turn, node, frame.key)


def remind(turn: Turn, frame: RequestFrame, number: int) -> None:
    """Reminds those asked who have not answered and whose slot still needs them; a collection needs everybody."""
    node = _node(turn, frame)
    needed = [slot for slot in frame.slots.values() if not slot.covered or node.rule == "collect"]
    people = {person: None for slot in needed for person in slot.pending}
    if people:
        turn.emit(
            Notify(
                frame.key,
                node.step,
                "remind",
                number + 1,
                "reminder",
                tuple(sorted(people)),
                frame.key,
                context(turn, frame),
                frame.closes_at,
            )
        )


def answered(turn: Turn, frame: RequestFrame, event: Answered) -> None:
    """Somebody answered: an acceptance covers the slots they were asked for, a decline asks the next at once."""
    node = _node(turn, frame)
    accepted = event.verdict == "accept"
    decided = frame.answer is not None and turn.state.paused is not None
    if accepted and node.rule == "first" and (decided or _chosen(node, event.data) is None):
        # A decision that names none of the options decides nothing: it is kept, and has no effect. Nor has the second
        # one that comes while the run is held.
        turn.change(late=turn.state.late + 1)
        return
    slots = frame.slots
    for name in frame.places.get(event.person, ()):
        slot = slots[name]
        taken = (
            (*slot.accepted, event.person)
            if accepted and event.person not in slot.accepted
            else slot.accepted
        )
        if not accepted:
            taken = tuple(person for person in taken if person != event.person)
        pending = tuple(person for person in slot.pending if person != event.person)
        slots = slots.set(name, dataclasses.replace(slot, accepted=taken, pending=pending))
    changed = dataclasses.replace(frame, slots=slots, replies=frame.replies.set(event.person, event.verdict))
    if accepted:
        changed = dataclasses.replace(changed, answer=event.data, answered_by=event.person)
    turn.put(acknowledging.noted(turn, node, changed, event))
    if turn.state.paused is not None:
        return
    _conclude(turn, node, frame.key, {event.person: event.verdict})


def _conclude(turn: Turn, node: RequestNode, key: str, verdicts: Mapping[str, str]) -> None:
    """What follows from answers: a decline asks the next, and whoever is not needed any more is told."""
    frame = turn.frame(key, RequestFrame)
    if frame is None:
        return
    declined = sorted(person for person, verdict in verdicts.items() if verdict != "accept")
    names = dict.fromkeys(name for person in declined for name in frame.places.get(person, ()))
    _move_on(turn, node, key, tuple(names))
    acknowledging.recall(turn, node, key, tuple(names))
    if len(declined) < len(verdicts):
        acknowledging.tell_the_others(turn, node, key)
    _settle(turn, node, key)


def catch_up(turn: Turn, frame: RequestFrame) -> None:
    """Draws the conclusions from the answers that came while the run was held."""
    _conclude(turn, _node(turn, frame), frame.key, frame.replies)


def unreachable(turn: Turn, frame: RequestFrame, person: str) -> None:
    """Every channel of a person failed: their slots ask the next at once, and nobody waits for them elsewhere."""
    node = _node(turn, frame)
    if person in frame.replies:
        return
    slots = frame.slots
    for name in frame.places.get(person, ()):
        slot = slots[name]
        slots = slots.set(
            name, dataclasses.replace(slot, pending=tuple(other for other in slot.pending if other != person))
        )
    turn.put(dataclasses.replace(frame, slots=slots, lost=frame.lost.set(person, None)))
    _move_on(turn, node, frame.key, frame.places.get(person, ()))
    _settle(turn, node, frame.key)


def lapsed(turn: Turn, frame: RequestFrame, person: str) -> None:
    """Somebody who said yes and then nothing is not counted on any more: the next is asked, and they may still come back."""
    node = _node(turn, frame)
    names = acknowledging.taken_back(turn, frame, person)
    _move_on(turn, node, frame.key, names)
    acknowledging.wait_again(turn, frame.key, person, names)
    _settle(turn, node, frame.key)


def _move_on(turn: Turn, node: RequestNode, key: str, names: tuple[str, ...]) -> None:
    """Slots with fewer people left than they need are handed to their next waves, without waiting for their time."""
    for name in names:
        while (number := _next_wave(turn, key, name)) is not None:
            _ask_wave(turn, node, key, number, [name])


def _next_wave(turn: Turn, key: str, name: str) -> int | None:
    """The next wave of a slot that has anybody, if those who accepted or may still do so are too few."""
    frame = turn.frame(key, RequestFrame)
    slot = frame.slots[name] if frame else None
    if slot is None or slot.covered or len(slot.accepted) + len(slot.pending) >= slot.need:
        return None
    return next((index for index in range(slot.wave + 1, len(slot.waves)) if slot.waves[index]), None)


def deadline(turn: Turn, frame: RequestFrame) -> None:
    """The time is up."""
    _close(turn, _node(turn, frame), frame, "deadline")


def _settle(turn: Turn, node: RequestNode, key: str) -> None:
    """Closes the request if it is enough, or if nobody is left to wait for."""
    frame = turn.frame(key, RequestFrame)
    if frame is None:
        return
    open_slots = sum(1 for slot in frame.slots.values() if _waits(node, frame, slot))
    if node.rule == "first" and frame.answer is not None:
        _close(turn, node, frame, "answered")
    elif node.enough_when is not None and turn.evaluate(node.enough_when, _counted(frame)) is True:
        _close(turn, node, frame, "enough")
    elif open_slots == 0:
        _close(turn, node, frame, "everybody answered")
    elif open_slots != frame.open_slots:
        turn.put(dataclasses.replace(frame, open_slots=open_slots))


def _waits(node: RequestNode, frame: RequestFrame, slot: SlotState) -> bool:
    """Whether somebody may still answer for a slot: asked and silent, or in a wave to come. A collection waits for each."""
    if any(person in frame.owed for person in slot.accepted):
        return True
    if slot.covered and node.rule != "collect":
        return False
    return bool(slot.pending) or (not slot.covered and any(slot.waves[slot.wave + 1 :]))


def _counted(frame: RequestFrame) -> Place:
    """A place whose names include the counts of an open request."""
    return Place(frame.suffix, (*frame.env, *counts(frame).items()), frame.parent, frame.after)


def counts(frame: RequestFrame) -> dict[str, JsonValue]:
    """How many were asked, answered, declined, are silent; how many slots are covered."""
    asked = len(frame.places)
    accepted = sum(1 for verdict in frame.replies.values() if verdict == "accept")
    covered = sum(1 for slot in frame.slots.values() if slot.covered)
    return {
        "asked": asked,
        "answered": accepted,
        "declined": len(frame.replies) - accepted,
        "silent": asked - len(frame.replies),
        "covered": covered,
        "uncovered": len(frame.slots) - covered,
        "standby": sum(max(0, len(slot.accepted) - slot.need) for slot in frame.slots.values()),
    }


def _close(turn: Turn, node: RequestNode, frame: RequestFrame, reason: str) -> None:
    _cancel(turn, node, frame)
    turn.emit(CloseRequest(frame.key, reason))
    numbers = counts(frame)
    output: dict[str, JsonValue] = dict(numbers)
    output["uncovered_roles"] = [name for name, slot in sorted(frame.slots.items()) if not slot.covered]
    outcome = ENDINGS[node.rule]
    if node.rule == "cover" and all(slot.covered for slot in frame.slots.values() if slot.critical):
        outcome = "covered"
    elif node.rule == "collect" and numbers["answered"]:
        outcome = "collected"
    elif node.rule == "first" and frame.answer is not None:
        outcome = _chosen(node, frame.answer) or node.options[0]
        output |= {name: value for name, value in frame.answer.items() if name not in ("answer", "outcome")}
        output |= {"answer": outcome, "by": frame.answered_by}
    if outcome == ENDINGS[node.rule]:
        _unfilled(turn, node, frame, output)
    turn.conclude(node, frame, outcome, output, frame.after)


def _chosen(node: RequestNode, answer: Mapping[str, JsonValue]) -> str | None:
    """The option an answer chooses, None if it names none that there is; a single option need not be named."""
    chosen = answer.get("answer", node.options[0] if len(node.options) == 1 else None)
    return chosen if isinstance(chosen, str) and chosen in node.options else None


def stop(turn: Turn, frame: RequestFrame, reason: str) -> None:
    """Withdraws the request."""
    _cancel(turn, _node(turn, frame), frame)
    turn.emit(CloseRequest(frame.key, reason))
    turn.drop(frame.key)


def _cancel(turn: Turn, node: RequestNode, frame: RequestFrame) -> None:
    names = [name for name, _ in _timers(node, frame)] + acknowledging.timers(frame)
    turn.cancel_timers([f"{frame.key}#{name}" for name in names])


def _unfilled(turn: Turn, node: RequestNode, frame: RequestFrame, output: Mapping[str, JsonValue]) -> None:
    """A ladder that ends in nobody is never silent: where the chart says nothing of it, the owner and the deputy are told."""
    handler = turn.plan.nodes[node.step].handlers.get(ENDINGS[node.rule])
    silent = handler is None or not turn.plan.blocks[handler].nodes
    if node.rule != "collect" and node.id == node.step and silent:
        missing = output["uncovered_roles"]
        names = ", ".join(map(str, missing)) if isinstance(missing, list) else ""
        turn.alarm(f"{node.step}: unfilled, nobody answered for {names}", frame)


def _node(turn: Turn, frame: RequestFrame) -> RequestNode:
    node = turn.plan.nodes[frame.node]
    assert isinstance(node, RequestNode)
    return node
