"""Cleaning of text, and the length of an SMS."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konbit.notify.text import clean, gsm7, one_line, segments


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 152 + "€" + "a" * 152, 3),
        ("ê" * 70, 1),
        ("ê" * 71, 2),
        ("ê" * 134, 2),
        ("ê" * 135, 3),
        ("\U0001f30a" * 35, 1),
        ("\U0001f30a" * 36, 2),
        ("\U0001f30a" * 66, 2),
        ("\U0001f30a" * 67, 3),
    ],
)
def test_segments_follow_the_alphabet_and_split_no_character(text: str, count: int) -> None:
    assert segments(text) == count


@pytest.mark.parametrize("text", ["Réponn 1: mwen ka ede", "Ñandu à Ø", "{braces} [and] €"])
def test_french_and_creole_letters_of_the_gsm_alphabet_cost_no_space(text: str) -> None:
    assert gsm7(text)


@given(st.text())
def test_cleaning_leaves_no_control_or_direction_mark_and_is_stable(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert not set(cleaned) & set("\r\x00\x1b\x7f\u202a\u202e\u2066\u2069\u200e\ufeff\u2028")


@given(st.text())
def test_a_subject_is_one_line(text: str) -> None:
    assert "\n" not in one_line(text)
    assert one_line(text) == one_line(text).strip()


def test_joiners_that_a_script_is_spelled_with_stay() -> None:
    persian = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
    assert clean(persian) == persian
