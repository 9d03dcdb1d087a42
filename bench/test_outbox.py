"""The outbox: how many messages leave through Apprise with a durable record, beside Apprise by itself.

The provider is a process of its own on loopback that answers after 50 ms. `make bench`, or one by name:
`.venv/bin/pytest bench/test_outbox.py -k ten_thousand -s`. Figures depend on the load of the machine, which is printed.
"""

import dataclasses
import datetime as dt
import multiprocessing
import os
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import apprise
import pytest

from konbit.clock import SystemClock, wall_now
from konbit.domain.delivery import Accepted, DeliveryState, Quota, idempotency_key
from konbit.domain.directory import Directory, Endpoint, Person
from konbit.notify import retry
from konbit.notify.accounts import read_accounts
from konbit.notify.dispatch import Dispatcher, Limits
from konbit.notify.sender import AppriseAdapter
from konbit.store.database import Store
from konbit.store.outbox import SqlOutbox
from konbit.store.records import PlannedDelivery
from konbit.testing.providers import Provider
from tests.contracts.cases import a_run
from tests.contracts.outbox import a_delivery

# The first use of Apprise imports every plug-in; the deprecations that this meets are not ours to mend.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
LATENCY = 0.05
WORKERS = 64
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """The address of a webhook in another process, which shares nothing with the sender but the machine."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    yield ours.recv()
    ours.send("stop")
    process.join(10)


def _serve(pipe: Connection) -> None:
    with Provider(latency=LATENCY) as sink:
        pipe.send(sink.url)
        pipe.recv()


def _people(count: int, base: str) -> tuple[Directory, list[PlannedDelivery]]:
    now = wall_now()
    people, endpoints, planned = [], [], []
    for number in range(count):
        name, address = f"p{number}", f"{base}/hook/{number}"
        people.append(Person(id=name, name="Role Holder"))
        endpoints.append(Endpoint(id=f"e{number}", person=name, kind="webhook", address=address))
        delivery = a_delivery(
            f"d{number}", person_id=name, endpoint_id=f"e{number}", channel="webhook", account="hooks",
            address=address, not_before=now, expires_at=now + 60 * MINUTE,
        )  # fmt: skip
        key = idempotency_key("run-1", "s", 0, name, f"e{number}", "inform")
        planned.append(PlannedDelivery(delivery=delivery, idem_key=key, step="s", wave=0, purpose="inform"))
    return Directory(people=people, endpoints=endpoints), planned


def _furnished(folder: Path, count: int, base: str) -> tuple[Store, list[PlannedDelivery]]:
    store = Store(f"sqlite:///{folder / 'bench.sqlite'}")
    store.upgrade()
    a_run(store, "run-1", mode="actual")
    directory, planned = _people(count, base)
    with store.begin() as tx:
        tx.directory.replace_country(directory, "HTI")
    return store, planned


def _said(what: str, count: int, seconds: float) -> None:
    load = os.getloadavg()[0]
    rate = count / seconds
    print(f"\n{what}: {count} in {seconds:.2f} s = {rate:.0f}/s (load {load:.1f}, {os.cpu_count()} cores)")


def test_apprise_by_itself(provider: str) -> None:
    """One notify() of 500 services, as its documentation shows it; nothing is recorded."""
    count = 500
    service = apprise.Apprise()
    for number in range(count):
        service.add(provider.replace("http://", "json://") + f"/plain/{number}")
    start = time.perf_counter()
    assert service.notify(body="Can you act?", title="Call")
    _said("Apprise by itself", count, time.perf_counter() - start)


@pytest.mark.parametrize("count", [2_000, 10_000], ids=["two_thousand", "ten_thousand"])
def test_the_outbox_sends_and_records(provider: str, tmp_path: Path, count: int) -> None:
    """Claimed, checked, sent through Apprise, and recorded in SQLite with full durability."""
    store, planned = _furnished(tmp_path, count, provider)
    with store.begin() as tx:
        tx.deliveries.plan(planned, wall_now())
    settings = {"name": "hooks", "kind": "webhook", "workers": WORKERS, "allow_loopback": True}
    accounts = read_accounts([settings])
    outbox = SqlOutbox(store, retry.next_step)
    adapter = AppriseAdapter()
    warm = dataclasses.replace(planned[0].delivery, id="warm")
    assert adapter.send(accounts["hooks"], warm) == Accepted(), "Apprise loads its plug-ins at the first send"
    service = Dispatcher(outbox, accounts, adapter, SystemClock(), owner="bench", limits=Limits())
    start = time.perf_counter()
    assert service.drain_once() == count
    seconds = time.perf_counter() - start
    _said("konbit outbox", count, seconds)
    assert dict(outbox.counts()) == {DeliveryState.ACCEPTED: count}
    with store.connect(write=False) as connection:
        assert len(connection.exec_driver_sql("PRAGMA synchronous").fetchall()) == 1
    store.close()


def test_planning_and_planning_again(tmp_path: Path) -> None:
    store, planned = _furnished(tmp_path, 10_000, "http://127.0.0.1:9")
    start = time.perf_counter()
    with store.begin() as tx:
        assert tx.deliveries.plan(planned, wall_now()) == 10_000
    _said("planned", 10_000, time.perf_counter() - start)
    start = time.perf_counter()
    with store.begin() as tx:
        assert tx.deliveries.plan(planned, wall_now()) == 0
    _said("planned again, 0 new rows", 10_000, time.perf_counter() - start)
    store.close()


def test_recording_results(tmp_path: Path) -> None:
    """In batches of a hundred, each a transaction with full durability."""
    count = 5_000
    store, planned = _furnished(tmp_path, count, "http://127.0.0.1:9")
    with store.begin() as tx:
        tx.deliveries.plan(planned, wall_now())
    outbox = SqlOutbox(store, retry.next_step)
    now = wall_now()
    rows = outbox.claim("bench", now, now, MINUTE, [Quota("hooks", count)])
    results = [retry.next_step(row, Accepted(), now) for row in rows]
    start = time.perf_counter()
    for first in range(0, count, 100):
        assert outbox.record(results[first : first + 100], now, now) == 100
    _said("recorded", count, time.perf_counter() - start)
    store.close()
