"""What an account whose provider hangs costs the others: from the commit of a message until its provider has it.

Measured one message at a time with the limits of production, first alone, then with every thread of another account stuck in a
request that is never answered. `.venv/bin/pytest bench/test_hanging.py -s`.
"""

import os
import random
import statistics
import time
from pathlib import Path

import pytest

from konbit.clock import wall_now
from konbit.notify.dispatch import Limits
from konbit.notify.sender import AppriseAdapter
from konbit.store.database import Store
from konbit.testing.phones import Now
from konbit.testing.providers import Provider
from tests.failures.yard import Yard, hooks

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
ROUNDS = 100
STUCK = 16
MOST = 0.05
"""Seconds (reference/notify.md 6.2)."""


def delays(yard: Yard, provider: Provider, first: int) -> list[float]:
    """Seconds of each message, at moments that have nothing to do with the looks of the dispatcher."""
    found = []
    for number in range(first, first + ROUNDS):
        time.sleep(random.uniform(0.02, 0.12))
        seen = len(provider.taken)
        yard.plan([yard.message(number, provider.url, account="good", run_id=f"run-{number}")])
        committed = time.monotonic()
        provider.wait_for(seen + 1)
        found.append(time.monotonic() - committed)
    return found


def test_a_hanging_account_hardly_delays_a_healthy_one(tmp_path: Path) -> None:
    path = tmp_path / "bench.sqlite"
    store = Store(f"sqlite:///{path}")
    store.upgrade()
    yard = Yard(store, path, Now(wall_now()))
    with Provider("hang") as bad, Provider() as good:
        accounts = {**hooks("bad", workers=STUCK), **hooks("good", workers=4)}
        adapter = AppriseAdapter()
        adapter.send(accounts["good"], yard.message(0, good.url, account="good"))
        service = yard.dispatcher(accounts, adapter=adapter, limits=Limits())
        service.start()
        alone = delays(yard, good, 1000)
        yard.plan([yard.message(n, bad.url, account="bad", mode="drill") for n in range(1, 4 * STUCK)])
        while bad.open < STUCK:
            time.sleep(0.01)
        beside = delays(yard, good, 2000)
        stopping = time.monotonic()
        service.stop()
        stopped = time.monotonic() - stopping
    store.close()
    alone_p50, beside_p50 = statistics.median(alone), statistics.median(beside)
    print(
        f"\nhealthy alone p50 {alone_p50 * 1000:.0f} ms, beside a hanging account {beside_p50 * 1000:.0f} ms; "
        f"worst {max(alone) * 1000:.0f} and {max(beside) * 1000:.0f} ms; stopped in {stopped:.1f} s "
        f"(load {os.getloadavg()[0]:.1f})"
    )
    assert beside_p50 - alone_p50 <= MOST
