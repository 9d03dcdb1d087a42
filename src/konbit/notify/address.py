"""Canonical addresses, one form per kind of channel: what is stored, compared and sent to.

Each function takes what a person or a file gave and either returns the one canonical text or refuses. The
refusal says what is wrong and never repeats the address, because errors end up in logs.
"""

import re
import unicodedata
from typing import Literal, get_args
from urllib.parse import parse_qs, quote, urlsplit

import email_validator
import phonenumbers

from konbit.domain.directory import ChannelKind
from konbit.errors import UserError
from konbit.notify import chat_ids, network

CHANNEL_KINDS: tuple[ChannelKind, ...] = get_args(ChannelKind)

_PHONE_CHARACTERS = re.compile(r"\+[0-9 ().\-]+")
# A percent or an exclamation mark can route mail through other hosts or be decoded on the way.
_MAIL_REFUSED = set(',;:<>()[]\\" \t%!')
# Calling or texting one of these costs whoever calls, which is what a fraud is after.
_COSTLY = frozenset({phonenumbers.PhoneNumberType.PREMIUM_RATE, phonenumbers.PhoneNumberType.SHARED_COST})
_URL_LENGTH = 2000
# A list of URLs, or a line break once it is decoded: either could become a second target on the way.
_URL_REFUSED = re.compile(r"[,;]|%[01][0-9a-f]|%7f", re.IGNORECASE)
# Discord: https://docs.discord.com/developers/resources/webhook; the id is a snowflake.
_DISCORD_HOSTS = frozenset({"discord.com", "discordapp.com"})
_DISCORD_PATH = re.compile(r"/api(?:/v[0-9]{1,2})?/webhooks/([0-9]{17,20})/([A-Za-z0-9_-]{60,100})")
# Teams: the address that the Workflows app shows; its signature is in the query.
_TEAMS_HOSTS = (".logic.azure.com", ".environment.api.powerplatform.com")
_TEAMS_PATH = re.compile(
    r"(/powerautomate/automations/direct(/cu/[0-9]{1,6})?)?/workflows/[0-9a-f]{32}/triggers/[A-Za-z0-9_]+/paths/invoke"
)
# RFC 3986: what may stand unescaped in a path and a query; `%` is kept because it is already an escape.
_PATH_SAFE = "/:@!$&'()*+,;=-._~%"
_QUERY_SAFE = _PATH_SAFE + "?"


class InvalidAddress(UserError):
    """The address cannot be used on this channel."""


def canonical(kind: ChannelKind, text: str, *, allow_loopback: bool = False) -> str:
    """The canonical form of `text` as an address of `kind`.

    `allow_loopback` admits a webhook on this machine, for the demo and the tests. Raises `InvalidAddress`.
    """
    stripped = text.strip(" ")
    if not stripped:
        raise InvalidAddress("the address is empty")
    if any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") for char in stripped):
        raise InvalidAddress("the address has a line break, a control or an invisible character in it")
    match kind:
        case "mail":
            return _mail(stripped)
        case "sms" | "voice" | "whatsapp" | "signal":
            return _phone(stripped)
        case "telegram" | "slack" | "matrix" | "ntfy":
            return _chat(kind, stripped)
        case "teams":
            return _teams(stripped, allow_loopback=allow_loopback)
        case "discord":
            return _discord(stripped, allow_loopback=allow_loopback)
        case "webhook":
            return _webhook(stripped, allow_loopback=allow_loopback)


def _mail(text: str) -> str:
    """One mailbox, its domain in lower-case ASCII; the case of the local part belongs to the receiver."""
    if _MAIL_REFUSED & set(text):
        raise InvalidAddress(
            "a mail address is one plain name@domain, without spaces, commas, quotes or brackets"
        )
    try:
        checked = email_validator.validate_email(
            text, check_deliverability=False, allow_smtputf8=False, strict=True
        )
    except email_validator.EmailNotValidError as error:
        raise InvalidAddress(f"not a mail address: {_without(str(error), text)}") from None
    return f"{checked.local_part}@{checked.ascii_domain.lower()}"


def _phone(text: str) -> str:
    """A number in E.164; one without a country code is refused, for it would be guessed."""
    if not text.startswith("+"):
        raise InvalidAddress(
            "a phone number starts with + and the country code, such as +1 for Canada or +509 for Haiti"
        )
    if not _PHONE_CHARACTERS.fullmatch(text):
        raise InvalidAddress(
            "a phone number holds a + and digits, with spaces, dots, dashes or brackets between them"
        )
    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        raise InvalidAddress(
            "not a phone number: the country code is not known or digits are missing"
        ) from None
    if not phonenumbers.is_valid_number(number):
        raise InvalidAddress(
            "not a phone number of that country: check the number of digits and the area code"
        )
    if phonenumbers.number_type(number) in _COSTLY:
        raise InvalidAddress("a number that costs its caller extra is not called")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _chat(kind: Literal["telegram", "slack", "matrix", "ntfy"], text: str) -> str:
    """An id of a chat service, in the one spelling the service documents."""
    rule = chat_ids.RULES[kind]
    found = rule.canonical(text)
    if found is None:
        raise InvalidAddress(rule.expected)
    return found


def _teams(text: str, *, allow_loopback: bool) -> str:
    """The address of a Teams workflow that posts what it receives; the old connectors are gone."""
    url = _webhook(text, allow_loopback=allow_loopback)
    parts = urlsplit(url)
    host = parts.hostname or ""
    ours = allow_loopback and _is_loopback(host)
    if not ours and not (parts.scheme == "https" and host.endswith(_TEAMS_HOSTS)):
        raise InvalidAddress(
            "a Teams address is the https URL that the Workflows app shows, on logic.azure.com or "
            "environment.api.powerplatform.com"
        )
    if not _TEAMS_PATH.fullmatch(parts.path) or len(parse_qs(parts.query).get("sig", ())) != 1:
        raise InvalidAddress(
            "a Teams address ends in /workflows/<id>/triggers/<name>/paths/invoke and has one signature (sig=)"
        )
    return url


def _discord(text: str, *, allow_loopback: bool) -> str:
    """The webhook of a Discord channel, on the host and path that Discord documents now."""
    url = _webhook(text, allow_loopback=allow_loopback)
    parts = urlsplit(url)
    host = parts.hostname or ""
    ours = allow_loopback and _is_loopback(host)
    found = _DISCORD_PATH.fullmatch(parts.path)
    if found is None or parts.query or not (ours or (parts.scheme == "https" and host in _DISCORD_HOSTS)):
        raise InvalidAddress("a Discord address is https://discord.com/api/webhooks/<id>/<token>")
    place = f"{parts.scheme}://{parts.netloc}" if ours else "https://discord.com"
    return f"{place}/api/webhooks/{found[1]}/{found[2]}"


def _is_loopback(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.")


def _webhook(text: str, *, allow_loopback: bool) -> str:
    """An http or https URL to a public host; what its name resolves to is checked again before each send."""
    if len(text) > _URL_LENGTH:
        raise InvalidAddress(f"a webhook URL has at most {_URL_LENGTH} characters; this one has {len(text)}")
    if " " in text or "\\" in text:
        raise InvalidAddress("a webhook URL has no spaces or backslashes")
    if _URL_REFUSED.search(text):
        raise InvalidAddress(
            "a webhook URL has no comma, semicolon or escaped control character; write %2C or %3B"
        )
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise InvalidAddress("not a URL: the host or the port cannot be read") from None
    if parts.scheme not in ("http", "https"):
        raise InvalidAddress("a webhook URL starts with https:// or http://")
    if parts.username is not None or parts.password is not None:
        raise InvalidAddress(
            "a webhook URL has no user or password in it; put the secret in a header of the account"
        )
    if parts.fragment:
        raise InvalidAddress("a webhook URL has no part after #")
    if port == 0:
        raise InvalidAddress("a port is between 1 and 65535")
    try:
        host = network.canonical_host(parts.hostname or "", allow_loopback=allow_loopback)
    except network.ForbiddenHost as error:
        raise InvalidAddress(str(error)) from None
    shown = f"[{host}]" if ":" in host else host
    default = 443 if parts.scheme == "https" else 80
    place = shown if port in (None, default) else f"{shown}:{port}"
    query = f"?{quote(parts.query, safe=_QUERY_SAFE)}" if parts.query else ""
    return f"{parts.scheme}://{place}{quote(parts.path or '/', safe=_PATH_SAFE)}{query}"


def _without(reason: str, text: str) -> str:
    """The reason with no piece of the address in it."""
    return (
        "its parts are not allowed" if any(p and p in reason for p in text.split("@")) else reason.rstrip(".")
    )


def mask(address: str) -> str:
    """A form that its owner recognises and nobody else can use: `a***@example.org`, `+1 *** 0123`."""
    if "://" in address:
        parts = urlsplit(address)
        return f"{parts.scheme}://{parts.hostname or ''}/***"
    if "@" in address:
        local, _, domain = address.rpartition("@")
        return f"{local[:1]}***@{domain}"
    if address.startswith("+"):
        try:
            number = phonenumbers.parse(address, None)
        except phonenumbers.NumberParseException:
            return "***"
        return f"+{number.country_code} *** {address[-4:]}"
    return "***"
