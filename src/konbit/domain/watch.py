"""What a watchdog finds, and when it says so: each fault once, again only after a time, never the same thing all night. Pure."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from konbit.definition.durations import parse
from konbit.errors import UserError

FaultKind = Literal[
    "overdue_run",
    "untold_request",
    "stuck_sending",
    "silent_sender",
    "dead_channel",
    "clock_away",
    "dead_feed",
    "dead_mailbox",
    "complaint",
    "store_away",
    "held_messages",
]
WORDS: Mapping[FaultKind, str] = {
    "overdue_run": "a run does not go on although its time has come",
    "untold_request": "a request is open and nobody was told of it",
    "stuck_sending": "messages are stuck half-way in sending",
    "silent_sender": "messages are due and nothing sends them",
    "dead_channel": "a channel fails again and again",
    "clock_away": "the clock does not go its rounds",
    "dead_feed": "a feed has brought nothing for too long",
    "dead_mailbox": "a mailbox with answers cannot be read",
    "complaint": "people complained about messages that left through an account",
    "store_away": "the database does not answer",
    "held_messages": "messages to more people than a run may write to wait for somebody to decide",
}
FEED: Final = "feed:"
"""How the signs of life of feeds begin: whoever reads a feed gives one each time it has brought something."""
COOL_DOWN = dt.timedelta(hours=1)
"""A fault that stays, or that comes and goes, is told again after so long."""


@dataclass(frozen=True)
class Fault:
    """Something that is wrong now. `subject` is an id or a code, never a name or an address."""

    kind: FaultKind
    subject: str
    since: dt.datetime
    count: int = 1
    """How many runs, requests or messages."""
    account: str | None = None
    """The channel account that fails: the alarm takes another."""

    @property
    def key(self) -> str:
        """By which it is known again."""
        return f"{self.kind}:{self.subject}"

    @property
    def text(self) -> str:
        """One line for whoever is called."""
        number = f" ({self.count})" if self.count > 1 else ""
        since = f"{self.since.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S}"
        return f"{WORDS[self.kind]}: {self.subject}{number}, since {since} UTC"


@dataclass(frozen=True)
class Alarm:
    """What is remembered of a fault; `told_at` is None if nobody could be told yet."""

    fault: str
    since: dt.datetime
    told_at: dt.datetime | None
    cleared_at: dt.datetime | None


@dataclass(frozen=True)
class Verdict:
    """What is to be told now, and which alarms are over."""

    tell: Sequence[Fault]
    over: Sequence[str]


def judge(
    found: Sequence[Fault], known: Mapping[str, Alarm], now: dt.datetime, cool_down: dt.timedelta = COOL_DOWN
) -> Verdict:
    """Tells what is new, what nobody could be told, and what is still wrong after the cool-down."""
    tell = []
    for fault in found:
        alarm = known.get(fault.key)
        if alarm is None or alarm.told_at is None or now - alarm.told_at >= cool_down:
            tell.append(fault)
    wrong = {fault.key for fault in found}
    over = [key for key, alarm in known.items() if alarm.cleared_at is None and key not in wrong]
    return Verdict(tell, over)


def feeds(text: str) -> dict[str, dt.timedelta]:
    """How long each feed may be silent: `gdacs=30m, nhc=6h`. UserError for what cannot be read."""
    found = {}
    for part in (one.strip() for one in text.split(",") if one.strip()):
        name, _, length = part.partition("=")
        try:
            found[name.strip()] = parse(length.strip())
        except ValueError as error:
            raise UserError(
                f"KONBIT_FEEDS, {name.strip()}: {error}; expected such as gdacs=30m, nhc=6h"
            ) from None
    return found
