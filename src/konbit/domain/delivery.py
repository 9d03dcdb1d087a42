"""A message on its way to one person: what it is, where it stands, and what can become of it. Frozen values only.

Below both the store that keeps deliveries and the service that sends them.
"""

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Literal

from konbit.definition.base import Mode
from konbit.definition.content import CapType, Urgency
from konbit.domain.directory import Audience, ChannelKind
from konbit.domain.pace import Pace

Lane = Literal["urgent", "bulk"]
# Why a message that was due is not sent after all.
Drop = Literal[
    "cancelled", "answered", "expired", "opted_out", "not_needed", "daily_cap", "not_private", "asleep"
]


STALE: Final = dt.timedelta(hours=72)
"""A message without a deadline that has not left by then is not sent any more."""
DRILL_AUDIENCES: frozenset[Audience] = frozenset({"private"})
"""Whom a drill may reach: people who were told that there are drills, and nobody who reads over their shoulder."""


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    PLANNED = "planned"
    DUE = "due"
    SENDING = "sending"
    ACCEPTED = "accepted"
    UNKNOWN = "unknown"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    SUPPRESSED = "suppressed"


CLAIMABLE = frozenset({DeliveryState.PLANNED, DeliveryState.DUE, DeliveryState.UNKNOWN})
DROPPED: Mapping[Drop, DeliveryState] = {
    "cancelled": DeliveryState.CANCELLED,
    "answered": DeliveryState.CANCELLED,
    "expired": DeliveryState.EXPIRED,
    "opted_out": DeliveryState.SUPPRESSED,
    "not_needed": DeliveryState.CANCELLED,
    "daily_cap": DeliveryState.SUPPRESSED,
    "not_private": DeliveryState.SUPPRESSED,
    "asleep": DeliveryState.SUPPRESSED,
}


@dataclass(frozen=True)
class Accepted:
    """The provider took the message; `provider_id` is its name for it, if it gave one."""

    provider_id: str = ""


@dataclass(frozen=True)
class Temporary:
    """Nothing was taken, and it may work later; `reason` is a code, never text from outside."""

    reason: str
    blames_account: bool = True
    """Whether it says something about the account; a mailbox that is full or puts strangers off does not."""


@dataclass(frozen=True)
class Permanent:
    """Nothing left this machine, and it never will with these settings and this address."""

    reason: str


@dataclass(frozen=True)
class Unknown:
    """The message may or may not have been taken: a time-out, a broken connection, a crash."""

    reason: str


@dataclass(frozen=True)
class Throttled:
    """The provider took nothing because too much came; `wait` is what it asked for, None if it did not say."""

    reason: str
    wait: dt.timedelta | None = None


@dataclass(frozen=True)
class Stopped:
    """The provider took nothing because the person has blocked us or opted out with it."""

    reason: str


@dataclass(frozen=True)
class Refused:
    """The provider took nothing because of our account: its credentials, its balance, its sender."""

    reason: str


SendResult = Accepted | Temporary | Permanent | Unknown | Throttled | Stopped | Refused
Sign = Literal["", "good", "bad", "refused", "throttled"]
"""What a send says about the account it left through; nothing if it was about the recipient alone."""


@dataclass(frozen=True)
class Delivery:
    """One message to one person on one channel, as it was rendered when it was planned.

    `attempts` counts the sends begun, the one under way included; `unknowns` those whose end nobody knows.
    `reference` is the short code by which people recognise a second copy. `cost` is what it takes of its account's rate.
    The rungs of a `ladder` are one message to one person on several channels; a `standby` goes out only if another fails.
    """

    id: str
    run_id: str
    mode: Mode
    person_id: str
    endpoint_id: str
    channel: ChannelKind
    account: str
    address: str = field(repr=False)
    subject: str = field(repr=False)
    body: str = field(repr=False)
    language: str
    lane: Lane
    not_before: dt.datetime
    expires_at: dt.datetime
    reference: str
    request_id: str | None = None
    audience: Audience = "public"
    """Who reads it. What nobody has vouched for counts as public, and no drill goes there."""
    cap: CapType = "Update"
    attempts: int = 0
    max_attempts: int = 5
    unknowns: int = 0
    generation: int = 0
    cost: int = 1
    ladder: str = ""
    rung: int = 0
    standby: bool = False
    urgency: Urgency = "urgent"
    night_drill: bool = False
    """Whether it belongs to a drill that is declared one."""
    last: bool = False
    """Whether nobody else is asked for what they are asked for."""


@dataclass(frozen=True)
class Hold:
    """A claimed delivery that is due again later, because somebody does not want to be disturbed before."""

    until: dt.datetime
    reason: str


@dataclass(frozen=True)
class Quota:
    """How much of an account may be claimed: so many at once, at its pace."""

    account: str
    limit: int
    pace: Pace = Pace()


@dataclass(frozen=True)
class Outcome:
    """What a store writes when a claimed delivery is settled or put off.

    `not_before` is when it may be claimed again, and None if it may not; `unknowns` is the new count.
    """

    delivery_id: str
    generation: int
    state: DeliveryState
    not_before: dt.datetime | None
    reason: str
    unknowns: int
    sign: Sign = ""
    wait: dt.timedelta | None = None
    """How long the provider wants its account left alone."""
    spent: bool = True
    """False if the attempt does not count: the provider only asked to wait."""
    stopped: bool = False
    """Whether the address is not to be used any more: the person has blocked us there."""
    provider: str = ""
    provider_id: str = ""
    """Who took the message, and the name it has there: receipts come by it."""


def idempotency_key(run: str, step: str, wave: int, person: str, endpoint: str, purpose: str) -> str:
    """The key that makes planning the same step again insert nothing: a SHA-256 in hexadecimal.

    Each part is preceded by its length, so that no two different sets of parts give one key.
    """
    parts = (run, step, str(wave), person, endpoint, purpose)
    return hashlib.sha256("".join(f"{len(part)}:{part}" for part in parts).encode()).hexdigest()
