"""A mail that somebody wrote back, as bytes, read with care: whose it is, what is new in it, and whether a machine wrote it."""

import email
import email.policy
import email.utils
import hashlib
import re
from dataclasses import dataclass, field
from email.message import EmailMessage, Message
from html.parser import HTMLParser
from typing import Final

from konbit.domain.replies import automatic
from konbit.notify.address import InvalidAddress, canonical
from konbit.notify.text import clean

MAX_TEXT: Final = 4000
LONGEST_ID: Final = 300
REFERENCE: Final = "x-konbit-reference"
_PLAIN: Final = re.compile(r"[A-Za-z0-9-]{1,40}")
"""What a reference of ours is made of."""
_HARD: Final = re.compile(r"5\.\d+\.\d+")
_TELLING: Final = (
    *("auto-submitted", "precedence", "x-autoreply", "x-autorespond", "subject", "return-path"),
)


@dataclass(frozen=True, slots=True)
class IncomingMail:
    """What is kept of a mail; `bounced` names the address that a delivery report says is gone."""

    sender: str = field(repr=False)
    text: str = field(repr=False)
    message_id: str | None
    quoted: str | None
    automatic: bool
    bounced: str | None = field(default=None, repr=False)
    complained: tuple[str, str] | None = field(default=None, repr=False)
    """The address and the reference of a mail of ours that a report of abuse is about."""


def read_mail(raw: bytes) -> IncomingMail:
    """The mail; total: what cannot be read is left empty, and is then for a person to look at."""
    try:
        return _read(raw)
    except Exception:  # noqa: BLE001  whatever the parser trips over: one such mail must not hold up those behind it
        return IncomingMail("", "", None, None, automatic=False)


def _read(raw: bytes) -> IncomingMail:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    headers = {name: _header(message, name) for name in _TELLING if message.get(name) is not None}
    bounced, complained = _bounced(message), _complained(message)
    return IncomingMail(
        sender=_sender(message),
        text=clean(_text(message))[:MAX_TEXT],
        message_id=_identity(_header(message, "message-id")),
        quoted=_identity(_header(message, "in-reply-to")),
        automatic=automatic(headers) or bounced is not None or complained is not None,
        bounced=bounced,
        complained=complained,
    )


def _header(message: Message, name: str) -> str:
    """A header on one line; one that cannot be parsed is empty."""
    try:
        return " ".join(str(message.get(name, "")).split())
    except (ValueError, IndexError, AttributeError):
        return ""


def _identity(given: str) -> str | None:
    """The id of a mail, of a length that an index takes: a longer one is known by its digest."""
    told = clean(given)
    return f"sha256:{hashlib.sha256(told.encode()).hexdigest()}" if len(told) > LONGEST_ID else told or None


def _sender(message: Message) -> str:
    return _mailbox(email.utils.parseaddr(_header(message, "from"))[1])


def _mailbox(given: str) -> str:
    try:
        return canonical("mail", given)
    except InvalidAddress:
        return clean(given)[:320]


def _text(message: Message) -> str:
    """The plain text, else the text of the HTML without its tags."""
    if not isinstance(message, EmailMessage):
        return ""
    try:
        part = message.get_body(preferencelist=("plain", "html"))
        content = str(part.get_content()) if part is not None else ""
    except (LookupError, ValueError, AttributeError):
        return ""
    if part is not None and part.get_content_subtype() == "html":
        reader = _Plain()
        reader.feed(content)
        return "".join(reader.parts)
    return content


class _Plain(HTMLParser):
    """The words of an HTML mail, a line for each block, without what it quotes."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Blocks begin a line; quotes and styles are left out."""
        del attrs
        self._hidden += tag in ("blockquote", "style", "script")
        if tag in ("p", "div", "br", "li", "tr"):
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """The quote is over."""
        if tag in ("blockquote", "style", "script"):
            self._hidden = max(self._hidden - 1, 0)

    def handle_data(self, data: str) -> None:
        """Words."""
        if not self._hidden:
            self.parts.append(data)


def _bounced(message: Message) -> str | None:
    """The address that a delivery report (RFC 3464) says has failed for good."""
    if message.get_content_type() != "multipart/report":
        return None
    for part in message.walk():
        recipient = _header(part, "final-recipient").partition(";")[2].strip()
        failed = _header(part, "action").lower() == "failed"
        if recipient and failed and _HARD.match(_header(part, "status")):
            return _mailbox(recipient)
    return None


def _complained(message: Message) -> tuple[str, str] | None:
    """Whom a report of abuse (RFC 5965) is from, and the reference in the copy of our mail that it brings."""
    if message.get_content_type() != "multipart/report":
        return None
    recipient = reference = ""
    for part in message.walk():
        if _header(part, "feedback-type").lower() == "abuse":
            recipient = _header(part, "original-rcpt-to")
        copy: Message = part
        if part.get_content_type() == "text/rfc822-headers":
            copy = email.message_from_string(str(part.get_payload()), policy=email.policy.default)
        found = _PLAIN.fullmatch(_header(copy, REFERENCE).strip())
        reference = reference or (found.group() if found else "")
    return (_mailbox(recipient.strip("<>")), reference) if recipient and reference else None
