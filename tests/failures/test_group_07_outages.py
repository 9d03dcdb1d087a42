"""Group 7: provider down for ten minutes, DNS down, database down: nothing is lost, catching up keeps rate and expiry."""

import datetime as dt
import socket
import time
from typing import Any

import pytest

from konbit.domain.delivery import DeliveryState, Drop, Hold
from konbit.errors import ServiceUnavailable
from konbit.testing.providers import Provider
from tests.failures.yard import MINUTE, Yard, hooks

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("mode", ["actual", "drill"])
def test_a_provider_that_is_down_for_ten_minutes_gets_everything_afterwards(yard: Yard, mode: str) -> None:
    provider = Provider()
    provider.start()
    port = provider.port
    provider.stop()
    yard.plan([yard.message(number, f"http://127.0.0.1:{port}", mode=mode) for number in range(6)])
    for _ in range(5):
        yard.dispatcher(hooks()).drain_once()
        yard.clock.time += 2 * MINUTE
    assert yard.states() == {"due": 6}
    provider.start(port)
    yard.clock.time += 10 * MINUTE
    yard.dispatcher(hooks()).drain_once()
    provider.stop()
    assert sorted(provider.taken) == [f"/{number}" for number in range(6)], "each once, in a drill too"


def test_dns_that_is_down_is_an_outage_and_nothing_leaves(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Provider() as provider:
        real = socket.getaddrinfo
        yard.plan([yard.message(0, provider.url.replace("127.0.0.1", "localhost"))])

        def down(*_: Any, **__: Any) -> Any:
            raise socket.gaierror(socket.EAI_AGAIN, "temporary failure")

        monkeypatch.setattr(socket, "getaddrinfo", down)
        yard.dispatcher(hooks()).drain_once()
        (row,) = yard.rows().values()
        assert (row.state, row.reason) == ("due", "unknown_host")
        monkeypatch.setattr(socket, "getaddrinfo", real)
        yard.clock.time += MINUTE
        yard.dispatcher(hooks()).drain_once()
        assert provider.taken == ["/0"]


def test_what_comes_too_late_expires_and_does_not_arrive(yard: Yard) -> None:
    with Provider() as provider:
        soon = yard.clock.now() + 5 * MINUTE
        yard.plan([yard.message(0, provider.url, expires_at=soon), yard.message(1, provider.url)])
        yard.clock.time += 10 * MINUTE
        yard.dispatcher(hooks()).drain_once()
        assert provider.taken == ["/1"]
    assert yard.rows()["actual-0"].state is DeliveryState.EXPIRED


def test_catching_up_keeps_the_rate_and_the_urgent_go_first(yard: Yard) -> None:
    with Provider() as provider:
        slow = hooks(per_second=10, burst=10)
        bulk = [yard.message(number, provider.url, lane="bulk") for number in range(30)]
        urgent = [yard.message(100 + number, provider.url) for number in range(3)]
        yard.plan([*bulk, *urgent])
        service = yard.dispatcher(slow)
        start = time.monotonic()
        service.start()
        taken = list(provider.wait_for(18, timeout=10))
        elapsed = time.monotonic() - start
        service.stop()
        assert {f"/{100 + number}" for number in range(3)} <= set(taken[:8])
        assert len(provider.taken) <= 10 + 10 * (time.monotonic() - start) + 1
        assert elapsed > 0.6


class _Away:
    """An outbox whose database is away when the test says so."""

    def __init__(self, yard: Yard) -> None:
        self.real, self.away = yard.outbox(), False

    def __getattr__(self, name: str) -> Any:
        if self.away:
            raise ServiceUnavailable("the database does not answer")
        return getattr(self.real, name)

    def unwanted(self, ids: list[str], now: dt.datetime) -> dict[str, Drop | Hold]:
        found = self.real.unwanted(ids, now)
        # The database goes away while the messages are on their way.
        self.away = True
        return dict(found)


def test_a_database_that_goes_away_during_a_send_loses_no_result(yard: Yard) -> None:
    with Provider() as provider:
        yard.plan([yard.message(number, provider.url) for number in range(5)])
        away: Any = _Away(yard)
        service = yard.dispatcher(hooks(), store=away)
        service.start()
        provider.wait_for(5)
        deadline = time.monotonic() + 5
        while not service.health().store_failures and time.monotonic() < deadline:
            time.sleep(0.02)
        assert yard.states() == {"sending": 5}
        away.away = False
        while yard.states() != {"accepted": 5} and time.monotonic() < deadline + 5:
            time.sleep(0.05)
        service.stop()
        assert len(provider.taken) == 5
    assert yard.states() == {"accepted": 5}
