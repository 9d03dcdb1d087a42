"""The plan as an iCalendar file, read back by a small strict reader."""

import dataclasses
import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konbit.simulate.times.arithmetic import schedule
from konbit.simulate.times.calendar_file import calendar, escape, fold
from tests.unit.simulate.playing import library

AT = dt.datetime(2026, 8, 14, 8, 30, tzinfo=dt.timezone(dt.timedelta(hours=-4)))
NAME = re.compile(r"([A-Z0-9-]+)((?:;[A-Z0-9-]+=[^;:]*)*):(.*)", re.DOTALL)
MOMENT = re.compile(r"\d{8}T\d{6}Z")
REQUIRED = {"VTODO": {"UID", "DTSTAMP", "SUMMARY"}, "VEVENT": {"UID", "DTSTAMP", "DTSTART", "SUMMARY"}}
ONCE = {"UID", "DTSTAMP", "DTSTART", "DUE", "DTEND", "SUMMARY", "DESCRIPTION", "STATUS", "PRIORITY", "TRANSP"}


@dataclasses.dataclass
class Component:
    kind: str
    values: list[tuple[str, str]]

    def __getitem__(self, name: str) -> str:
        return next(value for found, value in self.values if found == name)

    def has(self, name: str) -> bool:
        return any(found == name for found, _ in self.values)


def read(text: str) -> list[Component]:
    """The components of a calendar; AssertionError for whatever RFC 5545 does not allow."""
    assert text.endswith("\r\n")
    raw = text.split("\r\n")[:-1]
    assert all("\n" not in line and "\r" not in line for line in raw), "a bare line end"
    assert all(len(line.encode()) <= 75 for line in raw), "a line is longer than 75 octets"
    lines: list[str] = []
    for line in raw:
        if line.startswith(" "):
            lines[-1] += line[1:]
        else:
            lines.append(line)
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-1] == "END:VCALENDAR"
    found: list[Component] = []
    head: list[tuple[str, str]] = []
    under: Component | None = None
    for line in lines[1:-1]:
        match = NAME.fullmatch(line)
        assert match, line
        name, value = match[1], match[3]
        if name == "BEGIN":
            assert under is None
            under = Component(value, [])
        elif name == "END":
            assert under is not None
            assert under.kind == value
            found.append(under)
            under = None
        else:
            (under.values if under else head).append((name, value))
    assert under is None
    assert dict(head)["VERSION"] == "2.0"
    assert dict(head)["PRODID"]
    for one in found:
        names = [name for name, _ in one.values]
        assert REQUIRED[one.kind] <= set(names)
        assert all(names.count(name) == 1 for name in ONCE & set(names))
        for name in ("DTSTAMP", "DTSTART", "DUE", "DTEND"):
            assert not one.has(name) or MOMENT.fullmatch(one[name])
        for name in ("SUMMARY", "DESCRIPTION"):
            assert unescape(one[name]) is not None
    return found


def unescape(text: str) -> str:
    """The text of a value; AssertionError for a comma, semicolon or backslash that is not escaped."""
    assert not re.search(r"(?<!\\)(?:\\\\)*[;,]", text), text
    return re.sub(
        r"\\(.)", lambda match: {"n": "\n", "N": "\n"}.get(match[1], match[1]), text, flags=re.DOTALL
    )


@pytest.mark.parametrize("id", sorted(library().flowcharts))
def test_the_calendar_of_every_chart_is_sound(id: str) -> None:
    plan = schedule(library(), id, {}, at=AT)
    found = read(calendar(plan, AT))

    assert len(found) == sum(1 for one in plan.steps if one.verb != "end")
    assert len({one["UID"] for one in found}) == len(found)
    assert {one.kind for one in found} == {"VTODO", "VEVENT"}
    for one in found:
        end = one["DUE"] if one.has("DUE") else one["DTEND"] if one.has("DTEND") else ""
        assert not end or end > one["DTSTART"]


def test_what_people_must_do_is_a_to_do_that_is_due_when_its_time_is_over() -> None:
    plan = schedule(library(), "response/activation", {}, at=AT)
    verify = next(one for one in read(calendar(plan, AT)) if one["SUMMARY"] == "Verify the event")
    assert (verify.kind, verify["DTSTART"], verify["DUE"]) == (
        "VTODO",
        "20260814T123000Z",
        "20260814T143000Z",
    )
    assert "Reminders after 30m, 1h30m" in unescape(verify["DESCRIPTION"])
    assert verify["CATEGORIES"] == "response/activation,country_facilitator"


def test_the_same_plan_gives_the_same_bytes_and_another_start_other_uids() -> None:
    plan = schedule(library(), "recovery/deactivation", {}, at=AT, language="fr")
    assert calendar(plan, AT) == calendar(plan, AT.astimezone(dt.UTC))
    later = calendar(plan, AT + dt.timedelta(days=1))
    assert {one["UID"] for one in read(calendar(plan, AT))}.isdisjoint(one["UID"] for one in read(later))
    again = schedule(library(), "recovery/deactivation", {}, at=AT, language="en")
    assert [one["UID"] for one in read(calendar(again, AT))] == [
        one["UID"] for one in read(calendar(plan, AT))
    ]


@given(st.text(st.characters(codec="utf-8"), max_size=300))
def test_a_folded_line_is_the_line_again_and_no_letter_is_cut(text: str) -> None:
    value = escape(text)
    pieces = list(fold(f"SUMMARY:{value}"))
    assert all(len(piece.encode()) <= 75 for piece in pieces)
    assert all(piece.startswith(" ") for piece in pieces[1:])
    assert pieces[0] + "".join(piece[1:] for piece in pieces[1:]) == f"SUMMARY:{value}"
    assert not any(letter in value for letter in "\r\n")
    assert unescape(value) == "".join(one for one in text.replace("\r", "") if one >= " " or one in "\n\t")
