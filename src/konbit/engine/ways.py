"""Tables, fragments, the first of several, withdrawals, and the way back."""

import dataclasses
import re

from konbit.definition.expressions import UNKNOWN
from konbit.engine.control import at, fields
from konbit.engine.plan import Cell, FirstOfNode, GotoNode, StopNode, TableNode, UseNode
from konbit.engine.state import AnyFrame, BlockFrame, GateFrame, HandlerFrame, JoinFrame, WaitFrame
from konbit.engine.stopping import halt
from konbit.engine.turn import Ended, Place, Turn

COMPARISONS = (">=", "<=", "!=", "==", ">", "<")
"""What a cell of a table may begin with."""
WAYS_BACK = "~"
"""Counts, among the visits, how often lists were set back."""
VISITS = re.compile(r"\[~\d+\]")
"""The parts of a suffix that tell visits of the same steps apart, not items of loops."""


def table(turn: Turn, node: TableNode, place: Place) -> None:
    """Tries the rows; what is not known is never taken for 'no'."""
    base = at(place, node, turn.now)
    inputs = {name: turn.evaluate(expression, place) for name, expression in node.inputs.items()}
    fits = [(number, then, _fits(cells, inputs)) for number, (cells, then) in enumerate(node.rows, start=1)]
    rows = [number for number, _, fit in fits if fit is True]
    thens = [then for _, then, fit in fits if fit is True]
    outcome = _decided(node, fits, thens)
    reason = "what the table shows is not known" if outcome == "undecided" else ""
    output = {"rows": rows, "then": thens} | ({"reason": reason} if reason else {})
    turn.conclude(node, base, outcome, output, place.after)  # type: ignore[arg-type]  # numbers and texts are JSON


def _decided(node: TableNode, fits: list[tuple[int, str, bool | None]], thens: list[str]) -> str:
    unknown = any(fit is None for _, _, fit in fits)
    if node.hit == "collect":
        return (
            "matched" if thens else (node.unknown or "undecided") if unknown else (node.otherwise or "none")
        )
    if node.hit == "unique" and len(thens) > 1:
        return "ambiguous"
    for _, then, fit in fits:
        if fit is True:
            return then
        if fit is None:
            return node.unknown or "undecided"
    return node.otherwise or "none"


def _fits(cells: dict[str, Cell] | object, inputs: dict[str, object]) -> bool | None:
    """Whether a row fits; None if that is not known."""
    assert isinstance(cells, dict)
    found: bool | None = True
    for name, cell in cells.items():
        one = cell_fits(cell, inputs[name])
        if one is False:
            return False
        if one is None:
            found = None
    return found


def cell_fits(cell: Cell, value: object) -> bool | None:
    """Whether a cell fits a value; None if that is not known. The check of tables asks this too."""
    if value is UNKNOWN or value is None:
        return None
    if isinstance(cell, tuple):
        return any(_same(option, value) for option in cell)
    if isinstance(cell, str):
        for word in COMPARISONS:
            if cell.startswith(word):
                return _compared(word, cell[len(word) :].strip(), value)
    return _same(cell, value)


def _same(cell: object, value: object) -> bool:
    return cell == value and isinstance(cell, bool) == isinstance(value, bool)


def _compared(word: str, text: str, value: object) -> bool | None:
    try:
        limit = float(text)
    except ValueError:
        return {"==": text == value, "!=": text != value}.get(word)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return {
        ">=": value >= limit,
        "<=": value <= limit,
        ">": value > limit,
        "<": value < limit,
        "==": value == limit,
        "!=": value != limit,
    }[word]


def use(turn: Turn, node: UseNode, place: Place) -> None:
    """Runs a fragment; its steps are keyed by the step that uses it."""
    base = at(place, node, turn.now)
    turn.put(JoinFrame(**fields(base), total=1, needed=1))
    turn.start_block(node.block, Place(f"{place.suffix}[{node.id}]", place.env, base.key, place.after))


def first_of(turn: Turn, node: FirstOfNode, place: Place) -> None:
    """Waits for the first of several; a signal that was kept is taken at once."""
    base = at(place, node, turn.now)
    turn.put(WaitFrame(**fields(base), signal=None))
    for number, (signal, length, _) in enumerate(node.ways):
        if signal is not None and signal in turn.state.signals:
            turn.change(signals=turn.state.signals.delete(signal))
            take_way(turn, base.key, number)
            return
        if length is not None:
            turn.set_timer(f"{base.key}#way:{number}", turn.now + length, base.key)


def take_way(turn: Turn, key: str, number: int) -> None:
    """One of several has come: its way is taken, the others are forgotten."""
    frame = turn.frame(key, WaitFrame)
    node = turn.plan.nodes[frame.node] if frame else None
    if frame is None or not isinstance(node, FirstOfNode):
        return
    turn.cancel_timers([f"{key}#way:{index}" for index in range(len(node.ways))])
    signal, _, block = node.ways[number]
    turn.put(JoinFrame(**fields(frame), total=1, needed=1, outcome=signal or "over"))
    turn.start_block(block, Place(frame.suffix, frame.env, key, frame.after))


def stop(turn: Turn, node: StopNode, place: Place) -> None:
    """Withdraws the steps named, where they are under way in the same item of the loops around."""
    around = VISITS.sub("", place.suffix)
    for frame in sorted(turn.live.values(), key=lambda frame: frame.key):
        named = frame.node in node.steps and not isinstance(frame, BlockFrame)
        if frame.key in turn.live and named and VISITS.sub("", frame.suffix).startswith(around):
            _withdraw(turn, frame, f"withdrawn by {node.step}")
    turn.conclude(node, at(place, node, turn.now), "completed", {}, place.after)


def _withdraw(turn: Turn, frame: AnyFrame, reason: str) -> None:
    halt(turn, frame, reason)
    if isinstance(frame, HandlerFrame):
        # The step has its outcome; only what handles it is cut short.
        turn.leave(frame.parent, Ended(frame.key, "stopped", frame.after))
    elif isinstance(frame, GateFrame):
        started = dataclasses.replace(frame, key=frame.key.removesuffix("?"))
        turn.conclude(turn.plan.nodes[frame.node], started, "stopped", {}, frame.after)
    elif not (isinstance(frame, JoinFrame) and frame.left):
        turn.conclude(turn.plan.nodes[frame.node], frame, "stopped", {}, frame.after)


def goto(turn: Turn, node: GotoNode, place: Place) -> None:
    """Goes back, unless it was done as often as it may."""
    base = at(place, node, turn.now)
    block = turn.frame(place.parent or "", BlockFrame)
    counter = f"{node.id}{own_suffix(block)}" if block is not None else base.key
    visits = turn.state.visits.get(counter, 0)
    if visits >= node.at_most or block is None or not go_back(turn, block.key, node.target, place.after):
        turn.conclude(node, base, "used_up", {"count": visits}, place.after)
        return
    turn.release(base.key)
    turn.change(visits=turn.state.visits.set(counter, visits + 1))


def own_suffix(block: BlockFrame) -> str:
    """Where a list of steps was started, whichever visit of its steps it is at."""
    return block.key.removeprefix(block.node)


def go_back(turn: Turn, block_key: str, target: str, after: tuple[str, ...]) -> bool:
    """Sets a list of steps back to one of them; what it does from then on has keys of its own."""
    frame = turn.frame(block_key, BlockFrame)
    if frame is None or turn.plan.positions.get(target, ("", 0))[0] != frame.node:
        return False
    # One count for all lists in the same loop item: with one for each, executions in nested lists could share a key.
    counter = f"{WAYS_BACK}{VISITS.sub('', frame.suffix)}"
    number = turn.state.visits.get(counter, 1) + 1
    turn.change(visits=turn.state.visits.set(counter, number))
    suffix = f"{own_suffix(frame)}[~{number}]"
    turn.put(dataclasses.replace(frame, index=turn.plan.positions[target][1], suffix=suffix, after=after))
    turn.next_step(block_key)
    return True
