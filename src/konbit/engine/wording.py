"""What the messages of a step may name beside the parameters of the run."""

from collections.abc import Mapping

from pydantic import JsonValue

from konbit.engine.state import Frame
from konbit.engine.turn import Turn


def context(turn: Turn, frame: Frame) -> Mapping[str, JsonValue]:
    """What a message of this step may name beside the parameters: the loop variables, and the report it is about."""
    found: dict[str, JsonValue] = dict(frame.env)
    draft = turn.done.get(f"{turn.plan.nodes[frame.node].step}/draft{frame.suffix}")
    if draft is not None:
        found["report"] = draft.output.get("report")
    return found
