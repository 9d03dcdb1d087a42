"""What can happen to a run. Events are facts: the journal keeps them in order, and the state is a fold over them."""

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field, JsonValue, TypeAdapter

from konbit.definition.base import Mode, Model
from konbit.definition.parameters import Value

SYSTEM = "system"
"""The actor of what no person did: a timer, a task, the clock."""


class Event(Model):
    """One fact: when it happened in run time, and who did it (a person's id, `operator:NAME` or `system`)."""

    at: dt.datetime
    actor: str = SYSTEM


class Started(Event):
    """The run begins."""

    kind: Literal["started"] = "started"
    parameters: dict[str, Value]
    mode: Mode
    marks: dict[str, dt.datetime] = {}


class WorkDone(Event):
    """A duty was carried out; `output` is what its kind promises, see `konbit.engine.duties`."""

    kind: Literal["work_done"] = "work_done"
    work: str
    output: dict[str, JsonValue] = {}
    task_run: str | None = None
    """The Prefect task run that did it: later tasks are drawn as coming after it."""


class WorkFailed(Event):
    """A duty could not be carried out, retries included."""

    kind: Literal["work_failed"] = "work_failed"
    work: str
    reason: str


class Answered(Event):
    """Somebody answered a request. The actor is the person, or the operator who answers for them."""

    kind: Literal["answered"] = "answered"
    request: str
    person: str
    verdict: Literal["accept", "decline", "wrong_person"] = "accept"
    data: dict[str, JsonValue] = {}
    channel: str = "link"
    partial: bool = False
    """It came without the form: an acknowledgement, which lapses if the form or a second word does not follow."""


class Seen(Event):
    """Somebody, or a machine in their name, has seen a message: their own ladder pauses once, and the slot goes on.

    `suspect`: an answer that a link scanner may have given; it is not taken, and they are asked on another channel.
    `read`: the provider says that they read it. `call`: they asked to be called.
    """

    kind: Literal["seen"] = "seen"
    request: str
    person: str
    why: Literal["suspect", "read", "call"]
    channel: str = "link"
    takes_back: bool = False
    """Whether the answer that they gave a moment ago is in doubt too: it does not count any more."""


class Unreachable(Event):
    """Every channel of a person asked has failed: the ladder moves on at once."""

    kind: Literal["unreachable"] = "unreachable"
    request: str
    person: str


class TimerFired(Event):
    """A timer is due."""

    kind: Literal["timer_fired"] = "timer_fired"
    timer: str


class Signalled(Event):
    """A signal came from outside or from another run."""

    kind: Literal["signalled"] = "signalled"
    name: str
    data: dict[str, JsonValue] = {}


class ChildEnded(Event):
    """A child run has ended."""

    kind: Literal["child_ended"] = "child_ended"
    child: str
    outcome: str
    results: dict[str, JsonValue] = {}


class StoodDown(Event):
    """Somebody ends the run early; those who were told are told."""

    kind: Literal["stood_down"] = "stood_down"
    reason: str = ""


class ItemAdded(Event):
    """A loop that is still open takes one more item."""

    kind: Literal["item_added"] = "item_added"
    step: str
    item: str


class OutcomeForced(Event):
    """An operator ends a step with an outcome, or says beforehand how it ends when it is reached."""

    kind: Literal["outcome_forced"] = "outcome_forced"
    step: str
    outcome: str = "skipped"
    reason: str


class Redone(Event):
    """An operator has a step done again, and what comes after it in its list."""

    kind: Literal["redone"] = "redone"
    step: str
    reason: str


class Extended(Event):
    """An operator moves the deadline of an open request."""

    kind: Literal["extended"] = "extended"
    request: str
    closes_at: dt.datetime
    reason: str


class Reassigned(Event):
    """Somebody else is asked instead of a person: a delegation, or a reallocation."""

    kind: Literal["reassigned"] = "reassigned"
    request: str
    person: str
    to: str
    reason: str


class Paused(Event):
    """An operator holds a run: until it is resumed no timer fires and no step starts; answers are still taken."""

    kind: Literal["paused"] = "paused"
    reason: str


class Resumed(Event):
    """A run that was held goes on. Timers that fell due meanwhile count as due now."""

    kind: Literal["resumed"] = "resumed"
    reason: str


class Migrated(Event):
    """A run goes on with another version of its flowchart; see `konbit.engine.migration`."""

    kind: Literal["migrated"] = "migrated"
    before: str
    """The digest of the bundle it had until now."""
    digest: str
    """The digest of the bundle it has from now on."""
    reason: str


AnyEvent = Annotated[
    Paused
    | Resumed
    | Migrated
    | ItemAdded
    | OutcomeForced
    | Redone
    | Extended
    | Reassigned
    | Started
    | WorkDone
    | WorkFailed
    | Answered
    | Seen
    | Unreachable
    | TimerFired
    | Signalled
    | ChildEnded
    | StoodDown,
    Field(discriminator="kind"),
]
EVENTS: TypeAdapter[AnyEvent] = TypeAdapter(AnyEvent)
"""Reads and writes any event as JSON."""
