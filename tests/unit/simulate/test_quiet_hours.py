"""Quiet hours in a rehearsal: the rule of the sender, in virtual time."""

import datetime as dt

import pytest

from konbit.definition.base import Mode
from konbit.definition.content import Urgency
from konbit.domain.directory import Directory, Endpoint, Person
from konbit.domain.quiet_hours import QuietHours
from konbit.simulate.reach import Reach, Saying, reach_of

NIGHT = dt.datetime(2021, 8, 15, 3, 0, tzinfo=dt.UTC)
MORNING = dt.datetime(2021, 8, 15, 7, 0, tzinfo=dt.UTC)
LATER = dt.timedelta(minutes=3)


def reach(mode: Mode, *kinds: str, **person: object) -> Reach:
    """Somebody who sleeps until seven, with these channels in this order."""
    one = Person(id="p", name="P", quiet_hours=QuietHours.parse("22:00-07:00")).model_copy(update=person)
    endpoints = [
        Endpoint.model_validate(
            {
                "id": f"p-{kind}",
                "person": "p",
                "kind": kind,
                "priority": place,
                "address": "+12025550101" if kind == "sms" else "p@example.org",
            }
        )
        for place, kind in enumerate(kinds, 1)
    ]
    return reach_of(Directory(people=[one], endpoints=endpoints), [], {}, mode, NIGHT)


def saying(urgency: Urgency, *, last: bool = False, night_drill: bool = False, hours: float = 9) -> Saying:
    """A message that is worth something for so many hours."""
    return Saying(urgency, night_drill, ("p",) if last else (), NIGHT + dt.timedelta(hours=hours))


@pytest.mark.parametrize(
    ("said", "channel", "at"),
    [
        (saying("advisory"), "sms", MORNING),
        (saying("urgent"), "mail", NIGHT + LATER),
        (saying("urgent", last=True), "sms", NIGHT),
        (saying("life_safety"), "sms", NIGHT),
    ],
)
def test_a_sleeper_is_reached_first_where_it_may_be(said: Saying, channel: str, at: dt.datetime) -> None:
    found = reach("actual", "sms", "mail").arrival("p", NIGHT, said, insist=True)
    assert found is not None
    assert (found.channel, found.at) == (channel, at)


def test_whoever_sleeps_until_it_is_too_late_is_not_reached() -> None:
    assert reach("drill", "mail").arrival("p", NIGHT, saying("urgent", hours=2), insist=True) is None


@pytest.mark.parametrize("agreed", [True, False])
def test_a_night_drill_wakes_who_agreed(*, agreed: bool) -> None:
    said = saying("urgent", night_drill=True)
    found = reach("drill", "mail", night_drills=agreed).arrival("p", NIGHT, said, insist=True)
    assert found is not None
    assert found.at == (NIGHT if agreed else MORNING)


def test_do_not_disturb_ends_when_it_was_said_to() -> None:
    until = MORNING + dt.timedelta(hours=1)
    said = saying("urgent", last=True)
    found = reach("actual", "mail", do_not_disturb_until=until).arrival("p", NIGHT, said, insist=True)
    assert found is not None
    assert found.at == until
