"""Group 2: kill between claim and send, and between plan and wake-up: sent once."""

import datetime as dt

import pytest

from konbit.testing.providers import Provider
from tests.failures.yard import MINUTE, Yard, hooks

pytestmark = pytest.mark.slow


def test_what_was_claimed_and_not_sent_arrives_once(yard: Yard) -> None:
    """The claim is committed, the process dies before its first byte leaves."""
    with Provider() as provider:
        yard.plan([yard.message(number, provider.url) for number in range(4)])
        doomed = yard.sender_process(provider, fault="before-send:1:kill", workers=4)
        assert doomed.wait(30) < 0
        assert provider.taken == []
        assert yard.states() == {"sending": 4}
        later = dt.timedelta(minutes=2)
        yard.dispatcher(hooks(), wall=later).drain_once()
        yard.clock.time += 2 * MINUTE
        yard.dispatcher(hooks(), wall=2 * later).drain_once()
        assert sorted(provider.taken) == [f"/{number}" for number in range(4)]
    assert yard.states() == {"accepted": 4}


def test_what_was_planned_by_a_process_that_died_is_found_by_the_next_sender(yard: Yard) -> None:
    """Nobody is told of the plan: the rows themselves are the queue."""
    with Provider() as provider:
        yard.plan([yard.message(0, provider.url)])
        yard.store.close()
        yard.dispatcher(hooks()).drain_once()
        assert provider.taken == ["/0"]
