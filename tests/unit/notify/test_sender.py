"""What really leaves through Apprise, seen by real servers on loopback."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import apprise
import pytest

from konbit.domain.delivery import Accepted, Delivery, Permanent, SendResult, Temporary, Unknown
from konbit.notify.accounts import MailAccount, WebhookAccount
from konbit.notify.flight import Timeouts
from konbit.notify.sender import AppriseAdapter
from konbit.testing.sinks import HttpBehaviour, HttpSink, MailBehaviour, SmtpSink
from tests.contracts.outbox import a_delivery


@pytest.fixture(scope="module")
def smtp() -> Iterator[SmtpSink]:
    with SmtpSink() as sink:
        yield sink


@pytest.fixture(scope="module")
def http() -> Iterator[HttpSink]:
    with HttpSink() as sink:
        yield sink


@pytest.fixture(autouse=True)
def _fresh(smtp: SmtpSink, http: HttpSink) -> None:
    smtp.behaviour, http.behaviour = "accept", "accept"
    smtp.mails.clear()
    http.posts.clear()


@pytest.fixture
def adapter() -> AppriseAdapter:
    return AppriseAdapter(Timeouts(connect=1.0, read=0.4))


def _mail(smtp: SmtpSink, **changes: object) -> MailAccount:
    settings = {
        "name": "mail",
        "host": smtp.host,
        "port": smtp.port,
        "secure": "none",
        "sender_address": "desk@example.org",
        "sender_name": "Konbit désk",
        "allow_loopback": True,
    }
    return MailAccount.model_validate({**settings, **changes})


def _hook(**changes: object) -> WebhookAccount:
    return WebhookAccount.model_validate({"name": "hooks", "allow_loopback": True, **changes})


def _post(http: HttpSink, **changes: object) -> Delivery:
    settings: dict[str, object] = {"channel": "webhook", "account": "hooks", "address": http.url, **changes}
    return a_delivery("d1", **settings)


def test_a_mail_reaches_its_one_recipient_from_the_sender_of_the_account(
    adapter: AppriseAdapter, smtp: SmtpSink
) -> None:
    text = "Èske ou ka aji?\n.a line that starts with a dot\nhttps://konbit.example.org/a/x"
    assert adapter.send(_mail(smtp), a_delivery(subject="[ACTUAL] Tranblemanntè", body=text)) == Accepted()
    (mail,) = smtp.mails
    assert (mail.sender, mail.recipients) == ("desk@example.org", ("focal.point@example.org",))
    assert mail.subject == "[ACTUAL] Tranblemanntè"
    assert mail.text == text
    assert mail.message["From"] == "Konbit désk <desk@example.org>"
    assert mail.message["To"] == "focal.point@example.org"
    assert mail.message["Auto-Submitted"] == "auto-generated"
    assert mail.message["X-Konbit-Reference"] == "K7Q2"
    assert mail.message.get_content_type() == "text/plain"


@pytest.mark.parametrize(
    "address",
    ["o'brien@example.org", "first.last+tag@example.org", "#$&*/=?^_`{|}~-@example.org", "1@x.example.org"],
)
def test_a_lawful_but_unusual_mailbox_is_neither_cut_nor_lost(
    adapter: AppriseAdapter, smtp: SmtpSink, address: str
) -> None:
    assert adapter.send(_mail(smtp), a_delivery(address=address)) == Accepted()
    assert [mail.recipients for mail in smtp.mails] == [(address,)]
    assert smtp.mails[0].message["To"] == address


@pytest.mark.parametrize(
    "address",
    [
        "a@example.org,b@example.org",
        "a@example.org b@example.org",
        "a@example.org%0d%0aBcc:b@example.org",
        "a@example.org\r\nBcc: b@example.org",
        "A@EXAMPLE.org",
        "",
        "desk",
    ],
)
def test_an_address_that_is_not_canonical_is_refused_before_anything_is_sent(
    adapter: AppriseAdapter, smtp: SmtpSink, address: str
) -> None:
    assert adapter.send(_mail(smtp), a_delivery(address=address)) == Permanent("invalid_address")
    assert smtp.mails == []


@pytest.mark.parametrize(
    "text",
    ["%0d%0aBcc:b@example.org", "a\r\nBcc: b@example.org", "a, b@example.org; {ip} {{7*7}}", "\r\n.\r\nQUIT"],
)
def test_a_hostile_text_adds_no_recipient_and_no_header(
    adapter: AppriseAdapter, smtp: SmtpSink, text: str
) -> None:
    account = _mail(smtp)
    adapter.send(account, a_delivery(subject=f"[ACTUAL] {text}", body=text))
    for mail in smtp.mails:
        assert mail.recipients == ("focal.point@example.org",)
        assert mail.message["Bcc"] is None
        assert mail.message["Cc"] is None
    assert len(smtp.mails) <= 1


@pytest.mark.parametrize(
    ("behaviour", "result", "taken"),
    [
        ("refuse", Permanent("recipient_refused"), 0),
        ("busy", Temporary("recipient_busy", blames_account=False), 0),
        ("hang", Unknown("dropped"), 1),
        ("close", Unknown("dropped"), 1),
    ],
)
def test_what_the_mail_server_said_decides_and_silence_is_unknown(
    adapter: AppriseAdapter, smtp: SmtpSink, behaviour: MailBehaviour, result: SendResult, taken: int
) -> None:
    smtp.behaviour = behaviour
    assert adapter.send(_mail(smtp), a_delivery()) == result
    assert len(smtp.mails) == taken


@pytest.mark.parametrize("form", ["json", "form"])
def test_a_webhook_gets_title_text_and_our_reference(
    adapter: AppriseAdapter, http: HttpSink, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK_KEY", "s%41 x")
    account = _hook(format=form, headers={"X-Key": "env:HOOK_KEY"})
    delivery = _post(http, address=f"{http.url}/%41/b%20c?d=%26e&f", body="<b>{{7*7}}</b> :smile: \\n é")
    assert adapter.send(account, delivery) == Accepted()
    (post,) = http.posts
    assert post.method == "POST"
    assert post.target == "/hook/A/b%20c?d=%26e&f"
    assert post.headers["x-key"] == "s%41 x"
    assert post.headers["idempotency-key"] == "d1"
    assert post.headers["host"] == f"{http.host}:{http.port}"
    fields = json.loads(post.body) if form == "json" else post.form
    assert fields["title"] == "[ACTUAL] Call"
    assert fields["message"] == "<b>{{7*7}}</b> :smile: \\n é"
    assert (fields["reference"], fields["delivery"], fields["language"]) == ("K7Q2", "d1", "en")


@pytest.mark.parametrize(
    ("behaviour", "result"),
    [
        ("error", Unknown("http_500")),
        ("redirect", Permanent("redirected")),
        ("hang", Unknown("no_answer")),
        ("close", Unknown("dropped")),
    ],
)
def test_a_webhook_that_does_not_confirm_is_asked_once(
    adapter: AppriseAdapter, http: HttpSink, behaviour: HttpBehaviour, result: SendResult
) -> None:
    http.behaviour = behaviour
    assert adapter.send(_hook(), _post(http)) == result
    assert len(http.posts) == 1


def test_a_redirect_to_the_inside_is_not_followed(adapter: AppriseAdapter, http: HttpSink) -> None:
    http.behaviour, http.redirect_to = "redirect", f"http://{http.host}:{http.port}/inner"
    adapter.send(_hook(), _post(http))
    assert [post.target for post in http.posts] == ["/hook"]


def test_loopback_is_refused_when_the_account_does_not_allow_it(
    adapter: AppriseAdapter, smtp: SmtpSink, http: HttpSink
) -> None:
    assert adapter.send(_hook(allow_loopback=False), _post(http)) == Permanent("invalid_address")
    assert adapter.send(_mail(smtp, allow_loopback=False), a_delivery()) == Permanent("forbidden_host")
    assert (smtp.mails, http.posts) == ([], [])


@pytest.mark.parametrize("host", ["169.254.169.254", "224.0.0.1", "0.0.0.0"])
def test_a_relay_at_a_metadata_or_multicast_address_is_refused(
    adapter: AppriseAdapter, smtp: SmtpSink, host: str
) -> None:
    assert adapter.send(_mail(smtp, host=host), a_delivery()) == Permanent("forbidden_host")


def test_a_name_that_resolves_to_the_inside_is_refused_at_the_send(
    adapter: AppriseAdapter, http: HttpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A public name may point anywhere; here the resolver says that it points to a router."""
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.168.1.1", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    delivery = _post(http, address="http://hooks.example.org/")
    assert adapter.send(_hook(), delivery) == Permanent("forbidden_host")


def test_over_plain_http_the_connection_goes_to_the_address_that_was_checked(
    adapter: AppriseAdapter, http: HttpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name is resolved once; a second answer of a hostile resolver is never asked for."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def resolver(host: str, *rest: Any, **more: Any) -> Any:
        asked.append(host)
        return real("127.0.0.1" if host == "hooks.example.org" else host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    address = f"http://hooks.example.org:{http.port}/hook"
    assert adapter.send(_hook(), _post(http, address=address)) == Accepted()
    assert asked.count("hooks.example.org") == 1
    assert http.posts[0].headers["host"] == f"hooks.example.org:{http.port}"


def test_a_closed_port_and_an_unknown_name_are_temporary_for_nothing_left(adapter: AppriseAdapter) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        closed = SmtpSink()
        closed.port = held.getsockname()[1]
        assert adapter.send(_mail(closed), a_delivery()) == Temporary("unreachable")
        assert adapter.send(_mail(closed, host="mail.invalid"), a_delivery()) == Temporary("unknown_host")


def test_an_account_sends_its_own_mode_and_kind_only(
    adapter: AppriseAdapter, smtp: SmtpSink, http: HttpSink
) -> None:
    assert adapter.send(_mail(smtp, mode="drill"), a_delivery()) == Permanent("account_mode")
    assert adapter.send(_mail(smtp), _post(http)) == Permanent("account_kind")
    assert adapter.send(_hook(), a_delivery(channel="sms", address="+12025550143")) == Permanent(
        "account_kind"
    )
    assert (smtp.mails, http.posts) == ([], [])


def test_other_services_of_apprise_are_switched_off(adapter: AppriseAdapter) -> None:
    del adapter
    refused = apprise.Apprise.instantiate
    assert refused("plivo://15555555555@sid/+15555555555") is None
    assert refused("xml://169.254.169.254") is None
    assert refused("mailto://desk:pw@example.org") is not None


def test_a_send_runs_in_the_callers_thread_without_a_sleep_of_apprise(
    adapter: AppriseAdapter, smtp: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Apprise waits seconds between two messages of one account; our rates are kept by the outbox."""
    account = _mail(smtp)
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    before = threading.active_count()
    for number in range(5):
        assert adapter.send(account, a_delivery(f"d{number}")) == Accepted()
    assert (slept, threading.active_count(), len(smtp.mails)) == ([], before, 5)
