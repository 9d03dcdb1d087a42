"""How a call-down goes: who was asked, reached, has seen it, accepted, declined, is silent; and how fast. Pure, counts only.

Handed over, seen and answered are counted apart: a provider that took a message has reached nobody yet.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MINUTES = (5, 15, 30, 60)
"""After so many minutes reach is counted; Arizona DHS asks for 90 % within 60."""


@dataclass(frozen=True)
class Contact:
    """One person asked in one request; times are run time."""

    request: str
    asked_at: dt.datetime
    handed_over_at: dt.datetime | None = None
    """When a provider first took a message to them."""
    seen: bool = False
    """A read receipt came, or an answer."""
    answered_at: dt.datetime | None = None
    verdict: str | None = None
    dead: bool = False
    """Every message to them failed for certain."""


@dataclass(frozen=True)
class Tally:
    """The figures of one request. `within` holds, for each of `MINUTES`, how many were handed over and how many answered."""

    request: str
    asked: int
    handed_over: int
    seen: int
    accepted: int
    declined: int
    silent: int
    unreachable: int
    within: Sequence[tuple[int, int]]


def tallies(contacts: Iterable[Contact]) -> list[Tally]:
    """The figures of each request, in the order in which the first person was asked."""
    groups: dict[str, list[Contact]] = {}
    for contact in sorted(contacts, key=lambda one: (one.asked_at, one.request)):
        groups.setdefault(contact.request, []).append(contact)
    return [_tally(request, group) for request, group in groups.items()]


def _tally(request: str, group: Sequence[Contact]) -> Tally:
    answered = [one for one in group if one.answered_at is not None]
    accepted = sum(1 for one in answered if one.verdict == "accept")
    unreachable = sum(1 for one in group if one.dead and one.answered_at is None)
    return Tally(
        request=request,
        asked=len(group),
        handed_over=sum(1 for one in group if one.handed_over_at is not None),
        seen=sum(1 for one in group if one.seen or one.answered_at is not None),
        accepted=accepted,
        declined=len(answered) - accepted,
        silent=len(group) - len(answered) - unreachable,
        unreachable=unreachable,
        within=[
            (
                _within(group, [one.handed_over_at for one in group], minutes),
                _within(group, [one.answered_at for one in group], minutes),
            )
            for minutes in MINUTES
        ],
    )


def _within(group: Sequence[Contact], times: Sequence[dt.datetime | None], minutes: int) -> int:
    """How many had their time so many minutes after they were asked, or sooner."""
    length = dt.timedelta(minutes=minutes)
    return sum(
        1
        for contact, at in zip(group, times, strict=True)
        if at is not None and at - contact.asked_at <= length
    )
