"""Failure group 23: quiet hours over midnight, gaps and overlaps of clocks, an unknown zone, a traveller, everybody asleep.

The rule itself, as the sender asks it when a message falls due; `tests/unit/domain/test_quiet_hours.py` has its properties.
"""

import dataclasses
import datetime as dt

import pytest

from konbit.domain.quiet_hours import Call, QuietHours, Rest, Urgency, awake_first, may_disturb

NIGHT = QuietHours.parse("22:00-07:00")
HAITI = Rest(zone="America/Port-au-Prince", quiet=NIGHT)
LOUD = Call(urgency="urgent", mode="actual", loud=True)


def _at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).astimezone(dt.UTC)


@pytest.mark.parametrize(
    ("at", "until"),
    [
        ("2021-08-14T21:59:59-04:00", None),
        ("2021-08-14T22:00:00-04:00", "2021-08-15T07:00:00-04:00"),
        ("2021-08-15T00:00:00-04:00", "2021-08-15T07:00:00-04:00"),
        ("2021-08-15T06:59:59-04:00", "2021-08-15T07:00:00-04:00"),
        ("2021-08-15T07:00:00-04:00", None),
    ],
)
def test_a_loud_call_is_held_through_the_night_and_sent_at_its_end(at: str, until: str | None) -> None:
    verdict = may_disturb(HAITI, LOUD, _at(at))
    assert (verdict.action, verdict.until) == (("hold", _at(until)) if until else ("send", None))


@pytest.mark.parametrize(
    ("quiet", "at", "until"),
    [
        # The hour from 02:00 does not exist on 14 March 2021: the night ends at the change.
        ("22:00-02:30", "2021-03-13T23:00:00-05:00", "2021-03-14T03:00:00-04:00"),
        # The hour from 01:00 exists twice on 7 November 2021: who sleeps until 01:30 is woken at the first, or stays left alone.
        ("22:00-01:30", "2021-11-06T23:00:00-04:00", "2021-11-07T01:30:00-04:00"),
        ("22:00-01:30", "2021-11-07T01:10:00-05:00", "2021-11-07T01:30:00-05:00"),
    ],
)
def test_the_wall_decides_where_clocks_are_changed(quiet: str, at: str, until: str) -> None:
    rest = Rest(zone="America/New_York", quiet=QuietHours.parse(quiet))
    assert may_disturb(rest, LOUD, _at(at)).until == _at(until)


def test_a_zone_that_nobody_knows_is_read_as_utc_and_leaves_nobody_out() -> None:
    rest = Rest(zone="Mars/Olympus", quiet=NIGHT)
    assert may_disturb(rest, LOUD, _at("2021-08-14T23:00:00+00:00")).action == "hold"
    assert may_disturb(rest, LOUD, _at("2021-08-14T12:00:00+00:00")).action == "send"


def test_a_traveller_is_judged_by_where_they_are() -> None:
    noon_in_haiti = _at("2021-08-14T12:00:00-04:00")
    assert may_disturb(HAITI, LOUD, noon_in_haiti).action == "send"
    there = dataclasses.replace(HAITI, zone="Asia/Manila")
    assert may_disturb(there, LOUD, noon_in_haiti).until == _at("2021-08-15T07:00:00+08:00")


@pytest.mark.parametrize(
    ("urgency", "loud", "unfilled", "reason"),
    [
        ("advisory", False, True, None),
        ("urgent", False, False, "silent_channel"),
        ("urgent", True, False, None),
        ("urgent", True, True, "slot_unfilled"),
        ("life_safety", True, False, "life_safety"),
    ],
)
def test_everybody_asleep_urgency_decides_and_each_override_has_its_reason(
    urgency: Urgency, reason: str | None, *, loud: bool, unfilled: bool
) -> None:
    call = Call(urgency=urgency, mode="actual", loud=loud, slot_unfilled=unfilled)
    verdict = may_disturb(HAITI, call, _at("2021-08-15T03:00:00-04:00"))
    assert (verdict.action == "send", verdict.overrides) == (reason is not None, reason is not None)
    assert reason is None or verdict.reason == reason


def test_the_next_who_is_awake_is_asked_first_and_nobody_is_dropped() -> None:
    """Three in the morning in Haiti is three in the afternoon in Manila."""
    people = [("haiti", HAITI), ("manila", dataclasses.replace(HAITI, zone="Asia/Manila"))]
    assert awake_first(people, _at("2021-08-15T03:00:00-04:00")) == ["manila", "haiti"]


def test_what_is_held_is_asked_again_and_left_out_once_it_is_worth_nothing() -> None:
    """The deadline passes in the night: the next person is asked at once, and nothing arrives in the morning."""
    asked = _at("2021-08-14T23:00:00-04:00")
    for expires, action in (("2021-08-15T06:00:00-04:00", "skip"), ("2021-08-15T08:00:00-04:00", "hold")):
        call = dataclasses.replace(LOUD, expires_at=_at(expires))
        assert may_disturb(HAITI, call, asked).action == action
    held = dataclasses.replace(LOUD, expires_at=_at("2021-08-15T08:00:00-04:00"))
    assert may_disturb(HAITI, held, _at("2021-08-15T07:00:00-04:00")).action == "send"
    assert may_disturb(HAITI, held, _at("2021-08-15T08:00:00-04:00")).reason == "too_late"


@pytest.mark.parametrize("urgency", ["advisory", "urgent", "life_safety"])
def test_no_drill_wakes_anybody_who_did_not_agree_to_be_woken(urgency: Urgency) -> None:
    night = _at("2021-08-15T03:00:00-04:00")
    drill = Call(urgency=urgency, mode="drill", loud=False, slot_unfilled=True, night_drill=True)
    assert may_disturb(HAITI, drill, night).action == "hold"
    assert may_disturb(dataclasses.replace(HAITI, night_drills=True), drill, night).reason == "night_drill"
