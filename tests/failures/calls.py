"""A call-down with real store, engine, planner, outbox and portal, fake phones and a clock that is set by hand."""

import asyncio
import dataclasses
import datetime as dt
import json
import re
import textwrap
from collections.abc import Iterable, Mapping
from pathlib import Path

import httpx
from fastapi import FastAPI

from konbit.clock import wall_now
from konbit.definition.base import LANGUAGES
from konbit.definition.bundle import Bundle
from konbit.definition.content import Form, Message
from konbit.definition.flowchart import Flowchart
from konbit.definition.library import Library
from konbit.definition.shape import parse
from konbit.definition.source import read
from konbit.domain.directory import Binding, Directory, Endpoint, Person
from konbit.notify import signatures
from konbit.notify.accounts import read_accounts
from konbit.notify.channels import ChannelAccount
from konbit.notify.dispatch import Dispatcher
from konbit.notify.links import Signer, derive_key
from konbit.notify.retry import next_step
from konbit.orchestrate.ledger import Ledger
from konbit.orchestrate.planning import Planner
from konbit.orchestrate.replies import ReplyReader
from konbit.orchestrate.steward import Steward, directly
from konbit.portal.app import create_app
from konbit.portal.desk import StoreDesk
from konbit.portal.doors import Doors
from konbit.portal.page import Content
from konbit.store.database import Store
from konbit.store.outbox import SqlOutbox
from konbit.store.records import Run
from konbit.store.reply_records import Inbound
from konbit.testing.phones import Now, Phones
from tests.portal.sample import Browser, nonce_in

START = dt.datetime(2021, 8, 14, 14, 0, tzinfo=dt.UTC)
URL = "https://answers.example.org"
TOKEN = "twilio-token-of-the-tests"
SECRET = "secret-of-the-gateway-of-the-tests"
BOT = "secret_token-of-the-bot-of-the-tests"
HEAD = """\
flowchart: response/example
title: {en: A call-down}
version: 1
owner: owner
parameters: {country: {type: country, default: HTI}}
"""
CALL = """\
steps:
  - id: call
    contact:
      who: [lead]
      message: come
      waves: [{to: primary}, {to: backup, after: 15m}, {to: standin, after: 30m}]
    within: 60m
    on: {uncovered: []}
"""
TOKENS = re.compile(r"/a/([A-Za-z0-9_-]{35})")
PEOPLE = {
    "lead-1": "01",
    "lead-2": "02",
    "standin-1": "03",
    "owner-1": "04",
    "deputy-1": "05",
    "lead-3": "06",
}


def number(person: str) -> str:
    """The telephone of somebody."""
    return f"+120255501{PEOPLE[person]}"


def chat(person: str) -> str:
    """The Telegram chat with somebody."""
    return f"7700{PEOPLE[person]}"


def address(person: str, kind: str) -> str:
    """Where somebody is reached."""
    return (
        f"{person}@example.org" if kind == "mail" else chat(person) if kind == "telegram" else number(person)
    )


def chart(body: str, head: str = HEAD, *, form_required: bool = False) -> Bundle:
    """A chart with the messages and the form that call-downs need."""
    source, problems = read(head + textwrap.dedent(body), "example.yaml")
    assert source is not None, problems
    flowchart, problems = parse(source, Flowchart)
    assert flowchart is not None, [problem.text() for problem in problems]
    said = {
        "come": "Can you act? {link}",
        "what": "What do you decide? {link}",
        "reminder": "Still waiting: {link}",
        "alarm": "{step}: {reason}",
        "gap": "Nobody covers it.",
        "stand_down": "It is over.",
    }
    kinds = {"come": "alert", "what": "question", "reminder": "reminder", "alarm": "alarm"}
    messages = {
        name: Message.model_validate(
            {
                "kind": kinds.get(name, "update"),
                "subject": dict.fromkeys(LANGUAGES, name),
                "body": dict.fromkeys(LANGUAGES, text),
                "sms": dict.fromkeys(LANGUAGES, text),
            }
        )
        for name, text in said.items()
    }
    form = Form.model_validate(
        {
            "form": "availability",
            "title": "Can you?",
            "record": "availability",
            "fields": [{"name": "note", "type": "text", "label": "Note", "required": form_required}],
            "decline": "I cannot",
        }
    )
    return Bundle(flowchart=flowchart, forms={"availability": form}, messages=messages, roles={})


def everybody(kinds: Iterable[str] = ("sms",)) -> Directory:
    """Everybody with a telephone, or with more than one channel."""
    return Directory(
        people=[Person(id=person, name=f"Role holder {person}") for person in PEOPLE],
        endpoints=[
            Endpoint.model_validate({
                "id": f"{person}-{kind}", "person": person, "kind": kind, "priority": place,
                "address": address(person, kind),
            })
            for person in PEOPLE
            for place, kind in enumerate(kinds, 1)
        ],
        bindings=[
            Binding(role=name[:-2], country="HTI", person=name, rank=int(name[-1]))
            for name in PEOPLE
        ],
    )  # fmt: skip


def accounts() -> dict[str, ChannelAccount]:
    """A mail account, and one that sends texts."""
    return read_accounts([
        {"name": "mail", "kind": "mail", "host": "127.0.0.1", "secure": "none",
         "sender_address": "unit@example.org", "allow_loopback": True},
        {"name": "texts", "kind": "twilio_sms", "account_sid": f"AC{'0' * 32}", "auth_token": "env:NONE",
         "sender": "+12025550199", "gap_seconds": 0, "per_second": 100},
        {"name": "rings", "kind": "twilio_voice", "account_sid": f"AC{'0' * 32}", "auth_token": "env:NONE",
         "sender": "+12025550199", "gap_seconds": 0, "per_second": 100, "keypad": True},
        {"name": "bot", "kind": "telegram", "token": "env:NONE", "gap_seconds": 0},
    ])  # fmt: skip


class SteadyBrowser(Browser):
    """A browser that keeps its loop and its client: a thousand visits are made with one."""

    def __init__(self, app: FastAPI) -> None:
        super().__init__(app)
        self._loop = asyncio.new_event_loop()
        transport = httpx.ASGITransport(app, client=("192.0.2.7", 5000))
        self._client = httpx.AsyncClient(transport=transport, base_url=URL)

    def send(
        self, method: str, path: str, fields: Mapping[str, str], headers: Mapping[str, str]
    ) -> httpx.Response:
        """One request; a form if there are fields."""
        request = self._client.request(method, path, headers=dict(headers), data=dict(fields) or None)
        return self._loop.run_until_complete(request)

    def raw(self, path: str, body: bytes, headers: Mapping[str, str]) -> httpx.Response:
        """A post of bytes."""
        sent = {name.encode(): value.encode() for name, value in headers.items()}
        request = self._client.post(path, content=body, headers=sent)
        return self._loop.run_until_complete(request)

    def close(self) -> None:
        """Ends the loop."""
        self._loop.run_until_complete(self._client.aclose())
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()


@dataclasses.dataclass
class CallDown:
    """Everything that a call-down needs."""

    store: Store
    clock: Now
    phones: Phones
    steward: Steward
    planner: Planner
    signer: Signer
    browser: SteadyBrowser
    bundles: dict[str, Bundle]

    @classmethod
    def of(cls, database: Path, library: Library, minimum_seconds: float = 1.5) -> "CallDown":
        """A new one on a database that has its tables."""
        store, clock = Store(f"sqlite:///{database}", durability="normal"), Now(START)
        signer = Signer({1: derive_key("s" * 32, "test", 1)}, 1)
        planner = Planner(accounts(), signer, URL, library.codes)
        bundles: dict[str, Bundle] = {}
        ledger = Ledger(store, planner, bundles.__getitem__)
        steward = Steward(store, ledger, bundles.__getitem__, clock, library.codes, "test")
        desk = StoreDesk(store)
        app = create_app(
            desk,
            signer,
            clock,
            Content(desk.bundle, library.codes),
            page_key=derive_key("s" * 32, "test|pages", 1),
            minimum_seconds=minimum_seconds,
            wall=clock.now,
            doors=Doors(desk.keep, desk.receipt, clock, URL, TOKEN, SECRET, BOT, desk.called, desk.complaint),
        )
        return cls(store, clock, Phones(clock), steward, planner, signer, SteadyBrowser(app), bundles)

    def start(
        self,
        body: str = CALL,
        *,
        directory: Directory | None = None,
        mode: str = "actual",
        head: str = HEAD,
        form_required: bool = False,
    ) -> Run:
        """A run of a chart, advanced and its messages sent."""
        bundle = chart(body, head, form_required=form_required)
        self.bundles[bundle.flowchart.flowchart] = bundle
        with self.store.begin() as tx:
            tx.directory.replace_country(directory or everybody(), "HTI")
        run = self.steward.request(bundle.flowchart.flowchart, {}, mode, "operator:test")
        self.go(run)
        return run

    def go(self, run: Run) -> None:
        """Reads replies, advances the run, sends what is due; until nothing moves."""
        for _ in range(6):
            read = self.reader.work_off()
            self.steward.attempt(run.id, directly)
            if not self.dispatcher.drain_once() and not read and not self._stirs(run):
                return

    def _stirs(self, run: Run) -> bool:
        with self.store.read() as tx:
            ended = tx.runs.get(run.id).status == "ended"
            return not ended and bool(tx.inbox.pending(run.id))

    def later(self, run: Run, **length: float) -> None:
        """Lets time pass; stops wherever a timer or a message falls due."""
        until = self.clock.time + dt.timedelta(**length)
        while (at := self._next(run, until)) < until:
            self.clock.time = at
            self.go(run)
        self.clock.time = until
        self.go(run)

    def _next(self, run: Run, until: dt.datetime) -> dt.datetime:
        with self.store.read() as tx:
            timer = tx.timers.next(run.id)
            waiting = [one.not_before for one in tx.deliveries.list(run.id) if one.not_before]
        due = [*waiting, *([timer] if timer else [])]
        return min((at for at in due if at > self.clock.time), default=until)

    @property
    def reader(self) -> ReplyReader:
        return ReplyReader(self.store, self.planner, self.clock)

    @property
    def dispatcher(self) -> Dispatcher:
        outbox = SqlOutbox(self.store, next_step)
        return Dispatcher(
            outbox, self.planner.accounts, self.phones, self.clock, owner="test", wall=self.clock.now
        )

    def text(self, person: str, text: str, *, sid: str | None = None, sender: str | None = None) -> int:
        """Somebody writes back; Twilio brings it. The status of the portal's answer."""
        form = dict(self.phones.twilio(sender or number(person), text))
        if sid is not None:
            form["MessageSid"] = sid
        return self.post("/in/twilio", form)

    def post(self, path: str, form: Mapping[str, str], token: str = TOKEN) -> int:
        """A signed form of Twilio's."""
        return self.form(path, form, token).status_code

    def form(self, path: str, form: Mapping[str, str], token: str = TOKEN) -> httpx.Response:
        """The same, with all of the portal's answer."""
        signature = signatures.twilio(token, f"{URL}{path}", form.items())
        return self.browser.send("POST", path, form, {"X-Twilio-Signature": signature})

    def signed(
        self,
        told: Mapping[str, object] | bytes,
        *,
        secret: str = SECRET,
        age: float = 0,
        path: str = "/in/signed",
    ) -> int:
        """Something in our own format, signed so many seconds ago. The status of the portal's answer."""
        body = told if isinstance(told, bytes) else json.dumps(told).encode()
        stamp = wall_now() - dt.timedelta(seconds=age)
        return self.bring(path, body, {"X-Konbit-Signature": signatures.signed(secret, body, stamp)})

    def bring(self, path: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Any bytes at a door, as JSON. The status of the portal's answer."""
        return self.browser.raw(path, body, {"Content-Type": "application/json", **headers}).status_code

    def link(self, person: str) -> str:
        """The token of the link that somebody was sent last."""
        found = [TOKENS.search(text) for text in self.got(person)]
        return next(one[1] for one in reversed(found) if one)

    def see(
        self, token: str, method: str = "GET", agent: str = "Mozilla/5.0", query: str = ""
    ) -> httpx.Response:
        """Somebody, or something, opens a link."""
        return self.browser.send(method, f"/a/{token}{query}", {}, {"User-Agent": agent})

    def press(self, token: str, page: str, agent: str = "Mozilla/5.0", **fields: str) -> httpx.Response:
        """A form of a page that was opened is sent, with its nonce."""
        sent = {"nonce": nonce_in(page), **fields}
        return self.browser.send("POST", f"/a/{token}", sent, {"User-Agent": agent})

    def answer(self, token: str, verdict: str = "accept", *, seconds: float = 8) -> httpx.Response:
        """A person opens a link, reads, and presses a button."""
        page = self.see(token).text
        self.clock.move(seconds=seconds)
        return self.press(token, page, verdict=verdict)

    def got(self, person: str) -> list[str]:
        """The texts on somebody's telephone."""
        return self.phones.at(number(person))

    def told(self) -> set[str]:
        """Who has had any text."""
        return {name for name in PEOPLE if self.got(name)}

    def answers(self, run: Run) -> list[tuple[str, str, bool]]:
        """Person, verdict, whether it was late."""
        with self.store.read() as tx:
            return [(one.person, one.verdict, one.late) for one in tx.answers.list(run.id)]

    def replies(self) -> list[Inbound]:
        """All replies, the oldest first."""
        with self.store.read() as tx:
            found = tx.replies.list(("new", "answered", "opted", "parked", "ignored", "closed"))
        return list(reversed(found))

    def rulings(self) -> list[tuple[str, str]]:
        """What became of each reply."""
        return [(one.state, one.reason) for one in self.replies()]

    def outcome(self, run: Run) -> str | None:
        """How the run ended."""
        with self.store.read() as tx:
            return tx.runs.get(run.id).outcome
