"""A plan: a flowchart compiled for the engine, stamped with the digest of its content.

Blocks are lists of nodes; every node is a step, or a part of one. The tree is static: what happens at run time is keyed by
the id of the node and, inside loops, the item: `needs[WSH]`.
"""

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Literal

from konbit.definition.bundle import Bundle
from konbit.definition.expressions import Expression
from konbit.definition.parameters import Parameter


@dataclasses.dataclass(frozen=True, slots=True)
class Who:
    """A role addressed; `of` is evaluated when the step starts."""

    role: str
    of: Expression | None = None
    but: str | None = None
    """A step: whoever answered it is not asked."""
    same_as: str | None = None
    """A step: whoever answered it is asked first."""


@dataclasses.dataclass(frozen=True, slots=True)
class WaveRule:
    """Who is asked next, when, with which message."""

    to: str
    after: dt.timedelta
    message: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """What every step has."""

    id: str
    step: str
    """The step it belongs to; a part of a step has an id of its own, such as `offers/match`."""
    title: Mapping[str, str]
    verb: str
    actor: str | None = None
    level: str | None = None
    function: str | None = None
    pathway: str = "streamlined"
    mark: str | None = None
    handlers: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Outcome → the id of the block that handles it."""
    follows: tuple[str, ...] = ()
    """Steps of other lanes that must have ended, or cannot run any more, before this one starts."""
    only_while: Expression | None = None
    abandon_if: Expression | None = None
    lock: str | None = None
    lease: dt.timedelta | None = None

    @property
    def guarded(self) -> bool:
        """True if something must be looked at before it starts."""
        return bool(self.follows or self.only_while or self.lock)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RequestNode(Node):
    """Ask people and wait for them: the one primitive under all human verbs."""

    duty: str
    rule: Literal["cover", "first", "collect"]
    """`cover`: each slot needs its people. `first`: the first answer decides. `collect`: every answer is taken."""
    who: tuple[Who, ...]
    waves: tuple[WaveRule, ...]
    remind: tuple[dt.timedelta, ...]
    form: str | None
    options: tuple[str, ...]
    question: str
    within: dt.timedelta | None
    due: tuple[str, dt.timedelta] | None
    per_role: int = 1
    """How many people each role needs; 0 for all of them."""
    critical: tuple[str, ...] = ()
    again: tuple[dt.timedelta, int] | None = None
    """How long after the last wave the ladder starts over, and how many times."""
    at_once: bool = False
    """Whether all channels of a person are used at the same time."""
    enough_when: Expression | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class WorkNode(Node):
    """Do something at once: match, draft, send, inform, act."""

    duty: str
    who: tuple[Who, ...] = ()
    message: str | None = None
    values: Mapping[str, Expression] = dataclasses.field(default_factory=dict)
    options: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Fixed inputs: the kind of a report, the step whose needs are matched."""
    inputs: tuple[str, ...] = ()
    """Steps whose results go in."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ChainNode(Node):
    """A step made of parts, one after the other: `mobilize` asks and matches, `report` collects, drafts, approves, sends."""

    parts: tuple[Node, ...]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ChooseNode(Node):
    """Take the first branch whose condition holds."""

    branches: tuple[tuple[Expression, str], ...]
    otherwise: str | None
    unknown: str | None


@dataclasses.dataclass(frozen=True, slots=True)
class Join:
    """When a node with several lanes goes on."""

    kind: Literal["all", "first", "none", "count", "share"]
    number: int = 0
    stop_rest: bool = False

    def needed(self, total: int) -> int:
        """How many of `total` must have ended."""
        counts = {
            "all": total,
            "first": 1,
            "none": 0,
            "count": self.number,
            "share": -(-total * self.number // 100),
        }
        return min(total, counts[self.kind])


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LanesNode(Node):
    """Several lists of steps at the same time."""

    lanes: tuple[tuple[str, Expression | None, str], ...]
    """Name, condition, block."""
    join: Join


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ForEachNode(Node):
    """The same steps for each item, at the same time."""

    variable: str
    items: Expression
    body: str
    join: Join
    enough_when: Expression | None = None
    open_until: Expression | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RepeatNode(Node):
    """The same steps again and again."""

    body: str
    every: dt.timedelta | None
    until: Expression | None
    at_most: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class WaitNode(Node):
    """Wait for a time or a signal."""

    length: dt.timedelta | None
    until: Expression | None
    signal: str | None
    within: dt.timedelta | None
    keep: bool = True
    """Whether a signal that came before counts."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class FirstOfNode(Node):
    """Wait for the first of several signals or times, and take its way."""

    ways: tuple[tuple[str | None, dt.timedelta | None, str], ...]
    """Signal, time, block."""


Cell = str | int | float | bool | tuple[str | int | float, ...]
"""A value, several values, or a comparison such as `>= 3`."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TableNode(Node):
    """A decision table."""

    inputs: Mapping[str, Expression]
    rows: tuple[tuple[Mapping[str, Cell], str], ...]
    hit: Literal["unique", "first", "collect"]
    otherwise: str | None
    unknown: str | None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class UseNode(Node):
    """A fragment of the flowchart."""

    block: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class StopNode(Node):
    """Withdraw steps that are under way."""

    steps: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class GotoNode(Node):
    """Go back to a step of the same list."""

    target: str
    at_most: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ChildNode(Node):
    """Run another flowchart."""

    flowchart: str
    values: Mapping[str, Expression]
    hand_on: tuple[str, ...]
    """Parameters handed on under the same name."""
    wait: bool
    within: dt.timedelta | None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class EndNode(Node):
    """End the run."""

    outcome: str


@dataclasses.dataclass(frozen=True, slots=True)
class Block:
    """A list of steps that run in order."""

    id: str
    nodes: tuple[Node, ...]


ROOT = "main"
STAND_DOWN = "stand_down"


@dataclasses.dataclass(frozen=True, slots=True)
class Plan:
    """What a run is pinned to."""

    flowchart: str
    version: int
    digest: str
    owner: str
    parameters: Mapping[str, Parameter]
    results: Mapping[str, Expression]
    blocks: Mapping[str, Block]
    nodes: Mapping[str, Node]
    owners: Mapping[str, str]
    """Block → the node it is in; the main block is in none."""
    positions: Mapping[str, tuple[str, int]]
    """Node → its block, and its place in it."""
    expires: tuple[dt.timedelta, str] | None
    bundle: Bundle
    """What was written, with the forms, messages and roles it names: stored with the run, recompiled when it is loaded."""
    invariants: Mapping[str, Expression] = dataclasses.field(default_factory=dict)
    """What must hold at the end of every rehearsed path."""
