"""The plan of a chart as an iCalendar file (RFC 5545): what people must do as to-dos with a due time, the rest as events.

Times are those of a run that starts at a given moment: a to-do starts when it is asked at the earliest and is due when its
time is over at the latest. The same plan gives the same bytes, and the same step the same UID.
"""

import datetime as dt
import uuid
from collections.abc import Iterator

from konbit.definition.durations import show
from konbit.simulate.times.loads import PRIMARY
from konbit.simulate.times.timing import Schedule, Timing

SPACE = uuid.UUID("6f1b6a52-2c0f-5b7e-9a7b-0d5a4f3c9e11")
"""What the UIDs of planned steps are derived in."""
FOLD = 75
"""Octets in a line at most, without its end (RFC 5545, 3.1)."""
SILENT = frozenset({"end"})
"""Verbs that mean nothing in a calendar."""


def calendar(plan: Schedule, at: dt.datetime) -> str:
    """The calendar of a run that starts at this moment; lines end in CRLF."""
    start = at.astimezone(dt.UTC)
    return "".join(f"{folded}\r\n" for line in _lines(plan, start) for folded in fold(line))


def _lines(plan: Schedule, at: dt.datetime) -> Iterator[str]:
    yield "BEGIN:VCALENDAR"
    yield "VERSION:2.0"
    yield "PRODID:-//Konbit//konbit plan//EN"
    yield "CALSCALE:GREGORIAN"
    yield "METHOD:PUBLISH"
    for one in plan.steps:
        if one.verb not in SILENT:
            yield from _component(plan, one, at)
    yield "END:VCALENDAR"


def _component(plan: Schedule, one: Timing, at: dt.datetime) -> Iterator[str]:
    kind = "VTODO" if one.asks else "VEVENT"
    begins, ends = at + one.start.least, at + one.end.most
    yield f"BEGIN:{kind}"
    yield f"UID:{uuid.uuid5(SPACE, f'{plan.flowchart}|{at.isoformat()}|{one.key}')}@konbit"
    yield f"DTSTAMP:{_moment(at)}"
    yield f"DTSTART:{_moment(begins)}"
    if one.asks and ends > begins:
        yield f"DUE:{_moment(ends)}"
    elif ends > begins:
        yield f"DTEND:{_moment(ends)}"
    yield f"SUMMARY:{escape(one.title or one.key)}"
    yield f"DESCRIPTION:{escape(_description(one))}"
    yield f"CATEGORIES:{','.join(escape(word) for word in dict.fromkeys((plan.flowchart, *one.who)))}"
    if one.asks:
        yield "STATUS:NEEDS-ACTION"
        yield f"PRIORITY:{1 if one.critical else 5}"
    else:
        yield "TRANSP:TRANSPARENT"
    yield f"END:{kind}"


def _description(one: Timing) -> str:
    found = [f"Step {one.key}" + (f" ({one.note})" if one.note else "")]
    if one.who:
        found.append(f"Who: {', '.join(one.who)}")
    found.append(f"Starts {_between(one.start.least, one.start.most)} after the start of the run")
    if one.allowed:
        found.append(
            f"Time to answer: {show(one.allowed)}" if one.asks else f"Takes up to {show(one.allowed)}"
        )
    found += [f"{wave.to} after {show(wave.after)}" for wave in one.waves if wave.to != PRIMARY]
    if one.remind:
        found.append(f"Reminders after {', '.join(show(after) for after in one.remind)}")
    if one.critical:
        found.append("The end of the run hangs on it")
    return "\n".join(found)


def _between(least: dt.timedelta, most: dt.timedelta) -> str:
    return show(least) if least == most else f"{show(least)} to {show(most)}"


def _moment(at: dt.datetime) -> str:
    return f"{at:%Y%m%dT%H%M%SZ}"


def escape(text: str) -> str:
    """A text as a value (RFC 5545, 3.3.11)."""
    for found, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r", ""), ("\n", "\\n")):
        text = text.replace(found, written)
    return "".join(letter for letter in text if letter >= " " or letter == "\t")


def fold(line: str) -> Iterator[str]:
    """The line in pieces of at most 75 octets; no letter is cut in two, and each piece after the first begins with a space."""
    piece, size = "", 0
    for letter in line:
        octets = len(letter.encode())
        if size + octets > FOLD:
            yield piece
            piece, size = " ", 1
        piece += letter
        size += octets
    yield piece
