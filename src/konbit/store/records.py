"""What the repositories give and take: frozen values, free of SQL. Names and addresses stay out of their `repr`."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import JsonValue

from konbit.definition.base import Mode
from konbit.definition.parameters import Value
from konbit.domain.caution import Ground
from konbit.domain.delivery import Delivery, DeliveryState
from konbit.domain.directory import ConsentPurpose
from konbit.engine.duties import Slot
from konbit.engine.events import AnyEvent

RunStatus = Literal["requested", "active", "ended"]
Verdict = Literal["accept", "decline", "wrong_person"]
Acceptance = Literal["stored", "late", "repeated"]
FactKind = Literal["observations", "needs", "offers", "allocations", "activities"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRun:
    """A run to be created; `digest` must name a stored plan. The mode never changes afterwards."""

    id: str
    flowchart: str
    digest: str
    mode: Mode
    parameters: Mapping[str, Value]
    started_by: str
    created_at: dt.datetime
    country: str | None = None
    parent_run: str | None = None
    parent_key: str | None = None
    """The engine's name of this child in its parent."""
    marks: Mapping[str, dt.datetime] = field(default_factory=dict)
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run as it stands; `wakes_at` is its next timer."""

    id: str
    flowchart: str
    title: Mapping[str, str]
    digest: str
    mode: Mode
    parameters: Mapping[str, Value]
    marks: Mapping[str, dt.datetime]
    country: str | None
    started_by: str
    parent_run: str | None
    parent_key: str | None
    idempotency_key: str | None
    created_at: dt.datetime
    status: RunStatus
    started_at: dt.datetime | None
    ended_at: dt.datetime | None
    outcome: str | None
    results: Mapping[str, JsonValue]
    flow_run_id: str | None
    last_seq: int
    wakes_at: dt.datetime | None
    lease_owner: str | None
    lease_until: dt.datetime | None
    heartbeat_at: dt.datetime | None
    paused_at: dt.datetime | None = None
    """Since when an operator holds it."""
    reach: int | None = None
    """To how many people it may write, with the runs that it started; None for those, and for runs of an earlier release."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Messages that are held because their run would write to more people than it may."""

    id: int
    run_id: str
    step: str
    effect: Mapping[str, JsonValue]
    """What the engine asked for, a `Notify` as JSON."""
    people: int
    """How many they are to, of whom nothing was written to before."""
    written: int
    """To how many the run had written by then."""
    allowed: int
    held_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to advance a run; `generation` is what every append is checked against. `until` is wall time."""

    run_id: str
    owner: str
    generation: int
    until: dt.datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal; the hash covers the one before, the run, the sequence and the event."""

    seq: int
    event: AnyEvent
    hash: str


@dataclass(frozen=True, slots=True)
class InboxItem:
    """Something from outside that the run has not taken yet."""

    id: int
    run_id: str
    dedup_key: str
    event: AnyEvent
    received_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Timer:
    """A timer of a run; `at` is run time."""

    timer: str
    at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request to people, open until `closed_at` is set."""

    run_id: str
    key: str
    step: str
    title: Mapping[str, str]
    form: str | None
    options: tuple[str, ...]
    question: str
    slots: tuple[Slot, ...]
    opened_at: dt.datetime
    closes_at: dt.datetime | None
    closed_at: dt.datetime | None
    close_reason: str | None
    digest: str | None = None
    """The plan it was opened under if the run has moved to another since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer as it came. The actor is the person, or the operator who answered for them."""

    id: int
    row_id: int
    run_id: str
    request: str
    person: str
    verdict: Verdict
    data: Mapping[str, JsonValue] = field(repr=False)
    channel: str
    actor: str
    received_at: dt.datetime
    late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A person to whom a request was put; `row_id` goes into the token of the link."""

    row_id: int
    person: str
    wave: int
    asked_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """All that the answer page needs about one person asked."""

    row_id: int
    run_id: str
    flowchart: str
    run_status: RunStatus
    run_outcome: str | None
    run_ended_at: dt.datetime | None
    mode: Mode
    digest: str
    parameters: Mapping[str, Value]
    country: str | None
    request: str
    step: str
    title: Mapping[str, str]
    form: str | None
    options: tuple[str, ...]
    question: str
    """The id of the message that asks."""
    values: Mapping[str, JsonValue] = field(repr=False)
    """What the placeholders of the question stood for when this person was asked."""
    person: str
    name: str = field(repr=False)
    languages: tuple[str, ...]
    zone: str
    wave: int
    asked_at: dt.datetime
    opened_at: dt.datetime
    closes_at: dt.datetime | None
    closed_at: dt.datetime | None
    close_reason: str | None
    latest: Answer | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedDelivery:
    """A delivery to be planned; a row with a known `idem_key` is left as it is."""

    delivery: Delivery
    idem_key: str
    step: str
    wave: int
    purpose: str
    state: DeliveryState = DeliveryState.PLANNED
    """`suppressed` keeps on record that somebody was left out, with the reason."""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRow:
    """A delivery as operators and reports see it: no address, no text."""

    id: str
    run_id: str
    step: str
    wave: int
    purpose: str
    request: str | None
    person: str
    endpoint: str
    channel: str
    account: str
    language: str
    state: DeliveryState
    reason: str
    attempts: int
    unknowns: int
    not_before: dt.datetime | None
    expires_at: dt.datetime
    planned_at: dt.datetime
    first_sent_at: dt.datetime | None
    accepted_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class DeliveryEvent:
    """One change of a delivery's state."""

    delivery_id: str
    at: dt.datetime
    from_state: DeliveryState
    to_state: DeliveryState
    cause: str
    worker: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A document of a run with the columns it is searched by; the id is unique in the run and kind."""

    id: str
    run_id: str
    document: Mapping[str, JsonValue] = field(repr=False)
    request: str | None = None
    cluster: str | None = None
    place: str | None = None
    person: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report as it was drafted; the id is unique in its run, `number` counts per run and kind from 1."""

    id: str
    run_id: str
    step: str
    kind: str
    number: int
    title: str
    markdown: str = field(repr=False)
    created_at: dt.datetime
    csv: str = field(default="", repr=False)
    quarantined: int = 0
    """Rows that were held back until somebody corrects them."""
    approved_at: dt.datetime | None = None
    sent_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """That a person agreed to be reached for a purpose, or took it back; `endpoint` None means every endpoint."""

    person: str
    purpose: ConsentPurpose
    granted: bool
    at: dt.datetime
    how: str
    wording: str
    """The version of the words they agreed to."""
    endpoint: str | None = None
    expires_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A run that waits, or waited, for a second person."""

    run_id: str
    ground: Ground
    details: Mapping[str, JsonValue]
    asked_by: str
    asked_at: dt.datetime
    verdict: Literal["approved", "refused"] | None
    decided_by: str | None
    decided_at: dt.datetime | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """Who did what to which run, and why."""

    at: dt.datetime
    actor: str
    action: str
    run_id: str | None
    reason: str
    details: Mapping[str, JsonValue]
