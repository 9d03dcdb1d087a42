"""Control: choices, lanes, loops, waits, children and the end. Each block has one way in and one way out."""

import dataclasses
import datetime as dt
from typing import TypedDict

from konbit.definition.expressions import UNKNOWN
from konbit.engine import values
from konbit.engine.effects import StartChild, StopChild
from konbit.engine.plan import (
    ChainNode,
    ChildNode,
    ChooseNode,
    EndNode,
    ForEachNode,
    LanesNode,
    Node,
    RepeatNode,
    WaitNode,
)
from konbit.engine.state import ChainFrame, ChildFrame, Env, Frame, JoinFrame, RepeatFrame, WaitFrame
from konbit.engine.stopping import stop_all, stop_under
from konbit.engine.turn import Ended, Place, Turn, key_of

MOST_TAILS = 100
"""A join of more than this many lanes shows edges from the first hundred: more arrows tell nobody anything."""


def at(place: Place, node: Node, now: dt.datetime) -> Frame:
    """The frame of a node at a place."""
    return Frame(
        key=key_of(node, place),
        node=node.id,
        suffix=place.suffix,
        env=place.env,
        parent=place.parent,
        after=place.after,
        since=now,
    )


class FrameFields(TypedDict):
    """What every frame has, by name; a type checker compares it with `Frame` where one is made of it."""

    key: str
    node: str
    suffix: str
    env: Env
    parent: str | None
    after: tuple[str, ...]
    since: dt.datetime


def fields(frame: Frame) -> FrameFields:
    """What every frame has, to make another one of."""
    return {
        "key": frame.key,
        "node": frame.node,
        "suffix": frame.suffix,
        "env": frame.env,
        "parent": frame.parent,
        "after": frame.after,
        "since": frame.since,
    }


def choose(turn: Turn, node: ChooseNode, place: Place) -> None:
    """Takes the first branch that holds; if one before it is unknown, the unknown branch: never silently 'no'."""
    base = at(place, node, turn.now)
    chosen, word = node.otherwise, "otherwise"
    for number, (condition, block) in enumerate(node.branches, start=1):
        value = turn.evaluate(condition, place)
        if value is UNKNOWN:
            chosen, word = node.unknown, "unknown"
            break
        if value is True:
            chosen, word = block, str(number)
            break
    if chosen is None:
        outcome = "undecided" if word == "unknown" else "completed"
        turn.conclude(
            node, base, outcome, {"branch": word, "reason": "what it depends on is not known"}, place.after
        )
        return
    turn.put(JoinFrame(**fields(base), total=1, needed=1))
    turn.start_block(chosen, Place(place.suffix, place.env, base.key, place.after))


def lanes(turn: Turn, node: LanesNode, place: Place) -> None:
    """Starts every lane whose condition holds; unknown counts as holding, since leaving people out is the worse mistake."""
    started = [
        block
        for _, when, block in node.lanes
        if when is None or turn.evaluate(when, place) in (True, UNKNOWN)
    ]
    _fan_out(turn, node, place, [(block, place.suffix, place.env) for block in started])


def for_each(turn: Turn, node: ForEachNode, place: Place) -> None:
    """Starts the body for each item; an empty list completes at once, an unknown one is undecided."""
    items = turn.evaluate(node.items, place)
    if items is UNKNOWN:
        reason = "the list to go through is not known"
        turn.conclude(node, at(place, node, turn.now), "undecided", {"reason": reason}, place.after)
        return
    listed = list(items) if isinstance(items, list | tuple) else []
    unique = list(dict.fromkeys(str(item) for item in listed))
    _fan_out(
        turn,
        node,
        place,
        [(node.body, f"{place.suffix}[{item}]", (*place.env, (node.variable, item))) for item in unique],
    )


def _fan_out(
    turn: Turn,
    node: LanesNode | ForEachNode,
    place: Place,
    starts: list[tuple[str, str, tuple[tuple[str, object], ...]]],
) -> None:
    base = at(place, node, turn.now)
    if not starts and not (isinstance(node, ForEachNode) and node.open_until is not None):
        turn.conclude(node, base, "completed", {"count": 0, "completed": 0}, place.after)
        return
    frame = JoinFrame(**fields(base), total=len(starts), needed=node.join.needed(len(starts)))
    turn.put(frame)
    for block, suffix, env in starts:
        turn.start_block(block, Place(suffix, env, base.key, place.after))  # type: ignore[arg-type]  # env holds JSON
    if not frame.needed and starts:
        turn.agenda.append(lambda: _go_on(turn, base.key))


def join_left(turn: Turn, frame: JoinFrame, ended: Ended) -> None:
    """A lane has ended; when enough have, the run goes on."""
    tails = tuple(dict.fromkeys((*frame.tails, *ended.tails)))[:MOST_TAILS]
    turn.put(dataclasses.replace(frame, ended=frame.ended + 1, tails=tails))
    _go_on(turn, frame.key)


def _go_on(turn: Turn, key: str) -> None:
    frame = turn.frame(key, JoinFrame)
    if frame is None:
        return
    node = turn.plan.nodes[frame.node]
    if frame.left:
        if frame.ended >= frame.total:
            turn.drop(key)
        return
    if frame.ended < frame.needed or _still_open(turn, node, frame):
        return
    rest = frame.total - frame.ended
    if rest and isinstance(node, LanesNode | ForEachNode) and node.join.stop_rest:
        stop_under(turn, key, "enough lanes have ended")
        rest = 0
    counted = {"count": frame.total, "completed": frame.ended}
    # Lanes that ended in this turn too are still on the agenda: only those that are under way are waited for.
    running = [other for other in turn.live.values() if other.parent == key]
    if not rest or not running:
        turn.conclude(node, frame, frame.outcome, counted, frame.tails or frame.after)
        return
    # The run goes on while the other lanes run out: they come home to a frame that nobody waits for.
    rest_key = f"{key}~rest"
    for other in running:
        turn.put(dataclasses.replace(other, parent=rest_key))
    ended = frame.total - len(running)
    turn.put(dataclasses.replace(frame, key=rest_key, left=True, parent=None, ended=ended))
    turn.conclude(node, frame, "completed", counted, frame.tails or frame.after)


def _inside(frame: JoinFrame) -> Place:
    """A place whose names include the counts of the loop."""
    counted = (("count", frame.total), ("completed", frame.ended))
    return Place(frame.suffix, (*frame.env, *counted), frame.key, frame.after)


def _still_open(turn: Turn, node: object, frame: JoinFrame) -> bool:
    """Whether a loop still takes items."""
    if not isinstance(node, ForEachNode) or node.open_until is None:
        return False
    return turn.evaluate(node.open_until, _inside(frame)) is not True


def settle_open(turn: Turn, node: ForEachNode, frame: JoinFrame) -> bool:
    """Ends a loop that has had enough, or that takes no more items and has none left; whether it did."""
    if frame.left:
        return False
    if node.enough_when is not None and turn.evaluate(node.enough_when, _inside(frame)) is True:
        stop_under(turn, frame.key, "enough items have ended")
        counted = {"count": frame.total, "completed": frame.ended}
        turn.conclude(node, frame, "completed", counted, frame.tails or frame.after)
        return True
    if node.open_until is not None and frame.ended >= frame.needed and not _still_open(turn, node, frame):
        _go_on(turn, frame.key)
        return turn.live.get(frame.key) is not frame
    return False


def add_item(turn: Turn, node: ForEachNode, frame: JoinFrame, item: str) -> None:
    """Starts the body for one more item, unless the loop has it already or has gone on."""
    suffix = f"{frame.suffix}[{item}]"
    known = f"{node.body}{suffix}" in turn.live or any(
        f"{inner.id}{suffix}" in turn.done for inner in turn.plan.blocks[node.body].nodes
    )
    if known or frame.left:
        return
    total = frame.total + 1
    turn.put(dataclasses.replace(frame, total=total, needed=node.join.needed(total)))
    turn.start_block(node.body, Place(suffix, (*frame.env, (node.variable, item)), frame.key, frame.after))


def repeat(turn: Turn, node: RepeatNode, place: Place) -> None:
    """Starts the first round."""
    base = at(place, node, turn.now)
    turn.put(RepeatFrame(**fields(base), count=1))
    turn.start_block(node.body, Place(f"{place.suffix}[1]", place.env, base.key, place.after))


def repeat_left(turn: Turn, frame: RepeatFrame, ended: Ended) -> None:
    """A round has ended: until the condition holds or the rounds are used up, the next one starts in its time."""
    node = turn.plan.nodes[frame.node]
    assert isinstance(node, RepeatNode)
    inside = Place(f"{frame.suffix}[{frame.count}]", frame.env, frame.key, ended.tails)
    over = node.until is not None and turn.evaluate(node.until, inside) is True
    if over or frame.count >= node.at_most:
        turn.conclude(node, frame, "completed", {"count": frame.count, "completed": frame.count}, ended.tails)
        return
    turn.put(dataclasses.replace(frame, count=frame.count + 1, tails=ended.tails))
    starts = frame.since + node.every * frame.count if node.every else turn.now
    if starts > turn.now:
        turn.set_timer(f"{frame.key}#next", starts, frame.key)
    else:
        next_round(turn, frame.key)


def next_round(turn: Turn, key: str) -> None:
    """Starts the round a loop is at."""
    frame = turn.frame(key, RepeatFrame)
    node = turn.plan.nodes[frame.node] if frame else None
    if frame is not None and isinstance(node, RepeatNode):
        turn.start_block(node.body, Place(f"{frame.suffix}[{frame.count}]", frame.env, key, frame.tails))


def wait(turn: Turn, node: WaitNode, place: Place) -> None:
    """Waits for a time or a signal; a signal that came before is taken at once."""
    base = at(place, node, turn.now)
    if node.signal is not None and node.keep and node.signal in turn.state.signals:
        turn.change(signals=turn.state.signals.delete(node.signal))
        turn.conclude(node, base, "signalled", {}, place.after)
        return
    until = turn.evaluate(node.until, place) if node.until is not None else None
    length = node.length if node.length is not None else node.within
    over = until if isinstance(until, dt.datetime) else turn.now + length if length is not None else None
    if node.until is not None and not isinstance(until, dt.datetime):
        turn.conclude(node, base, "undecided", {"reason": "the moment to wait for is not known"}, place.after)
        return
    turn.put(WaitFrame(**fields(base), signal=node.signal))
    if over is not None:
        turn.set_timer(f"{base.key}#over", over, base.key)


def wait_over(turn: Turn, frame: WaitFrame, outcome: str) -> None:
    """What was waited for has come, or the time is over."""
    turn.cancel_timers([f"{frame.key}#over"])
    turn.conclude(turn.plan.nodes[frame.node], frame, outcome, {}, frame.after)


def child(turn: Turn, node: ChildNode, place: Place) -> None:
    """Starts a child flowchart, and waits for it if the chart says so."""
    base = at(place, node, turn.now)
    parameters = {name: values.to_json(turn.state.parameters.get(name)) for name in node.hand_on}
    given = {name: turn.json(expression, place) for name, expression in node.values.items()}
    turn.emit(
        StartChild(
            base.key, node.flowchart, {**parameters, **given}, dict(turn.state.marks.items()), place.after
        )
    )
    if not node.wait:
        turn.conclude(node, base, "started", {}, place.after)
        return
    turn.put(ChildFrame(**fields(base), flowchart=node.flowchart))
    if node.within is not None:
        turn.set_timer(f"{base.key}#deadline", turn.now + node.within, base.key)


def child_ended(turn: Turn, frame: ChildFrame, outcome: str, results: dict[str, object]) -> None:
    """The child has ended, or its time is over."""
    turn.cancel_timers([f"{frame.key}#deadline"])
    turn.conclude(turn.plan.nodes[frame.node], frame, outcome, results, frame.after)  # type: ignore[arg-type]  # results are JSON


def child_late(turn: Turn, frame: ChildFrame) -> None:
    """The child has not ended in time: it is stood down, and the step ends with no answer."""
    turn.emit(StopChild(frame.key, "its time is over"))
    child_ended(turn, frame, "no_answer", {})


def end(turn: Turn, node: EndNode, place: Place) -> None:  # noqa: ARG001  the shape of every starter
    """Ends the run: what is open is withdrawn."""
    stop_all(turn, f"the run ended: {node.outcome}")
    turn.change(status="ending", outcome=node.outcome)


def chain(turn: Turn, node: ChainNode, place: Place) -> None:
    """Starts the first part of a step."""
    base = at(place, node, turn.now)
    turn.put(ChainFrame(**fields(base)))
    turn.start(node.parts[0], Place(place.suffix, place.env, base.key, place.after))


def chain_left(turn: Turn, frame: ChainFrame, ended: Ended) -> None:
    """A part has ended: the next one starts, or the step ends with what its parts came to."""
    node = turn.plan.nodes[frame.node]
    assert isinstance(node, ChainNode)
    part = node.parts[frame.index]
    silent = frame.silent or (ended.outcome == "no_answer" and frame.index == 0)
    refused = part.id.endswith("/approve") and ended.outcome != "approved"
    last = frame.index == len(node.parts) - 1
    if ended.outcome != "failed" and not refused and not last:
        turn.put(dataclasses.replace(frame, index=frame.index + 1, silent=silent))
        turn.start(node.parts[frame.index + 1], Place(frame.suffix, frame.env, frame.key, ended.tails))
        return
    output: dict[str, object] = {}
    for done in node.parts[: frame.index + 1]:
        result = turn.done.get(f"{done.id}{frame.suffix}")
        output |= dict(result.output) if result else {}
    outcome = _verdict(ended.outcome, refused=refused, silent=silent)
    turn.conclude(node, frame, outcome, output, ended.tails)  # type: ignore[arg-type]  # outputs are JSON


def _verdict(outcome: str, *, refused: bool, silent: bool) -> str:
    if outcome == "failed":
        return "failed"
    if refused:
        return "not_approved"
    if silent:
        return "no_answer"
    return "sent" if outcome == "drafted" else outcome
