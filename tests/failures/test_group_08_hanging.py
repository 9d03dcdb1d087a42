"""Group 8: a response that drips, hangs or has no end: the send is bounded, others go on, shutdown is quick."""

import dataclasses
import threading
import time

import pytest

from konbit.notify.flight import Timeouts
from konbit.notify.sender import AppriseAdapter
from konbit.testing.providers import Misbehaviour, Provider
from tests.failures.yard import QUICK, Yard, hooks

pytestmark = pytest.mark.slow
BAD: tuple[Misbehaviour, ...] = ("hang", "drip", "drip_head", "endless")


@pytest.mark.parametrize("behaviour", BAD)
def test_a_send_is_bounded_and_its_thread_comes_back(yard: Yard, behaviour: Misbehaviour) -> None:
    """The limit of 30 s is two seconds here; the adapter's own is longer, so that the wall-clock limit is what ends it."""
    with Provider(behaviour) as provider:
        yard.plan([yard.message(0, provider.url, mode="drill")])
        limits = dataclasses.replace(QUICK, send=0.6)
        adapter = AppriseAdapter(Timeouts(connect=1, read=10, total=20))
        service = yard.dispatcher(hooks(), adapter=adapter, limits=limits)
        start = time.monotonic()
        service.drain_once()
        assert time.monotonic() - start < 3
        (row,) = yard.rows().values()
        assert row.state == "unknown"
        deadline = time.monotonic() + 3
        busy = True
        while busy and time.monotonic() < deadline:
            service.drain_once()
            busy = service.health().abandoned > 0
            time.sleep(0.02)
        assert not busy, "the connection was broken off"


def test_a_channel_that_hangs_delays_another_by_no_more_than_a_moment(yard: Yard) -> None:
    with Provider("hang") as bad, Provider() as good:
        accounts = {**hooks("bad", workers=4), **hooks("good", workers=4)}
        stuck = [yard.message(n, bad.url, account="bad", mode="drill") for n in range(20)]
        yard.plan(stuck)
        adapter = AppriseAdapter(Timeouts(connect=1, read=20, total=25))
        warm = yard.message(99, good.url, account="good")
        adapter.send(accounts["good"], warm)
        service = yard.dispatcher(accounts, adapter=adapter)
        service.start()
        deadline = time.monotonic() + 5
        while bad.open < 4 and time.monotonic() < deadline:
            time.sleep(0.01)
        seen = len(good.taken)
        delays = []
        for number in range(5):
            planned = time.monotonic()
            yard.plan([yard.message(200 + number, good.url, account="good", run_id=f"run-{number}")])
            committed = time.monotonic()
            good.wait_for(seen + number + 1)
            delays.append(time.monotonic() - max(planned, committed))
        start = time.monotonic()
        service.stop()
        assert time.monotonic() - start < 5
    # A look every 20 ms here, and the machine is shared: what counts is that it is not the bad one's seconds.
    assert sorted(delays)[2] < 0.5


def test_shutdown_takes_less_than_five_seconds_whatever_hangs(yard: Yard) -> None:
    before = _senders()
    with Provider("drip_head") as provider:
        yard.plan([yard.message(number, provider.url, mode="drill") for number in range(16)])
        adapter = AppriseAdapter(Timeouts(connect=1, read=20, total=25))
        service = yard.dispatcher(hooks(), adapter=adapter, limits=dataclasses.replace(QUICK, send=30.0))
        service.start()
        deadline = time.monotonic() + 5
        while provider.open < 8 and time.monotonic() < deadline:
            time.sleep(0.01)
        start = time.monotonic()
        service.stop()
        assert time.monotonic() - start < 5
        assert yard.states() == {"unknown": 8, "planned": 8}
        deadline = time.monotonic() + 3
        while _senders() - before and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not _senders() - before, "their connections were broken off, so their threads have ended"


def _senders() -> set[int | None]:
    return {one.ident for one in threading.enumerate() if one.name.startswith("konbit-send-hooks")}
