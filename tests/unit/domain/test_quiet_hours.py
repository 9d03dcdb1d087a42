"""Who may be disturbed when: group 23 of the failures, without a store and without a clock."""

import datetime as dt
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konbit.definition.content import Urgency
from konbit.domain import directory
from konbit.domain.directory import Person
from konbit.domain.quiet_hours import (
    Call,
    InvalidQuietHours,
    QuietHours,
    Rest,
    Verdict,
    Window,
    awake_first,
    may_disturb,
    zone_of,
)

NIGHT = QuietHours.parse("22:00-07:00")
NEW_YORK = "America/New_York"


def utc(text: str) -> dt.datetime:
    """A moment as `2026-03-08 07:00`, in UTC."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-01-10 21:59", "2026-01-10 21:59"),
        ("2026-01-10 22:00", "2026-01-11 07:00"),
        ("2026-01-10 23:59", "2026-01-11 07:00"),
        ("2026-01-11 00:00", "2026-01-11 07:00"),
        ("2026-01-11 06:59", "2026-01-11 07:00"),
        ("2026-01-11 07:00", "2026-01-11 07:00"),
    ],
)
def test_a_window_over_midnight_is_half_open(at: str, expected: str) -> None:
    assert NIGHT.until(utc(at), "UTC") == utc(expected)


@pytest.mark.parametrize(
    ("quiet", "zone", "at", "expected"),
    [
        # Clocks go from 02:00 to 03:00 on 8 March 2026: 02:30 is never shown, so the night ends with the change.
        ("22:00-02:30", NEW_YORK, "2026-03-08 06:30", "2026-03-08 07:00"),
        ("22:00-07:00", NEW_YORK, "2026-03-08 06:30", "2026-03-08 11:00"),
        ("02:15-02:45", NEW_YORK, "2026-03-08 07:00", "2026-03-08 07:00"),
        # Clocks go from 02:00 back to 01:00 on 1 November 2026: 01:30 comes twice.
        ("22:00-01:30", NEW_YORK, "2026-11-01 05:00", "2026-11-01 05:30"),
        ("22:00-01:30", NEW_YORK, "2026-11-01 05:30", "2026-11-01 05:30"),
        ("22:00-01:30", NEW_YORK, "2026-11-01 06:10", "2026-11-01 06:30"),
        ("01:30-05:00", NEW_YORK, "2026-11-01 05:45", "2026-11-01 10:00"),
        ("22:00-07:00", NEW_YORK, "2026-11-01 05:00", "2026-11-01 12:00"),
        # Half an hour of summer time, and a day that was left out altogether.
        ("22:00-02:15", "Australia/Lord_Howe", "2026-10-03 15:00", "2026-10-03 15:30"),
        ("22:00-07:00", "Pacific/Apia", "2011-12-30 09:30", "2011-12-30 17:00"),
        ("22:00-07:00", "Asia/Kathmandu", "2026-01-10 17:00", "2026-01-11 01:15"),
        ("22:00-07:00", "America/Port-au-Prince", "2026-07-10 04:00", "2026-07-10 11:00"),
        # Windows that touch are one rest; a nap is another.
        ("22:00-07:00 07:00-09:00", "UTC", "2026-01-10 23:00", "2026-01-11 09:00"),
        ("22:00-07:00 13:00-14:00", "UTC", "2026-01-11 13:30", "2026-01-11 14:00"),
        ("22:00-07:00 13:00-14:00", "UTC", "2026-01-11 12:30", "2026-01-11 12:30"),
    ],
)
def test_the_end_is_what_the_wall_shows_where_clocks_are_changed(
    quiet: str, zone: str, at: str, expected: str
) -> None:
    assert QuietHours.parse(quiet).until(utc(at), zone) == utc(expected)


@pytest.mark.parametrize("zone", ["Nowhere/Land", "", "../etc/passwd", "EST5EDT7\0"])
def test_an_unknown_zone_is_read_as_utc_and_said_to_be_unknown(zone: str) -> None:
    assert zone_of(zone) == (dt.UTC, False)
    assert NIGHT.until(utc("2026-01-10 23:00"), zone) == utc("2026-01-11 07:00")


def test_a_traveller_is_left_alone_at_night_where_they_are() -> None:
    """The zone of the moment counts: nothing of an earlier one is kept."""
    at = utc("2026-01-10 04:00")
    assert NIGHT.until(at, "America/Port-au-Prince") == utc("2026-01-10 12:00")
    assert NIGHT.until(at, "Asia/Manila") == at


@pytest.mark.parametrize(
    "text",
    ["22:00", "22:00-24:00", "7:00-8:00", "22:00-22:00", "22.00-07.00", "night", "00:00-12:00 12:00-00:00"],
)
def test_windows_that_say_nothing_or_leave_nothing_are_refused(text: str) -> None:
    with pytest.raises(InvalidQuietHours):
        QuietHours.parse(text)


def test_quiet_hours_are_written_as_they_are_read() -> None:
    assert str(QuietHours.parse(" 22:00-07:00,13:00-14:00  22:00-07:00")) == "13:00-14:00 22:00-07:00"
    assert str(QuietHours.parse("")) == ""


AWAKE, ASLEEP = utc("2026-01-10 12:00"), utc("2026-01-10 23:00")
MORNING = utc("2026-01-11 07:00")
WHEN: dict[str, tuple[dt.datetime, Rest]] = {
    "awake": (AWAKE, Rest(quiet=NIGHT)),
    "asleep": (ASLEEP, Rest(quiet=NIGHT)),
    "barred": (AWAKE, Rest(quiet=NIGHT, do_not_disturb_until=ASLEEP)),
}
SENT, HELD, NOT_NOW = "send", "quiet_hours", "do_not_disturb"


@pytest.mark.parametrize(
    ("urgency", "loud", "when", "outcome"),
    [
        *((urgency, loud, "awake", "awake") for urgency in ("advisory", "urgent") for loud in (True, False)),
        *(("life_safety", loud, "awake", "awake") for loud in (True, False)),
        *(
            ("life_safety", loud, when, "life_safety")
            for loud in (True, False)
            for when in ("asleep", "barred")
        ),
        *(("advisory", loud, "asleep", HELD) for loud in (True, False)),
        *((urgency, loud, "barred", NOT_NOW) for urgency in ("advisory", "urgent") for loud in (True, False)),
        ("urgent", False, "asleep", "silent_channel"),
        ("urgent", True, "asleep", HELD),
    ],
)
def test_urgency_decides_what_an_actual_call_overrides(
    *, urgency: Urgency, loud: bool, when: str, outcome: str
) -> None:
    at, rest = WHEN[when]
    verdict = may_disturb(rest, Call(urgency=urgency, mode="actual", loud=loud), at)
    assert verdict.reason == outcome
    held = outcome in (HELD, NOT_NOW)
    assert verdict.action == ("hold" if held else "send")
    assert verdict.until == (MORNING if held else None)
    assert verdict.overrides == (when != "awake" and not held)


def test_an_urgent_call_is_loud_at_night_only_if_nobody_else_is_left() -> None:
    call = Call(urgency="urgent", mode="actual", loud=True, slot_unfilled=True)
    assert may_disturb(WHEN["asleep"][1], call, ASLEEP) == Verdict("send", "slot_unfilled")
    advisory = Call(urgency="advisory", mode="actual", loud=True, slot_unfilled=True)
    assert may_disturb(WHEN["asleep"][1], advisory, ASLEEP).action == "hold"
    assert may_disturb(WHEN["barred"][1], call, AWAKE).action == "hold"


@pytest.mark.parametrize("urgency", ["advisory", "urgent", "life_safety"])
def test_a_drill_wakes_nobody_who_did_not_accept_night_drills(urgency: Urgency) -> None:
    night = Call(urgency=urgency, mode="drill", loud=True, night_drill=True, slot_unfilled=True)
    day = Call(urgency=urgency, mode="drill", loud=False)
    willing, unwilling = Rest(quiet=NIGHT, night_drills=True), Rest(quiet=NIGHT)
    assert may_disturb(willing, night, ASLEEP) == Verdict("send", "night_drill")
    assert may_disturb(unwilling, night, ASLEEP) == Verdict("hold", "quiet_hours", MORNING)
    assert may_disturb(willing, day, ASLEEP) == Verdict("hold", "quiet_hours", MORNING)
    barred = Rest(quiet=NIGHT, night_drills=True, do_not_disturb_until=MORNING)
    assert may_disturb(barred, night, ASLEEP) == Verdict("hold", "do_not_disturb", MORNING)


def test_opting_out_beats_life_safety() -> None:
    call = Call(urgency="life_safety", mode="actual", loud=False)
    assert may_disturb(Rest(opted_out=True), call, AWAKE) == Verdict("skip", "opted_out")


def test_what_would_be_held_until_it_is_worth_nothing_moves_on_at_once() -> None:
    def call(expires_at: dt.datetime) -> Call:
        return Call(urgency="advisory", mode="actual", loud=True, expires_at=expires_at)

    rest = WHEN["asleep"][1]
    assert may_disturb(rest, call(MORNING), ASLEEP) == Verdict("skip", "too_late")
    assert may_disturb(rest, call(MORNING + dt.timedelta(minutes=1)), ASLEEP).until == MORNING
    assert may_disturb(Rest(), call(AWAKE), AWAKE) == Verdict("skip", "too_late")


def test_do_not_disturb_into_the_night_ends_in_the_morning() -> None:
    rest = Rest(quiet=NIGHT, do_not_disturb_until=ASLEEP)
    assert may_disturb(rest, Call(urgency="urgent", mode="actual", loud=False), AWAKE).until == MORNING
    assert may_disturb(rest, Call(urgency="urgent", mode="actual", loud=False), ASLEEP).action == "send"


def test_those_who_are_awake_are_asked_first_and_nobody_is_dropped() -> None:
    people = [
        ("paris", Rest(zone="Europe/Paris", quiet=NIGHT)),
        ("miami", Rest(zone=NEW_YORK, quiet=NIGHT)),
        ("nowhere", Rest()),
        ("montreal", Rest(zone="America/Toronto", quiet=NIGHT)),
    ]
    assert awake_first(people, ASLEEP) == ["miami", "nowhere", "montreal", "paris"]


_MINUTES = st.integers(0, 24 * 60 - 1).map(lambda minute: dt.time(*divmod(minute, 60)))
_WINDOWS = st.lists(
    st.tuples(_MINUTES, _MINUTES).filter(lambda pair: pair[0] != pair[1]).map(lambda pair: Window(*pair)),
    max_size=3,
).map(lambda windows: QuietHours(tuple(sorted(set(windows)))))
_MOMENTS = st.integers(0, 366 * 24 * 60).map(lambda n: utc("2026-01-01 00:00") + dt.timedelta(minutes=n))
_STEADY = ("UTC", "Asia/Kathmandu", "Asia/Manila", "Pacific/Kiritimati")
_CHANGING = (NEW_YORK, "Europe/Paris", "Australia/Lord_Howe", "America/Santiago")


def _minutes_of_quiet(quiet: QuietHours, at: dt.datetime, zone: str) -> int:
    """Walks minute by minute: slow, and so simple that it is right."""
    rules = zone_of(zone)[0]
    for minute in itertools.count():
        if not quiet.holds((at + dt.timedelta(minutes=minute)).astimezone(rules).time()):
            return minute
    raise AssertionError


def _leaves_some_day(quiet: QuietHours) -> bool:
    return not all(quiet.holds(dt.time(*divmod(minute, 60))) for minute in range(24 * 60))


@given(_WINDOWS.filter(_leaves_some_day), _MOMENTS, st.sampled_from(_STEADY))
def test_where_no_clock_is_changed_the_end_is_that_of_walking_minute_by_minute(
    quiet: QuietHours, at: dt.datetime, zone: str
) -> None:
    assert quiet.until(at, zone) == at + dt.timedelta(minutes=_minutes_of_quiet(quiet, at, zone))


@given(_WINDOWS.filter(_leaves_some_day), _MOMENTS, st.sampled_from(_CHANGING))
def test_where_clocks_are_changed_nobody_is_woken_too_early_or_held_for_ever(
    quiet: QuietHours, at: dt.datetime, zone: str
) -> None:
    end = quiet.until(at, zone)
    assert at + dt.timedelta(minutes=_minutes_of_quiet(quiet, at, zone)) <= end < at + dt.timedelta(days=3)
    assert not quiet.holds(end.astimezone(zone_of(zone)[0]).time())
    assert quiet.until(end, zone) == end


@given(
    _WINDOWS.filter(_leaves_some_day),
    _MOMENTS,
    st.sampled_from(_STEADY + _CHANGING),
    st.sampled_from(["advisory", "urgent", "life_safety"]),
    st.sampled_from(["drill", "actual"]),
    st.tuples(st.booleans(), st.booleans(), st.booleans(), st.booleans()),
    st.none() | st.integers(-600, 3000),
)
def test_what_is_held_may_be_sent_when_its_time_comes(
    quiet: QuietHours,
    at: dt.datetime,
    zone: str,
    urgency: Urgency,
    mode: str,
    flags: tuple[bool, bool, bool, bool],
    barred: int | None,
) -> None:
    until = None if barred is None else at + dt.timedelta(minutes=barred)
    rest = Rest(zone=zone, quiet=quiet, do_not_disturb_until=until, night_drills=flags[0])
    call = Call(
        urgency=urgency,
        mode="drill" if mode == "drill" else "actual",
        loud=flags[1],
        night_drill=flags[2],
        slot_unfilled=flags[3],
    )
    verdict = may_disturb(rest, call, at)
    assert (verdict.action == "hold") == (verdict.until is not None)
    if verdict.until is not None:
        assert verdict.until > at
        assert may_disturb(rest, call, verdict.until) == Verdict("send", "awake")
    if call.mode == "actual" and urgency == "life_safety":
        assert verdict.action == "send"


def test_who_said_when_they_sleep_is_awake_by_that_and_by_no_other_night() -> None:
    by_day = Person(id="a", name="A", quiet_hours=QuietHours.parse("08:00-16:00"))
    assert directory._awake(by_day, ASLEEP)
    assert not directory._awake(by_day, AWAKE)
    assert not directory._awake(Person(id="b", name="B"), ASLEEP)
