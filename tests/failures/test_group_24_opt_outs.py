"""Group 24: STOP in a dialogue, STOP then START, 21610, a blocked bot, a hard bounce: known, and the ladder moves on."""

import pytest

from konbit.domain.delivery import Permanent, SendResult, Stopped
from konbit.orchestrate.mailroom import Letters, Maildir
from tests.failures.calls import CallDown, everybody, number

pytestmark = pytest.mark.slow
BOUNCE = """\
From: MAILER-DAEMON@example.net
To: unit@example.org
Subject: Undelivered Mail Returned to Sender
Message-ID: <b1@example.net>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=x

--x
Content-Type: text/plain

The address is not known.
--x
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.net

Final-Recipient: rfc822; lead-1@example.org
Action: failed
Status: 5.1.1
--x--
"""


def _state(calls: CallDown, person: str) -> list[str]:
    with calls.store.read() as tx:
        return [one.state for one in tx.directory.endpoints_of([person])]


def test_stop_in_a_dialogue_stops_and_the_next_person_is_asked_at_once(calls: CallDown) -> None:
    run = calls.start()

    calls.text("lead-1", "what?")
    calls.go(run)
    calls.text("lead-1", "Stop")
    calls.go(run)

    assert _state(calls, "lead-1") == ["stopped"]
    assert {"lead-2", "lead-3"} <= calls.told()
    with calls.store.read() as tx:
        assert [one.granted for one in tx.directory.consents_of("lead-1")] == [False] * 3
    before = len(calls.got("lead-1"))
    calls.later(run, minutes=59)
    assert len(calls.got("lead-1")) == before


def test_start_after_stop_opens_the_address_again_and_yes_does_too(calls: CallDown) -> None:
    run = calls.start()

    for word, state in (("STOP", "stopped"), ("START", "ok"), ("STOP", "stopped"), ("Yes", "ok")):
        calls.text("lead-1", word)
        calls.go(run)
        assert _state(calls, "lead-1") == [state]
    assert calls.answers(run) == [], "neither word is an answer"


@pytest.mark.parametrize("fate", [Stopped("21610"), Stopped("blocked"), Permanent("no_such_mailbox")])
def test_what_the_provider_refuses_for_good_asks_the_next_at_once(calls: CallDown, fate: SendResult) -> None:
    calls.phones.fates[number("lead-1")] = fate

    calls.start()

    assert calls.told() == {"lead-2", "lead-3"}
    if isinstance(fate, Stopped):
        assert _state(calls, "lead-1") == ["stopped"]


def test_a_hard_bounce_in_the_mailbox_marks_the_address(
    calls: CallDown, tmp_path_factory: pytest.TempPathFactory
) -> None:
    run = calls.start(directory=everybody(("mail", "sms")))
    folder = tmp_path_factory.mktemp("mail")
    for name in ("new", "cur", "tmp"):
        (folder / name).mkdir()
    (folder / "new" / "1.host").write_text(BOUNCE)

    assert Maildir(folder, Letters(calls.store, calls.clock)).collect() == 1
    calls.go(run)

    assert _state(calls, "lead-1") == ["bounced", "ok"]
    assert calls.rulings() == [("ignored", "automatic")]
    assert [path.name for path in (folder / "cur").iterdir()] == ["1.host:2,S"]
