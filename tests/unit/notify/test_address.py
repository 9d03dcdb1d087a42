"""Canonical addresses: one form each, or a refusal that does not repeat the address."""

from collections.abc import Callable

import pytest
from apprise.utils.parse import parse_list
from hypothesis import given
from hypothesis import strategies as st

from konbit.domain.channel_traits import audience_of
from konbit.domain.directory import ChannelKind
from konbit.notify.address import CHANNEL_KINDS, InvalidAddress, canonical, mask


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("focal.point@Example.ORG", "focal.point@example.org"),
        ("  Desk+haiti@example.org ", "Desk+haiti@example.org"),
        ("o'brien@example.org", "o'brien@example.org"),
        ("desk@bücher.example.net", "desk@xn--bcher-kva.example.net"),
    ],
)
def test_a_mailbox_keeps_its_local_part_and_gets_a_lower_case_ascii_domain(
    given_text: str, expected: str
) -> None:
    assert canonical("mail", given_text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "desk",
        "desk@",
        "@example.org",
        "a@example.org,b@example.org",
        "a@example.org;b@example.org",
        "a@example.org\r\nBcc: b@example.org",
        "a@example.org\n",
        "a@example.org%0d%0aBcc:b@example.org",
        "a%0d%0ab@example.org",
        "a%example.net@example.org",
        "Desk <a@example.org>",
        '"a b"@example.org',
        "a b@example.org",
        "a@example.org\x00",
        "a\u202e@example.org",
        "a\u200b@example.org",
        "a@[127.0.0.1]",
        "a@localhost",
        "é@example.org",
        "a" * 65 + "@example.org",
        "a@" + "b" * 250 + ".example.org",
    ],
)
def test_whatever_is_not_one_plain_mailbox_is_refused(text: str) -> None:
    with pytest.raises(InvalidAddress):
        canonical("mail", text)


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("+1 202-555-0143", "+12025550143"),
        ("+44 (20) 7946 0123", "+442079460123"),
        ("+33 1 99 00 12 34", "+33199001234"),
    ],
)
def test_a_phone_number_is_written_in_e164(given_text: str, expected: str) -> None:
    assert canonical("sms", given_text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "202-555-0143",
        "0012025550143",
        "+1 202 555",
        "+1 202 555 0143,+1 202 555 0144",
        "+1 202 555 0143 ext 5",
        "+1202555014O",
        "+999 123456789",
        "+",
        "+12025550143\n",
        "+\u0661202555\u0660143",
    ],
)
def test_a_number_without_country_code_or_with_anything_else_in_it_is_refused(text: str) -> None:
    with pytest.raises(InvalidAddress):
        canonical("sms", text)


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("https://Hooks.Example.org", "https://hooks.example.org/"),
        ("https://hooks.example.org:443/a?b=c", "https://hooks.example.org/a?b=c"),
        ("http://hooks.example.org:8080/é", "http://hooks.example.org:8080/%C3%A9"),
        ("https://8.8.8.8/x", "https://8.8.8.8/x"),
        ("https://[2606:4700:0:0::1111]:8443/", "https://[2606:4700::1111]:8443/"),
    ],
)
def test_a_webhook_is_written_in_one_form(given_text: str, expected: str) -> None:
    assert canonical("webhook", given_text) == expected
    assert canonical("webhook", expected) == expected


@pytest.mark.parametrize(
    "text",
    [
        "http://127.0.0.1/",
        "http://127.1/",
        "http://0177.0.0.1/",
        "http://0x7f000001/",
        "http://2130706433/",
        "http://0/",
        "http://0.0.0.0/",
        "http://[::1]/",
        "http://[::]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:a9fe:a9fe]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[64:ff9b::a00:1]/",
        "http://[2002:7f00:1::]/",
        "http://[2002:a00:1::]/",
        "http://[fe80::1]/",
        "http://[fc00::1]/",
        "http://[ff02::1]/",
        "http://10.0.0.1/",
        "http://172.16.5.4/",
        "http://192.168.1.1/",
        "http://100.64.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://100.100.100.200/",
        "http://224.0.0.1/",
        "http://255.255.255.255/",
        "http://localhost/",
        "http://LOCALHOST./",
        "http://app.localhost/",
        "http://metadata.google.internal/",
        "http://printer.local/",
        "http://intranet/",
        "http://user:secret@hooks.example.org/",
        "http://hooks.example.org/#part",
        "http://hooks.example.org:0/",
        "http://hooks.example.org:99999/",
        "http://hooks.example.org\\@10.0.0.1/",
        "http://hooks.example.org /",
        "http://hooks_.example..org/",
        "http://bücher.example.org/",
        "ftp://hooks.example.org/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "json://hooks.example.org/",
        "hooks.example.org",
        "http://",
        "http://[bad/",
        "https://hooks.example.org/" + "a" * 2000,
    ],
)
def test_a_webhook_to_the_inside_or_in_disguise_is_refused(text: str) -> None:
    with pytest.raises(InvalidAddress):
        canonical("webhook", text)


@pytest.mark.parametrize(
    "text", ["http://127.0.0.1:8025/hook", "http://localhost:9000/", "http://[::1]:9000/"]
)
def test_loopback_is_allowed_only_where_the_account_says_so(text: str) -> None:
    assert canonical("webhook", text, allow_loopback=True) == text
    with pytest.raises(InvalidAddress):
        canonical("webhook", text)


@pytest.mark.parametrize(
    "text", ["http://10.0.0.1/", "http://169.254.169.254/", "http://[::ffff:127.0.0.1]/"]
)
def test_allowing_loopback_allows_nothing_else(text: str) -> None:
    with pytest.raises(InvalidAddress):
        canonical("webhook", text, allow_loopback=True)


WORKFLOW = (
    "https://prod-7.westeurope.logic.azure.com/workflows/" + "0a" * 16 + "/triggers/manual/paths/invoke"
    "?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=not-a-real-signature"
)
AUTOMATE = WORKFLOW.replace(
    "prod-7.westeurope.logic.azure.com/",
    "default0a.15.environment.api.powerplatform.com/powerautomate/automations/direct/",
)
HOOK = "https://discord.com/api/webhooks/123456789012345678/" + "t" * 68


@pytest.mark.parametrize("kind", ["sms", "voice", "whatsapp", "signal"])
def test_whatever_goes_to_a_phone_is_addressed_by_its_number(kind: ChannelKind) -> None:
    assert canonical(kind, "+1 (202) 555-0143") == "+12025550143"


@pytest.mark.parametrize(
    ("kind", "given_text", "expected", "audience"),
    [
        ("telegram", " 123456789 ", "123456789", "private"),
        ("telegram", "-1001234567890", "-1001234567890", "room"),
        ("telegram", "@Example_Channel", "@example_channel", "public"),
        ("slack", "U0123ABCD", "U0123ABCD", "private"),
        ("slack", "D0123ABCD", "D0123ABCD", "private"),
        ("slack", "C0123ABCD", "C0123ABCD", "room"),
        ("matrix", "@Focal.Point:Example.org", "@focal.point:example.org", "private"),
        ("matrix", "!OpaqueId:example.org", "!OpaqueId:example.org", "room"),
        ("matrix", "#haiti:example.org", "#haiti:example.org", "room"),
        ("ntfy", "Focal-point_7", "Focal-point_7", "private"),
        ("teams", WORKFLOW, WORKFLOW, "room"),
        ("teams", WORKFLOW.replace(".com/", ".com:443/"), WORKFLOW, "room"),
        *(("teams", one, one, "room") for one in (AUTOMATE, AUTOMATE.replace("/direct/", "/direct/cu/15/"))),
        ("discord", HOOK, HOOK, "room"),
        ("discord", HOOK.replace("discord.com/api", "discordapp.com/api/v10"), HOOK, "room"),
        ("mail", "desk@example.org", "desk@example.org", "private"),
    ],
)
def test_an_id_of_a_chat_has_one_spelling_and_says_who_reads_it(
    kind: ChannelKind, given_text: str, expected: str, audience: str
) -> None:
    assert canonical(kind, given_text) == expected
    assert canonical(kind, expected) == expected
    assert audience_of(kind, expected) == audience


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("telegram", "example"),
        ("telegram", "0"),
        ("telegram", "-0"),
        ("telegram", "99999999999999999"),
        ("telegram", str(2**52)),
        ("telegram", "123,456"),
        ("telegram", "123:4"),
        ("telegram", "@abc"),
        ("telegram", "@name:4"),
        ("telegram", "\u0661\u0662\u0663"),
        ("telegram", "https://t.me/example"),
        ("slack", "#general"),
        ("slack", "@somebody"),
        ("slack", "u0123abcd"),
        ("slack", "C0123ABCD,C0123ABCE"),
        ("slack", "C0123ABCD:1700000000.1"),
        ("slack", "https://hooks.slack.com/services/T/B/X"),
        ("matrix", "@focal"),
        ("matrix", "focal:example.org"),
        ("matrix", "@focal:localhost"),
        ("matrix", "@focal:127.0.0.1"),
        ("matrix", "@focal/../x:example.org"),
        ("matrix", "@focal:example.org,#x:example.org"),
        ("matrix", "@" + "f" * 250 + ":example.org"),
        ("ntfy", "a b"),
        ("ntfy", "a/b"),
        ("ntfy", "v1"),
        ("ntfy", "t" * 65),
        ("ntfy", "https://ntfy.example.org/topic"),
        ("teams", "https://example.webhook.office.com/webhookb2/x"),
        ("teams", WORKFLOW.replace("https", "http")),
        ("teams", WORKFLOW.replace("logic.azure.com", "logic.azure.com.example.net")),
        ("teams", WORKFLOW.partition("?")[0]),
        ("teams", WORKFLOW + "&sig=another"),
        ("teams", WORKFLOW.replace("/invoke", "/invoke/../x")),
        ("discord", HOOK.replace("discord.com", "discord.com.example.net")),
        ("discord", HOOK.replace("https", "http")),
        ("discord", HOOK + "?wait=true"),
        ("discord", HOOK + "/slack"),
        ("discord", HOOK[:60]),
        ("voice", "+33 899 70 01 23"),
        ("sms", "+1 900 555 0143"),
    ],
)
def test_a_name_a_list_or_another_service_is_refused_at_entry(kind: ChannelKind, text: str) -> None:
    """Group 19 of the failures: refused before anything is stored, and never read as an empty target."""
    with pytest.raises(InvalidAddress) as caught:
        canonical(kind, text)
    assert text not in str(caught.value)


@pytest.mark.parametrize("kind", CHANNEL_KINDS)
@pytest.mark.parametrize(
    "poison",
    [
        "",
        " ",
        "{}\r\nBcc: b@example.org",
        "{}\n",
        "{}\x00",
        "{}%0d%0aBcc:b@example.org",
        "{},{}",
        "{};{}",
        "{} {}",
        "\u202e{}",
        "{}\u2066",
        "{}\u200b",
        "{}\u2028",
        "x" * 10_240,
    ],
)
def test_no_control_separator_or_second_target_gets_into_an_address(kind: ChannelKind, poison: str) -> None:
    """Group 17 of the failures, addresses."""
    good = GOOD[kind]
    assert canonical(kind, good) == good
    with pytest.raises(InvalidAddress):
        canonical(kind, poison.format(good, good))


GOOD: dict[ChannelKind, str] = {
    "mail": "desk@example.org",
    "sms": "+12025550143",
    "whatsapp": "+12025550143",
    "telegram": "123456789",
    "signal": "+12025550143",
    "voice": "+12025550143",
    "slack": "U0123ABCD",
    "teams": WORKFLOW,
    "matrix": "@focal:example.org",
    "discord": HOOK,
    "ntfy": "focal-7",
    "webhook": "https://hooks.example.org/a",
}


TARGETS: Callable[[str], list[str]] = parse_list


@given(
    st.sampled_from([kind for kind in CHANNEL_KINDS if kind not in ("mail", "teams", "discord", "webhook")]),
    st.text(alphabet="@#!:-+_.,;/= \tabzACU0123456789%", max_size=40),
)
def test_apprise_reads_a_canonical_address_as_one_target(kind: ChannelKind, text: str) -> None:
    """Mail and URLs are not in it: the sender sets those as they are, past the parser of lists."""
    for candidate in (text, GOOD[kind] + text, GOOD[kind].replace("0", text, 1)):
        try:
            address = canonical(kind, candidate)
        except InvalidAddress:
            continue
        assert TARGETS(address) == [address]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("teams", WORKFLOW.replace("https://prod-7.westeurope.logic.azure.com", "http://127.0.0.1:9000")),
        ("discord", HOOK.replace("https://discord.com", "http://127.0.0.1:9000")),
    ],
)
def test_a_service_is_stood_in_for_on_loopback_alone(kind: ChannelKind, text: str) -> None:
    assert canonical(kind, text, allow_loopback=True) == text
    with pytest.raises(InvalidAddress):
        canonical(kind, text)
    with pytest.raises(InvalidAddress):
        canonical(kind, text.replace("127.0.0.1", "8.8.8.8"), allow_loopback=True)


@given(st.sampled_from(CHANNEL_KINDS), st.text(max_size=60))
def test_any_text_gives_a_stable_address_or_a_refusal_without_the_text(kind: ChannelKind, text: str) -> None:
    try:
        address = canonical(kind, text)
    except InvalidAddress as error:
        refusal = str(error)
    else:
        assert canonical(kind, address) == address
        assert set(address) <= set(map(chr, range(33, 127)))
        return
    assert len(text.strip()) < 6 or text.strip() not in refusal


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("amara@example.org", "a***@example.org"),
        ("+12025550123", "+1 *** 0123"),
        ("https://hooks.example.org/secret-path?key=1", "https://hooks.example.org/***"),
        ("anything else", "***"),
    ],
)
def test_a_masked_address_is_recognised_by_its_owner_only(address: str, shown: str) -> None:
    assert mask(address) == shown
