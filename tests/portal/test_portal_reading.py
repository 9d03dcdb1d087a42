"""What people type, read as typed values: never guessed, never evaluated, never a crash."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konbit.definition.base import LANGUAGES
from konbit.portal.choices import Option
from konbit.portal.questions import Question
from konbit.portal.reading import Fault, number, read
from konbit.portal.words import Said
from tests.portal.sample import codelists

LANGUAGE = st.sampled_from(LANGUAGES)


def question(kind: str, **given_fields: object) -> Question:
    fields: dict[str, object] = {"name": "q", "type": kind, "label": Said("Q", "en"), **given_fields}
    return Question(**fields)  # type: ignore[arg-type]  # a table of fields, checked by the dataclass


def value(kind: str, *sent: str, **given_fields: object) -> object:
    """What is read, or the key of the fault."""
    reading = read([question(kind, **given_fields)], {"f_q": list(sent)}, codelists(), "en")
    return reading.faults["q"].key if reading.faults else reading.data.get("q")


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("1500", "en", 1500),
        ("1 500", "fr", 1500),
        ("1\u202f500\u00a0000", "fr", 1_500_000),
        ("1,500", "en", 1500),
        ("1.500", "es", 1500),
        ("1,500,000", "fr", 1_500_000),
        ("1.500.000", "en", 1_500_000),
        ("1,00,000", "en", 100_000),
        ("1'500", "fr", 1500),
        ("2,5", "en", 2.5),
        ("2.5", "es", 2.5),
        ("2,0", "fr", 2),
        ("1.234,5", "en", 1234.5),
        ("1,234.50", "es", 1234.5),
        ("0.125", "en", 0.125),
        ("0,125", "fr", 0.125),
        ("1500.125", "en", 1500.125),
        ("-3", "en", -3),
        ("\u221212", "en", -12),
        ("\u0661\u0662", "en", 12),
        ("\u0967\u096b", "en", 15),
    ],
)
def test_numbers_as_people_write_them(text: str, language: str, expected: float) -> None:
    found = number(text, language)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("text", "language"), [("1.500", "en"), ("1.500", "fil"), ("1,500", "fr"), ("12,345", "ht")]
)
def test_number_that_can_be_read_in_two_ways_is_asked_back(text: str, language: str) -> None:
    found = number(text, language)
    assert isinstance(found, Fault)
    assert found.key == "error_two_ways"
    one, other = (number(str(way), language) for way in found.values.values())
    assert not isinstance(one, Fault)
    assert not isinstance(other, Fault)
    assert one == pytest.approx(other * 1000)


@pytest.mark.parametrize(
    "text", ["many", "1e5", "0x10", "1_000", "nan", "inf", "1..5", "1,5,5", "5.", "--1", "²", "9" * 21]
)
def test_what_is_no_number_is_refused(text: str) -> None:
    found = number(text, "en")
    assert isinstance(found, Fault)
    assert found.key == "error_number"


@given(
    st.integers(min_value=-(10**12), max_value=10**12), LANGUAGE, st.sampled_from(["", ",", ".", " ", "'"])
)
def test_whole_number_grouped_in_any_way_is_itself_or_asked_back(
    whole: int, language: str, mark: str
) -> None:
    found = number(f"{whole:,}".replace(",", mark), language)
    assert found == whole or (isinstance(found, Fault) and found.key == "error_two_ways")


@given(st.text(max_size=30), LANGUAGE)
def test_any_text_is_a_number_or_a_fault(text: str, language: str) -> None:
    found = number(text, language)
    assert isinstance(found, int | float | Fault)
    assert not isinstance(found, bool)


@given(st.dates(min_value=dt.date(1900, 1, 1), max_value=dt.date(2200, 12, 31)))
def test_date_is_kept_in_iso_8601(day: dt.date) -> None:
    assert value("date", day.isoformat()) == day.isoformat()


@pytest.mark.parametrize(
    "text", ["14/08/2021", "20210814", "2021-02-30", "2021-W32-6", "0001-01-01", "tomorrow"]
)
def test_other_dates_are_refused(text: str) -> None:
    assert value("date", text) == "error_date"


def test_limits_of_a_number_are_part_of_the_fault() -> None:
    assert value("number", "5", minimum=1, maximum=5) == 5
    assert value("number", "0", minimum=1) == "error_minimum"
    assert value("number", "6", maximum=5) == "error_maximum"
    assert value("number", "-1", minimum=0) == "error_minimum"


def test_truth_is_yes_or_no_and_not_saying_is_neither() -> None:
    assert value("truth", "yes") is True
    assert value("truth", "no") is False
    assert value("truth", "") is None
    assert value("truth", "true") == "error_choice"


def test_choices_are_those_offered_in_the_order_of_the_form() -> None:
    options = (Option("a", "A"), Option("b", "B"), Option("c", "C"))
    assert value("choices", "c", "a", "a", options=options) == ["a", "c"]
    assert value("choices", options=options) is None
    assert value("choices", "d", options=options) == "error_choice"
    assert value("choice", "b", options=options) == "b"
    assert value("choice", "B", options=options) == "error_choice"


def test_place_is_checked_by_its_code_where_places_are_not_listed() -> None:
    assert value("place", " ht0711 ") == "HT0711"
    assert value("place", "NP3107") == "NP3107"
    assert value("place", "Les Cayes") == "error_place"
    assert value("place", "HT99") == "error_place"


def test_text_is_cleaned_and_counted_in_characters() -> None:
    assert value("text", "  a\u202e\x00  b\n c ") == "a b c"
    assert value("long_text", " a\r\nb ") == "a\nb"
    assert value("text", "é" * 280) == "é" * 280
    assert value("text", "é" * 281) == "error_too_long"


@pytest.mark.parametrize(
    "kind", ["text", "long_text", "number", "date", "truth", "choice", "choices", "place", "cluster"]
)
def test_required_question_needs_an_answer_and_another_does_not(kind: str) -> None:
    assert value(kind, required=True) == "error_required"
    assert value(kind, "  ", required=True) in ("error_required", "error_choice")
    assert value(kind) is None


@given(
    st.sampled_from(["text", "long_text", "number", "date", "truth", "choice", "choices", "place", "hazard"]),
    st.lists(st.text(max_size=60), max_size=3),
    LANGUAGE,
)
def test_nothing_that_can_be_sent_breaks_the_reading(kind: str, sent: list[str], language: str) -> None:
    reading = read([question(kind)], {"f_q": sent}, codelists(), language)
    assert not (reading.data and reading.faults)
