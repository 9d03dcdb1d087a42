"""Group 14: altered, cut, of another purpose or run, drill on actual, expired, old and rotated keys, copied badly, replayed."""

import datetime as dt

import pytest

from konbit.engine.events import Extended
from konbit.errors import InvalidToken
from konbit.notify.links import CURRENT_KEY, ForgedToken, Purpose, Signer, derive_key, new_row_id, signer_of
from konbit.orchestrate.checks import InvalidCommand
from konbit.orchestrate.revoking import revoke
from konbit.store.records import Run
from tests.failures.calls import START, CallDown, everybody

HOUR = dt.timedelta(hours=1)
OLD, NEW = "o" * 32, "n" * 40


def test_a_link_of_the_key_before_works_while_both_live_and_not_after() -> None:
    token = signer_of(OLD, None, "test").mint(Purpose.ANSWER, "actual", 7, START + HOUR)

    assert signer_of(NEW, OLD, "test").read(token, START).row_id == 7
    with pytest.raises(ForgedToken):
        signer_of(NEW, None, "test").read(token, START)
    fresh = signer_of(NEW, OLD, "test").mint(Purpose.ANSWER, "actual", 8, START + HOUR)
    assert signer_of(NEW, None, "test").read(fresh, START).row_id == 8


def test_links_from_before_keys_had_ids_of_their_own_still_work() -> None:
    token = Signer({1: derive_key(OLD, "test", 1)}, CURRENT_KEY).mint(
        Purpose.ANSWER, "drill", 9, START + HOUR
    )

    assert signer_of(OLD, None, "test").read(token, START).row_id == 9
    with pytest.raises(InvalidToken):
        signer_of(OLD, None, "production").read(token, START)


@pytest.mark.slow
def test_a_link_lives_as_long_as_its_request_though_the_deadline_was_moved(calls: CallDown) -> None:
    run = calls.start()
    token = calls.link("lead-1")
    with calls.store.begin() as tx:
        later = START + dt.timedelta(days=9)
        tx.inbox.put(
            run.id,
            Extended(at=START, actor="operator:test", request="call", closes_at=later, reason="x"),
            "e",
            START,
        )
    calls.go(run)

    calls.later(run, hours=24 * 8)
    with pytest.raises(InvalidToken):
        calls.signer.read(token, calls.clock.now())
    assert calls.answer(token).status_code == 303
    calls.go(run)
    assert calls.answers(run) == [("lead-1", "accept", False)]


@pytest.mark.slow
def test_a_link_ceases_72_hours_after_the_end_of_its_run(calls: CallDown) -> None:
    run = calls.start()
    token = calls.link("lead-1")
    calls.later(run, minutes=61)

    calls.clock.move(hours=71)
    assert calls.see(token).status_code == 200
    calls.clock.move(hours=2)
    assert calls.see(token).status_code == 410


@pytest.mark.slow
def test_what_is_no_link_of_this_run_opens_nothing(calls: CallDown) -> None:
    run = calls.start()
    token = calls.link("lead-1")
    row = calls.signer.read(token, START).row_id
    until = START + HOUR
    bad = {
        "altered": token[:-2] + ("AA" if token[-2:] != "AA" else "BA"),
        "truncated": token[:-1],
        "in another case": token.swapcase(),
        "of another purpose": calls.signer.mint(Purpose.UNSUBSCRIBE, "actual", row, until),
        "of a drill": calls.signer.mint(Purpose.ANSWER, "drill", row, until),
        "of another row": calls.signer.mint(Purpose.ANSWER, "actual", new_row_id(), until),
        "of another key": Signer({1: b"x" * 32}, 1).mint(Purpose.ANSWER, "actual", row, until),
    }

    assert {what: calls.see(one).status_code for what, one in bad.items() if one != token} == dict.fromkeys(
        bad, 404
    )
    for tail in (".", ",", ")", "%20", "\u2019"):
        assert calls.see(token + tail).status_code == 200, f"left by a chat client: {tail!r}"
    calls.go(run)
    assert calls.answers(run) == []


@pytest.mark.slow
def test_the_same_page_sent_a_hundred_times_is_one_answer(calls: CallDown) -> None:
    run = calls.start()
    token = calls.link("lead-1")
    page = calls.see(token).text
    calls.clock.move(seconds=5)

    assert {calls.press(token, page, verdict="accept").status_code for _ in range(100)} == {303}
    calls.go(run)

    assert calls.answers(run) == [("lead-1", "accept", False)]


@pytest.mark.slow
def test_a_link_that_was_revoked_opens_nothing_and_its_person_is_sent_another(calls: CallDown) -> None:
    run = calls.start(directory=everybody(("sms", "mail")))
    token, page = calls.link("lead-1"), calls.see(calls.link("lead-1")).text
    calls.clock.move(seconds=8)

    said = revoke(calls.steward, run.id, "call", "lead-1", "operator:test", "It was posted in a public group")
    assert "open nothing any more" in said
    assert calls.see(token).status_code == 404
    assert calls.press(token, page, verdict="accept").status_code == 404
    calls.go(run)
    assert calls.answers(run) == []
    assert _acts(calls, run) == [("operator:test", "It was posted in a public group")]

    fresh = calls.link("lead-1")
    assert fresh != token
    calls.later(run, minutes=4)
    (mail,) = calls.phones.at("lead-1@example.org")[:1]
    assert token not in mail, "what had been planned before and not left yet"
    assert fresh[4:] != token[4:]
    assert calls.see(fresh).status_code == 200
    assert calls.answer(fresh).status_code == 303
    calls.go(run)
    assert calls.answers(run) == [("lead-1", "accept", False)]


@pytest.mark.slow
def test_revoking_keeps_what_was_answered_the_digits_and_everybody_elses_links(calls: CallDown) -> None:
    run = calls.start()
    calls.later(run, minutes=16)
    other = calls.link("lead-2")
    calls.text("lead-1", "2")
    calls.go(run)
    revoke(calls.steward, run.id, "call", "lead-1", "operator:test", "a test")
    assert calls.answers(run) == [("lead-1", "decline", False)]
    calls.later(run, minutes=11)
    calls.text("lead-1", "A1")
    calls.go(run)
    assert ("lead-1", "accept", False) in calls.answers(run)
    assert calls.see(other).status_code == 200


@pytest.mark.slow
def test_only_links_of_somebody_who_was_asked_in_an_open_request_are_revoked(calls: CallDown) -> None:
    run = calls.start()
    for step, person in (("call", "owner-1"), ("call", "nobody"), ("other", "lead-1")):
        with pytest.raises(InvalidCommand):
            revoke(calls.steward, run.id, step, person, "operator:test", "a test")
    assert _acts(calls, run) == []
    assert calls.see(calls.link("lead-1")).status_code == 200


def _acts(calls: CallDown, run: Run) -> list[tuple[str, str]]:
    with calls.store.read() as tx:
        return [(one.actor, one.reason) for one in tx.audit.list(run.id) if one.action == "links-revoked"]
