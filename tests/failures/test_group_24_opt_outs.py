"""Group 24: STOP, STOP then START, 21610, a blocked bot, a hard bounce, a complaint: known, and the ladder moves on."""

import datetime as dt

import pytest

from konbit.domain.delivery import Delivery, Permanent, SendResult, Stopped
from konbit.domain.watch import Fault
from konbit.orchestrate.mailroom import Letters, Maildir
from konbit.store.records import Run
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


ABUSE = """\
From: feedback@provider.example.net
To: unit@example.org
Subject: Complaint about a message
Message-ID: <arf1@provider.example.net>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary=x

--x
Content-Type: text/plain

This is an abuse report.
--x
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: Reporter/1.0
Version: 1
Original-Rcpt-To: <lead-1@example.org>
Arrival-Date: Sat, 14 Aug 2021 14:00:00 +0000

--x
Content-Type: {form}

From: unit@example.org
Subject: [ACTUAL] come
X-Konbit-Reference: {reference}

--x--
"""


def _sent(calls: CallDown, run: Run, person: str = "lead-1") -> Delivery:
    return next(one for one in calls.phones.sent.values() if (one.run_id, one.person_id) == (run.id, person))


def _complain(calls: CallDown, delivery: str, id: str = "7") -> None:
    told = {"type": "receipt", "provider": "gateway", "id": id, "status": "complained", "delivery": delivery}
    assert calls.signed(told) == 200


def _alarms(calls: CallDown) -> list[Fault]:
    with calls.store.read() as tx:
        return tx.watch.complaints(calls.clock.now() - dt.timedelta(hours=1))


def test_a_complaint_stops_the_address_for_good_asks_the_next_and_alarms(calls: CallDown) -> None:
    run = calls.start()
    _complain(calls, _sent(calls, run).id)
    calls.go(run)

    assert _state(calls, "lead-1") == ["stopped"]
    assert {"lead-2", "lead-3"} <= calls.told()
    with calls.store.read() as tx:
        assert [one.granted for one in tx.directory.consents_of("lead-1")] == [False] * 3
        acts = [one for one in tx.audit.list(run.id) if one.action == "complaint"]
    assert [(one.actor, one.details["account"]) for one in acts] == [("gateway", "texts")]
    assert "example.org" not in str(acts)
    assert number("lead-1") not in str(acts)
    assert [(fault.kind, fault.subject, fault.count) for fault in _alarms(calls)] == [
        ("complaint", "texts", 1)
    ]

    before = len(calls.got("lead-1"))
    calls.later(run, minutes=59)
    again = calls.start()
    assert len(calls.got("lead-1")) == before, "nor is anything sent for another run"
    calls.later(again, minutes=70)
    assert _alarms(calls) == []


def test_a_complaint_that_comes_twice_or_is_about_no_message_of_ours_changes_nothing_more(
    calls: CallDown,
) -> None:
    run = calls.start()
    _complain(calls, "no-such-delivery")
    assert _state(calls, "lead-1") == ["ok"]
    for _ in range(3):
        _complain(calls, _sent(calls, run).id)
    calls.go(run)
    assert [fault.count for fault in _alarms(calls)] == [1]


def test_whoever_complained_on_one_channel_is_still_reached_on_another(calls: CallDown) -> None:
    run = calls.start(directory=everybody(("sms", "mail")))
    _complain(calls, _sent(calls, run).id)
    calls.go(run)
    assert _state(calls, "lead-1") == ["stopped", "ok"]
    calls.later(run, minutes=4)
    assert len(calls.phones.at("lead-1@example.org")) == 1
    assert "lead-2" not in calls.told()


@pytest.mark.parametrize("form", ["message/rfc822", "text/rfc822-headers"])
def test_a_report_of_abuse_in_the_mailbox_is_a_complaint_if_it_brings_our_mail(
    calls: CallDown, form: str
) -> None:
    run = calls.start(directory=everybody(("mail",)))
    letters, reference = Letters(calls.store, calls.clock), _sent(calls, run).reference
    forged = ABUSE.format(form=form, reference="AAAA").replace("arf1", "arf0")
    assert letters.keep(forged.encode(), "x")
    assert _state(calls, "lead-1") == ["ok"], "anybody can write a report"

    assert letters.keep(ABUSE.format(form=form, reference=reference).encode(), "x")
    calls.go(run)

    assert _state(calls, "lead-1") == ["stopped"]
    assert calls.phones.at("lead-2@example.org")
    assert [fault.subject for fault in _alarms(calls)] == ["mail"]
    assert calls.rulings() == [("ignored", "automatic")] * 2
