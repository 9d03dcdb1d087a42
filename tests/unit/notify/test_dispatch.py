"""The service that empties the outbox, with real servers that hang, drip and drop."""

import dataclasses
import datetime as dt
import threading
import time
from collections.abc import Callable, Mapping, Sequence

import pytest

from konbit.clock import SystemClock, wall_now
from konbit.domain.delivery import (
    Accepted,
    Delivery,
    DeliveryState,
    Drop,
    Hold,
    Outcome,
    Quota,
    SendResult,
    Unknown,
)
from konbit.notify.accounts import MailAccount, WebhookAccount
from konbit.notify.channels import ChannelAccount
from konbit.notify.dispatch import Adapter, Dispatcher, Limits
from konbit.notify.flight import Timeouts
from konbit.notify.retry import next_step
from konbit.notify.sender import AppriseAdapter
from konbit.testing.outbox import InMemoryOutbox
from konbit.testing.sinks import HttpSink, SmtpSink
from tests.contracts.outbox import a_delivery

pytestmark = pytest.mark.slow

FAST = Limits(send=0.5, poll=0.02, sweep=0.1, batch_age=0.02, stop=0.5)


class _Scripted:
    """An adapter that does what the test says, and remembers what it was given."""

    def __init__(self, act: Callable[[Delivery], SendResult] = lambda _: Accepted()) -> None:
        self.act = act
        self.sent: list[Delivery] = []
        self.aborted: list[tuple[str, int]] = []

    def send(self, account: ChannelAccount, delivery: Delivery) -> SendResult:
        self.sent.append(delivery)
        return self.act(delivery)

    def abort(self, delivery_id: str, generation: int) -> None:
        self.aborted.append((delivery_id, generation))


def _due(delivery_id: str = "d1", **changes: object) -> Delivery:
    now = wall_now()
    times = {"not_before": now - dt.timedelta(seconds=1), "expires_at": now + dt.timedelta(hours=1)}
    return a_delivery(delivery_id, **{**times, **changes})


def _accounts(*names: str, **changes: object) -> dict[str, ChannelAccount]:
    return {
        name: WebhookAccount.model_validate({"name": name, "allow_loopback": True, **changes})
        for name in names
    }


def _dispatcher(
    store: InMemoryOutbox,
    adapter: Adapter,
    accounts: dict[str, ChannelAccount] | None = None,
    limits: Limits = FAST,
) -> Dispatcher:
    return Dispatcher(
        store, accounts or _accounts("mail"), adapter, SystemClock(), owner="test", limits=limits
    )


def _until(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "the condition did not come true in time"
        time.sleep(0.005)


def test_draining_sends_each_due_delivery_once_and_records_it() -> None:
    store, adapter = InMemoryOutbox(next_step), _Scripted()
    for number in range(30):
        store.add(_due(f"d{number}"))
    store.add(_due("later", not_before=wall_now() + dt.timedelta(minutes=5)))
    assert _dispatcher(store, adapter).drain_once() == 30
    assert sorted(row.id for row in adapter.sent) == sorted(f"d{number}" for number in range(30))
    assert dict(store.counts()) == {DeliveryState.ACCEPTED: 30, DeliveryState.PLANNED: 1}
    assert _dispatcher(store, adapter).drain_once() == 0


def test_a_nudge_sends_what_was_planned_without_waiting_for_the_next_look() -> None:
    store, adapter = InMemoryOutbox(next_step), _Scripted()
    dispatcher = _dispatcher(store, adapter, limits=dataclasses.replace(FAST, poll=60.0))
    dispatcher.start()
    try:
        time.sleep(0.2)
        store.add(_due("nudged"))
        for _ in range(100):
            dispatcher.nudge()
        _until(lambda: store.counts().get(DeliveryState.ACCEPTED) == 1)
    finally:
        began = time.monotonic()
        dispatcher.stop()
    assert [row.id for row in adapter.sent] == ["nudged"]
    assert time.monotonic() - began < 5.0


class _AnsweredMeanwhile(InMemoryOutbox):
    """The answer arrives between the claim and the send."""

    def claim(
        self,
        owner: str,
        now: dt.datetime,
        wall: dt.datetime,
        lease: dt.timedelta,
        quotas: Sequence[Quota],
    ) -> list[Delivery]:
        rows = super().claim(owner, now, wall, lease, quotas)
        for row in rows:
            self.withdraw(row.id, "answered")
        return rows


def test_a_delivery_that_was_answered_after_the_claim_is_not_sent() -> None:
    store, adapter = _AnsweredMeanwhile(next_step), _Scripted()
    store.add(_due())
    _dispatcher(store, adapter).drain_once()
    assert adapter.sent == []
    assert store.row("d1").state is DeliveryState.CANCELLED


@pytest.mark.parametrize(
    ("changes", "account_mode", "reason"),
    [
        ({"mode": "drill"}, "both", "wrong_marks"),
        ({"subject": "[EXERCISE] Call - EXERCISE"}, "both", "wrong_marks"),
        ({"subject": "Call"}, "both", "wrong_marks"),
        ({}, "drill", "account_mode"),
    ],
)
def test_a_text_of_the_wrong_mode_never_reaches_the_adapter(
    changes: dict[str, object], account_mode: str, reason: str
) -> None:
    store, adapter = InMemoryOutbox(next_step), _Scripted()
    store.add(_due("d1", **changes))
    _dispatcher(store, adapter, _accounts("mail", mode=account_mode)).drain_once()
    assert adapter.sent == []
    row = store.row("d1")
    assert (row.state, row.reason) == (DeliveryState.FAILED, reason)


def test_an_adapter_that_raises_leaves_unknown() -> None:
    def fail(_: Delivery) -> SendResult:
        raise RuntimeError("canary")

    store = InMemoryOutbox(next_step)
    store.add(_due())
    _dispatcher(store, _Scripted(fail)).drain_once()
    assert store.row("d1").state is DeliveryState.UNKNOWN
    assert store.row("d1").reason == "exception"


def test_a_hanging_account_delays_no_other() -> None:
    release = threading.Event()

    def act(delivery: Delivery) -> SendResult:
        if delivery.account == "dead":
            release.wait(10)
        return Accepted()

    store = InMemoryOutbox(next_step)
    accounts = _accounts("dead", "mail", workers=4)
    service = _dispatcher(store, _Scripted(act), accounts, dataclasses.replace(FAST, send=5.0))
    for number in range(200):
        store.add(_due(f"x{number}", account="dead"))
    service.start()
    _until(lambda: service.health().in_flight == 4)
    start = time.monotonic()
    store.add(_due("good"))
    _until(lambda: store.row("good").state is DeliveryState.ACCEPTED)
    assert time.monotonic() - start < 0.5
    assert service.health().in_flight == 4
    release.set()
    service.stop()


def test_a_send_that_takes_too_long_is_left_behind_counted_and_unknown() -> None:
    release = threading.Event()

    def act(_: Delivery) -> SendResult:
        release.wait(10)
        return Accepted()

    store = InMemoryOutbox(next_step)
    store.add(_due(mode="drill", subject="[EXERCISE] a - EXERCISE", body=_marked("b")))
    service = _dispatcher(store, _Scripted(act), limits=dataclasses.replace(FAST, send=0.1))
    service.drain_once()
    row = store.row("d1")
    assert (row.state, row.reason, row.not_before) == (DeliveryState.UNKNOWN, "no_answer_in_time", None)
    assert service.health().abandoned == 1
    release.set()
    _until(lambda: service.drain_once() == 0 and service.health().abandoned == 0)
    assert store.row("d1").state is DeliveryState.UNKNOWN


def _marked(body: str) -> str:
    banner = "EXERCISE EXERCISE EXERCISE"
    return f"{banner}\n\n{body}\n\n{banner}"


def test_an_account_whose_threads_are_all_left_behind_claims_no_more() -> None:
    release = threading.Event()

    def act(_: Delivery) -> SendResult:
        release.wait(10)
        return Accepted()

    store, adapter = InMemoryOutbox(next_step), _Scripted(act)
    for number in range(10):
        store.add(_due(f"d{number}"))
    limits = dataclasses.replace(FAST, send=0.05, abandoned_per_account=3)
    service = _dispatcher(store, adapter, _accounts("mail", workers=1), limits)
    service.drain_once()
    assert len(adapter.sent) == 3
    assert store.counts()[DeliveryState.PLANNED] == 7
    release.set()


def test_stopping_takes_less_than_five_seconds_with_a_dripping_webhook() -> None:
    with HttpSink("drip") as http:
        store = InMemoryOutbox(next_step)
        store.add(_due(channel="webhook", account="hooks", address=http.url))
        limits = dataclasses.replace(FAST, send=30.0, stop=0.3)
        service = _dispatcher(store, AppriseAdapter(Timeouts(1, 1)), _accounts("hooks"), limits)
        service.start()
        http.wait_for(1)
        start = time.monotonic()
        service.stop()
        assert time.monotonic() - start < 2.0
    row = store.row("d1")
    assert (row.state, row.reason) == (DeliveryState.UNKNOWN, "stopped")


class _Flaky(InMemoryOutbox):
    """A store that is away when the test says so."""

    away = False

    def record(self, outcomes: Sequence[Outcome], now: dt.datetime, wall: dt.datetime) -> int:
        if self.away:
            raise ConnectionError("canary: postgresql://konbit:secret@db.example.org")
        return super().record(outcomes, now, wall)


def test_results_wait_in_memory_while_the_store_is_away(caplog: pytest.LogCaptureFixture) -> None:
    store, adapter = _Flaky(next_step), _Scripted()
    store.add(_due())
    service = _dispatcher(store, adapter)
    store.away = True
    service.start()
    _until(lambda: service.health().store_failures > 0)
    assert service.health().unrecorded == 1
    store.away = False
    _until(lambda: store.row("d1").state is DeliveryState.ACCEPTED)
    service.stop()
    assert len(adapter.sent) == 1
    assert "ConnectionError" in caplog.text
    assert "canary" not in caplog.text


class _GoneAtTheCheck(InMemoryOutbox):
    """A store that fails between the first claim and the check before the sends."""

    checks = 0

    def unwanted(self, ids: Sequence[str], now: dt.datetime) -> Mapping[str, Drop | Hold]:
        self.checks += 1
        if self.checks == 1:
            raise ConnectionError
        return super().unwanted(ids, now)


def test_what_was_claimed_and_never_begun_is_put_off_and_not_called_unknown() -> None:
    store, adapter = _GoneAtTheCheck(next_step), _Scripted()
    for number in range(3):
        store.add(_due(f"d{number}"))
    service = _dispatcher(store, adapter)
    service.start()
    _until(lambda: store.counts().get(DeliveryState.DUE) == 3)
    service.stop()
    assert adapter.sent == []
    assert {store.row(f"d{number}").reason for number in range(3)} == {"store_unavailable"}
    assert not store.circuits["mail"].failures, "the account is not to blame"


def test_a_provider_that_is_down_loses_nothing_and_sends_once_when_it_is_back() -> None:
    sink = SmtpSink()
    with SmtpSink() as other:
        port = other.port
    settings = {"name": "mail", "host": "127.0.0.1", "port": port, "secure": "none", "allow_loopback": True}
    account = MailAccount.model_validate({**settings, "sender_address": "desk@example.org"})
    clock = _Movable()
    store = InMemoryOutbox(next_step)
    service = Dispatcher(
        store, {"mail": account}, AppriseAdapter(Timeouts(1, 1)), clock, owner="t", limits=FAST
    )
    text = {"mode": "drill", "subject": "[EXERCISE] a - EXERCISE", "body": _marked("b")}
    store.add(a_delivery(not_before=clock.moment, expires_at=clock.moment + dt.timedelta(hours=1), **text))
    service.drain_once()
    assert (store.row("d1").state, store.row("d1").reason) == (DeliveryState.DUE, "unreachable")
    sink.start(port)
    clock.moment += dt.timedelta(seconds=20)
    service.drain_once()
    assert store.row("d1").state is DeliveryState.ACCEPTED
    assert len(sink.mails) == 1
    sink.stop()


class _Movable:
    """Run time that the test moves."""

    def __init__(self) -> None:
        self.moment = dt.datetime(2026, 3, 2, 14, 0, tzinfo=dt.UTC)

    def now(self) -> dt.datetime:
        return self.moment

    def wall(self, moment: dt.datetime) -> dt.datetime:
        return moment


def test_a_silent_endpoint_gets_one_copy_in_a_drill_and_two_in_an_actual_run() -> None:
    clock, store, adapter = (
        _Movable(),
        InMemoryOutbox(next_step),
        _Scripted(lambda _: Unknown("not_confirmed")),
    )
    later = clock.moment + dt.timedelta(hours=1)
    drill = {"mode": "drill", "subject": "[EXERCISE] a - EXERCISE", "body": _marked("b")}
    store.add(a_delivery("actual", not_before=clock.moment, expires_at=later))
    store.add(a_delivery("drill", not_before=clock.moment, expires_at=later, **drill))
    service = Dispatcher(store, _accounts("mail"), adapter, clock, owner="t", limits=FAST)
    for _ in range(10):
        service.drain_once()
        clock.moment += dt.timedelta(minutes=5)
    assert sorted(row.id for row in adapter.sent) == ["actual", "actual", "drill"]
