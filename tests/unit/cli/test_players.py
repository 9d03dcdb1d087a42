"""Scripted people: they use what the page has, and say what stands in their way."""

import datetime as dt
import email.message
import http.server
import smtplib
import threading
import time
import urllib.parse
from collections.abc import Iterator

import pytest

from konbit.clock import SystemClock
from konbit.testing.players import Line, Message, Players, Postbox
from konbit.testing.sinks import HttpSink
from konbit.testing.webform import encoded, forms

TOKEN = "A" * 35
PAGE = """
<form class="trap" method="post"><button name="spare" value="1">no</button></form>
<form method="post" action="?lang=fr">
<input type="hidden" name="nonce" value="n1">
<label><input type="radio" name="f_answer" value="full" required> Full</label>
<label><input type="radio" name="f_answer" value="partial"> Partial</label>
<select name="f_cluster" required><option value="">choose</option><option value="HEA" selected>Health</option></select>
<input type="checkbox" name="f_more" value="a" checked><input type="checkbox" name="f_more" value="b">
<textarea name="f_note">
before</textarea>
<input name="second_reference" value="">
<button name="verdict" value="accept">Yes</button><button name="verdict" value="decline" formnovalidate>No</button>
</form>
"""


class Portal(http.server.ThreadingHTTPServer):
    """Shows the page, and keeps what is posted."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.posted: list[dict[str, list[str]]] = []
        self.page = PAGE
        self.status = 303

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Portal

    def do_GET(self) -> None:
        self._reply(200, self.server.page.encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        self.server.posted.append(urllib.parse.parse_qs(body, keep_blank_values=True))
        self._reply(self.server.status, b"")

    def _reply(self, status: int, body: bytes) -> None:
        self.send_response(status)
        if status == 303:
            self.send_header("location", "?done=1")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def portal() -> Iterator[Portal]:
    with Portal() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def played(portal: Portal, line: Line, *, mails: int = 1) -> Players:
    """One person gets a mail, some of them twice, and says the line."""
    with Postbox() as mail, HttpSink() as hooks:
        people = {"a@example.org": "a"}
        with Players(
            mail, hooks, people, portal.url, SystemClock(), lambda _person, _token: [line]
        ) as players:
            for _ in range(mails):
                send(mail.port, "a@example.org", f"Please answer: {portal.url}/a/{TOKEN}.")
            end = time.monotonic() + 10
            while not players.deeds and time.monotonic() < end:
                time.sleep(0.02)
            time.sleep(0.2 if mails > 1 else 0)
        return players


def send(port: int, address: str, text: str) -> None:
    message = email.message.EmailMessage()
    message["From"], message["To"], message["Subject"] = "unit@example.org", address, "Call"
    message.set_content(text)
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.send_message(message)


def test_a_form_is_sent_as_a_browser_sends_it() -> None:
    form = forms(PAGE)[1]
    sent = form.filled({"f_answer": ["full"]}, ("verdict", "accept"))
    assert sent == {
        "nonce": ["n1"],
        "f_answer": ["full"],
        "f_cluster": ["HEA"],
        "f_more": ["a"],
        "f_note": ["before"],
        "second_reference": [""],
        "verdict": ["accept"],
    }
    assert b"f_more=a" in encoded(sent)
    assert form.missing(sent) == []
    assert form.missing({"f_cluster": ["HEA"]}) == ["f_answer"]


@pytest.mark.parametrize(
    ("given", "button", "words"),
    [
        ({"f_answer": ["none"]}, "accept", "no choice none"),
        ({"f_colour": ["red"]}, "accept", "no field f_colour"),
        ({}, "maybe", "no button maybe"),
    ],
)
def test_what_the_page_does_not_have_cannot_be_sent(
    given: dict[str, list[str]], button: str, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        forms(PAGE)[1].filled(given, ("verdict", button))


def test_a_person_reads_the_mail_follows_the_link_and_answers_once(portal: Portal) -> None:
    players = played(portal, Line(dt.timedelta(), option="partial", data={"note": "on my way"}), mails=3)
    assert [deed.trouble for deed in players.deeds] == [""]
    assert len(players.messages) == 3
    (posted,) = portal.posted
    assert (posted["f_answer"], posted["f_note"], posted["verdict"]) == (
        ["partial"],
        ["on my way"],
        ["accept"],
    )
    assert "spare" not in posted


def test_without_an_option_the_first_one_is_chosen(portal: Portal) -> None:
    played(portal, Line(dt.timedelta()))
    assert portal.posted[0]["f_answer"] == ["full"]


def test_a_person_waits_as_long_as_the_script_says(portal: Portal) -> None:
    began = time.monotonic()
    played(portal, Line(dt.timedelta(seconds=0.5)))
    assert time.monotonic() - began >= 0.5


@pytest.mark.parametrize(
    ("line", "page", "status", "trouble"),
    [
        (Line(dt.timedelta(), data={"colour": "red"}), PAGE, 303, "no field f_colour"),
        (Line(dt.timedelta()), "<p>It is over.</p>", 303, "takes no answer"),
        (Line(dt.timedelta()), PAGE, 422, "answered 422"),
        (Line(dt.timedelta(), data={"cluster": ""}), PAGE, 303, "required fields empty: f_cluster"),
    ],
)
def test_what_stands_in_the_way_is_told(
    portal: Portal, line: Line, page: str, status: int, trouble: str
) -> None:
    portal.page, portal.status = page, status
    (deed,) = played(portal, line).troubles
    assert trouble in deed.trouble


def test_a_mailbox_that_is_gone_refuses_and_mail_to_nobody_is_counted(portal: Portal) -> None:
    with Postbox() as mail, HttpSink() as hooks:
        mail.gone = frozenset({"gone@example.org"})
        with Players(mail, hooks, {}, portal.url, SystemClock(), lambda _person, _token: []) as players:
            with pytest.raises(smtplib.SMTPRecipientsRefused):
                send(mail.port, "gone@example.org", "hello")
            send(mail.port, "nobody@example.org", "hello")
            end = time.monotonic() + 5
            while not players.strangers and time.monotonic() < end:
                time.sleep(0.02)
    assert (mail.refused, players.strangers, len(mail.mails)) == (["gone@example.org"], 1, 1)


def test_the_token_is_found_in_a_sentence() -> None:
    at = dt.datetime(2021, 8, 14, tzinfo=dt.UTC)
    assert Message(at, "a", "mail", "", f"See http://127.0.0.1:1/a/{TOKEN}, please").token == TOKEN
    assert Message(at, "a", "mail", "", f"See http://127.0.0.1:1/a/{TOKEN}x").token is None
