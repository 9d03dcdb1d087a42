"""Work: what a run does at once, and what comes of it."""

import dataclasses
from collections.abc import Mapping

from pydantic import JsonValue

from konbit.engine import values
from konbit.engine.addressing import roles
from konbit.engine.duties import TELLING, Drafted, Matched, Recipients
from konbit.engine.effects import Notify
from konbit.engine.plan import Node, WorkNode
from konbit.engine.state import WorkFrame
from konbit.engine.turn import Place, Turn


def start(turn: Turn, node: WorkNode, place: Place) -> None:
    """Asks for the work of a node."""
    turn.do_work(node, place, node.duty, _inputs(turn, node, place))


def _inputs(turn: Turn, node: WorkNode, place: Place) -> dict[str, JsonValue]:
    names = values.Names(turn.plan, turn.state, turn.done, place.suffix, place.env)
    inputs: dict[str, JsonValue] = {"country": values.country(turn.state), "step": node.step}
    if node.duty in TELLING:
        inputs["who"] = roles(turn, node.who, place)
        inputs["values"] = {name: turn.json(expression, place) for name, expression in node.values.items()}
    if node.duty == "match":
        return {name: names.key(step) for name, step in node.options.items()}
    if node.duty == "draft":
        results = {step: names.result(step) for step in node.inputs}
        inputs["inputs"] = {
            step: values.to_json(dict(result.output)) for step, result in results.items() if result
        }
        inputs["requests"] = [f"{node.step}/inputs{place.suffix}"]
        inputs["keys"] = {step: names.key(step) for step in node.inputs}
    if node.duty == "send":
        draft = names.result(f"{node.step}/draft")
        inputs["report"] = draft.output.get("report") if draft else None
    return inputs | dict(node.options if node.duty == "draft" else {})


def done(turn: Turn, node: WorkNode, frame: WorkFrame, output: Mapping[str, JsonValue]) -> None:
    """The work came back."""
    tails = (frame.key,)
    if node.duty in TELLING:
        told = Recipients.model_validate(output)
        _tell(turn, node, frame, told)
        turn.conclude(node, frame, "sent", {"told": len(told.people), "vacant": len(told.vacant)}, tails)
    elif node.duty == "match":
        matched = Matched.model_validate(output)
        turn.conclude(
            node, frame, "shortfall" if matched.gaps else "covered", matched.model_dump(mode="json"), tails
        )
    else:
        turn.conclude(node, frame, "drafted", Drafted.model_validate(output).model_dump(mode="json"), tails)


def _tell(turn: Turn, node: WorkNode, frame: WorkFrame, told: Recipients) -> None:
    purpose = "alarm" if node.duty == "alarm" else "inform"
    given = frame.inputs.get("values")
    known: dict[str, JsonValue] = dict(frame.env) | (dict(given) if isinstance(given, dict) else {})
    known |= {name: frame.inputs[name] for name in ("report", "reason", "step") if name in frame.inputs}
    if told.people and node.message:
        turn.emit(
            Notify(frame.key, node.step, purpose, 0, node.message, tuple(told.people), None, known, None)
        )
    if told.vacant and node.duty != "alarm":
        turn.alarm(f"{node.step}: nobody holds {', '.join(told.vacant)}", frame)


def failed(turn: Turn, node: Node, frame: WorkFrame, reason: str) -> None:
    """The work could not be done: the step ends `failed` and sets no mark; unless that is handled, the owner is told."""
    if frame.duty == "alarm":
        turn.drop(frame.key)
        return
    turn.conclude(dataclasses.replace(node, mark=None), frame, "failed", {"reason": reason}, (frame.key,))
