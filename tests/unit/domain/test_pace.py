"""Token buckets: what leaves in a time is never more than the rate allows, and the urgent are never kept out by the rest."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from konbit.domain.pace import Bucket, Pace, affordable, refilled, spent

START = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)


@given(
    st.lists(st.tuples(st.floats(0, 30), st.integers(1, 6), st.booleans()), max_size=60),
    st.floats(0.1, 20),
    st.integers(1, 40),
)
def test_no_more_leaves_than_rate_and_burst_allow(
    attempts: list[tuple[float, int, bool]], rate: float, burst: int
) -> None:
    pace, now, bucket, sent = Pace(rate, float(burst)), START, None, 0
    for wait, cost, urgent in attempts:
        now += dt.timedelta(seconds=wait)
        bucket = refilled(pace, bucket, now)
        if affordable(pace, bucket, cost, urgent=urgent):
            bucket = spent(bucket, cost)
            sent += cost
        elapsed = (now - START).total_seconds()
        # A message dearer than the bucket leaves when it is full: at most its own cost too much.
        assert sent <= burst + rate * elapsed + 6 + 1e-6


@given(st.integers(2, 100), st.integers(1, 3))
def test_what_bulk_leaves_is_enough_for_something_urgent(burst: int, cost: int) -> None:
    pace = Pace(1.0, float(burst))
    bucket = refilled(pace, None, START)
    while affordable(pace, bucket, cost, urgent=False):
        bucket = spent(bucket, cost)
    assert bucket.tokens >= min(0.3 * burst, burst - 1) - cost


def test_a_clock_that_goes_back_gives_and_takes_nothing() -> None:
    pace, bucket = Pace(5.0, 10.0), Bucket(3.0, START)
    assert refilled(pace, bucket, START - dt.timedelta(seconds=60)) == bucket
    assert refilled(pace, bucket, START + dt.timedelta(seconds=1)).tokens == 8.0
    assert refilled(pace, bucket, START + dt.timedelta(days=1)).tokens == 10.0


def test_a_message_dearer_than_the_bucket_leaves_when_it_is_full() -> None:
    pace = Pace(1.0, 2.0)
    assert affordable(pace, Bucket(2.0, START), 5, urgent=True)
    assert not affordable(pace, Bucket(1.9, START), 5, urgent=True)
