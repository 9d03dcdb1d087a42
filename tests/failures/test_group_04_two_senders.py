"""Group 4: two senders, clocks a minute apart, a lease that ends during a slow send."""

import datetime as dt
import threading

import pytest

from konbit.clock import wall_now
from konbit.domain.delivery import Accepted, Quota
from konbit.notify.retry import next_step
from konbit.testing.providers import Provider
from tests.failures.yard import Yard, hooks

pytestmark = pytest.mark.slow
SKEW = dt.timedelta(seconds=60)


@pytest.mark.parametrize("skew", [-SKEW, SKEW])
def test_two_senders_with_clocks_apart_send_each_message_once(yard: Yard, skew: dt.timedelta) -> None:
    """A lease of 90 s outlives a skew of 60 s and a send."""
    with Provider(latency=0.02) as provider:
        yard.plan([yard.message(number, provider.url) for number in range(40)])
        pair = [
            yard.dispatcher(hooks(), wall=wall, owner=name)
            for name, wall in (("one", dt.timedelta()), ("two", skew))
        ]
        threads = [threading.Thread(target=one.drain_once) for one in pair]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert sorted(provider.taken) == sorted(f"/{number}" for number in range(40))
    assert yard.states() == {"accepted": 40}


def test_a_sender_whose_lease_was_taken_over_writes_nothing(yard: Yard) -> None:
    yard.plan([yard.message(0, "http://127.0.0.1:9", mode="drill")])
    outbox, now, wall = yard.outbox(), yard.clock.now(), wall_now()
    (held,) = outbox.claim("slow", now, wall, dt.timedelta(seconds=90), [Quota("hooks", 1)])
    assert outbox.sweep(now, wall + dt.timedelta(seconds=91)) == 1
    assert outbox.record([next_step(held, Accepted("late"), now)], now, wall) == 0
    (row,) = yard.rows().values()
    assert (row.state, row.reason) == ("unknown", "lease_expired")
    with yard.store.read() as tx:
        assert [event.cause for event in tx.deliveries.events(row.id)] == ["claimed", "lease_expired"]
