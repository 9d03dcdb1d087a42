"""Scripted people: they read the real message, follow the real link, fill the real form in, and press the button.

What they say comes from whoever plays them (`Cues`); that a message reaches them, that its link works and that the page
takes what they say is the work of the system they test.
"""

import collections
import concurrent.futures
import dataclasses
import datetime as dt
import heapq
import json
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, Self

import httpx
from aiosmtpd.smtp import SMTP, Envelope, Session
from pydantic import JsonValue

from konbit.clock import Clock
from konbit.testing.sinks import HttpSink, SmtpSink
from konbit.testing.webform import WebForm, encoded, forms

TOKEN = re.compile(r"/a/([A-Za-z0-9_-]{35})(?![A-Za-z0-9_-])")
CLOSED = "the page takes no answer any more"
"""What a person meets who comes after all is settled."""
LOOK_SECONDS = 0.05
PLAYERS = 8
"""People who are at their screens at the same time."""
Verdict = Literal["accept", "decline", "wrong_person"]


class Postbox(SmtpSink):
    """A mail server some of whose mailboxes are gone: it answers 550 for them."""

    def __init__(self) -> None:
        super().__init__()
        self.gone: frozenset[str] = frozenset()
        self.refused: list[str] = []

    async def _recipient(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Answers the recipient command."""
        if address in self.gone:
            self.refused.append(address)
            return "550 no such mailbox"
        return await super()._recipient(server, session, envelope, address, options)


@dataclasses.dataclass(frozen=True)
class Line:
    """One thing a person says."""

    after: dt.timedelta
    """Run time since the message reached them."""
    verdict: Verdict = "accept"
    option: str | None = None
    """The outcome they choose; the first one offered if there is none."""
    data: Mapping[str, JsonValue] = dataclasses.field(default_factory=dict)


Cues = Callable[[str, str], Sequence[Line]]
"""Person and token of the link → what they say, nothing if they are silent."""


@dataclasses.dataclass(frozen=True)
class Message:
    """A message that reached somebody."""

    at: dt.datetime
    """Run time."""
    person: str
    channel: Literal["mail", "webhook"]
    subject: str = dataclasses.field(repr=False)
    text: str = dataclasses.field(repr=False)

    @property
    def token(self) -> str | None:
        """The token of the link in it."""
        found = TOKEN.search(self.text)
        return found[1] if found else None


@dataclasses.dataclass(frozen=True)
class Deed:
    """What somebody did with the page of a link."""

    at: dt.datetime
    """Run time."""
    person: str
    channel: str
    """On which the message came."""
    token: str = dataclasses.field(repr=False)
    verdict: Verdict = "accept"
    trouble: str = ""
    """Why it was not taken."""


@dataclasses.dataclass(order=True)
class _Due:
    at: float
    number: int
    message: Message = dataclasses.field(compare=False)
    token: str = dataclasses.field(compare=False)
    line: Line = dataclasses.field(compare=False)


class Players:
    """Plays everybody whose address is in `people` (address → person); a context manager. Delays are run time of `clock`."""

    def __init__(
        self, mail: Postbox, hooks: HttpSink, people: Mapping[str, str], portal: str, clock: Clock, cues: Cues
    ) -> None:
        self.mail, self.hooks = mail, hooks
        self.people, self.portal, self.clock, self.cues = people, portal.rstrip("/"), clock, cues
        self.messages: list[Message] = []
        self.deeds: list[Deed] = []
        self.strangers = 0
        """Messages to addresses of nobody."""
        self._due: list[_Due] = []
        self._read: collections.Counter[str] = collections.Counter()
        self._seen: set[tuple[str, str]] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="players", daemon=True)
        self._pool = concurrent.futures.ThreadPoolExecutor(PLAYERS, "player")
        self._http = httpx.Client(timeout=10, trust_env=False)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Everybody goes home; whoever is at a page finishes."""
        self._stop.set()
        self._thread.join(5)
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._http.close()

    @property
    def waiting(self) -> int:
        """How many are about to answer."""
        return len(self._due)

    @property
    def troubles(self) -> list[Deed]:
        """What was not taken."""
        return [deed for deed in self.deeds if deed.trouble]

    def _run(self) -> None:
        while not self._stop.wait(LOOK_SECONDS):
            for message in self._new():
                self.messages.append(message)
                self._think(message)
            while self._due and self._due[0].at <= time.time():
                due = heapq.heappop(self._due)
                self._pool.submit(self._act, due)

    def _new(self) -> list[Message]:
        """What has come in since the last look."""
        mails = self.mail.mails[self._read["mail"] :]
        posts = self.hooks.posts[self._read["webhook"] :]
        self._read["mail"] += len(mails)
        self._read["webhook"] += len(posts)
        found: list[Message] = []
        now = self.clock.now()
        for mail in mails:
            for address in mail.recipients:
                self._add(found, now, address, "mail", mail.subject, mail.text)
        for post in posts:
            subject, text = _posted(post.body)
            self._add(found, now, f"{self._hooks}{post.target}", "webhook", subject, text)
        return found

    @property
    def _hooks(self) -> str:
        return f"http://{self.hooks.host}:{self.hooks.port}"

    def _add(
        self, found: list[Message], now: dt.datetime, address: str, channel: Literal["mail", "webhook"],
        subject: str, text: str,
    ) -> None:  # fmt: skip
        person = self.people.get(address)
        if person is None:
            self.strangers += 1
        else:
            found.append(Message(now, person, channel, subject, text))

    def _think(self, message: Message) -> None:
        """Decides when to answer; whoever has the same link in an earlier message has decided already."""
        token = message.token
        if token is None or (message.person, token) in self._seen:
            return
        self._seen.add((message.person, token))
        for line in self.cues(message.person, token):
            at = self.clock.wall(message.at + line.after).timestamp()
            heapq.heappush(self._due, _Due(at, len(self._seen) * 1000 + len(self._due), message, token, line))

    def _act(self, due: _Due) -> None:
        try:
            trouble = self._answer(due.token, due.line)
        except (httpx.HTTPError, ValueError) as error:
            trouble = str(error) if isinstance(error, ValueError) else f"the portal: {type(error).__name__}"
        message = due.message
        deed = Deed(self.clock.now(), message.person, message.channel, due.token, due.line.verdict, trouble)
        self.deeds.append(deed)

    def _answer(self, token: str, line: Line) -> str:
        """Opens the page and sends the form; what stood in the way, or nothing."""
        url = f"{self.portal}/a/{token}"
        page = self._http.get(url)
        if page.status_code != httpx.codes.OK:
            return f"the page answered {page.status_code}"
        form = next(
            (one for one in forms(page.text) if any(name == "verdict" for name, _ in one.buttons)), None
        )
        if form is None:
            return CLOSED
        sent = form.filled(_given(form, line), ("verdict", line.verdict))
        missing = form.missing(sent) if line.verdict == "accept" else []
        if missing:
            return f"the script leaves required fields empty: {', '.join(missing)}"
        reply = self._http.post(
            str(page.url.join(form.action)),
            content=encoded(sent),
            headers={"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"},
        )
        if reply.status_code != httpx.codes.SEE_OTHER:
            return f"the portal answered {reply.status_code} to the form"
        shown = self._http.get(str(reply.url.join(reply.headers["location"])))
        return (
            ""
            if shown.status_code == httpx.codes.OK
            else f"the page after the answer was {shown.status_code}"
        )


def _given(form: WebForm, line: Line) -> dict[str, list[str]]:
    """The fields of the page for what the script says."""
    given = {f"f_{name}": _written(value) for name, value in line.data.items() if value is not None}
    choice = form.controls.get("f_answer")
    if line.verdict == "accept" and choice is not None and choice.choices and "f_answer" not in given:
        offered = [value for value in choice.choices if value]
        given["f_answer"] = [line.option or offered[0]]
    return given


def _written(value: JsonValue) -> list[str]:
    """A value as somebody fills it in."""
    if isinstance(value, list):
        return [str(item) for item in value]
    if isinstance(value, bool):
        return ["yes" if value else "no"]
    return [str(value)]


def _posted(body: bytes) -> tuple[str, str]:
    """Title and text of a webhook message in JSON."""
    try:
        found = json.loads(body)
        return str(found["title"]), str(found["message"])
    except (ValueError, KeyError, TypeError):
        return "", body.decode("utf-8", "replace")
