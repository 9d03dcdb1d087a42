"""Group 1: kill -9 between the provider's acceptance and our record."""

import datetime as dt
from collections import Counter

import pytest

from konbit.domain.delivery import DeliveryState
from konbit.testing.providers import Provider
from tests.failures.yard import MINUTE, Yard, hooks

pytestmark = pytest.mark.slow
COUNT, WORKERS = 60, 8


@pytest.mark.parametrize("mode", ["actual", "drill"])
def test_nothing_is_lost_and_no_more_is_doubled_than_was_in_flight(yard: Yard, mode: str) -> None:
    with Provider(latency=0.03) as provider:
        yard.plan([yard.message(number, provider.url, mode=mode) for number in range(COUNT)])
        doomed = yard.sender_process(provider, workers=WORKERS)
        provider.wait_for(COUNT // 3, timeout=30)
        doomed.kill()
        doomed.wait(10)
        in_flight = yard.states().get("sending", 0)
        service = yard.dispatcher(hooks(workers=WORKERS), wall=dt.timedelta(minutes=2))
        # Before anything is sent again, what was in flight is on record as unknown.
        yard.outbox().sweep(yard.clock.now(), dt.datetime.now(dt.UTC) + 2 * MINUTE)
        unclear = [row for row in yard.rows().values() if row.state is DeliveryState.UNKNOWN]
        assert {row.reason for row in unclear} <= {"lease_expired"}
        assert len(unclear) == in_flight <= WORKERS + 100
        service.drain_once()
        yard.clock.time += 2 * MINUTE
        yard.dispatcher(hooks(workers=WORKERS), wall=dt.timedelta(minutes=4)).drain_once()
        copies = Counter(provider.taken)
    doubled = [address for address, number in copies.items() if number > 1]
    if mode == "drill":
        assert doubled == []
        assert len(copies) + len(unclear) >= COUNT
        assert yard.states().keys() <= {"accepted", "unknown"}
    else:
        assert len(copies) == COUNT, "none lost"
        assert len(doubled) <= in_flight
        assert max(copies.values()) <= 2
        assert yard.states() == {"accepted": COUNT}
