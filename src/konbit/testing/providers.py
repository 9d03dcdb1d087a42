"""Services that take messages, on 127.0.0.1: they speak the real protocols, refuse as the real ones do, and can misbehave.

`behaviour` says what a server does after it has read a request; `accept` lets the protocol answer. `refuse(address, code)`
has one recipient refused in the provider's own words.
"""

import asyncio
import base64
import json
import re
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from konbit.testing.sinks import ReceivedPost, Sink, wait_for

Misbehaviour = Literal[
    "accept", "hang", "drip", "drip_head", "close", "close_unread", "endless", "error_after_accept"
]


@dataclass(frozen=True)
class Answer:
    """What a provider answers; `taken` is the recipient whose message it took, if it took one."""

    status: int
    body: Mapping[str, Any] | None = None
    taken: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Provider(Sink):
    """An HTTP service that keeps connections open, with a latency; subclasses answer as theirs does."""

    def __init__(self, behaviour: Misbehaviour = "accept", latency: float = 0.0) -> None:
        super().__init__()
        self.behaviour: Misbehaviour = behaviour
        self.latency = latency
        self.status: int | None = None
        """Answered instead of what the protocol says, such as 401 or 429."""
        self.retry_after = ""
        self.requests: list[ReceivedPost] = []
        self.taken: list[str] = []
        """The recipients of the messages that were taken, in order, copies included."""
        self.open = 0
        """Requests that are being answered."""
        self._refused: dict[str, str] = {}

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{self.host}:{self.port}"

    def refuse(self, address: str, code: str) -> None:
        """Refuses this recipient from now on, with the provider's code."""
        self._refused[address] = code

    def wait_for(self, count: int, timeout: float = 5.0) -> list[str]:
        """The recipients once there are `count`; raises `TimeoutError` after `timeout` seconds."""
        return wait_for(self.taken, count, timeout)

    def answer(self, request: ReceivedPost) -> Answer:
        """What the service says to a request; taken as a webhook takes it, if no subclass says otherwise."""
        return Answer(200, {}, taken=request.target)

    async def _listen(self, port: int) -> asyncio.Server:
        return await asyncio.start_server(self._serve, self.host, port, limit=1_000_000, backlog=512)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                if self.behaviour == "close_unread":
                    writer.transport.abort()
                    return
                request = await _read(reader)
                self.open += 1
                try:
                    if not await self._answer(request, writer):
                        return
                finally:
                    self.open -= 1
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the other side went away
        except asyncio.CancelledError:
            pass  # the sink stops; asyncio would print the cancellation of a handler as an error
        finally:
            writer.close()

    async def _answer(self, request: ReceivedPost, writer: asyncio.StreamWriter) -> bool:
        """Answers; whether the connection goes on."""
        self.requests.append(request)
        if self.latency:
            await asyncio.sleep(self.latency)
        said = self.answer(request) if self.status is None else Answer(self.status, {})
        if said.taken is not None:
            self.taken.append(said.taken)
        match self.behaviour:
            case "hang":
                await asyncio.sleep(3600)
            case "close":
                writer.transport.abort()
                return False
            case "drip" | "drip_head" | "endless":
                await self._flood(writer)
            case "error_after_accept":
                said = Answer(500, {})
        writer.write(_wire(said, self.retry_after))
        await writer.drain()
        return True

    async def _flood(self, writer: asyncio.StreamWriter) -> None:
        start = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        pieces = {"drip": b"1\r\n.\r\n", "drip_head": b".", "endless": b"10000\r\n" + b"." * 65536 + b"\r\n"}
        writer.write(b"HTTP/1.1 200 OK\r\nX-Slow: " if self.behaviour == "drip_head" else start)
        while True:
            writer.write(pieces[self.behaviour])
            await writer.drain()
            await asyncio.sleep(0 if self.behaviour == "endless" else 0.05)


async def _read(reader: asyncio.StreamReader) -> ReceivedPost:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip("\r\n").split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return ReceivedPost(method, target, headers, body)


def _wire(said: Answer, retry_after: str) -> bytes:
    body = b"" if said.body is None else json.dumps(said.body).encode()
    headers = dict(said.headers)
    if retry_after:
        headers["Retry-After"] = retry_after
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = (
        f"HTTP/1.1 {said.status} Status\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    )
    return f"{head}{lines}\r\n".encode() + body


class TwilioLike(Provider):
    """Twilio's Messages.json and Calls.json. Codes: 21610 opted out, 21211 bad number, 20003 bad credentials, 20429 too many."""

    def __init__(self, sid: str, token: str, **more: Any) -> None:
        super().__init__(**more)
        self._login = "Basic " + base64.b64encode(f"{sid}:{token}".encode()).decode()
        self._sid = sid

    def answer(self, request: ReceivedPost) -> Answer:
        """Takes a message or a call, or says by its code why not."""
        if request.headers.get("authorization") != self._login:
            return _twilio_error(401, "20003")
        kinds = {
            f"/2010-04-01/Accounts/{self._sid}/Messages.json": ("SM", "Body"),
            f"/2010-04-01/Accounts/{self._sid}/Calls.json": ("CA", "Twiml"),
        }
        kind = kinds.get(request.target)
        form = request.form
        if kind is None or not form.get("To") or not form.get("From") or not form.get(kind[1]):
            return _twilio_error(404 if kind is None else 400, "20404" if kind is None else "21604")
        code = self._refused.get(form["To"].removeprefix("whatsapp:"))
        if code is not None:
            return _twilio_error(429 if code == "20429" else 400, code)
        return Answer(201, {"sid": f"{kind[0]}{len(self.taken):032x}", "status": "queued"}, taken=form["To"])


def _twilio_error(status: int, code: str) -> Answer:
    return Answer(status, {"code": int(code), "message": "refused", "status": status})


class VonageLike(Provider):
    """Vonage's /sms/json, which answers 200 to whatever it refuses."""

    def __init__(self, key: str, secret: str, **more: Any) -> None:
        super().__init__(**more)
        self._login = (key, secret)

    def answer(self, request: ReceivedPost) -> Answer:
        """Takes a message, or says by the status of the message why not."""
        form = request.form
        if request.target != "/sms/json":
            return Answer(404, {})
        if (form.get("api_key"), form.get("api_secret")) != self._login:
            return Answer(200, {"message-count": "1", "messages": [{"status": "4", "error-text": "bad"}]})
        code = self._refused.get("+" + form["to"])
        if code is not None:
            return Answer(200, {"message-count": "1", "messages": [{"status": code}]})
        part = {"status": "0", "message-id": f"V{len(self.taken)}", "to": form["to"]}
        return Answer(200, {"message-count": "1", "messages": [part]}, taken=f"+{form['to']}")


class TelegramLike(Provider):
    """The Bot API's sendMessage. Codes: 403 blocked, 400 no such chat, 429 with the seconds in `retry_after`."""

    def __init__(self, token: str, **more: Any) -> None:
        super().__init__(**more)
        self._token = token

    def answer(self, request: ReceivedPost) -> Answer:
        """Takes a message, or says why not."""
        if request.target != f"/bot{self._token}/sendMessage":
            return Answer(404, {"ok": False, "error_code": 404, "description": "Not Found"})
        said = json.loads(request.body)
        chat = str(said["chat_id"])
        code, _, seconds = self._refused.get(chat, "").partition(":")
        if code:
            words = {"403": "Forbidden: bot was blocked by the user", "400": "Bad Request: chat not found"}
            more = {"parameters": {"retry_after": int(seconds)}} if seconds else {}
            text = words.get(code, "Too Many Requests")
            return Answer(int(code), {"ok": False, "error_code": int(code), "description": text, **more})
        result = {"message_id": len(self.taken) + 1, "chat": {"id": said["chat_id"]}}
        return Answer(200, {"ok": True, "result": result}, taken=chat)


class SignalLike(Provider):
    """signal-cli-rest-api's /v2/send."""

    def answer(self, request: ReceivedPost) -> Answer:
        """Takes a message, or says why not: nearly always with 400."""
        said = json.loads(request.body)
        if request.target != "/v2/send" or len(said["recipients"]) != 1:
            return Answer(404, {"error": "not found"})
        (recipient,) = said["recipients"]
        words = self._refused.get(recipient)
        if words is not None:
            return Answer(429 if words == "captcha" else 400, {"error": words})
        return Answer(201, {"timestamp": str(1_700_000_000_000 + len(self.taken))}, taken=recipient)


class WhatsAppLike(Provider):
    """Meta's Cloud API, with templates."""

    def __init__(self, token: str, phone_id: str, **more: Any) -> None:
        super().__init__(**more)
        self._token, self._phone = token, phone_id

    def answer(self, request: ReceivedPost) -> Answer:
        """Takes a template, or says by the code of its error why not."""
        if request.headers.get("authorization") != f"Bearer {self._token}":
            return _meta_error(401, "190")
        said = json.loads(request.body)
        if not request.target.endswith(f"/{self._phone}/messages") or said.get("type") != "template":
            return _meta_error(400, "131047")
        code = self._refused.get(said["to"])
        if code is not None:
            return _meta_error(429 if code == "130429" else 400, code)
        return Answer(200, {"messages": [{"id": f"wamid.{len(self.taken)}"}]}, taken=said["to"])


def _meta_error(status: int, code: str) -> Answer:
    return Answer(status, {"error": {"message": "refused", "code": int(code)}})


class SlackLike(Provider):
    """Slack's chat.postMessage, which answers 200 with `ok: false` to what it refuses."""

    def __init__(self, token: str, **more: Any) -> None:
        super().__init__(**more)
        self._token = token

    def answer(self, request: ReceivedPost) -> Answer:
        """Takes a message, or says why not."""
        if request.target != "/api/chat.postMessage":
            return Answer(404, {})
        if request.headers.get("authorization") != f"Bearer {self._token}":
            return Answer(200, {"ok": False, "error": "invalid_auth"})
        channel = json.loads(request.body)["channel"]
        error = self._refused.get(channel)
        if error is not None:
            return Answer(200, {"ok": False, "error": error})
        return Answer(200, {"ok": True, "channel": channel, "ts": f"17.{len(self.taken)}"}, taken=channel)


class MatrixLike(Provider):
    """A Matrix homeserver: joining a room, and messages by transaction, of which a second copy is dropped."""

    def __init__(self, token: str, **more: Any) -> None:
        super().__init__(**more)
        self._token = token
        self._transactions: dict[str, str] = {}

    def answer(self, request: ReceivedPost) -> Answer:
        """Answers what a bot asks on its way to a room."""
        if request.headers.get("authorization") != f"Bearer {self._token}":
            return Answer(401, {"errcode": "M_UNKNOWN_TOKEN", "error": "unknown token"})
        path = urllib.parse.unquote(request.target)
        if path.endswith("/account/whoami"):
            return Answer(200, {"user_id": "@konbit:example.org"})
        room = next((part for part in path.split("/") if part.startswith("!")), "")
        if room in self._refused:
            return Answer(403, {"errcode": self._refused[room], "error": "refused"})
        if "/join/" in path:
            return Answer(200, {"room_id": room})
        if "/send/m.room.message/" in path:
            known = path in self._transactions
            event = self._transactions.setdefault(path, f"$event{len(self._transactions)}")
            return Answer(200, {"event_id": event}, taken=None if known else room)
        return Answer(404, {"errcode": "M_UNRECOGNIZED", "error": "unknown"})


class NtfyLike(Provider):
    """An ntfy server that takes messages as JSON."""

    def answer(self, request: ReceivedPost) -> Answer:
        """Takes a message to a topic."""
        topic = json.loads(request.body).get("topic")
        if request.target != "/" or not topic:
            return Answer(400, {"code": 40009, "error": "invalid request"})
        return Answer(200, {"id": f"n{len(self.taken)}", "topic": topic}, taken=topic)


class TeamsLike(Provider):
    """A Teams workflow with the trigger "when a webhook request is received": it takes an adaptive card, and says 202.

    Codes: 401 wrong signature, 404 deleted, 400 switched off. The address of its workflow is the recipient.
    """

    def __init__(self, workflow: str, signature: str, **more: Any) -> None:
        super().__init__(**more)
        self._path = f"/workflows/{workflow}/triggers/manual/paths/invoke"
        self._signature = signature

    def answer(self, request: ReceivedPost) -> Answer:
        """Takes a card, or says why not."""
        path, _, query = request.target.partition("?")
        asked = dict(urllib.parse.parse_qsl(query))
        if re.sub(r"^/powerautomate/automations/direct(/cu/[0-9]+)?", "", path) != self._path:
            return _azure(404, "WorkflowNotFound")
        if asked.get("sig") != self._signature or asked.get("sp") != "/triggers/manual/run":
            return _azure(401, "DirectApiAuthorizationRequired")
        if "workflow" in self._refused:
            return _azure(int(self._refused["workflow"]), "WorkflowTriggerIsNotEnabled")
        said = json.loads(request.body)
        (card,) = said["attachments"]
        kind, blocks = card["contentType"], card["content"]["body"]
        if kind != "application/vnd.microsoft.card.adaptive" or card["content"]["type"] != "AdaptiveCard":
            return _azure(400, "TriggerInputSchemaMismatch")
        if not all(block["type"] == "TextBlock" and block["text"] for block in blocks):
            return _azure(400, "TriggerInputSchemaMismatch")
        if len(request.body) > 28 * 1024:
            return _azure(413, "RequestEntityTooLarge")
        return Answer(202, None, taken="workflow", headers={"x-ms-workflow-run-id": f"run{len(self.taken)}"})


def _azure(status: int, code: str) -> Answer:
    return Answer(status, {"error": {"code": code, "message": "refused"}})


class DiscordLike(Provider):
    """A webhook of a Discord channel: JSON with `content`, 204 for what it takes.

    Codes: 10015 deleted, 50027 wrong token, 50035 too long, and 429 with the seconds in `retry_after`.
    """

    def __init__(self, webhook: str, token: str, **more: Any) -> None:
        super().__init__(**more)
        self._webhook, self._token = webhook, token

    def answer(self, request: ReceivedPost) -> Answer:
        """Takes a message, or says by its code why not."""
        parts = request.target.partition("?")[0].split("/")
        if parts[:3] != ["", "api", "webhooks"] or parts[3:4] != [self._webhook]:
            return _discord_error(404, 10015)
        if parts[4:] != [self._token]:
            return _discord_error(401, 50027)
        code, _, seconds = self._refused.get(self._webhook, "").partition(":")
        if code == "429":
            limits = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": seconds}
            body = {"message": "You are being rate limited.", "retry_after": float(seconds), "global": False}
            return Answer(429, body, headers=limits)
        if code:
            return _discord_error(404 if code == "10015" else 400, int(code))
        said = json.loads(request.body)
        if not said.get("content") and not said.get("embeds"):
            return _discord_error(400, 50006)
        if len(said.get("content", "")) > 2000:
            return _discord_error(400, 50035)
        return Answer(204, None, taken=self._webhook)


def _discord_error(status: int, code: int) -> Answer:
    return Answer(status, {"message": "refused", "code": code})
