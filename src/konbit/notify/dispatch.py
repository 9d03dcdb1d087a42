"""The service that empties the outbox: claims what is due, checks it once more, sends it, records the end.

Each account has its own bounded threads, and only what can be sent at once is claimed, so a
hanging account holds up nobody else and no lease runs out in a queue. A send is given `Limits.send`
seconds; after that its result is *unknown*, its connection is broken off, and its thread is left behind and
counted until it comes back. The store is used from one thread only.
"""

import collections
import dataclasses
import datetime as dt
import logging
import queue
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from konbit.clock import Clock, wall_now
from konbit.domain.delivery import (
    DRILL_AUDIENCES,
    Delivery,
    Drop,
    Hold,
    Outcome,
    Permanent,
    Quota,
    SendResult,
    Temporary,
    Unknown,
)
from konbit.errors import UnsafeMessage
from konbit.notify import marking, retry
from konbit.notify.channels import ChannelAccount
from konbit.notify.message import is_short
from konbit.notify.outbox import OutboxStore
from konbit.notify.pool import Pool

logger = logging.getLogger(__name__)


class Adapter(Protocol):
    """Sends one delivery through one account and says what is known of its fate; must not raise."""

    def send(self, account: ChannelAccount, delivery: Delivery) -> SendResult:
        """Sends `delivery` in the caller's thread."""
        ...

    def abort(self, delivery_id: str, generation: int) -> None:
        """Breaks off a send that takes too long, from another thread; nothing if it has ended."""
        ...


@dataclass(frozen=True)
class Limits:
    """Seconds and counts that bound the service; the lease must outlast a send and its recording."""

    send: float = 30.0
    lease: float = 90.0
    poll: float = 0.25
    """Between two looks when nothing is under way and nobody nudges."""
    sweep: float = 5.0
    batch: int = 100
    batch_age: float = 0.2
    together: float = 0.02
    stop: float = 4.0
    abandoned_per_account: int = 32


@dataclass(frozen=True)
class Health:
    """Sends under way, threads left behind, results not yet written, and failed calls of the store."""

    in_flight: int
    abandoned: int
    unrecorded: int
    store_failures: int


@dataclass
class _Flight:
    delivery: Delivery
    deadline: float


class Dispatcher:
    """Sends what is due for the given accounts; several may run at once on one store."""

    def __init__(
        self,
        store: OutboxStore,
        accounts: Mapping[str, ChannelAccount],
        adapter: Adapter,
        clock: Clock,
        *,
        owner: str,
        limits: Limits | None = None,
        wall: Callable[[], dt.datetime] = wall_now,
    ) -> None:
        self._store, self._accounts, self._adapter, self._clock = store, dict(accounts), adapter, clock
        self._owner, self._limits, self._wall = owner, limits or Limits(), wall
        self._flights: dict[tuple[str, int], _Flight] = {}
        self._flying: collections.Counter[str] = collections.Counter()
        self._abandoned: dict[tuple[str, int], str] = {}
        self._results: queue.SimpleQueue[tuple[tuple[str, int], SendResult] | None] = queue.SimpleQueue()
        """What came of sends; None if there may be more to send."""
        self._unrecorded: list[Outcome] = []
        self._oldest = self._swept = 0.0
        self._pools = {name: Pool(f"konbit-send-{name}", one.workers) for name, one in self._accounts.items()}
        self._claimed = dict.fromkeys(self._accounts, 0.0)
        self._store_failures = 0
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def drain_once(self) -> int:
        """Sends all that is due now, waits for every result, and returns how many outcomes were written."""
        self._store.sweep(self._clock.now(), self._wall())
        self._collect(0)
        written = 0
        while self._launch() or self._flights:
            self._collect(min(self._limits.poll, 0.05))
            written += self._flush()
        return written + self._flush(force=True)

    def start(self) -> None:
        """Runs the service in a thread of its own until `stop`."""
        self._thread = threading.Thread(target=self.run, name=f"konbit-dispatch-{self._owner}", daemon=True)
        self._thread.start()

    def nudge(self) -> None:
        """Looks for messages now: something was stored. Any thread may call it, any number of times."""
        if self._results.empty():
            self._results.put(None)

    def stop(self) -> None:
        """Claims no more, gives sends under way `Limits.stop` seconds, and records the rest as unknown."""
        self._stopping.set()
        self.nudge()
        if self._thread is not None:
            self._thread.join(self._limits.stop + 1.0)

    def run(self) -> None:
        """Works until `stop` is called from another thread."""
        while not self._stopping.is_set():
            self._guarded(self._round)
        deadline = time.monotonic() + self._limits.stop
        while self._flights and time.monotonic() < deadline:
            self._collect(0.05)
        for key in list(self._flights):
            self._abandon(key, "stopped")
        self._guarded(lambda: self._flush(force=True))
        for pool in self._pools.values():
            pool.close()

    def health(self) -> Health:
        """A snapshot for the watchdog."""
        return Health(len(self._flights), len(self._abandoned), len(self._unrecorded), self._store_failures)

    def _round(self) -> None:
        if time.monotonic() - self._swept >= self._limits.sweep:
            self._swept = time.monotonic()
            self._store.sweep(self._clock.now(), self._wall())
        self._flush()
        busy = self._launch() > 0
        wait = self._limits.batch_age if self._flights or self._unrecorded else self._limits.poll
        self._collect(0.01 if busy else wait)

    def _guarded(self, action: Callable[[], object]) -> None:
        """A store that is away must not end the service; results wait in memory until it is back."""
        try:
            action()
        except Exception as error:  # noqa: BLE001  whatever a store raises
            self._store_failures += 1
            # Without the traceback, whose text may hold the address of the database with its password.
            logger.error(  # noqa: TRY400
                "the outbox store failed: %s", type(error).__name__
            )
            self._stopping.wait(1.0)

    def _launch(self) -> int:
        """Claims for each account what it can send now and starts it; returns how many rows were claimed."""
        at = time.monotonic()
        quotas = [
            Quota(name, free, account.pace)
            for name, account in self._accounts.items()
            if (free := self._free(name)) > 0 and self._worth_a_claim(name, free, at)
        ]
        if not quotas:
            return 0
        self._claimed.update({quota.account: at for quota in quotas})
        lease = dt.timedelta(seconds=self._limits.lease)
        rows = self._store.claim(self._owner, self._clock.now(), self._wall(), lease, quotas)
        self._begin_all(rows)
        return len(rows)

    def _worth_a_claim(self, account: str, free: int, at: float) -> bool:
        """A claim costs as much for one message as for many: a busy account claims when it can take several."""
        workers = self._accounts[account].workers
        return free == workers or free * 4 >= workers or at - self._claimed[account] >= self._limits.together

    def _begin_all(self, rows: list[Delivery]) -> None:
        """Begins each that is still wanted; if the store fails, all are put off, not left to end in unknown."""
        try:
            stops = self._store.unwanted([row.id for row in rows], self._clock.now()) if rows else {}
        except Exception:
            for row in rows:
                put_off = retry.next_step(row, Temporary("store_unavailable"), self._clock.now())
                self._settle(dataclasses.replace(put_off, sign=""))
            raise
        for row in rows:
            self._begin(row, stops.get(row.id))

    def _free(self, account: str) -> int:
        left_behind = sum(1 for name in self._abandoned.values() if name == account)
        if left_behind >= self._limits.abandoned_per_account:
            return 0
        return self._accounts[account].workers - self._flying[account]

    def _begin(self, delivery: Delivery, stop: Drop | Hold | None) -> None:
        """The last checks, then a thread."""
        if isinstance(stop, Hold):
            self._settle(retry.held(delivery, stop))
            return
        if stop is not None:
            self._settle(retry.dropped(delivery, stop))
            return
        refusal = _refusal(delivery, self._accounts[delivery.account])
        if refusal is not None:
            self._settle(retry.next_step(delivery, refusal, self._clock.now()))
            return
        key = (delivery.id, delivery.generation)
        self._flights[key] = _Flight(delivery, time.monotonic() + self._limits.send)
        self._flying[delivery.account] += 1
        self._pools[delivery.account].submit(lambda: self._send(key, delivery))

    def _send(self, key: tuple[str, int], delivery: Delivery) -> None:
        try:
            result = self._adapter.send(self._accounts[delivery.account], delivery)
        except Exception:  # noqa: BLE001  an adapter must not raise; if it does, the message may have left
            result = Unknown("exception")
        self._results.put((key, result))

    def _collect(self, wait: float) -> None:
        """Takes all results, waiting up to `wait` seconds for the first, then leaves overdue sends behind."""
        try:
            arrived = [self._results.get(timeout=wait)]
            while not self._results.empty():
                arrived.append(self._results.get())
        except queue.Empty:
            arrived = []
        for key, result in filter(None, arrived):
            self._abandoned.pop(key, None)
            flight = self._flights.pop(key, None)
            if flight is not None:
                self._flying[flight.delivery.account] -= 1
                self._judge(flight.delivery, result)
        late = time.monotonic()
        for key in [key for key, flight in self._flights.items() if flight.deadline <= late]:
            self._abandon(key, "no_answer_in_time")

    def _abandon(self, key: tuple[str, int], reason: str) -> None:
        delivery = self._flights.pop(key).delivery
        self._flying[delivery.account] -= 1
        self._abandoned[key] = delivery.account
        self._adapter.abort(*key)
        self._judge(delivery, Unknown(reason))

    def _judge(self, delivery: Delivery, result: SendResult) -> None:
        """What follows; where each address is a server of its own, its failures say nothing about the account."""
        outcome = retry.next_step(delivery, result, self._clock.now())
        account = self._accounts[delivery.account]
        sign = outcome.sign if account.shared or outcome.sign == "good" else ""
        self._settle(dataclasses.replace(outcome, sign=sign, provider=account.provider))

    def _settle(self, outcome: Outcome) -> None:
        if not self._unrecorded:
            self._oldest = time.monotonic()
        self._unrecorded.append(outcome)
        logger.info("delivery %s: %s %s", outcome.delivery_id, outcome.state, outcome.reason)

    def _flush(self, *, force: bool = False) -> int:
        """Writes what is waiting, in one transaction, once there is enough of it or it is old enough."""
        ripe = len(self._unrecorded) >= self._limits.batch or (
            time.monotonic() - self._oldest >= self._limits.batch_age
        )
        if not self._unrecorded or not (ripe or force):
            return 0
        written = self._store.record(self._unrecorded, self._clock.now(), self._wall())
        if written < len(self._unrecorded):
            logger.warning(
                "%d results came after their lease was taken over", len(self._unrecorded) - written
            )
        self._unrecorded = []
        return written


def _refusal(delivery: Delivery, account: ChannelAccount) -> Permanent | None:
    """Why this delivery must not leave: an account of the other mode, or a text that hides its mode."""
    if not account.allows(delivery.mode):
        return Permanent("account_mode")
    if delivery.mode == "drill" and delivery.audience not in DRILL_AUDIENCES:
        return Permanent("not_private")
    sms = is_short(delivery.channel)
    try:
        marking.check_marks(delivery.subject, delivery.body, delivery.language, delivery.mode, sms=sms)
    except UnsafeMessage:
        return Permanent("wrong_marks")
    return None
