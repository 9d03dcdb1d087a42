"""Real servers on 127.0.0.1 that take messages and show them, for the demo and the tests.

Each has a `behaviour` that can be changed at any time, so that a test can make a provider refuse, hang,
drip or drop the connection after it took the message.
"""

import abc
import asyncio
import email
import email.message
import email.policy
import logging
import threading
import time
import types
import urllib.parse
from collections.abc import Coroutine
from dataclasses import dataclass, field
from types import TracebackType
from typing import Literal, Self, TypeVar

from aiosmtpd.smtp import SMTP, Envelope, Session

MailBehaviour = Literal["accept", "refuse", "busy", "hang", "close"]
HttpBehaviour = Literal["accept", "error", "redirect", "hang", "drip", "close"]

_MAX_REQUEST = 1_000_000
_STATUS: dict[HttpBehaviour, str] = {
    "accept": "200 OK",
    "error": "500 Internal Server Error",
    "redirect": "307 Temporary Redirect",
}
_T = TypeVar("_T")


@dataclass(frozen=True)
class ReceivedMail:
    """One mail as the server got it; `recipients` are those of the envelope."""

    sender: str
    recipients: tuple[str, ...]
    message: email.message.EmailMessage = field(repr=False)

    @property
    def subject(self) -> str:
        """The decoded subject."""
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        """The decoded plain text, with line feeds and without the line break that SMTP adds at the end."""
        part = self.message.get_body(preferencelist=("plain",))
        content = part.get_content() if part is not None else ""
        return str(content).replace("\r\n", "\n").rstrip("\n")


@dataclass(frozen=True)
class ReceivedPost:
    """One HTTP request as the server got it; header names are in lower case."""

    method: str
    target: str
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def form(self) -> dict[str, str]:
        """The body as form fields."""
        return dict(urllib.parse.parse_qsl(self.body.decode()))


class Sink(abc.ABC):
    """A server in a thread of its own with its own event loop; a context manager."""

    def __init__(self) -> None:
        self._server: asyncio.Server | None = None
        self.host = "127.0.0.1"
        self.port = 0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self, port: int = 0) -> None:
        """Listens on `port`, or on a free one."""
        # Made here and not before, so that a sink that was never started leaves nothing open.
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=type(self).__name__, daemon=True)
        self._thread.start()
        self._server = self._run(self._listen(port))
        self.port = self._server.sockets[0].getsockname()[1]

    def stop(self) -> None:
        """Closes every connection and ends the thread."""
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def _run(self, work: Coroutine[None, None, _T]) -> _T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(5)

    @abc.abstractmethod
    async def _listen(self, port: int) -> asyncio.Server: ...

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


def wait_for(found: list[_T], count: int, timeout: float) -> list[_T]:
    """The list once it has `count` entries; raises `TimeoutError`."""
    end = time.monotonic() + timeout
    while len(found) < count:
        if time.monotonic() >= end:
            raise TimeoutError(f"{len(found)} of {count} messages came within {timeout} s")
        time.sleep(0.01)
    return list(found)


def _quiet_server() -> None:
    """Silences the logger of aiosmtpd, which shows every line of every mail."""
    logger = logging.getLogger("mail.log")
    logger.setLevel(logging.CRITICAL)
    logger.propagate = False
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())


class SmtpSink(Sink):
    """An SMTP server that keeps what it gets.

    `refuse` and `busy` answer 550 and 451 to the recipient; `hang` and `close` take the message and then
    never answer or drop the connection, so that the sender cannot know.
    """

    def __init__(self, behaviour: MailBehaviour = "accept") -> None:
        super().__init__()
        self.behaviour: MailBehaviour = behaviour
        self.mails: list[ReceivedMail] = []

    def wait_for(self, count: int, timeout: float = 5.0) -> list[ReceivedMail]:
        """The mails once there are `count`; raises `TimeoutError` after `timeout` seconds."""
        return wait_for(self.mails, count, timeout)

    async def _recipient(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _: list[str]
    ) -> str:
        """Answers the recipient command."""
        if self.behaviour == "refuse":
            return "550 no such mailbox"
        if self.behaviour == "busy":
            return "451 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def _data(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Keeps the message."""
        content = envelope.original_content or b""
        message = email.message_from_bytes(content, policy=email.policy.default)
        self.mails.append(ReceivedMail(envelope.mail_from or "", tuple(envelope.rcpt_tos), message))
        if self.behaviour == "hang":
            await asyncio.sleep(3600)
        if self.behaviour == "close" and isinstance(server.transport, asyncio.WriteTransport):
            server.transport.abort()
        return "250 OK"

    async def _listen(self, port: int) -> asyncio.Server:
        _quiet_server()
        handler = types.SimpleNamespace(handle_RCPT=self._recipient, handle_DATA=self._data)

        def protocol() -> SMTP:
            return SMTP(handler, hostname="sink.example.org", loop=self._loop, enable_SMTPUTF8=False)

        return await self._loop.create_server(protocol, self.host, port)


class HttpSink(Sink):
    """An HTTP server that keeps what it gets.

    `hang`, `drip` and `close` take the request and then never answer, send a byte at a time without end, or
    drop the connection. `redirect` answers 307 to `redirect_to`.
    """

    def __init__(self, behaviour: HttpBehaviour = "accept") -> None:
        super().__init__()
        self.behaviour: HttpBehaviour = behaviour
        self.redirect_to = "/"
        self.posts: list[ReceivedPost] = []

    @property
    def url(self) -> str:
        """Where it listens, with a path."""
        return f"http://{self.host}:{self.port}/hook"

    def wait_for(self, count: int, timeout: float = 5.0) -> list[ReceivedPost]:
        """The requests once there are `count`; raises `TimeoutError` after `timeout` seconds."""
        return wait_for(self.posts, count, timeout)

    async def _listen(self, port: int) -> asyncio.Server:
        return await asyncio.start_server(self._serve, self.host, port, limit=_MAX_REQUEST)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            self.posts.append(await _read_request(reader))
            await self._answer(writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # somebody only looked whether the port is open, or went away
        except asyncio.CancelledError:
            pass  # the sink stops; asyncio would print the cancellation of a handler as an error
        finally:
            writer.close()

    async def _answer(self, writer: asyncio.StreamWriter) -> None:
        match self.behaviour:
            case "hang":
                await asyncio.sleep(3600)
            case "close":
                writer.transport.abort()
            case "drip":
                await self._drip(writer)
            case behaviour:
                status = _STATUS[behaviour]
                head = f"HTTP/1.1 {status}\r\nLocation: {self.redirect_to}\r\nContent-Length: 0\r\n"
                writer.write(f"{head}Connection: close\r\n\r\n".encode())
                await writer.drain()

    async def _drip(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while True:
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.1)


async def _read_request(reader: asyncio.StreamReader) -> ReceivedPost:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip("\r\n").split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return ReceivedPost(method, target, headers, body)
