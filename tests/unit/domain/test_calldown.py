"""The figures of a call-down: what was handed over, seen and answered is counted apart, from when each was asked."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from konbit.domain.calldown import Contact, tallies

AT = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)


def _after(minutes: float) -> dt.datetime:
    return AT + dt.timedelta(minutes=minutes)


def test_each_is_counted_once_and_reach_runs_from_when_they_were_asked() -> None:
    (tally,) = tallies(
        [
            Contact("call", AT, _after(1), answered_at=_after(4), verdict="accept"),
            Contact("call", AT, _after(2), answered_at=_after(20), verdict="decline"),
            Contact("call", AT, _after(2), seen=True),
            Contact("call", AT, dead=True),
            Contact("call", _after(30), _after(31), answered_at=_after(34), verdict="accept"),
        ]
    )
    assert (tally.asked, tally.handed_over, tally.seen) == (5, 4, 4)
    assert (tally.accepted, tally.declined, tally.silent, tally.unreachable) == (2, 1, 1, 1)
    assert list(tally.within) == [(4, 2), (4, 2), (4, 3), (4, 3)]


def test_who_answers_by_another_way_is_not_unreachable() -> None:
    (tally,) = tallies([Contact("call", AT, dead=True, answered_at=_after(1), verdict="accept")])
    assert (tally.accepted, tally.unreachable, tally.silent) == (1, 0, 0)


CONTACTS = st.builds(
    Contact,
    st.sampled_from(["a", "b"]),
    st.just(AT),
    st.none() | st.integers(0, 90).map(_after),
    st.booleans(),
    st.none() | st.integers(0, 90).map(_after),
    st.sampled_from(["accept", "decline"]),
    st.booleans(),
)


@given(st.lists(CONTACTS, max_size=12))
def test_everybody_is_in_one_count_and_reach_never_shrinks(contacts: list[Contact]) -> None:
    found = tallies(contacts)
    assert sum(one.asked for one in found) == len(contacts)
    for one in found:
        assert one.accepted + one.declined + one.silent + one.unreachable == one.asked
        for handed_or_answered in zip(*one.within, strict=True):
            assert list(handed_or_answered) == sorted(handed_or_answered)
