"""Failure group 28: marked words in every name, address, text, secret and link; none may show where it has no business.

One drill from the directory to the answer, at the lowest log level, with channels that work and channels that break:
logs, output of commands, JSON, exceptions with their tracebacks, error pages, what Prefect is shown, process arguments.
"""

import io
import logging
import re
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from konbit.cli.main import cli  # noqa: F401  loads what logs before the loggers are set
from konbit.orchestrate import artifacts
from konbit.orchestrate.correcting import correct
from konbit.orchestrate.siren import paths
from konbit.orchestrate.steward import directly
from konbit.orchestrate.watching import Watch
from konbit.orchestrate.wiring import Wiring, wire
from konbit.portal import app as portal
from konbit.settings import Settings
from konbit.store.database import Store
from konbit.testing.sinks import HttpSink, SmtpSink
from tests.portal.sample import Browser, nonce_in
from tests.unit.cli.conftest import Call, call, home

pytestmark = pytest.mark.slow
__all__ = ["call", "home"]

PEOPLE = """\
person,name,organization,organization_name,organization_type,languages,zone,role,of,country,rank,mail,webhook,sms,allow_drill
p-1,Canaryname One,o,Org,438,en,UTC,country_facilitator,,HTI,1,canarymail1@example.org,{hook}/canarypath,,true
p-2,Canaryname Two,o,Org,438,fr,UTC,chair,,HTI,1,canarymail2@example.org,,+44 7700 900123,true
p-3,Canaryname Three,o,Org,438,ht,UTC,global_facilitator,,HTI,1,canarymail3@example.org,,,true
"""
CHANNELS = """\
accounts:
  - {{name: mail, kind: mail, mode: drill, host: {host}, port: {port}, secure: none,
     sender_address: unit@example.org, allow_loopback: true}}
  - {{name: hooks, kind: webhook, mode: drill, headers: {{Authorization: "env:HOOK_KEY"}}, allow_loopback: true}}
"""
SECRETS = {
    "HOOK_KEY": "Bearer canarysecrethook",
    "KONBIT_SECRET": "canarysecretlink" * 3,
    "KONBIT_HEARTBEAT": "http://127.0.0.1:9/canarysecretbeat",
}
TEXT = "canarytext"
"""Stands in the title that operators give, and so in every message."""


class Seen:
    """All that was said anywhere it has no business to be said in."""

    def __init__(self) -> None:
        self.parts: list[tuple[str, str]] = []
        self.tokens: set[str] = set()

    def add(self, where: str, text: str) -> None:
        self.parts.append((where, text))

    def leaks(self, *, but: tuple[str, ...] = ()) -> list[str]:
        words = re.compile(
            "|".join(["canary[a-z]+", "7700 ?900123", "447700900123", *map(re.escape, self.tokens)])
        )
        return sorted(
            {f"{where}: {word}" for where, text in self.parts for word in words.findall(text)} - set(but)
        )


@pytest.fixture
def seen(capfd: pytest.CaptureFixture[str]) -> Iterator[Seen]:
    stream, found = io.StringIO(), Seen()
    handler = logging.StreamHandler(stream)
    # Not the fake mail server, which logs what it is sent, nor the browser of the test, which logs where it goes.
    others = ("mail.log", "httpx", "httpcore", "asyncio", "faker", "hypothesis")
    names = ["", *(name for name in logging.root.manager.loggerDict if not name.startswith(others))]
    for name in others:
        logging.getLogger(name).setLevel(logging.WARNING)
    before = {name: (logging.getLogger(name).level, logging.getLogger(name).propagate) for name in names}
    for name in names:
        logging.getLogger(name).setLevel(1)
        logging.getLogger(name).propagate = True
    logging.getLogger().addHandler(handler)
    yield found
    logging.getLogger().removeHandler(handler)
    for name, (level, propagate) in before.items():
        logging.getLogger(name).setLevel(level)
        logging.getLogger(name).propagate = propagate
    out, err = capfd.readouterr()
    found.add("log", stream.getvalue())
    found.add("output", out + err)
    found.add("arguments", Path("/proc/self/cmdline").read_text("utf-8", "replace"))
    assert "delivery" in stream.getvalue(), "the dispatcher was heard"
    assert not found.leaks(), "\n".join(found.leaks())


@pytest.fixture
def parts(
    home: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Wiring, SmtpSink, HttpSink]]:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    with SmtpSink() as smtp, HttpSink() as http:
        (home / "channels.yaml").write_text(CHANNELS.format(host=smtp.host, port=smtp.port))
        (home / "people.csv").write_text(PEOPLE.format(hook=http.url))
        assert call("db", "upgrade").exit_code == 0
        made = wire(Settings())
        _import(made, http.url)
        yield made, smtp, http
        made.store.close()


def _import(parts: Wiring, hook: str) -> None:
    """The directory past the command, which takes no address on this machine."""
    from konbit.domain.directory import Binding, Directory, Endpoint, Person  # noqa: PLC0415

    roles = {"p-1": "country_facilitator", "p-2": "chair", "p-3": "global_facilitator"}
    ways = [Endpoint(id="w-1", person="p-1", kind="webhook", address=f"{hook}/canarypath", priority=2)]
    ways += [
        Endpoint(id=f"m-{one}", person=f"p-{one}", kind="mail", address=f"canarymail{one}@example.org")
        for one in (1, 2, 3)
    ]
    with parts.store.begin() as tx:
        tx.directory.replace_country(
            Directory(
                people=[Person(id=person, name=f"Canaryname canaryname {person}") for person in roles],
                endpoints=ways,
                bindings=[Binding(role=role, country="HTI", person=person) for person, role in roles.items()],
            ),
            "HTI",
        )


def _links(mail: SmtpSink) -> list[str]:
    return re.findall(r"/a/([A-Za-z0-9_-]{30,})", "\n".join(one.text for one in mail.mails))


def _caught(seen: Seen, where: str, act: Callable[[], object]) -> None:
    """What goes wrong, with the whole chain of its traceback."""
    try:
        act()
    except Exception as error:  # noqa: BLE001  all of it is looked at
        seen.add(where, f"{error!s}\n{error!r}\n{''.join(traceback.format_exception(error))}")
    else:
        pytest.fail(f"{where}: nothing went wrong")


def test_no_marked_word_shows_where_it_has_no_business(
    parts: tuple[Wiring, SmtpSink, HttpSink],
    call: Call,
    home: Path,
    seen: Seen,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made, smtp, http = parts
    given = {"country": "HTI", "hazard": "EQ", "areas": ["HT07"], "glide": TEXT}
    run = made.steward.request("response/activation", given, "drill", "operator:test").id
    shown: list[str] = []
    monkeypatch.setattr(artifacts, "create_markdown_artifact", lambda text, *_: shown.append(text))
    monkeypatch.setattr(artifacts, "create_progress_artifact", lambda *_: None)
    standing = made.steward.attempt(run, directly)
    artifacts.show("run", made.steward.exhibits(run))
    made.dispatcher().drain_once()
    assert smtp.mails
    (token, *_) = _links(smtp)
    seen.tokens.update(_links(smtp))
    _pages(seen, token)
    for smtp.behaviour, http.behaviour in (("refuse", "error"), ("close", "close")):
        made.steward.attempt(run, directly)
        made.dispatcher().drain_once()
    correct(made.steward, made.library.messages, run, "operator:test", "a slip")
    made.dispatcher().drain_once()
    seen.add("standing", repr(standing))
    seen.add("artifacts", "\n".join(shown))
    keeper = Watch(made)
    keeper.after(keeper.look())
    for command in (
        ("runs", "list", "--json"),
        ("runs", "show", run, "--json"),
        ("runs", "show", run),
        ("watch", "--once", "--json"),
        ("directory", "import", str(home / "people.csv"), "--country", "HTI"),
        ("runs", "answer", run, "verify", "--person", "p-9", "--set", "option=confirmed"),
    ):
        done = call(*command)
        seen.add(" ".join(command[:2]), done.output.replace(TEXT, "") + str(done.exception or ""))
    _errors(made, seen)


def _pages(seen: Seen, token: str) -> None:
    """The page itself says who is asked and what; every other page says nothing, not even which link it was."""
    browser = Browser(portal.from_environment())
    page = browser.request("GET", f"/a/{token}")
    assert page.status_code == 200
    forged = token[:-2] + ("AA" if token[-2:] != "AA" else "BB")
    nonce = nonce_in(page.text)
    form = {"nonce": nonce, "verdict": "accept", "second_reference": ""}
    for where, answer in {
        "forged": browser.request("GET", f"/a/{forged}"),
        "no nonce": browser.request("POST", f"/a/{token}", fields={"verdict": "accept"}),
        "too large": browser.request("POST", f"/a/{token}", content=b"x" * 300_000),
        "no form": browser.request(
            "POST", f"/a/{token}", content=b"canarybody", headers={"content-type": "a/b"}
        ),
        "elsewhere": browser.request(
            "POST", f"/a/{token}", fields=form, headers={"sec-fetch-site": "cross-site"}
        ),
        "not there": browser.request("GET", f"/canarypage/{token}"),
    }.items():
        assert answer.status_code >= 400 or where in ("forged", "no nonce"), where
        if where != "no nonce":
            seen.add(f"page, {where}", answer.text)


def _errors(made: Wiring, seen: Seen) -> None:
    def violate() -> None:
        with made.store.connect(write=True) as connection:
            connection.exec_driver_sql("INSERT INTO people (id, name) VALUES ('x', 'canaryname')")

    _caught(seen, "database", violate)
    # Not written where it is used: a traceback quotes the line.
    wrong = "mail=canarymail@@example.org"
    _caught(seen, "route", lambda: paths(wrong, made.accounts))
    _caught(seen, "no run", lambda: made.steward.attempt("no-such-run", directly))
    store = Store("postgresql+psycopg://canaryuser:canarypassword@127.0.0.1:9/canarydb")

    def away() -> None:
        with store.read() as tx:
            tx.runs.list()

    _caught(seen, "database away", away)
    seen.add("repr", f"{made.settings!r} {made.signer!r} {made.accounts!r}")
