"""Group 19: malformed URLs, unknown schemes, bad phones, empty targets: refused at entry, and never sent to the sender."""

from typing import Any

import apprise
import pytest

from konbit.domain.delivery import Permanent
from konbit.domain.directory import ChannelKind
from konbit.notify.accounts import InvalidAccount, read_accounts
from konbit.notify.address import InvalidAddress, canonical
from konbit.notify.sender import AppriseAdapter
from konbit.notify.vault import Vault
from konbit.testing.providers import Provider, SignalLike, TwilioLike, VonageLike
from tests.contracts.outbox import a_delivery
from tests.failures.yard import SNAPPY

SENDER = "+12025550100"
SID = "AC" + "0" * 32
VAULT = Vault({"prefect": {"twilio": "a" * 32, "vonage": "s3cr3tS"}.__getitem__})
TWILIO = {"account_sid": SID, "auth_token": "prefect:twilio", "sender": SENDER}
OWN: dict[str, tuple[Any, dict[str, Any]]] = {
    "twilio_sms": (lambda: TwilioLike(SID, "a" * 32), TWILIO),
    "twilio_voice": (lambda: TwilioLike(SID, "a" * 32), TWILIO),
    "twilio_whatsapp": (lambda: TwilioLike(SID, "a" * 32), TWILIO),
    "vonage_sms": (
        lambda: VonageLike("abcd1234", "s3cr3tS"),
        {"api_key": "abcd1234", "api_secret": "prefect:vonage", "sender": SENDER},
    ),
    "signal": (SignalLike, {"sender": SENDER}),
}


@pytest.mark.parametrize("kind", OWN)
@pytest.mark.parametrize(
    "address", ["", "+1202555", "12025550143", "group.abc", "+12025550143,+12025550144", "x"]
)
def test_a_bad_number_is_refused_and_the_sender_gets_nothing(kind: str, address: str) -> None:
    """Several plug-ins of Apprise send to the sender's own number when they take no other."""
    make, settings = OWN[kind]
    service: Provider
    with make() as service:
        place = {"url" if kind == "signal" else "endpoint": service.url}
        account = read_accounts([{"name": "a", "kind": kind, "allow_loopback": True, **place, **settings}])[
            "a"
        ]
        delivery = a_delivery(channel=account.channel, account="a", address=address)
        assert AppriseAdapter(SNAPPY, VAULT).send(account, delivery) == Permanent("invalid_address")
        assert service.requests == []


def test_a_target_that_apprise_would_drop_is_never_replaced_by_the_sender(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Even if an address slipped through our own check, the object that Apprise built is looked at before it sends."""
    monkeypatch.setattr("konbit.notify.sender.canonical", lambda kind, text, **_: text)
    make, settings = OWN["twilio_sms"]
    service: Provider
    with make() as service:
        place = {"endpoint": service.url, "allow_loopback": True}
        account = read_accounts([{"name": "a", "kind": "twilio_sms", **place, **settings}])["a"]
        for address in ("nobody", "", "+12025550143,+12025550144", "12025550143"):
            delivery = a_delivery(channel="sms", account="a", address=address)
            assert AppriseAdapter(SNAPPY, VAULT).send(account, delivery) == Permanent("not_buildable")
        assert service.requests == []


@pytest.mark.parametrize(
    "url",
    [
        "garbage secret token",
        "twilio://AC0:token@+12025550100",
        "xml://169.254.169.254",
        "syslog://",
        "dbus://",
        "exec:///bin/sh",
        "mailtos://user:pw@example.org?to=a@example.org&retry=9&redirect=yes",
    ],
)
def test_a_url_of_apprise_is_no_account_and_no_address(url: str) -> None:
    kinds: tuple[ChannelKind, ...] = (
        "mail",
        "sms",
        "telegram",
        "slack",
        "matrix",
        "ntfy",
        "webhook",
        "teams",
        "discord",
    )
    for kind in kinds:
        with pytest.raises(InvalidAddress):
            canonical(kind, url)
    with pytest.raises(InvalidAccount):
        read_accounts([{"name": "a", "kind": "apprise", "url": url}])


def test_services_that_we_have_no_account_for_are_switched_off() -> None:
    AppriseAdapter(SNAPPY)
    for url in ("syslog://", "xml://example.org", "dbus://", "plivo://15555555555@sid/+15555555555"):
        assert apprise.Apprise.instantiate(url) is None
