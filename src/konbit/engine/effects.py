"""What the engine asks of the world. Whoever applies them does so in the transaction that keeps the event."""

import dataclasses
import datetime as dt
from collections.abc import Mapping

from pydantic import JsonValue

from konbit.engine.duties import Slot


@dataclasses.dataclass(frozen=True, slots=True)
class DoWork:
    """Carry out a duty; when it is done, `WorkDone` or `WorkFailed` with the same `work` must follow."""

    work: str
    """Its key in the run: one key, one execution."""
    duty: str
    """Its kind, see `konbit.engine.duties`."""
    step: str
    title: str
    inputs: Mapping[str, JsonValue]
    after: tuple[str, ...] = ()
    """The work that came before it on the chart."""


@dataclasses.dataclass(frozen=True, slots=True)
class OpenRequest:
    """People may now answer."""

    request: str
    step: str
    title: Mapping[str, str]
    form: str | None
    options: tuple[str, ...]
    question: str
    """The message that asks; the answer page shows it."""
    slots: tuple[Slot, ...]
    opened_at: dt.datetime
    closes_at: dt.datetime | None


@dataclasses.dataclass(frozen=True, slots=True)
class CloseRequest:
    """No answer counts any more (late ones are kept); messages not yet sent for it are cancelled."""

    request: str
    reason: str


@dataclasses.dataclass(frozen=True, slots=True)
class ExtendRequest:
    """The request closes at another time."""

    request: str
    closes_at: dt.datetime


@dataclasses.dataclass(frozen=True, slots=True)
class Notify:
    """Plan messages to people, one for each on the channels they use."""

    key: str
    """Of the step execution that speaks."""
    step: str
    purpose: str
    """`ask`, `remind`, `inform` or `alarm`; `confirm` asks again on another channel, `taken` goes to those who were called."""
    wave: int
    message: str
    people: tuple[str, ...]
    request: str | None
    """Set if the message carries a link to answer."""
    values: Mapping[str, JsonValue]
    closes_at: dt.datetime | None
    """When it would be too late to arrive."""
    at_once: bool = False
    """Whether all channels of a person are used at the same time, instead of one after the other."""
    last: tuple[str, ...] = ()
    """Those of the people after whom nobody else is asked for something that they are asked for."""


@dataclasses.dataclass(frozen=True, slots=True)
class Withdraw:
    """What waits to be sent to these people for a request is not needed any more."""

    request: str
    people: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class PauseLadder:
    """The other channels of a person are not tried before this moment."""

    request: str
    person: str
    until: dt.datetime


@dataclasses.dataclass(frozen=True, slots=True)
class SetTimer:
    """Let `TimerFired` come at this moment; it is absolute and does not move."""

    timer: str
    at: dt.datetime


@dataclasses.dataclass(frozen=True, slots=True)
class CancelTimer:
    """The timer is not wanted any more."""

    timer: str


@dataclasses.dataclass(frozen=True, slots=True)
class StartChild:
    """Start a child flowchart in the mode of this run."""

    child: str
    flowchart: str
    parameters: Mapping[str, JsonValue]
    marks: Mapping[str, dt.datetime]
    after: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class StopChild:
    """Stand the child run down."""

    child: str
    reason: str


@dataclasses.dataclass(frozen=True, slots=True)
class Finish:
    """The run has ended."""

    outcome: str
    results: Mapping[str, JsonValue]


Effect = (
    ExtendRequest
    | DoWork
    | OpenRequest
    | CloseRequest
    | Notify
    | Withdraw
    | PauseLadder
    | SetTimer
    | CancelTimer
    | StartChild
    | StopChild
    | Finish
)
