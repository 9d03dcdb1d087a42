"""Every kind of account sends the real protocol of its service, to exactly one recipient, and understands what it refuses."""

import datetime as dt
import html
import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from konbit.domain.delivery import (
    Accepted,
    Delivery,
    Permanent,
    Refused,
    SendResult,
    Stopped,
    Temporary,
    Throttled,
    Unknown,
)
from konbit.notify.accounts import InvalidAccount, read_accounts
from konbit.notify.channels import ChannelAccount
from konbit.notify.flight import Timeouts
from konbit.notify.sender import AppriseAdapter
from konbit.notify.vault import Vault
from konbit.testing.providers import (
    DiscordLike,
    MatrixLike,
    Misbehaviour,
    NtfyLike,
    Provider,
    SignalLike,
    SlackLike,
    TeamsLike,
    TelegramLike,
    TwilioLike,
    VonageLike,
    WhatsAppLike,
)
from konbit.testing.sinks import ReceivedPost
from tests.contracts.outbox import a_delivery
from tests.unit.notify.test_address import AUTOMATE, HOOK, WORKFLOW

SID = "AC" + "0" * 32
SECRETS = {
    "twilio": "a" * 32,
    "vonage": "s3cr3tS",
    "telegram": "123456789:abcdefghijklmnopqrstuvwxyz_ABCDEFGH",
    "meta": "EAAmetaTOKEN",
    "slack": "xoxb-1234567890-1234567890123-abcdefghijklmnopqrstuvwx",
    "matrix": "syt_token_abc",
    "teams": "not-a-real-signature",
    "discord": "t" * 68,
    "ntfy": "tk_abcdefghijklmnopqrstuvwxyz123",
}
FLOW, DISCORD_HOOK = "0a" * 16, "123456789012345678"
WITHOUT_ID = ("teams", "discord")
"""Services that do not say what they call the message."""
VAULT = Vault({"prefect": SECRETS.__getitem__})
PHONE = "+12025550143"
TWILIO = {"account_sid": SID, "auth_token": "prefect:twilio", "sender": "+12025550100"}
Make = Callable[[], Provider]
KINDS: dict[str, tuple[Make, dict[str, Any], str, str]] = {
    "twilio_sms": (lambda: TwilioLike(SID, SECRETS["twilio"]), TWILIO, PHONE, PHONE),
    "twilio_whatsapp": (lambda: TwilioLike(SID, SECRETS["twilio"]), TWILIO, PHONE, f"whatsapp:{PHONE}"),
    "twilio_voice": (lambda: TwilioLike(SID, SECRETS["twilio"]), TWILIO, PHONE, PHONE),
    "vonage_sms": (
        lambda: VonageLike("abcd1234", SECRETS["vonage"]),
        {"api_key": "abcd1234", "api_secret": "prefect:vonage", "sender": "+12025550100"},
        PHONE,
        PHONE,
    ),
    "whatsapp": (
        lambda: WhatsAppLike(SECRETS["meta"], "10987654321"),
        {"phone_id": "10987654321", "token": "prefect:meta", "template": "konbit_call"},
        PHONE,
        PHONE,
    ),
    "telegram": (
        lambda: TelegramLike(SECRETS["telegram"]),
        {"token": "prefect:telegram"},
        "123456789",
        "123456789",
    ),
    "signal": (SignalLike, {"sender": "+12025550100"}, PHONE, PHONE),
    "slack": (lambda: SlackLike(SECRETS["slack"]), {"token": "prefect:slack"}, "U0123ABCD", "U0123ABCD"),
    "matrix": (
        lambda: MatrixLike(SECRETS["matrix"]),
        {"token": "prefect:matrix"},
        "!room:example.org",
        "!room:example.org",
    ),
    "teams": (lambda: TeamsLike(FLOW, SECRETS["teams"]), {}, WORKFLOW, "workflow"),
    "discord": (lambda: DiscordLike(DISCORD_HOOK, SECRETS["discord"]), {}, HOOK, DISCORD_HOOK),
    "ntfy": (NtfyLike, {"token": "prefect:ntfy"}, "konbit-desk", "konbit-desk"),
}
SERVERS = ("signal", "matrix", "ntfy")


@pytest.fixture(scope="module")
def services() -> Iterator[dict[str, Provider]]:
    """One fake of each service, for all tests of the module."""
    running = {kind: make() for kind, (make, *_) in KINDS.items()}
    for service in running.values():
        service.start()
    yield running
    for service in running.values():
        service.stop()


@pytest.fixture
def adapter() -> AppriseAdapter:
    return AppriseAdapter(Timeouts(connect=1.0, read=0.4, total=0.8), VAULT)


def _account(kind: str, service: Provider, **more: object) -> ChannelAccount:
    place = {"url" if kind in SERVERS else "endpoint": service.url}
    settings = {"kind": kind, "name": "a", "allow_loopback": True, **place, **KINDS[kind][1], **more}
    (account,) = read_accounts([settings]).values()
    return account


def _delivery(account: ChannelAccount, address: str, **more: object) -> Delivery:
    return a_delivery("d" * 32, channel=account.channel, account="a", address=address, **more)


@pytest.mark.parametrize("kind", KINDS)
def test_one_message_reaches_one_recipient_with_the_providers_id(
    services: dict[str, Provider], adapter: AppriseAdapter, kind: str
) -> None:
    service, address, taken = services[kind], KINDS[kind][2], KINDS[kind][3]
    service.taken.clear()
    result = adapter.send(_account(kind, service), _delivery(_account(kind, service), address))
    assert isinstance(result, Accepted), result
    assert bool(result.provider_id) == (kind not in WITHOUT_ID)
    assert service.taken == [taken]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("status", "retry_after", "expected"),
    [
        (500, "", Unknown("http_500")),
        (429, "30", Throttled("rate", dt.timedelta(seconds=30))),
        (429, "", Throttled("rate", None)),
    ],
)
def test_a_service_that_is_down_or_busy_is_understood_alike(
    services: dict[str, Provider],
    adapter: AppriseAdapter,
    kind: str,
    status: int,
    retry_after: str,
    expected: SendResult,
) -> None:
    service = services[kind]
    service.status, service.retry_after = status, retry_after
    before = len(service.requests)
    try:
        account = _account(kind, service)
        assert adapter.send(account, _delivery(account, KINDS[kind][2])) == expected
        assert len(service.requests) == before + 1, "nothing tries again but the outbox"
    finally:
        service.status, service.retry_after = None, ""


@pytest.mark.parametrize(
    ("kind", "code", "expected"),
    [
        ("twilio_sms", "21610", Stopped("opted_out")),
        ("twilio_sms", "21211", Permanent("invalid_address")),
        ("twilio_sms", "20003", Refused("account")),
        ("twilio_sms", "20429", Throttled("rate")),
        ("twilio_whatsapp", "63016", Permanent("outside_window")),
        ("twilio_voice", "21214", Permanent("invalid_address")),
        ("vonage_sms", "9", Refused("account")),
        ("vonage_sms", "1", Throttled("rate")),
        ("vonage_sms", "6", Permanent("invalid_address")),
        ("vonage_sms", "7", Stopped("barred")),
        ("whatsapp", "131026", Permanent("invalid_address")),
        ("whatsapp", "132001", Refused("template")),
        ("telegram", "403", Stopped("blocked")),
        ("telegram", "400", Permanent("gone")),
        ("telegram", "429:17", Throttled("rate", dt.timedelta(seconds=17))),
        ("signal", "Failed to send message: Unregistered user", Permanent("invalid_address")),
        ("signal", "captcha", Refused("captcha")),
        ("signal", "something else", Unknown("not_confirmed")),
        ("slack", "channel_not_found", Permanent("gone")),
        ("slack", "token_revoked", Refused("account")),
        ("slack", "surprise", Permanent("rejected")),
        ("matrix", "M_FORBIDDEN", Permanent("not_permitted")),
        ("discord", "10015", Permanent("gone")),
        ("discord", "50035", Permanent("http_400")),
        ("discord", "429:7.5", Throttled("rate", dt.timedelta(seconds=7.5))),
        ("discord", "429:0.3", Throttled("rate", dt.timedelta(seconds=1))),
        ("teams", "404", Permanent("gone")),
        ("teams", "400", Permanent("http_400")),
        ("teams", "429", Throttled("rate")),
        ("teams", "502", Unknown("http_502")),
    ],
)
def test_a_refusal_is_understood_in_the_providers_own_words(
    adapter: AppriseAdapter, kind: str, code: str, expected: SendResult
) -> None:
    address = KINDS[kind][2]
    with KINDS[kind][0]() as service:
        service.refuse({"teams": "workflow", "discord": DISCORD_HOOK}.get(kind, address), code)
        account = _account(kind, service)
        assert adapter.send(account, _delivery(account, address)) == expected
        assert service.taken == []


@pytest.mark.parametrize(
    ("kind", "secret"),
    [("twilio_sms", "twilio"), ("vonage_sms", "vonage"), ("whatsapp", "meta"), ("matrix", "matrix")],
)
def test_wrong_credentials_are_about_the_account_not_about_the_person(kind: str, secret: str) -> None:
    wrong = AppriseAdapter(Timeouts(1.0, 0.4), Vault({"prefect": lambda _: SECRETS[secret][:-1] + "b"}))
    with KINDS[kind][0]() as service:
        account = _account(kind, service)
        assert wrong.send(account, _delivery(account, KINDS[kind][2])) == Refused("account")


@pytest.mark.parametrize(
    ("kind", "address"),
    [("teams", WORKFLOW[:-1] + "x"), ("discord", HOOK[:-1] + "x")],
)
def test_a_key_that_is_wrong_is_about_the_address_that_holds_it_not_about_the_account(
    services: dict[str, Provider], adapter: AppriseAdapter, kind: str, address: str
) -> None:
    """Each address is a room with a key of its own: one that was changed must not close the account for the others."""
    account = _account(kind, services[kind])
    assert adapter.send(account, _delivery(account, address)) == Permanent("http_401")
    assert isinstance(adapter.send(account, _delivery(account, KINDS[kind][2])), Accepted)


@pytest.mark.parametrize("unit", ["", "/cu/15"])
def test_a_workflow_of_power_automate_is_posted_to_at_the_very_address_that_was_given(
    services: dict[str, Provider], adapter: AppriseAdapter, unit: str
) -> None:
    account = _account("teams", services["teams"])
    address = AUTOMATE.replace("/direct/", f"/direct{unit}/")
    assert isinstance(adapter.send(account, _delivery(account, address)), Accepted)
    asked, given = urlsplit(services["teams"].requests[-1].target), urlsplit(address)
    assert (asked.path, parse_qs(asked.query)) == (given.path, parse_qs(given.query))


def _words(request: ReceivedPost) -> str:
    """All the texts that a request brings, as its reader sees them."""
    found: list[str] = []

    def walk(value: object) -> None:
        if isinstance(value, dict):
            for one in value.values():
                walk(one)
        elif isinstance(value, list):
            for one in value:
                walk(one)
        elif isinstance(value, str):
            found.append(value)

    form = request.headers["content-type"].startswith("application/x-www-form-urlencoded")
    walk(request.form if form else json.loads(request.body))
    return html.unescape(" ".join(found))


LINK = "https://answers.example.org/a/IQEBnlSEXtxvAaFpxmynhQazxFjSLlOVwvg"


@pytest.mark.parametrize("kind", KINDS)
def test_the_mark_and_the_link_arrive_as_they_were_rendered(
    services: dict[str, Provider], adapter: AppriseAdapter, kind: str
) -> None:
    service, room = services[kind], kind in ("teams", "discord")
    account = _account(kind, service)
    mark = "[ACTUAL]" if room else "EXERCISE EXERCISE EXERCISE"
    more = {"subject": "[ACTUAL] Call", "mode": "actual"} if room else {
        "subject": "[EXERCISE] Call - EXERCISE", "mode": "drill", "audience": "private"}  # fmt: skip
    body = f"Can you act? {LINK}" if room else f"{mark}\n\nCan you act? {LINK}\n\n{mark}"
    delivery = _delivery(account, KINDS[kind][2], body=body, **more)
    assert isinstance(adapter.send(account, delivery), Accepted)
    words = _words(service.requests[-1])
    assert words.count(mark) == (1 if room else 2)
    assert re.search(r"(?<!\S)" + re.escape(LINK) + r"(?!\S)", words) or kind == "twilio_voice"


@pytest.mark.parametrize("kind", ["teams", "discord"])
def test_a_room_hears_of_no_drill_whatever_the_delivery_says(
    services: dict[str, Provider], adapter: AppriseAdapter, kind: str
) -> None:
    account, before = _account(kind, services[kind]), len(services[kind].requests)
    delivery = _delivery(account, KINDS[kind][2], mode="drill", audience="room")
    assert adapter.send(account, delivery) == Permanent("not_private")
    assert len(services[kind].requests) == before


@pytest.mark.parametrize(
    ("behaviour", "expected"),
    [
        ("close", Unknown("dropped")),
        ("close_unread", Unknown("dropped")),
        ("error_after_accept", Unknown("http_500")),
    ],
)
def test_an_answer_that_is_lost_leaves_unknown_and_one_copy(
    adapter: AppriseAdapter, behaviour: Misbehaviour, expected: SendResult
) -> None:
    with TwilioLike(SID, SECRETS["twilio"], behaviour=behaviour) as service:
        account = _account("twilio_sms", service)
        assert adapter.send(account, _delivery(account, PHONE)) == expected
        assert len(service.taken) <= 1


def test_a_secret_that_cannot_be_read_sends_nothing() -> None:
    with TwilioLike(SID, "x") as service:
        account = _account("twilio_sms", service, auth_token="env:KONBIT_NOT_THERE")
        assert AppriseAdapter().send(account, _delivery(account, PHONE)) == Refused("no_secret")
        assert service.requests == []


def test_a_closed_port_is_temporary_for_nothing_left(adapter: AppriseAdapter) -> None:
    service = TwilioLike(SID, "x")
    service.start()
    account = _account("twilio_sms", service)
    service.stop()
    assert adapter.send(account, _delivery(account, PHONE)) == Temporary("unreachable")


def test_a_call_speaks_the_text_as_words_in_the_language_and_no_link(
    services: dict[str, Provider], adapter: AppriseAdapter
) -> None:
    service = services["twilio_voice"]
    account = _account("twilio_voice", service)
    body = "Appel <Say>x</Say> & https://konbit.example.org/a/tok_en fin"
    adapter.send(account, _delivery(account, PHONE, body=body, language="fr"))
    (twiml,) = parse_qs(service.requests[-1].body.decode())["Twiml"]
    assert 'language="fr-FR"' in twiml
    assert "&lt;Say&gt;x&lt;/Say&gt; &amp; Le lien est dans vos messages. fin" in twiml
    assert "konbit.example.org" not in twiml


@pytest.mark.parametrize(
    ("keypad", "request_id", "portal_url", "asks"),
    [
        (True, "call", "https://answers.example.org/", True),
        (False, "call", "https://answers.example.org", False),
        (True, None, "https://answers.example.org", False),
        (True, "call", "", False),
    ],
    ids=["asks", "no keypad", "nothing asked", "no portal"],
)
def test_a_call_takes_a_key_where_something_is_asked_and_there_is_a_door_for_it(
    services: dict[str, Provider], *, keypad: bool, request_id: str | None, portal_url: str, asks: bool
) -> None:
    service = services["twilio_voice"]
    account = _account("twilio_voice", service, keypad=keypad)
    adapter = AppriseAdapter(Timeouts(connect=1.0, read=0.4), VAULT, portal_url)
    assert isinstance(adapter.send(account, _delivery(account, PHONE, request_id=request_id)), Accepted)
    twiml = service.requests[-1].form["Twiml"]
    action = f'action="https://answers.example.org/in/twilio/keys/{"d" * 32}"'
    assert (action in twiml) == asks
    assert ("<Gather" in twiml) == asks
    assert twiml.count("<Say") == 1


def test_a_template_gets_the_text_in_its_variable_on_one_line_and_its_language(
    services: dict[str, Provider], adapter: AppriseAdapter
) -> None:
    service = services["whatsapp"]
    account = _account("whatsapp", service)
    adapter.send(account, _delivery(account, PHONE, body="Un\n\ndeux   trois", language="fr"))
    template = json.loads(service.requests[-1].body)["template"]
    assert template["language"] == {"code": "fr"}
    assert template["components"][0]["parameters"] == [{"type": "text", "text": "Un deux trois"}]


@pytest.mark.parametrize("kind", ["slack", "telegram", "matrix", "teams", "discord"])
def test_a_text_mentions_nobody_and_hides_no_link(
    services: dict[str, Provider], adapter: AppriseAdapter, kind: str
) -> None:
    service = services[kind]
    account = _account(kind, service)
    hostile = "a & b\nc  @everyone <!channel> <@U999> [bank](https://evil.example.org) <b>{{7*7}}</b> @room"
    adapter.send(account, _delivery(account, KINDS[kind][2], body=hostile))
    sent = json.dumps(json.loads(service.requests[-1].body), ensure_ascii=False)
    if kind == "telegram":
        assert json.loads(service.requests[-1].body)["text"].replace("\u2060", "") == (
            "[ACTUAL] Call\n\na &amp; b\nc  @everyone &lt;!channel&gt; &lt;@U999&gt; "
            "[bank](https://evil.example.org) &lt;b&gt;{{7*7}}&lt;/b&gt; @room"
        )
    else:
        assert "<!channel>" not in sent
        assert "@everyone" not in sent
        assert "](https" not in sent
    if kind == "slack":
        assert '"type": "plain_text"' in sent
        assert '"mrkdwn"' not in sent


def test_a_second_copy_to_a_matrix_room_is_the_same_transaction(adapter: AppriseAdapter) -> None:
    with MatrixLike(SECRETS["matrix"]) as service:
        account = _account("matrix", service)
        for _ in range(2):
            adapter.send(account, _delivery(account, "!room:example.org"))
        assert service.taken == ["!room:example.org"]


def test_a_text_that_is_too_long_for_the_channel_is_refused_here(
    services: dict[str, Provider], adapter: AppriseAdapter
) -> None:
    account = _account("telegram", services["telegram"])
    assert adapter.send(account, _delivery(account, "123456789", body="x" * 4200)) == Permanent("too_long")


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://10.0.0.1/",
        "http://169.254.169.254",
        "https://user:pw@api.example.org",
        "ftp://api.example.org",
        "http://api.example.org",
        "https://api.example.org/?a=b",
        "https://2130706433/",
        "https://localhost/",
    ],
)
def test_an_endpoint_that_points_inside_or_gives_the_secret_away_is_refused(endpoint: str) -> None:
    with pytest.raises(InvalidAccount):
        read_accounts([{"kind": "twilio_sms", "name": "a", "endpoint": endpoint, **TWILIO}])


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("twilio_sms", {"sender": "12025550100"}),
        ("twilio_sms", {"account_sid": "AC1"}),
        ("twilio_sms", {"auth_token": "aaaa"}),
        ("telegram", {"token": "123:abc"}),
        ("whatsapp", {"template": "Call Me"}),
        ("whatsapp", {"languages": {}}),
        ("slack", {"url": "slack://xoxb"}),
        ("signal", {"url": "http://169.254.169.254"}),
        ("signal", {"url": "https://signal.example.org/v2"}),
        ("twilio_sms", {"per_second": 0}),
    ],
)
def test_settings_that_cannot_be_right_are_refused_without_being_repeated(
    kind: str, wrong: dict[str, Any]
) -> None:
    good = {"url": "https://chat.example.org"} if kind in SERVERS else {}
    with pytest.raises(InvalidAccount) as caught:
        read_accounts([{"kind": kind, "name": "a", **good, **KINDS[kind][1], **wrong}])
    assert all(str(value) not in str(caught.value) for value in wrong.values() if isinstance(value, str))
