"""Group 9: 429 with and without Retry-After; an account that is refused: the breaker opens, diverts, somebody is told."""

import datetime as dt
import time
from typing import Any

import pytest

from konbit.domain.delivery import Delivery
from konbit.notify.accounts import read_accounts
from konbit.notify.channels import ChannelAccount
from konbit.notify.sender import AppriseAdapter
from konbit.notify.vault import Vault
from konbit.testing.providers import Provider, SlackLike, TelegramLike
from tests.failures.yard import MINUTE, SNAPPY, Yard, hooks

pytestmark = pytest.mark.slow
TELEGRAM = "123456789:abcdefghijklmnopqrstuvwxyz_ABCDEFGH"
SLACK = "xoxb-1234567890-1234567890123-abcdefghijklmnopqrstuvwx"
VAULT = Vault({"prefect": {"telegram": TELEGRAM, "slack": SLACK}.__getitem__})


def _bot(service: Provider, kind: str) -> dict[str, ChannelAccount]:
    settings = {"endpoint": service.url, "allow_loopback": True, "token": f"prefect:{kind}"}
    return read_accounts([{"name": kind, "kind": kind, "per_second": 1000, "gap_seconds": 0, **settings}])


def _to(yard: Yard, number: int, kind: str, **more: object) -> Delivery:
    address = str(1000 + number) if kind == "telegram" else f"U0123ABC{number:02}"
    fields: dict[str, Any] = {"channel": kind, "account": kind, "address": address, **more}
    return yard.message(number, "http://127.0.0.1:9", **fields)


@pytest.mark.parametrize(("retry_after", "wait"), [("30", 30), ("", 5)])
def test_a_provider_that_says_too_much_is_left_alone_and_nothing_is_used_up(
    yard: Yard, retry_after: str, wait: int
) -> None:
    with TelegramLike(TELEGRAM) as bot:
        bot.status, bot.retry_after = 429, retry_after
        yard.plan([_to(yard, n, "telegram") for n in range(3)])
        accounts, adapter = _bot(bot, "telegram"), AppriseAdapter(SNAPPY, VAULT)
        yard.dispatcher(accounts, adapter=adapter).drain_once()
        asked = len(bot.requests)
        assert {(row.state.value, row.attempts) for row in yard.rows().values()} <= {
            ("due", 0),
            ("planned", 0),
        }
        bot.status = None
        yard.clock.time += MINUTE
        before = dt.timedelta(seconds=wait - 2)
        yard.dispatcher(accounts, adapter=adapter, wall=before).drain_once()
        assert len(bot.requests) == asked, "the account still waits, although its messages are due"
        yard.dispatcher(accounts, adapter=adapter, wall=dt.timedelta(seconds=wait + 45)).drain_once()
        assert sorted(bot.taken) == ["1000", "1001", "1002"]


@pytest.mark.parametrize("status", [401, 402, 403])
def test_a_refused_account_is_left_alone_its_messages_go_another_way_and_somebody_is_told(
    yard: Yard, status: int
) -> None:
    with SlackLike(SLACK) as slack, Provider() as other:
        slack.status = status
        later = yard.clock.now() + 30 * MINUTE
        for number in range(4):
            first = _to(yard, number, "slack", ladder=f"L{number}")
            then = yard.message(
                number, other.url, id=f"hook-{number}", ladder=f"L{number}", rung=1, not_before=later
            )
            yard.plan([first, then])
        accounts = {**_bot(slack, "slack"), **hooks()}
        adapter = AppriseAdapter(SNAPPY, VAULT)
        yard.dispatcher(accounts, adapter=adapter).drain_once()
        yard.dispatcher(accounts, adapter=adapter).drain_once()
        assert sorted(other.taken) == [f"/{number}" for number in range(4)]
        assert len(slack.requests) <= accounts["slack"].workers
    assert yard.acts("channel_down") == [{"account": "slack"}]
    with yard.store.read() as tx:
        circuit = tx.channels.states()["slack"]
    assert (circuit.state, circuit.reason) == ("open", f"http_{status}")


def test_after_a_while_one_message_looks_and_the_rest_follows(yard: Yard) -> None:
    with SlackLike(SLACK) as slack:
        slack.status = 401
        yard.plan([_to(yard, n, "slack") for n in range(5)])
        accounts, adapter = _bot(slack, "slack"), AppriseAdapter(SNAPPY, VAULT)
        yard.dispatcher(accounts, adapter=adapter).drain_once()
        slack.status = None
        yard.clock.time += 2 * MINUTE
        tries = len(slack.requests)
        yard.dispatcher(accounts, adapter=adapter, wall=dt.timedelta(seconds=30)).drain_once()
        assert len(slack.requests) == tries
        service = yard.dispatcher(accounts, adapter=adapter, wall=dt.timedelta(seconds=61))
        deadline = time.monotonic() + 10
        while len(slack.taken) < 5 and time.monotonic() < deadline:
            service.drain_once()
        assert len(slack.taken) == 5
    assert yard.acts("channel_up") == [{"account": "slack"}]
