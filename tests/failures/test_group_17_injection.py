"""Group 17: hostile characters in names, subjects, texts and addresses: no second recipient, header, mention or evaluation."""

import json
from collections.abc import Iterator

import pytest

from konbit.domain.delivery import Accepted
from konbit.domain.directory import ChannelKind
from konbit.errors import UnsafeMessage
from konbit.notify.accounts import read_accounts
from konbit.notify.address import InvalidAddress, canonical
from konbit.notify.message import MessageText, render
from konbit.notify.sender import AppriseAdapter
from konbit.testing.providers import Provider
from konbit.testing.sinks import SmtpSink
from tests.contracts.outbox import a_delivery
from tests.failures.yard import SNAPPY, hooks

HOSTILE = {
    "crlf": "Ana\r\nBcc: evil@example.org",
    "encoded": "Ana%0d%0aBcc:evil@example.org",
    "comma": "a@example.org, evil@example.org; x@example.org",
    "nul": "Ana\x00Bob",
    "bidi": "Ana\u202egro.elpmaxe\u202c",
    "long": "x" * 10_000,
    "template": "{{7*7}} {ip} ${HOME} {% raw %}",
    "spoken": "<Say>call me</Say><Hangup/>",
    "mention": "<!channel> @everyone <@U012> @room",
    "link": "[bank](https://evil.example.org)",
    "script": "<script>alert(1)</script>",
    "separator": "Ana\u2028Bcc: evil@example.org\x85X: y",
}
CALL = MessageText(
    "call", {"en": "Call for {name}"}, {"en": "Dear {name}, can you act?"}, {"en": "{name}: act?"}
)


@pytest.fixture(scope="module")
def smtp() -> Iterator[SmtpSink]:
    with SmtpSink() as sink:
        yield sink


@pytest.fixture(scope="module")
def adapter() -> AppriseAdapter:
    return AppriseAdapter(SNAPPY)


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_name_in_a_mail_is_only_a_name(adapter: AppriseAdapter, smtp: SmtpSink, name: str) -> None:
    smtp.mails.clear()
    text = render(CALL, {"name": name}, ["en"], "actual", "mail")
    settings = {"host": smtp.host, "port": smtp.port, "secure": "none", "allow_loopback": True}
    mail = {"name": "mail", "kind": "mail", "sender_address": "unit@example.org", **settings}
    account = read_accounts([mail])["mail"]
    sent = adapter.send(account, a_delivery(subject=text.subject, body=text.body))
    assert sent == Accepted()
    (received,) = smtp.mails
    assert received.recipients == ("focal.point@example.org",)
    assert received.message["Bcc"] is None
    assert received.message["X"] is None
    assert "49" not in received.text
    assert "\u202e" not in received.text + received.subject
    assert "\x00" not in received.text + received.subject


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_name_in_a_webhook_stays_in_its_field(adapter: AppriseAdapter, name: str) -> None:
    text = render(CALL, {"name": name}, ["en"], "actual", "webhook")
    with Provider() as provider:
        delivery = a_delivery(
            channel="webhook",
            account="hooks",
            address=f"{provider.url}/a",
            subject=text.subject,
            body=text.body,
        )
        assert adapter.send(hooks()["hooks"], delivery) == Accepted()
        (request,) = provider.requests
    fields = json.loads(request.body)
    assert (fields["title"], fields["message"]) == (text.subject, text.body)
    assert set(request.headers) <= {
        "host", "user-agent", "content-type", "content-length", "accept", "accept-encoding", "connection",
        "idempotency-key",
    }  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_name_in_an_sms_is_one_message_or_none(name: str) -> None:
    if len(name) > 1000:
        with pytest.raises(UnsafeMessage):
            render(CALL, {"name": name}, ["en"], "actual", "sms")
        return
    text = render(CALL, {"name": name}, ["en"], "actual", "sms")
    assert 1 <= text.segments <= 6
    assert "\x00" not in text.body


@pytest.mark.parametrize(
    "address", [*HOSTILE.values(), "a@x.example.org%0d%0aBcc:e@example.org", "+1202555\r\n0143"]
)
@pytest.mark.parametrize(
    "kind", ["mail", "sms", "voice", "whatsapp", "signal", "telegram", "slack", "matrix", "ntfy"]
)
def test_a_hostile_address_is_refused_at_entry_and_not_repeated(kind: ChannelKind, address: str) -> None:
    with pytest.raises(InvalidAddress) as caught:
        canonical(kind, address)
    assert address not in str(caught.value)


def test_a_placeholder_that_nobody_fills_is_refused_not_left_empty() -> None:
    with pytest.raises(UnsafeMessage, match="needs unknown"):
        render(MessageText("call", {"en": "x"}, {"en": "{unknown}"}), {}, ["en"], "actual", "mail")
