"""Failure group 27, for real: `konbit watch` in a process of its own calls by another path while clock and sender are silent."""

import datetime as dt
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from konbit.clock import wall_now
from konbit.domain.delivery import Quota, Unknown
from konbit.domain.watch import FEED
from konbit.notify.retry import next_step
from konbit.orchestrate.clock_service import CLOCK
from konbit.store.database import Store
from konbit.store.outbox import SqlOutbox
from konbit.testing.providers import Provider
from tests.contracts.cases import a_planned, a_run

pytestmark = pytest.mark.slow
MINUTE = dt.timedelta(minutes=1)
CHANNELS = """\
accounts:
  - {name: broken, kind: webhook, allow_loopback: true}
  - {name: other, kind: webhook, allow_loopback: true}
"""
CANARY = "canary-of-the-duty-officer"


@pytest.fixture
def duty() -> Iterator[tuple[Provider, Provider]]:
    """Two services that take alarms."""
    both = Provider(), Provider()
    for one in both:
        one.start()
    yield both
    for one in both:
        one.stop()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[tuple[Path, Store]]:
    """A home with a database whose clock and sender have been silent for five minutes."""
    (tmp_path / "channels.yaml").write_text(CHANNELS)
    store = Store(f"sqlite:///{tmp_path / 'konbit.sqlite'}", keys=["s" * 43])
    store.upgrade()
    a_run(store)
    late = wall_now() - 5 * MINUTE
    with store.begin() as tx:
        tx.watch.beat(CLOCK, late)
        tx.deliveries.plan([a_planned(not_before=late, expires_at=late + 60 * MINUTE)], late)
    yield tmp_path, store
    store.close()


class Watching:
    """The process, and what it has said."""

    def __init__(self, home: Path, alarms: str) -> None:
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("KONBIT_", "PREFECT_"))
        }
        environment |= {
            "KONBIT_HOME": str(home),
            "KONBIT_SECRET": "s" * 43,
            "KONBIT_ALARMS": alarms,
            "KONBIT_FEEDS": "gdacs=30m",
            "PREFECT_HOME": str(home / "prefect"),
        }
        self.environment = environment
        self.process = subprocess.Popen(
            [sys.executable, "-m", "konbit.cli", "watch"],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        self.said: list[str] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.said.extend(iter(self.process.stdout.readline, ""))

    def stop(self) -> str:
        """Ends it, in good order; all it has said."""
        self.process.terminate()
        assert self.process.wait(20) == 0
        self._reader.join(10)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return "".join(self.said)


def bodies(provider: Provider) -> str:
    return "\n".join(request.body.decode() for request in provider.requests)


def eventually(count: int, provider: Provider, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while len(provider.requests) < count:
        assert time.monotonic() < deadline, f"{len(provider.requests)} alarms of {count}"
        time.sleep(0.05)


def test_a_watchdog_calls_past_a_silent_clock_and_a_silent_sender_and_says_it_once(
    place: tuple[Path, Store], duty: tuple[Provider, Provider]
) -> None:
    home, store = place
    alarms = f"other={duty[1].url}/{CANARY}"
    first = Watching(home, alarms)
    try:
        eventually(2, duty[1])
    finally:
        said = first.stop()
    told = bodies(duty[1])
    assert "the clock does not go its rounds" in told
    assert "messages are due and nothing sends them: mail" in told
    assert "the clock does not go its rounds" in said
    assert CANARY not in said
    assert "p1@example.org" not in told + said
    again = Watching(home, alarms)
    try:
        _looked(store, again)
    finally:
        again.stop()
    assert len(duty[1].requests) == 2, "a watchdog that starts anew knows what was told"


def test_an_alarm_about_an_account_takes_another_and_a_silent_feed_is_found(
    place: tuple[Path, Store], duty: tuple[Provider, Provider]
) -> None:
    home, store = place
    now = wall_now()
    with store.begin() as tx:
        tx.watch.beat(CLOCK, now + 60 * MINUTE)
        tx.watch.beat(f"{FEED}gdacs", now - 40 * MINUTE)
        tx.deliveries.cancel_for_run("run-1", now)
        rows = [
            a_planned(f"b{number}", account="broken", not_before=now, expires_at=now + 60 * MINUTE)
            for number in range(5)
        ]
        tx.deliveries.plan(rows, now)
    outbox = SqlOutbox(store, next_step)
    held = outbox.claim("w", now, now, 2 * MINUTE, [Quota("broken", 9)])
    outbox.record([next_step(one, Unknown("lost"), now) for one in held], now, now)
    watching = Watching(home, f"broken={duty[0].url}/a, other={duty[1].url}/b")
    try:
        eventually(1, duty[1])
        eventually(1, duty[0])
    finally:
        watching.stop()
    assert "a channel fails again and again: broken" in bodies(duty[1])
    assert "a channel fails" not in bodies(duty[0])
    assert "a feed has brought nothing for too long: gdacs" in bodies(duty[0])
    sign = subprocess.run(
        [sys.executable, "-m", "konbit.cli", "feeds", "sign", "gdacs"],
        env=watching.environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert sign.stdout == "gdacs: noted\n"
    once = subprocess.run(
        [sys.executable, "-m", "konbit.cli", "watch", "--once"],
        env=watching.environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (once.returncode, "a channel fails" in once.stdout, "gdacs" in once.stdout) == (1, True, False)


def _looked(store: Store, watching: Watching) -> None:
    """Waits until a watchdog has gone through a look."""
    with store.read() as tx:
        before = tx.watch.seen_at()
    deadline = time.monotonic() + 60
    while True:
        with store.read() as tx:
            if all(at > before[fault] for fault, at in tx.watch.seen_at().items()):
                return
        assert time.monotonic() < deadline, watching.said
        time.sleep(0.05)
