"""What the store gives back about replies and receipts."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Final, Literal

from konbit.definition.base import Mode

InboundState = Literal["new", "answered", "opted", "parked", "ignored", "closed"]
"""`parked` waits for a person; `ignored` is a machine's, a stranger's or an empty one; `closed` an operator has dealt with."""
ReceiptStatus = Literal["accepted", "delivered", "read", "failed"]
OURS: Final = "konbit:"
"""How the id of a message of ours begins where it was carried along, in place of the provider's."""
ReceiptState = Literal["parked", "applied", "stale", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInbound:
    """A reply as it reached us."""

    provider: str
    provider_msg_id: str | None
    """None if the provider gives none: then the same text from the same sender since our last send counts as the same."""
    channel: str
    """The kind of address it came from: `sms`, `mail`, `telegram`."""
    sender: str = field(repr=False)
    """Canonical if it could be read."""
    text: str = field(repr=False)
    received_at: dt.datetime
    quoted: str | None = None
    """The provider's id of the message of ours that it quotes."""
    automatic: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """A reply as it is kept."""

    id: int
    provider: str
    provider_msg_id: str
    channel: str
    sender: str = field(repr=False)
    text: str = field(repr=False)
    quoted: str | None
    automatic: bool
    received_at: dt.datetime
    state: InboundState
    reason: str
    person_id: str | None
    addressee_id: int | None
    run_id: str | None
    said: str | None
    handled_at: dt.datetime | None
    handled_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What became of a reply."""

    state: InboundState
    reason: str = ""
    person: str | None = None
    row_id: int | None = None
    run_id: str | None = None
    said: str | None = None
    """Which answer of ours it was given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReceipt:
    """What a provider says became of a message; `delivery_id` if it carried our own id along."""

    provider: str
    provider_msg_id: str
    status: ReceiptStatus
    received_at: dt.datetime
    code: str = ""
    delivery_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """What a call of ours asked: enough to answer a key while somebody listens."""

    language: str
    mode: Mode
    digits: tuple[int, ...]
    """What may be pressed."""
    is_open: bool
