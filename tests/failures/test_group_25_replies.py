"""Group 25: replies by text: spelled in many ways, twice, from another number, from a stranger, in a loop, after the end."""

import pytest

from tests.failures.calls import CALL, CallDown, number

pytestmark = pytest.mark.slow
TWO = """\
steps:
  - lanes:
      first:
        - {id: one, contact: {who: [lead], message: come}, within: 60m, on: {uncovered: []}}
      second:
        - {id: two, ask: {who: lead, question: what, options: [full, partial]}, within: 60m, on: {no_answer: []}}
"""


def test_the_text_says_which_digit_means_what(calls: CallDown) -> None:
    calls.start()

    (text,) = calls.got("lead-1")
    assert text.endswith(" Reply A1 can act, A2 cannot, A3 call me")


@pytest.mark.parametrize("text", ["1 ", "'1'", "a 1", "١"])
def test_an_answer_in_any_spelling_covers_the_role_and_is_confirmed_once(calls: CallDown, text: str) -> None:
    run = calls.start()

    assert calls.text("lead-1", text) == 200
    calls.go(run)

    assert calls.answers(run) == [("lead-1", "accept", False)]
    assert calls.outcome(run) == "completed"
    assert calls.got("lead-1")[1:] == ["Recorded: can act. Thank you. Write again to change it."]
    assert calls.told() == {"lead-1"}


def test_a_decline_by_text_asks_the_next_at_once(calls: CallDown) -> None:
    run = calls.start()

    calls.text("lead-1", "2")
    calls.go(run)

    assert calls.answers(run) == [("lead-1", "decline", False)]
    assert calls.told() == {"lead-1", "lead-2", "lead-3"}


def test_the_same_text_brought_twice_counts_once(calls: CallDown) -> None:
    run = calls.start()

    for _ in range(2):
        assert calls.text("lead-1", "1", sid="SM1") == 200
    calls.text("lead-1", "1", sid="SM2")
    calls.go(run)

    assert calls.answers(run) == [("lead-1", "accept", False)]
    assert calls.rulings() == [("answered", "stored"), ("answered", "again")]
    assert len(calls.got("lead-1")) == 2


def test_a_code_from_another_number_answers_nothing_for_its_owner(calls: CallDown) -> None:
    run = calls.start()

    calls.text("standin-1", "A1")
    calls.go(run)

    assert calls.answers(run) == []
    assert calls.rulings() == [("parked", "no_such_code")]
    assert calls.got("standin-1") == []


def test_a_stranger_gets_no_answer_and_waits_for_a_person(calls: CallDown) -> None:
    run = calls.start()

    calls.text("lead-1", "1", sender="+12025550177")
    calls.go(run)

    assert calls.answers(run) == []
    assert calls.rulings() == [("parked", "unknown_sender")]
    assert calls.phones.at("+12025550177") == []


def test_with_two_questions_open_a_bare_digit_is_answered_with_the_letters(calls: CallDown) -> None:
    run = calls.start(TWO)

    calls.text("lead-1", "1")
    calls.go(run)
    assert calls.answers(run) == []
    assert calls.rulings() == [("parked", "which_one")]
    asked = calls.got("lead-1")[-1]
    assert "A1 can act" in asked
    assert "B1 Full activation, B2 Partial activation, B3 cannot, B4 call me" in asked

    calls.text("lead-1", "B2")
    calls.text("lead-1", "1")
    calls.go(run)
    assert calls.answers(run) == [("lead-1", "accept", False)] * 2
    with calls.store.read() as tx:
        assert tx.answers.list(run.id)[0].data == {"answer": "partial"}, "then one was left to mean"


def test_nobody_gets_more_than_five_answers_a_day_that_move_nothing(calls: CallDown) -> None:
    run = calls.start()

    for number_of in range(8):
        calls.text("lead-1", f"what is this about? {number_of}")
        calls.go(run)

    assert len(calls.got("lead-1")) == 1 + 5
    assert calls.rulings() == [("parked", "unclear")] * 8
    calls.text("lead-1", "1")
    calls.go(run)
    assert calls.answers(run) == [("lead-1", "accept", False)], (
        "an answer is taken however often it was unclear before"
    )


def test_two_machines_do_not_talk_all_night(calls: CallDown) -> None:
    run = calls.start()

    for _ in range(25):
        calls.text("lead-1", "Thank you for your message")
        calls.go(run)

    assert calls.rulings()[-1] == ("ignored", "looping")
    assert len(calls.got("lead-1")) == 1 + 5


def test_an_out_of_office_notice_is_no_answer(calls: CallDown) -> None:
    run = calls.start()

    calls.text("lead-1", "I'm driving with Do Not Disturb turned on")
    calls.go(run)

    assert calls.answers(run) == []
    assert calls.rulings() == [("ignored", "automatic")]
    assert len(calls.got("lead-1")) == 1


def test_an_answer_after_the_end_is_kept_as_late_and_said_to_be(calls: CallDown) -> None:
    run = calls.start()
    calls.later(run, minutes=70)
    assert calls.outcome(run) == "completed"

    calls.text("lead-1", "1")
    calls.go(run)

    assert ("lead-1", "accept", True) in calls.answers(run)
    assert "after this question had closed" in calls.got("lead-1")[-1]


def test_whoever_asks_for_a_call_has_not_answered_and_waits_for_a_person(calls: CallDown) -> None:
    run = calls.start()

    calls.text("lead-1", "3")
    calls.go(run)

    assert calls.answers(run) == []
    assert calls.rulings() == [("parked", "call_me")]
    assert calls.got("lead-1")[-1].startswith("Understood. Somebody will call you.")


def test_a_wrong_number_marks_the_address_and_asks_the_next(calls: CallDown) -> None:
    run = calls.start()

    calls.text("lead-1", "Wrong number")
    calls.go(run)

    assert calls.answers(run) == [("lead-1", "wrong_person", False)]
    with calls.store.read() as tx:
        assert [one.state for one in tx.directory.endpoints_of(["lead-1"])] == ["suspect"]
    assert "lead-2" in calls.told()


def test_a_code_is_used_again_once_its_question_has_closed(calls: CallDown) -> None:
    calls.later(calls.start(), minutes=61)
    again = calls.start(CALL.replace("id: call", "id: again"))

    assert "Reply A1 can act" in calls.got("lead-1")[-1]
    calls.text("lead-1", "A1")
    calls.go(again)
    assert calls.answers(again) == [("lead-1", "accept", False)]


@pytest.mark.parametrize("token", ["", "another-token"])
def test_a_form_without_twilios_signature_is_refused_and_not_kept(calls: CallDown, token: str) -> None:
    run = calls.start()

    assert calls.post("/in/twilio", calls.phones.twilio(number("lead-1"), "1"), token) == 403
    calls.go(run)

    assert calls.replies() == []
