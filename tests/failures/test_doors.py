"""Every door through which answers come, from the request to the journal of the run: good, forged, stale, doubled,
misaddressed, late, an opt-out, too long, unreadable; and keys pressed in a call.

What Twilio brings as texts is in groups 10, 24 and 25.
"""

import dataclasses
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from konbit.clock import wall_now
from konbit.engine.events import Answered
from konbit.notify import signatures
from konbit.notify.flight import Timeouts
from konbit.notify.mailboxes import read_mailboxes
from konbit.notify.sender import AppriseAdapter
from konbit.notify.vault import Vault
from konbit.orchestrate.mailroom import ImapFolder, Letters, Maildir
from konbit.store.records import Run
from konbit.testing.mailboxes import PASSWORD, USER, ImapLike, certificate
from konbit.testing.providers import TwilioLike
from tests.failures.calls import BOT, SECRET, URL, CallDown, address, chat, everybody, number

pytestmark = pytest.mark.slow


@dataclasses.dataclass
class Door:
    """One way in for what people write."""

    kind: str
    write: Callable[[CallDown, str, str, int], None]
    """From an address, a text, under an id of whoever brings it."""

    def start(self, calls: CallDown) -> Run:
        """A call-down of people who are reached this way alone."""
        return calls.start(directory=everybody((self.kind,)))

    def says(self, calls: CallDown, person: str, text: str, id: int = 1) -> None:
        """Somebody writes, and the clock goes its round."""
        self.write(calls, address(person, self.kind), text, id)


def _by_gateway(calls: CallDown, sender: str, text: str, id: int) -> None:
    told = {
        "type": "reply",
        "provider": "gateway",
        "channel": "sms",
        "from": sender,
        "text": text,
        "id": str(id),
    }
    assert calls.signed(told) == 200


def _by_telegram(calls: CallDown, sender: str, text: str, id: int) -> None:
    message = {"message_id": 5, "chat": {"id": int(sender), "type": "private"}, "text": text}
    assert _update(calls, {"update_id": id, "message": message}) == 200


def _update(calls: CallDown, told: object, token: str | None = BOT) -> int:
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    headers = {} if token is None else {"X-Telegram-Bot-Api-Secret-Token": token}
    return calls.bring("/in/telegram", body, headers)


def _letter(sender: str, text: str, id: int) -> bytes:
    head = f"From: Somebody <{sender}>\nTo: {USER}\nSubject: Re: come\nMessage-ID: <{id}@example.net>\n"
    return f"{head}\n{text}\n\nOn Saturday the unit wrote:\n> Can you act?\n".encode()


def _into(folder: Path) -> Door:
    for name in ("new", "cur", "tmp"):
        (folder / name).mkdir(parents=True)

    def write(calls: CallDown, sender: str, text: str, id: int) -> None:
        place = folder / "new" / f"{len(list((folder / 'cur').iterdir()))}.host"
        place.write_bytes(_letter(sender, text, id))
        assert Maildir(folder, Letters(calls.store, calls.clock)).collect() == 1

    return Door("mail", write)


@pytest.fixture(params=["gateway", "telegram", "mail"])
def door(request: pytest.FixtureRequest, tmp_path: Path) -> Door:
    doors = {"gateway": Door("sms", _by_gateway), "telegram": Door("telegram", _by_telegram)}
    return doors.get(request.param) or _into(tmp_path / "letters")


def _journal(calls: CallDown, run: Run) -> list[tuple[str, str, str]]:
    """Who answered what, and on which channel, as the run has it."""
    with calls.store.read() as tx:
        events = [entry.event for entry in tx.journal.read(run.id)]
    return [(one.person, one.verdict, one.channel) for one in events if isinstance(one, Answered)]


def _got(calls: CallDown, person: str, door: Door) -> list[str]:
    return calls.phones.at(address(person, door.kind))


def test_an_answer_is_in_the_journal_covers_the_role_and_is_confirmed(calls: CallDown, door: Door) -> None:
    run = door.start(calls)
    door.says(calls, "lead-1", "1")
    calls.go(run)
    assert _journal(calls, run) == [("lead-1", "accept", door.kind)]
    assert calls.outcome(run) == "completed"
    assert "Recorded: can act" in _got(calls, "lead-1", door)[-1]


def test_what_is_brought_twice_counts_once(calls: CallDown, door: Door) -> None:
    run = door.start(calls)
    for _ in range(2):
        door.says(calls, "lead-1", "2", id=7)
        calls.go(run)
    assert len(calls.replies()) == 1
    assert _journal(calls, run) == [("lead-1", "decline", door.kind)]


def test_an_answer_from_another_address_or_a_strangers_answers_for_nobody(
    calls: CallDown, door: Door
) -> None:
    run = door.start(calls)
    door.says(calls, "standin-1", "A1", id=1)
    stranger = {"sms": "+12025550177", "telegram": "990099", "mail": "stranger@example.net"}[door.kind]
    door.write(calls, stranger, "A1", 2)
    calls.go(run)
    assert _journal(calls, run) == []
    assert calls.rulings() == [("parked", "no_such_code"), ("parked", "unknown_sender")]
    assert calls.phones.at(stranger) == []


def test_an_answer_after_the_end_is_kept_as_late_and_changes_nothing(calls: CallDown, door: Door) -> None:
    run = door.start(calls)
    calls.later(run, minutes=70)
    assert calls.outcome(run) == "completed"
    with calls.store.read() as tx:
        before = len(tx.journal.read(run.id))
    door.says(calls, "lead-1", "1")
    calls.go(run)
    assert ("lead-1", "accept", True) in calls.answers(run)
    assert "after this question had closed" in _got(calls, "lead-1", door)[-1]
    with calls.store.read() as tx:
        assert len(tx.journal.read(run.id)) == before


def test_an_opt_out_comes_before_any_dialogue_and_the_next_is_asked(calls: CallDown, door: Door) -> None:
    run = door.start(calls)
    door.says(calls, "lead-1", "STOP")
    calls.go(run)
    with calls.store.read() as tx:
        assert [one.state for one in tx.directory.endpoints_of(["lead-1"])] == ["stopped"]
    assert _journal(calls, run) == []
    assert _got(calls, "lead-2", door)


def _with(calls: CallDown, told: dict[str, Any], header: str) -> int:
    return calls.bring("/in/signed", json.dumps(told).encode(), {"X-Konbit-Signature": header})


def _resigned(calls: CallDown, told: dict[str, Any]) -> int:
    good = signatures.signed(SECRET, json.dumps(told).encode(), wall_now())
    return calls.bring(
        "/in/signed", json.dumps({**told, "from": number("lead-2")}).encode(), {"X-Konbit-Signature": good}
    )


def _stamped_anew(calls: CallDown, told: dict[str, Any]) -> int:
    body = json.dumps(told).encode()
    _, _, mac = signatures.signed(SECRET, body, wall_now()).partition(",")
    stamp = int(wall_now().timestamp()) + 1
    return calls.bring("/in/signed", body, {"X-Konbit-Signature": f"t={stamp},{mac}"})


@pytest.mark.parametrize(
    "forged",
    [
        pytest.param(lambda calls, told: calls.signed(told, secret="guessed"), id="secret"),
        pytest.param(lambda calls, told: calls.signed(told, age=301), id="old"),
        pytest.param(lambda calls, told: calls.signed(told, age=-301), id="ahead"),
        pytest.param(lambda calls, told: calls.bring("/in/signed", json.dumps(told).encode(), {}), id="none"),
        pytest.param(_resigned, id="another body"),
        pytest.param(_stamped_anew, id="another stamp"),
        *(
            pytest.param(lambda calls, told, header=header: _with(calls, told, header), id=header or "empty")
            for header in ("", "t=,v1=", "v1=00", "t=1e9,v1=00", "t=\u0661,v1=00", "t=9" * 400, "=,=,=")
        ),
    ],
)
def test_the_signed_door_refuses_what_was_not_signed_just_now_and_keeps_nothing(
    calls: CallDown, forged: Callable[[CallDown, dict[str, Any]], int]
) -> None:
    told = {"provider": "gateway", "channel": "sms", "from": number("lead-1"), "text": "1", "id": "1"}
    run = calls.start()
    assert forged(calls, told) == 403
    calls.go(run)
    assert calls.replies() == []
    assert _journal(calls, run) == []


@pytest.mark.parametrize("token", [None, "", "guessed", f"{BOT} ", BOT[:-1], "\u00e9"])
def test_the_telegram_door_refuses_what_does_not_bear_its_token(calls: CallDown, token: str | None) -> None:
    run = calls.start(directory=everybody(("telegram",)))
    told = {"update_id": 1, "message": {"chat": {"id": int(chat("lead-1"))}, "text": "1"}}
    assert _update(calls, told, token) == 403
    calls.go(run)
    assert calls.replies() == []


GOOD = {"provider": "gateway", "channel": "sms", "from": "+12025550101", "text": "1", "id": "1"}


@pytest.mark.parametrize(
    "body",
    [
        b"", b"\xff\xfe", b"{", b"[]", b"null", b"7", b'"text"', b"[" * 30_000, b'{"a":' * 9000,
        *(json.dumps(told).encode() for told in (
            {}, {"type": "order"}, {"type": "receipt"}, {**GOOD, "more": 1}, {**GOOD, "from": 7},
            {**GOOD, "text": ["1"]}, {**GOOD, "provider": "Gate Way"}, {**GOOD, "channel": "x" * 99},
            {**GOOD, "id": "\ud800"}, {**GOOD, "id": "a\0b"}, {**GOOD, "quoted": "\ud800"}, {**GOOD, "id": ""},
            {"type": "receipt", "provider": "gateway", "id": "7", "status": "eaten"},
            {"type": "receipt", "provider": "gateway", "id": "7", "status": "read", "code": "a\0b"},
            {"type": "receipt", "provider": "gateway", "id": "7", "status": "read", "delivery": "\ud800"},
        )),
    ],
)  # fmt: skip
def test_what_the_signed_door_cannot_read_is_refused_and_not_kept(calls: CallDown, body: bytes) -> None:
    assert calls.signed(body) == 400
    assert calls.replies() == []


@pytest.mark.parametrize(
    "body",
    [
        b"", b"\xff", b"{", b"[]", b"7", b"[" * 30_000,
        b'{"update_id":1,"message":{"chat":{"id":Infinity},"text":"1"}}',
        b'{"update_id":Infinity,"message":{"chat":{"id":1},"text":"1"}}',
        *(json.dumps(told).encode() for told in (
            {"update_id": 1, "message": {}}, {"update_id": 1, "message": {"chat": 7}},
            {"update_id": "x", "message": {"chat": {"id": 1}, "text": "1"}},
            {"update_id": 1, "message": {"chat": {"id": "x"}, "text": "1"}},
            {"message": {"chat": {"id": 1}, "text": "1"}},
            {"update_id": 1, "callback_query": {"from": 7}}, {"update_id": 1, "callback_query": {}},
            {"update_id": 1, "callback_query": {"from": {"id": 1}, "message": 7, "data": "1"}},
            {"update_id": 1, "message": {"chat": {"id": 1}, "text": "1", "reply_to_message": 7}},
        )),
    ],
)  # fmt: skip
def test_what_the_telegram_door_cannot_read_is_refused_and_not_kept(calls: CallDown, body: bytes) -> None:
    assert _update(calls, body) == 400
    assert calls.replies() == []


@pytest.mark.parametrize(
    "told",
    [
        {"update_id": 1},
        {"update_id": 1, "edited_message": {"chat": {"id": 1}, "text": "1"}},
        {"update_id": 1, "message": {"chat": {"id": -100, "type": "supergroup"}, "text": "1"}},
    ],
)
def test_updates_that_are_no_replies_are_taken_and_left(calls: CallDown, told: dict[str, Any]) -> None:
    assert _update(calls, told) == 200
    assert calls.replies() == []


def test_a_button_of_the_bot_answers_the_message_it_stands_under(calls: CallDown) -> None:
    run = calls.start(directory=everybody(("telegram",)))
    who = int(chat("lead-1"))
    pressed = {"from": {"id": who}, "message": {"message_id": 9}, "data": "1"}
    assert _update(calls, {"update_id": 3, "callback_query": pressed}) == 200
    calls.go(run)
    assert _journal(calls, run) == [("lead-1", "accept", "telegram")]


def test_a_body_that_is_too_long_is_not_read_to_its_end(calls: CallDown) -> None:
    long = json.dumps({**GOOD, "text": "x" * 70_000}).encode()
    assert calls.signed(long) == 413
    assert _update(calls, long) == 413
    assert calls.bring("/in/twilio", long, {"X-Twilio-Signature": "x"}) == 413
    assert calls.replies() == []


@pytest.mark.parametrize("text", ["\ud800 1", "1\0", "\u202e1", "x" * 60_000])
def test_a_text_with_anything_in_it_is_kept_and_read(calls: CallDown, text: str) -> None:
    run = calls.start()
    assert calls.signed({**GOOD, "text": text}) == 200
    calls.go(run)
    assert len(calls.replies()) == 1
    assert calls.replies()[0].state != "new"


def test_an_answer_from_an_imap_server_is_in_the_journal(calls: CallDown, tmp_path: Path) -> None:
    run = calls.start(directory=everybody(("mail",)))
    files = certificate(tmp_path)
    with ImapLike(files) as server:
        settings = {"name": "answers", "host": "127.0.0.1", "port": server.port, "user": USER,
                    "password": "prefect:x", "ca_file": files[0], "done": "Read"}  # fmt: skip
        (box,) = read_mailboxes([settings]).values()
        folder = ImapFolder(box, Vault({"prefect": lambda _: PASSWORD}), Letters(calls.store, calls.clock))
        server.deliver(_letter("lead-1@example.org", "2", 1))
        assert folder.collect() == 1
        calls.go(run)
        assert _journal(calls, run) == [("lead-1", "decline", "mail")]
        for id, text in ((2, "1"), (2, "1"), (3, "1")):
            server.deliver(_letter("lead-2@example.org", text, id))
        folder.collect()
        calls.go(run)
    assert _journal(calls, run) == [("lead-1", "decline", "mail"), ("lead-2", "accept", "mail")]


def _ringing(calls: CallDown, run: Run, person: str = "lead-1") -> tuple[ET.Element, str]:
    """The TwiML that Twilio was given for the call to somebody, and the id of the delivery."""
    sid, token = "AC" + "0" * 32, "a" * 32
    delivery = next(
        one
        for one in calls.phones.sent.values()
        if (one.run_id, one.person_id, one.channel) == (run.id, person, "voice")
    )
    with TwilioLike(sid, token) as service:
        account = calls.planner.accounts["rings"].model_copy(
            update={"endpoint": service.url, "allow_loopback": True, "auth_token": "prefect:x"}
        )
        adapter = AppriseAdapter(Timeouts(1.0, 1.0), Vault({"prefect": lambda _: token}), URL)
        adapter.send(account, delivery)
        (request,) = service.requests
    return ET.fromstring(request.form["Twiml"]), delivery.id


def _press(
    calls: CallDown, path: str, digit: str, *, to: str = "", token: str | None = None, **more: str
) -> Any:
    form = {"CallSid": "CA1", "Direction": "outbound-api", "From": "+12025550199", "Digits": digit,
            "To": to or number("lead-1"), **more}  # fmt: skip
    return calls.form(path, form) if token is None else calls.form(path, form, token)


@pytest.mark.parametrize(("digit", "verdict"), [("1", "accept"), ("2", "decline")])
def test_a_key_pressed_in_a_call_is_an_answer_and_is_confirmed_in_the_call(
    calls: CallDown, digit: str, verdict: str
) -> None:
    run = calls.start(directory=everybody(("voice",)))
    twiml, _ = _ringing(calls, run)
    (gather,) = twiml.findall("Gather")
    words = " ".join(gather.itertext())
    assert "Press a key: 1, can act; 2, cannot; 3, call me." in words
    assert gather.attrib["action"].startswith(f"{URL}/in/twilio/keys/")
    path = gather.attrib["action"].removeprefix(URL)

    for _ in range(2):
        answer = _press(calls, path, digit)
        assert answer.status_code == 200
        assert f"You pressed {digit}. We have your answer." in answer.text
    calls.go(run)

    assert _journal(calls, run) == [("lead-1", verdict, "voice")]
    assert len(calls.phones.at(number("lead-1"))) == 1, "nobody is called again to be told"
    assert len(calls.replies()) == 1


def test_a_key_answers_the_question_of_its_call_and_no_other(calls: CallDown) -> None:
    run = calls.start(directory=everybody(("voice", "sms")))
    twiml, _delivery = _ringing(calls, run)
    path = twiml.find("Gather").attrib["action"].removeprefix(URL)  # type: ignore[union-attr]  # it is there
    other = calls.start(CALL_AGAIN, directory=everybody(("voice", "sms")))
    _press(calls, path, "1")
    calls.go(run)
    calls.go(other)
    assert _journal(calls, run) == [("lead-1", "accept", "voice")]
    assert _journal(calls, other) == []


CALL_AGAIN = """\
steps:
  - {id: again, contact: {who: [lead], message: come}, within: 60m, on: {uncovered: []}}
"""


def test_a_key_that_was_not_offered_is_said_to_be_none_and_waits_for_another(calls: CallDown) -> None:
    run = calls.start(directory=everybody(("voice",)))
    twiml, _ = _ringing(calls, run)
    path = twiml.find("Gather").attrib["action"].removeprefix(URL)  # type: ignore[union-attr]  # it is there
    for digit in ("9", "*", "0"):
        said = ET.fromstring(_press(calls, path, digit).text)
        (gather,) = said.findall("Gather")
        assert "is not one of the choices" in " ".join(gather.itertext())
        assert gather.attrib["action"] == URL + path
    calls.go(run)
    assert calls.replies() == []


def test_keys_that_are_forged_misaddressed_or_of_no_call_of_ours_answer_nothing(calls: CallDown) -> None:
    run = calls.start(directory=everybody(("voice",)))
    _, delivery = _ringing(calls, run)
    path = f"/in/twilio/keys/{delivery}"
    assert _press(calls, path, "1", token="guessed").status_code == 403
    for given in (
        _press(calls, "/in/twilio/keys/none-of-ours", "1"),
        _press(calls, path, "1", Direction="inbound"),
        _press(calls, path, ""),
        _press(calls, path, "11"),
        _press(calls, path, "\u0661"),
        _press(calls, path, "<Say>"),
    ):
        assert given.status_code == 200
        assert not list(ET.fromstring(given.text.encode()))
    _press(calls, path, "1", to="+12025550177")
    _press(calls, path, "1", to=number("standin-1"), CallSid="CA2")
    calls.go(run)
    assert _journal(calls, run) == []
    assert calls.rulings() == [("parked", "unknown_sender"), ("parked", "nothing_asked")]


def test_a_key_after_the_end_is_late_and_the_call_says_so(calls: CallDown) -> None:
    run = calls.start(directory=everybody(("voice",)))
    _, delivery = _ringing(calls, run)
    calls.later(run, minutes=70)
    said = _press(calls, f"/in/twilio/keys/{delivery}", "1").text
    assert "had closed before" in said
    calls.go(run)
    assert ("lead-1", "accept", True) in calls.answers(run)
    assert _journal(calls, run) == []


@pytest.mark.parametrize("language", ["en", "fr", "ht", "es", "fil"])
def test_a_call_of_a_drill_speaks_the_language_of_the_person_between_its_marks(
    calls: CallDown, language: str
) -> None:
    there = everybody(("voice",))
    people = [one.model_copy(update={"languages": [language]}) for one in there.people]
    run = calls.start(mode="drill", directory=there.model_copy(update={"people": people}))
    _, delivery = _ringing(calls, run)
    said = ET.fromstring(_press(calls, f"/in/twilio/keys/{delivery}", "1").text.encode())
    (words,) = said.findall("Say")
    text = words.text or ""
    marks = {"en": "EXERCISE", "fr": "EXERCICE", "ht": "EGZESIS", "es": "SIMULACRO", "fil": "PAGSASANAY"}
    assert re.fullmatch(f"{marks[language]} .*1.* {marks[language]}", text)
    assert words.attrib["language"].startswith({"ht": "fr"}.get(language, language))
