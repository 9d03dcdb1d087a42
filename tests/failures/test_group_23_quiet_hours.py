"""Failure group 23: quiet hours over midnight, gaps and overlaps of clocks, an unknown zone, a traveller, everybody asleep.

The rule itself, as the sender asks it when a message falls due, and a call-down by text messages that goes by it.
`tests/unit/domain/test_quiet_hours.py` has the properties of the rule.
"""

import dataclasses
import datetime as dt

import pytest

from konbit.definition.content import Urgency
from konbit.domain.directory import Directory
from konbit.domain.quiet_hours import Call, QuietHours, Rest, awake_first, may_disturb
from tests.failures.calls import HEAD, PEOPLE, START, CallDown, everybody

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


def _asleep(until: str, *names: str, **more: object) -> Directory:
    """Everybody, and these (or all) have quiet hours from before the call until then, UTC."""
    found = everybody()
    changed = {"quiet_hours": QuietHours.parse(f"13:00-{until}"), **more}
    people = [one.model_copy(update=changed) if one.id in (names or PEOPLE) else one for one in found.people]
    endpoints = [one.model_copy(update={"allow_drill": True}) for one in found.endpoints]
    return found.model_copy(update={"people": people, "endpoints": endpoints})


def _disturbed(calls: CallDown) -> list[tuple[object, str]]:
    with calls.store.read() as tx:
        return [(one.details["person"], one.reason) for one in tx.audit.list() if one.action == "disturbed"]


@pytest.mark.slow
def test_a_text_waits_for_the_morning_while_the_ladder_goes_on(calls: CallDown) -> None:
    run = calls.start(directory=_asleep("14:20", "lead-1"))
    assert calls.told() == set()
    calls.later(run, minutes=15)
    assert calls.told() == {"lead-2", "lead-3"}
    calls.later(run, minutes=5)
    assert "lead-1" in calls.told()
    assert _disturbed(calls) == []


@pytest.mark.slow
def test_what_was_held_is_not_sent_once_somebody_else_can_act(calls: CallDown) -> None:
    run = calls.start(directory=_asleep("14:20", "lead-1"))
    calls.later(run, minutes=15)
    calls.answer(calls.link("lead-2"))
    calls.go(run)
    calls.later(run, minutes=10)
    assert calls.got("lead-1") == []


@pytest.mark.slow
def test_whoever_sleeps_past_the_deadline_is_passed_over_at_once(calls: CallDown) -> None:
    run = calls.start(directory=_asleep("22:00", "lead-1"))
    assert calls.clock.time < START + dt.timedelta(minutes=1)
    assert calls.told() == {"lead-2", "lead-3"}
    calls.answer(calls.link("lead-2"))
    calls.go(run)
    assert calls.got("lead-1") == [], "who was not asked is not told who has taken it"


@pytest.mark.slow
def test_the_last_who_is_left_is_woken_and_that_is_in_the_audit(calls: CallDown) -> None:
    calls.start(directory=_asleep("22:00"))
    assert calls.told() == {"standin-1"}
    assert _disturbed(calls) == [("standin-1", "slot_unfilled")]


@pytest.mark.slow
@pytest.mark.parametrize("agreed", [True, False])
def test_a_drill_wakes_only_who_agreed_to_a_night_drill(calls: CallDown, *, agreed: bool) -> None:
    run = calls.start(
        mode="drill", head=f"{HEAD}night_drill: true\n", directory=_asleep("22:00", night_drills=agreed)
    )
    calls.later(run, minutes=50)
    assert bool(calls.told()) == agreed


@pytest.mark.slow
def test_who_may_be_disturbed_again_gets_what_was_held(calls: CallDown) -> None:
    with calls.store.begin() as tx:
        tx.directory.replace_country(everybody(), "HTI")
        tx.directory.rests("lead-1", START + dt.timedelta(minutes=40), START)
    run = calls.start()
    assert calls.told() == set()
    with calls.store.begin() as tx:
        tx.directory.rests("lead-1", None, calls.clock.time)
    calls.go(run)
    assert calls.told() == {"lead-1"}
