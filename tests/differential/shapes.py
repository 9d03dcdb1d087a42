"""Random block-structured charts in the part of the language that BPMN has too, and what they are in each language."""

import dataclasses
from collections.abc import Sequence
from typing import Any, Literal

from tests.properties.dice import Dice, chance, pick

Kind = Literal["task", "choose", "lanes", "for_each", "repeat"]
BLOCKS: tuple[Kind, ...] = ("choose", "lanes", "for_each", "repeat")
SIZE = 6
"""What every choice depends on: fixed, so that both engines take the same way."""


@dataclasses.dataclass(frozen=True)
class Shape:
    """A step, or a block with lists of steps in it."""

    kind: Kind
    name: str
    blocks: tuple[tuple["Shape", ...], ...] = ()
    number: int = 0
    """The limit of a choice, the items of a loop, the rounds of a repeat."""


class Sketch:
    """Draws shapes, each with a name of its own."""

    def __init__(self, dice: Dice, most: int) -> None:
        self.dice = dice
        self.left = most
        self.count = 0

    def block(self, depth: int = 0) -> tuple[Shape, ...]:
        """One shape after the other."""
        return tuple(self.shape(depth) for _ in range(self.dice.number(1, 3 if depth else 5)))

    def shape(self, depth: int) -> Shape:
        """One shape."""
        self.count += 1
        self.left -= 1
        name = f"s{self.count}"
        if depth > 2 or self.left < 1 or chance(self.dice, 45):
            return Shape("task", name)
        kind = pick(self.dice, BLOCKS)
        if kind == "choose":
            blocks = (self.block(depth + 1), self.block(depth + 1))
            return Shape(kind, name, blocks, self.dice.number(1, 10))
        if kind == "lanes":
            lanes = tuple(self.block(depth + 1) for _ in range(self.dice.number(1, 3)))
            return Shape(kind, name, lanes)
        return Shape(kind, name, (self.block(depth + 1),), self.dice.number(1, 3))


def steps_of(shapes: Sequence[Shape]) -> list[dict[str, Any]]:
    """The shapes as steps of a flowchart."""
    return [_step(shape) for shape in shapes]


def _step(shape: Shape) -> dict[str, Any]:
    inner = [steps_of(block) for block in shape.blocks]
    match shape.kind:
        case "choose":
            branches = [{"when": f"size > {shape.number}", "steps": inner[0]}, {"otherwise": inner[1]}]
            return {"id": shape.name, "choose": branches}
        case "lanes":
            lanes = {f"lane{number}": steps for number, steps in enumerate(inner)}
            return {"id": shape.name, "lanes": lanes}
        case "for_each":
            items = [f"i{number}" for number in range(shape.number)]
            return {"id": shape.name, "for_each": {f"item_{shape.name}": repr(items)}, "steps": inner[0]}
        case "repeat":
            return {"id": shape.name, "repeat": {"at_most": shape.number}, "steps": inner[0]}
        case _:
            return {"id": shape.name, "inform": {"who": "chair", "message": "m"}}
