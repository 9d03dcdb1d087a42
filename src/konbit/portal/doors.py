"""The doors for what providers bring: replies and receipts. Each is checked, kept, and answered 200 at once; read later.

Whatever is wrong is answered with a status and nothing else. Nothing of a body is logged.
"""

import dataclasses
import datetime as dt
import json
import re
import urllib.parse
from collections.abc import Callable, Mapping
from typing import Annotated, Final, Literal

from fastapi import FastAPI, Request
from pydantic import Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from konbit.clock import Clock, wall_now
from konbit.definition.base import Model
from konbit.notify import signatures, twiml
from konbit.notify.address import CHANNEL_KINDS, InvalidAddress, canonical
from konbit.notify.marking import mark_sms
from konbit.notify.text import clean
from konbit.notify.words import text_in
from konbit.store.reply_records import OURS, Called, NewInbound, NewReceipt, ReceiptStatus

MAX_BODY: Final = 64 * 1024
MAX_TEXT: Final = 4000
"""Characters of a reply that are kept: more than anybody needs to answer."""
TWILIO: Final[Mapping[str, ReceiptStatus]] = {
    "accepted": "accepted",
    "queued": "accepted",
    "sent": "accepted",
    "delivered": "delivered",
    "read": "read",
    "undelivered": "failed",
    "failed": "failed",
}
_TWIML = "<?xml version='1.0' encoding='UTF-8'?><Response/>"


@dataclasses.dataclass(frozen=True)
class Doors:
    """Where replies and receipts are kept, and the secrets that prove where they come from; None: that door is shut."""

    keep: Callable[[NewInbound], bool]
    receipt: Callable[[NewReceipt], None]
    clock: Clock
    url: str
    """How providers reach the portal: it is part of what Twilio signs."""
    twilio: str | None = dataclasses.field(default=None, repr=False)
    generic: str | None = dataclasses.field(default=None, repr=False)
    telegram: str | None = dataclasses.field(default=None, repr=False)
    called: Callable[[str], Called | None] = lambda _: None
    """What a call of ours asked."""
    complaint: Callable[[str, str, str | None, dt.datetime], None] = lambda *_: None
    """Takes a complaint: of which provider, about which message of its, and of ours."""


_Id = Annotated[str, Field(pattern=r"^[ -~]{1,200}$")]
"""Ids and codes of providers: they are kept as they are, so nothing may be in them that a database does not take."""


class SignedReply(Model):
    """A reply in our own format."""

    type: Literal["reply"] = "reply"
    provider: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,30}$")]
    channel: Annotated[str, Field(pattern=r"^[a-z]{1,16}$")]
    sender: Annotated[str, Field(alias="from", max_length=320)]
    text: str = ""
    id: _Id | None = None
    quoted: _Id | None = None


class SignedReceipt(Model):
    """A receipt in our own format."""

    type: Literal["receipt"]
    provider: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,30}$")]
    id: _Id
    status: ReceiptStatus | Literal["complained"]
    """`complained` is no state of a message: its recipient wants no more of them."""
    code: Annotated[str, Field(pattern=r"^[ -~]{0,40}$")] = ""
    delivery: _Id | None = None


def add_doors(app: FastAPI, doors: Doors) -> None:
    """Adds the routes; each answers POST alone."""

    @app.post("/in/twilio", response_model=None)
    async def twilio(request: Request) -> Response:
        return await _twilio(request, doors, None, _twilio_reply)

    @app.post("/in/twilio/status", response_model=None)
    async def twilio_status(request: Request) -> Response:
        return await _twilio(request, doors, None, _twilio_receipt)

    @app.post("/in/twilio/status/{delivery}", response_model=None)
    async def twilio_status_of(request: Request, delivery: str) -> Response:
        return await _twilio(request, doors, delivery, _twilio_receipt)

    @app.post("/in/twilio/keys/{delivery}", response_model=None)
    async def twilio_keys(request: Request, delivery: str) -> Response:
        return await _twilio(request, doors, delivery, _twilio_key)

    @app.post("/in/signed", response_model=None)
    async def signed(request: Request) -> Response:
        body = await _body(request)
        given = request.headers.get("x-konbit-signature", "")
        if body is None or not signatures.from_generic(doors.generic, body, given, wall_now()):
            return Response(status_code=413 if body is None else 403)
        return await run_in_threadpool(_signed, doors, body)

    @app.post("/in/telegram", response_model=None)
    async def telegram(request: Request) -> Response:
        body = await _body(request)
        given = request.headers.get("x-telegram-bot-api-secret-token", "")
        if body is None or doors.telegram is None or not signatures.same(doors.telegram, given):
            return Response(status_code=413 if body is None else 403)
        return await run_in_threadpool(_telegram, doors, body)


Form = Mapping[str, str]


async def _twilio(
    request: Request, doors: Doors, delivery: str | None, take: Callable[[Doors, Form, str | None], str]
) -> Response:
    body = await _body(request)
    if body is None:
        return Response(status_code=413)
    query = f"?{request.url.query}" if request.url.query else ""
    url = f"{doors.url}{request.url.path}{query}"
    fields = urllib.parse.parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    if not signatures.from_twilio(doors.twilio, url, fields, request.headers.get("x-twilio-signature", "")):
        return Response(status_code=403)
    said = await run_in_threadpool(take, doors, dict(fields), delivery)
    return Response(said, media_type="text/xml")


def _twilio_reply(doors: Doors, form: Form, delivery: str | None) -> str:
    """A message to one of our numbers; WhatsApp's come by the same door, with a prefix."""
    del delivery  # of receipts alone
    scheme, _, number = form.get("From", "").rpartition(":")
    channel = "whatsapp" if scheme == "whatsapp" else "sms"
    doors.keep(
        NewInbound(
            provider="twilio",
            provider_msg_id=form.get("MessageSid") or None,
            channel=channel,
            sender=_address(channel, number),
            text=_text(form.get("ButtonPayload") or form.get("Body", "")),
            received_at=doors.clock.now(),
            quoted=form.get("OriginalRepliedMessageSid") or None,
        )
    )
    return _TWIML


def _twilio_key(doors: Doors, form: Form, delivery: str | None) -> str:
    """A key pressed in a call of ours: the answer of whoever has the number that was called, to what the call asked.

    What is said back is said at once, so it says only what is known: that the key was one of the choices, and is kept.
    """
    asked = doors.called(delivery or "")
    digit = form.get("Digits", "")
    outward = form.get("Direction", "").startswith("outbound") and form.get("CallSid")
    if asked is None or not outward or not re.fullmatch(r"[0-9*#]", digit):
        return _TWIML
    if not digit.isdigit() or int(digit) not in asked.digits:
        return _heard("heard_wrong", digit, asked, f"{doors.url}/in/twilio/keys/{delivery}")
    doors.keep(
        NewInbound(
            provider="twilio",
            provider_msg_id=f"{form['CallSid']}:{digit}",
            channel="voice",
            sender=_address("voice", form.get("To", "")),
            text=digit,
            received_at=doors.clock.now(),
            quoted=f"{OURS}{delivery}",
        )
    )
    return _heard("heard" if asked.is_open else "heard_late", digit, asked)


def _heard(key: str, digit: str, asked: Called, keys: str = "") -> str:
    """A sentence in the language of the call; in a drill between its marks, like every other word of ours."""
    text = mark_sms(text_in(key, asked.language).format(digit=digit), asked.language, asked.mode)
    return twiml.reply(text, asked.language, keys)


def _twilio_receipt(doors: Doors, form: Form, delivery: str | None) -> str:
    status = TWILIO.get(form.get("MessageStatus", ""))
    if status is not None and form.get("MessageSid"):
        code = form.get("ErrorCode", "")[:40]
        at = doors.clock.now()
        doors.receipt(NewReceipt(
            provider="twilio", provider_msg_id=form["MessageSid"], status=status, received_at=at, code=code,
            delivery_id=delivery,
        ))  # fmt: skip
    return _TWIML


def _signed(doors: Doors, body: bytes) -> Response:
    try:
        found = json.loads(body)
        receipt = isinstance(found, dict) and found.get("type") == "receipt"
        told = SignedReceipt.model_validate(found) if receipt else SignedReply.model_validate(found)
    except (ValueError, ValidationError, RecursionError):
        return Response(status_code=400)
    now = doors.clock.now()
    if isinstance(told, SignedReceipt):
        _receipt(doors, told, now)
    else:
        doors.keep(NewInbound(
            provider=told.provider, provider_msg_id=told.id, channel=told.channel,
            sender=_address(told.channel, told.sender), text=_text(told.text), received_at=now,
            quoted=told.quoted,
        ))  # fmt: skip
    return Response(status_code=200)


def _receipt(doors: Doors, told: SignedReceipt, now: dt.datetime) -> None:
    if told.status == "complained":
        doors.complaint(told.provider, told.id, told.delivery, now)
        return
    doors.receipt(NewReceipt(
        provider=told.provider, provider_msg_id=told.id, status=told.status, received_at=now,
        code=told.code, delivery_id=told.delivery,
    ))  # fmt: skip


def _telegram(doors: Doors, body: bytes) -> Response:
    try:
        update = json.loads(body)
        reply = _update(doors, update)
    except (ArithmeticError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return Response(status_code=400)
    if reply is not None:
        doors.keep(reply)
    return Response(status_code=200)


def _update(doors: Doors, update: Mapping[str, object]) -> NewInbound | None:
    """A message, or a button that was pressed, in a private chat; None for what is no reply, such as a group's chatter."""
    pressed, written = update.get("callback_query"), update.get("message")
    if isinstance(pressed, dict):
        about, text, sender = pressed.get("message") or {}, pressed.get("data", ""), pressed["from"]["id"]
        number = about.get("message_id")
        quoted = f"{sender}:{number}" if number is not None else None
    elif isinstance(written, dict):
        if written["chat"].get("type", "private") != "private":
            return None
        sender, text = written["chat"]["id"], written.get("text", "")
        about = written.get("reply_to_message") or {}
        quoted = f"{sender}:{about['message_id']}" if "message_id" in about else None
    else:
        return None
    return NewInbound(
        provider="telegram",
        provider_msg_id=f"update:{int(str(update['update_id']))}:{sender}",
        channel="telegram",
        sender=_address("telegram", str(int(sender))),
        text=_text(str(text)),
        received_at=doors.clock.now(),
        quoted=quoted,
    )


def _address(channel: str, given: str) -> str:
    """In the canonical form if there is one, else as it was given, on one line: a stranger's then."""
    kind = next((one for one in CHANNEL_KINDS if one == channel), None)
    try:
        return canonical(kind, given) if kind is not None else _line(given)
    except InvalidAddress:
        return _line(given)


def _line(given: str) -> str:
    return " ".join(clean(given).split())[:320]


def _text(given: str) -> str:
    return clean(given)[:MAX_TEXT]


async def _body(request: Request) -> bytes | None:
    """The body; None as soon as it is longer than a reply can be."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY:
            return None
    return bytes(body)
