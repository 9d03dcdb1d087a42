"""Group 12: 10,000 recipients with one dead channel: the urgent lane is unaffected, runs and hubs take turns."""

import datetime as dt
import time

import pytest

from konbit.clock import wall_now
from konbit.domain.delivery import Accepted, Delivery, Quota, SendResult
from konbit.domain.pace import Pace
from konbit.notify.channels import ChannelAccount
from tests.failures.yard import Yard, hooks

pytestmark = pytest.mark.slow
LEASE = dt.timedelta(seconds=90)


class _OneDead:
    """Answers at once, but for one account that never does."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.ended = False

    def send(self, account: ChannelAccount, delivery: Delivery) -> SendResult:
        if account.name == "dead":
            while not self.ended:
                time.sleep(0.05)
        self.sent.append(delivery.id)
        return Accepted()

    def abort(self, delivery_id: str, generation: int) -> None:
        """Nothing to break off."""


def test_a_dead_channel_with_thousands_waiting_does_not_hold_up_the_urgent(yard: Yard) -> None:
    many = [
        yard.message(number, "http://127.0.0.1:9", account="dead", lane="bulk") for number in range(5_000)
    ]
    bulk = [
        yard.message(10_000 + n, "http://127.0.0.1:9", account="well", lane="bulk", run_id="hub-a")
        for n in range(5_000)
    ]
    yard.plan([*many, *bulk])
    yard.plan([yard.message(90_000, "http://127.0.0.1:9", account="well", run_id="hub-b")])
    adapter = _OneDead()
    service = yard.dispatcher({**hooks("dead", workers=8), **hooks("well", workers=8)}, adapter=adapter)
    service.start()
    deadline = time.monotonic() + 10
    while "actual-90000" not in adapter.sent and time.monotonic() < deadline:
        time.sleep(0.01)
    place = adapter.sent.index("actual-90000")
    adapter.ended = True
    service.stop()
    assert place < 8, "among the first that were claimed"


def test_hubs_take_turns_and_a_small_one_does_not_wait_for_a_large_one(yard: Yard) -> None:
    large = [yard.message(n, "http://127.0.0.1:9", run_id="hub-large") for n in range(400)]
    small = [yard.message(1000 + n, "http://127.0.0.1:9", run_id="hub-small") for n in range(20)]
    yard.plan([*large, *small])
    outbox, now = yard.outbox(), yard.clock.now()
    taken: list[str] = []
    for _ in range(4):
        rows = outbox.claim("w", now, wall_now(), LEASE, [Quota("hooks", 12)])
        taken += [row.run_id for row in rows]
    assert taken.count("hub-small") == 20
    assert len(taken) == 48


def test_bulk_leaves_a_part_of_the_rate_to_what_is_urgent(yard: Yard) -> None:
    yard.plan([yard.message(n, "http://127.0.0.1:9", lane="bulk") for n in range(100)])
    outbox, now, wall = yard.outbox(), yard.clock.now(), wall_now()
    quota = Quota("hooks", 100, Pace(per_second=1.0, burst=50.0))
    assert len(outbox.claim("w", now, wall, LEASE, [quota])) == 35
    yard.plan([yard.message(500 + n, "http://127.0.0.1:9", run_id="urgent") for n in range(20)])
    assert len(outbox.claim("w", now, wall, LEASE, [quota])) == 15
