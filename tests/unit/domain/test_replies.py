"""What somebody wrote back: strict, in five languages, digits of every script, opt-outs before anything else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konbit.domain.replies import CODES, Offer, Reply, chosen, fold, free_code, fresh, offers, read_reply


@pytest.mark.parametrize(
    "text",
    [
        "1",
        " 1 ",
        "1.",
        "'1'",
        "“1”",
        "(1)",
        "1!",
        "#1",
        "1\ufe0f\u20e3",
        "١",
        "۱",
        "१",
        "1 thanks",
        "1, merci!",
    ],
)
def test_a_lone_digit_in_any_script_and_any_wrapping_is_that_digit(text: str) -> None:
    assert read_reply(text) == Reply("answer", 1)


@pytest.mark.parametrize("text", ["B2", "b2", "b 2", "B-2", "2b", "2 B", "B٢", "2, b."])
def test_a_code_says_which_question_and_stands_on_either_side(text: str) -> None:
    assert read_reply(text) == Reply("answer", 2, "B")


@pytest.mark.parametrize(
    "text",
    [
        "12",
        "1 hour away",
        "1 and 2",
        "2 people are hurt",
        "I am at gate 1",
        "maybe",
        "okay?",
        "can you call at 1",
        "I1",
    ],
)
def test_what_is_not_plainly_an_answer_is_unclear(text: str) -> None:
    assert read_reply(text) == Reply("unclear")


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("I can act", "accept"),
        ("OUI", "accept"),
        ("Je peux intervenir.", "accept"),
        ("mwen ka aji", "accept"),
        ("Sí", "accept"),
        ("Kaya ko", "accept"),
        ("I can't", "decline"),
        ("Je ne peux pas", "decline"),
        ("M pa kapab", "decline"),
        ("No puedo", "decline"),
        ("Hindi ko kaya", "decline"),
        ("call me", "call"),
        ("Appelez-moi", "call"),
        ("Rele m", "call"),
        ("Llámeme", "call"),
        ("wrong number", "wrong_person"),
        ("Mauvais numéro", "wrong_person"),
        ("Numero equivocado", "wrong_person"),
    ],
)
def test_a_few_whole_phrases_are_understood_in_five_languages(text: str, meaning: str) -> None:
    assert read_reply(text) == Reply("answer", meaning=meaning)  # type: ignore[arg-type]  # the table's words


@pytest.mark.parametrize(
    "text",
    [
        "STOP",
        "stop.",
        " Stop ",
        "STOPALL",
        "Unsubscribe",
        "END",
        "cancel",
        "QUIT",
        "ARRÊT",
        "Baja",
        "stop please",
    ],
)
def test_an_opt_out_comes_before_any_dialogue(text: str) -> None:
    assert read_reply(text) == Reply("opt_out")


def test_words_that_carriers_take_for_opt_ins_are_no_answers() -> None:
    assert read_reply("START") == Reply("opt_in")
    assert read_reply("Yes") == Reply("opt_in", soft=True)


@pytest.mark.parametrize(
    ("text", "headers"),
    [
        ("1", {"Auto-Submitted": "auto-replied"}),
        ("1", {"auto-submitted": "auto-generated (failure)"}),
        ("1", {"Precedence": "bulk"}),
        ("1", {"Precedence": "auto_reply"}),
        ("1", {"X-Autoreply": "yes"}),
        ("1", {"Subject": "Automatic reply: Activated"}),
        ("1", {"Subject": "Réponse automatique : Activation"}),
        ("I'm driving with Do Not Disturb on", {}),
        ("This is an automated message, call 1", {}),
    ],
)
def test_a_machine_answers_nothing(text: str, headers: dict[str, str]) -> None:
    assert read_reply(text, headers) == Reply("automatic")


def test_a_mail_that_says_it_was_written_by_hand_is_read() -> None:
    headers = {"Auto-Submitted": "no", "Subject": "Re: Activated", "Precedence": "normal"}
    assert read_reply("1", headers) == Reply("answer", 1)


def test_of_a_mail_only_what_is_new_is_read() -> None:
    assert fresh("\r\n  1 \r\n\r\nOn Saturday the unit wrote:\r\n> Can you act?") == "1"
    assert fresh("> Can you act?\n> 1\n") == ""
    assert read_reply(fresh("")) == Reply("empty")


def test_digits_stand_for_what_was_offered() -> None:
    call = offers("contact", ())
    assert [(one.digit, one.meaning) for one in call] == [(1, "accept"), (2, "decline"), (3, "call")]
    question = offers("ask", ("full", "partial"))
    assert [(one.digit, one.meaning, one.option) for one in question] == [
        (1, "accept", "full"),
        (2, "accept", "partial"),
        (3, "decline", None),
        (4, "call", None),
    ]
    assert [one.meaning for one in offers("assess", ())] == ["decline", "call"]
    assert chosen(Reply("answer", 2), question) == Offer(2, "accept", "partial", {"answer": "partial"})
    assert chosen(Reply("answer", 9), question) is None
    assert chosen(Reply("answer", meaning="accept"), question) is None, "which of the two is not said"
    assert chosen(Reply("answer", meaning="accept"), call) == call[0]
    assert chosen(Reply("answer", meaning="accept"), offers("assess", ())) is None, "a form is not a yes"


def test_codes_are_letters_first_then_pairs() -> None:
    assert free_code(()) == "A"
    assert free_code(["A", "B"]) == "C"
    assert free_code(CODES) == "AA"


@given(st.text(max_size=60))
def test_any_text_is_read_and_only_a_digit_or_a_known_phrase_is_an_answer(text: str) -> None:
    reply = read_reply(text)
    if reply.digit is not None:
        digits = [char for char in fold(text) if char.isdigit()]
        assert digits == [str(reply.digit)]
    assert (reply.kind == "answer") == (reply.digit is not None or reply.meaning is not None)
