"""What has happened so far in a run: a value, folded from the journal, that can be written as JSON and read back.

`live` holds a frame for everything that is under way, `done` a result for every step execution that has ended. Both are
persistent maps: an event changes a few entries and copies nothing else, however long the run.
"""

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Literal

from immutables import Map
from pydantic import JsonValue

from konbit.definition.base import Mode
from konbit.definition.parameters import Value

Env = tuple[tuple[str, JsonValue], ...]
"""Loop variables, the innermost last."""
Status = Literal["new", "active", "standing_down", "ending", "ended"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Something under way: a block or a node, at one place of the run."""

    key: str
    node: str
    """The id of its block or node in the plan."""
    suffix: str
    """The loop items it is in: `[WSH]`."""
    env: Env
    parent: str | None
    after: tuple[str, ...]
    """The work before it on the chart."""
    since: dt.datetime


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class BlockFrame(Frame):
    """A list of steps, at `index`."""

    index: int = 0


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class WorkFrame(Frame):
    """Work that was asked for and has not come back."""

    duty: str
    inputs: Mapping[str, JsonValue]


@dataclasses.dataclass(frozen=True, slots=True)
class SlotState:
    """How far one slot of a request is."""

    slot: str
    need: int
    critical: bool
    waves: tuple[tuple[str, ...], ...]
    wave: int = -1
    """The last wave that was asked."""
    pending: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()

    @property
    def covered(self) -> bool:
        """True if enough people have accepted."""
        return len(self.accepted) >= self.need

    @property
    def exhausted(self) -> bool:
        """True if nobody is left who could still cover it."""
        return not self.covered and not self.pending and self.wave >= len(self.waves) - 1


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RequestFrame(Frame):
    """A request that people may answer."""

    closes_at: dt.datetime | None
    slots: Map[str, SlotState]
    places: Map[str, tuple[str, ...]]
    """Person → the slots they were asked for."""
    replies: Map[str, str]
    """Person → verdict."""
    open_slots: int
    """Slots that are neither covered nor exhausted."""
    answer: Mapping[str, JsonValue] | None = None
    """The data of the accepting answer that came last."""
    answered_by: str | None = None
    lost: Map[str, None] = Map()
    """People whose every channel has failed."""
    seen: Map[str, None] = Map()
    """People whose ladder has been paused: it is paused once."""
    owed: Map[str, None] = Map()
    """People who said yes in a reply and whose form is still to come."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ChainFrame(Frame):
    """A step made of parts, at `index`."""

    index: int = 0
    silent: bool = False
    """Set if its first part ended with no answer."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class JoinFrame(Frame):
    """Lanes, or the items of a loop, at the same time."""

    total: int
    needed: int
    ended: int = 0
    tails: tuple[str, ...] = ()
    left: bool = False
    """Set when the run has gone on and the rest only runs out."""
    outcome: str = "completed"
    """What the node ends with."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RepeatFrame(Frame):
    """A loop, in round `count`."""

    count: int
    tails: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class WaitFrame(Frame):
    """A wait for a time or a signal."""

    signal: str | None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ChildFrame(Frame):
    """A child run."""

    flowchart: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class HandlerFrame(Frame):
    """A node that has ended and whose outcome is being handled."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class GateFrame(Frame):
    """A step that may not start yet: its key ends in a question mark."""


AnyFrame = (
    GateFrame
    | BlockFrame
    | WorkFrame
    | RequestFrame
    | ChainFrame
    | JoinFrame
    | RepeatFrame
    | WaitFrame
    | ChildFrame
    | HandlerFrame
)


@dataclasses.dataclass(frozen=True, slots=True)
class Result:
    """How a step execution ended."""

    outcome: str
    output: Mapping[str, JsonValue]
    at: dt.datetime


@dataclasses.dataclass(frozen=True, slots=True)
class RunState:
    """The state of a run."""

    status: Status = "new"
    outcome: str | None = None
    mode: Mode = "drill"
    parameters: Mapping[str, Value] = dataclasses.field(default_factory=dict)
    marks: Map[str, dt.datetime] = Map()
    live: Map[str, AnyFrame] = Map()
    done: Map[str, Result] = Map()
    timers: Map[str, tuple[dt.datetime, str]] = Map()
    """Timer → when it is due, and the frame it belongs to."""
    signals: Map[str, dt.datetime] = Map()
    """Signals that came before anybody waited for them: they are kept."""
    watched: Map[str, None] = Map()
    """Frames with a condition that is looked at after every event."""
    locks: Map[str, str] = Map()
    """Lock → the key of the step that holds it."""
    visits: Map[str, int] = Map()
    """How often a `goto` was taken."""
    ahead: Map[str, str] = Map()
    """Steps whose outcome was given before they were reached."""
    paused: dt.datetime | None = None
    """Since when an operator holds the run."""
    resumed: dt.datetime | None = None
    """When it last went on: timers that fell due before count as due then."""
    alarms: int = 0
    late: int = 0
    """Answers that came after their request was closed: kept, and of no effect."""

    @property
    def work(self) -> list[WorkFrame]:
        """The work that has been asked for and not come back, in a stable order."""
        return [frame for _, frame in sorted(self.live.items()) if isinstance(frame, WorkFrame)]

    @property
    def requests(self) -> list[RequestFrame]:
        """The requests that are open, in a stable order."""
        return [frame for _, frame in sorted(self.live.items()) if isinstance(frame, RequestFrame)]

    @property
    def next_timer(self) -> dt.datetime | None:
        """When something happens if nobody does anything."""
        return min((at for at, _ in self.timers.values()), default=None)
