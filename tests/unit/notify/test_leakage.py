"""No address, text, secret or link in a log, whatever level the loggers were set to."""

import io
import logging
from collections.abc import Iterator

import pytest

from konbit.clock import SystemClock
from konbit.notify.accounts import MailAccount, WebhookAccount
from konbit.notify.channels import ChannelAccount
from konbit.notify.dispatch import Dispatcher, Limits
from konbit.notify.flight import Timeouts
from konbit.notify.retry import next_step
from konbit.notify.sender import AppriseAdapter
from konbit.testing.outbox import InMemoryOutbox
from konbit.testing.sinks import HttpSink, SmtpSink
from tests.contracts.outbox import a_delivery

CANARIES = ("canary-person", "canary-subject", "canary-body", "canary-token", "canary-secret", "canary-path")
LOGGERS = ("", "apprise", "urllib3", "urllib3.connectionpool", "requests", "smtplib", "konbit")


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """All that the root and every library logger says at the lowest level; set back afterwards."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    before = {name: (logging.getLogger(name).level, logging.getLogger(name).propagate) for name in LOGGERS}
    for name in LOGGERS:
        logging.getLogger(name).setLevel(1)
        logging.getLogger(name).propagate = True
        logging.getLogger(name).addHandler(handler)
    yield stream
    for name, (level, propagate) in before.items():
        logger = logging.getLogger(name)
        logger.removeHandler(handler)
        logger.setLevel(level)
        logger.propagate = propagate


def test_nothing_private_is_logged_at_any_level_whether_sends_succeed_or_fail(
    logged: io.StringIO, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK_KEY", "Bearer canary-secret")
    with SmtpSink() as smtp, HttpSink() as http:
        mail = MailAccount.model_validate(
            {
                "name": "mail",
                "host": smtp.host,
                "port": smtp.port,
                "secure": "none",
                "sender_address": "desk@example.org",
                "allow_loopback": True,
            }
        )
        hooks = WebhookAccount.model_validate(
            {"name": "hooks", "headers": {"Authorization": "env:HOOK_KEY"}, "allow_loopback": True}
        )
        text = {
            "subject": "[ACTUAL] canary-subject",
            "body": "canary-body https://konbit.example.org/a/canary-token",
        }
        clock = SystemClock()
        for smtp.behaviour, http.behaviour in (
            ("accept", "accept"),
            ("refuse", "error"),
            ("busy", "redirect"),
            ("hang", "hang"),
            ("close", "close"),
        ):
            store = InMemoryOutbox(next_step)
            now = clock.now()
            times = {"not_before": now, "expires_at": now.replace(year=now.year + 1)}
            store.add(a_delivery("m", address="canary-person@example.org", **text, **times))
            hook = {"channel": "webhook", "account": "hooks", "address": f"{http.url}/canary-path"}
            store.add(a_delivery("h", **{**hook, **text, **times}))
            store.add(a_delivery("bad", address="canary-person@example.org, x@example.org", **text, **times))
            accounts: dict[str, ChannelAccount] = {"mail": mail, "hooks": hooks}
            adapter = AppriseAdapter(Timeouts(1, 0.3))
            Dispatcher(store, accounts, adapter, clock, owner="t", limits=Limits(poll=0.02)).drain_once()
        assert smtp.mails
        assert http.posts
    out, err = capfd.readouterr()
    seen = logged.getvalue()
    assert "delivery m: accepted" in seen
    assert [canary for canary in CANARIES if canary in seen + out + err] == []
