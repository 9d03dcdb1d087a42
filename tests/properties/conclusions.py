"""The order in which steps conclude within one event: the state keeps that they did, not which was first."""

import contextlib
from collections.abc import Iterator, Mapping
from unittest.mock import patch

from pydantic import JsonValue

from konbit.engine.plan import Node
from konbit.engine.state import Frame
from konbit.engine.turn import Turn


@contextlib.contextmanager
def conclusions() -> Iterator[list[str]]:
    """The keys of what concludes while this is held, in order, each as often as it does."""
    found: list[str] = []
    original = Turn.conclude

    def noted(
        turn: Turn,
        node: Node,
        frame: Frame,
        outcome: str,
        output: Mapping[str, JsonValue],
        tails: tuple[str, ...],
    ) -> None:
        found.append(frame.key)
        original(turn, node, frame, outcome, output, tails)

    with patch.object(Turn, "conclude", noted):
        yield found
