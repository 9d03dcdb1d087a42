"""What the check counts of a text message is what is counted when it is sent."""

from hypothesis import given
from hypothesis import strategies as st

from konbit.check.texts import in_gsm, segments_left
from konbit.notify import text as sent

CHARACTERS = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="{}"), max_size=300)


@given(CHARACTERS)
def test_the_alphabet_is_that_of_the_sender(words: str) -> None:
    assert in_gsm(words) == sent.gsm7(words)


@given(CHARACTERS)
def test_what_fits_here_is_one_part_when_sent(words: str) -> None:
    assert (segments_left(words) >= 0) == (sent.segments(words) <= 1)


def test_placeholders_are_not_counted() -> None:
    assert segments_left("{name}" + "x" * 160) == 0
    assert segments_left("{{" + "x" * 158) == 0
