"""Failure group 18: a missing translation, a missing value, right-to-left, emoji, plural forms, texts over the limit.

What is shown before sending (segments, language, alphabet) is what is sent.
"""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from konbit.check.checker import check
from konbit.cli.main import cli
from konbit.definition import plurals
from konbit.definition.base import LANGUAGES
from konbit.definition.content import Counted, Message
from konbit.definition.library import load
from konbit.definition.reviews import fingerprint, form_reviews, reviews, word_reviews
from konbit.errors import UnsafeMessage
from konbit.notify import marking, text
from konbit.notify.message import MAX_SMS_SEGMENTS, MessageText, render
from konbit.orchestrate.words import local
from konbit.portal import words as pages
from tests.contracts.cases import NOW

NEEDS = Counted.model_validate(
    {
        "of": "gaps",
        "forms": {
            "en": {"one": "{n} need", "other": "{n} needs"},
            "fr": {"one": "{n} besoin", "other": "{n} besoins"},
            "ht": {"other": "{n} bezwen"},
            "es": {"one": "{n} necesidad", "other": "{n} necesidades"},
            "fil": {"one": "{n} pangangailangan", "other": "{n} na pangangailangan"},
        },
    }
)


def _message(**body: str) -> MessageText:
    return MessageText("own", body, body, None, {"left": NEEDS})


def test_a_missing_translation_falls_back_and_the_language_that_was_used_is_recorded() -> None:
    message = _message(en="Open", es="Abierto")
    for wanted, got in ((["ht", "es"], "es"), (["ht"], "en"), (["es-MX"], "es"), ([], "en")):
        assert render(message, {"gaps": "1"}, wanted, "drill", "mail").language == got
    assert render(_message(fr="Ouvert"), {"gaps": "1"}, ["ht"], "drill", "mail").language == "fr"


def test_a_value_that_is_not_there_stops_the_message_and_nothing_is_sent_with_a_hole() -> None:
    with pytest.raises(UnsafeMessage, match="needs country"):
        render(MessageText("own", {"en": "{country}"}, {"en": "x"}), {}, ["en"], "drill", "mail")


# CLDR 46, plurals.xml: the samples of each rule.
@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", [1], [0, 2, 5, 11, 100, 1_000_000]),
        ("fr", [0, 1], [2, 5, 16, 100, 1000]),
        ("es", [1], [0, 2, 16, 100, 1000]),
        (
            "fil",
            [0, 1, 2, 3, 5, 7, 8, 10, 11, 12, 13, 15, 100, 1_000_000],
            [4, 6, 9, 14, 16, 19, 24, 26, 104],
        ),
        ("ht", [], [0, 1, 2, 100]),
    ],
)
def test_a_number_takes_the_form_that_its_language_gives_it(
    language: str, one: list[int], other: list[int]
) -> None:
    assert {plurals.category(language, number) for number in one} <= {"one"}
    assert {plurals.category(language, number) for number in other} <= {"other", "many"}
    assert plurals.category(f"{language}-XX", 2) == plurals.category(language, 2)


@pytest.mark.parametrize(
    ("language", "number", "words"),
    [
        ("en", "1", "Open: 1 need"),
        ("en", "3", "Open: 3 needs"),
        ("fr", "0", "Open: 0 besoin"),
        ("ht", "1", "Open: 1 bezwen"),
        ("es", "2", "Open: 2 necesidades"),
        ("fil", "4", "Open: 4 na pangangailangan"),
    ],
)
def test_the_phrase_in_a_message_agrees_with_its_number(language: str, number: str, words: str) -> None:
    message = _message(**dict.fromkeys(LANGUAGES, "Open: {left}"))
    for channel in ("mail", "sms"):
        body = render(message, {"gaps": number}, [language], "actual", channel).body
        assert body == words


@pytest.mark.parametrize("number", ["-", "", "many", "1.5"])
def test_a_count_that_is_no_whole_number_stops_the_message(number: str) -> None:
    with pytest.raises(UnsafeMessage, match="whole number"):
        render(_message(en="{left}"), {"gaps": number}, ["en"], "drill", "mail")


@given(st.sampled_from([*LANGUAGES, "de", "xx-YY"]), st.integers(-10, 10**9))
def test_every_number_has_a_form_in_every_language(language: str, number: int) -> None:
    assert plurals.pick({"other": "{n}"}, language, number) == str(number)


@pytest.mark.parametrize(
    ("body", "segments", "gsm"),
    [
        ("a" * 142, 1, True),
        ("a" * 143, 2, True),
        ("a" * 52 + "ê", 2, False),
        ("a" * 51 + "ê", 1, False),
        ("ok \U0001f44d", 1, False),
        ("\U0001f44d" * 26, 1, False),
        ("\U0001f44d" * 27, 2, False),
        ("مرحبا هل يمكنك المساعدة", 1, False),
    ],
)
def test_an_emoji_or_another_script_halves_what_a_segment_holds(
    body: str, segments: int, *, gsm: bool
) -> None:
    """The marks of a drill are counted with it: `EXERCISE` at both ends."""
    short = {"en": body}
    rendered = render(MessageText("own", {"en": "s"}, {"en": "b"}, short), {}, ["en"], "drill", "sms")
    assert rendered.segments == segments
    assert text.gsm7(rendered.body) == gsm
    assert rendered.body.split()[0] == rendered.body.split()[-1] == "EXERCISE"


def test_a_text_over_the_limit_is_refused_with_its_length() -> None:
    long = MessageText("own", {"en": "s"}, {"en": "b"}, {"en": "a" * 153 * (MAX_SMS_SEGMENTS + 1)})
    with pytest.raises(UnsafeMessage, match="SMS segments in en; at most 6"):
        render(long, {}, ["en"], "drill", "sms")


def test_direction_marks_in_a_value_are_taken_out_and_the_words_stay() -> None:
    value = "\u202eمرحبا\u202c \u2066x\u2069"
    rendered = render(
        MessageText("own", {"en": "{v}"}, {"en": "{v}"}), {"v": value}, ["en"], "actual", "mail"
    )
    assert rendered.body == "مرحبا x"


@pytest.mark.parametrize(
    ("zone", "there"),
    [
        ("America/Port-au-Prince", "2026-03-02 09:00 EST (14:00 UTC)"),
        ("Asia/Manila", "2026-03-02 22:00 PST (14:00 UTC)"),
        ("UTC", "2026-03-02 14:00 UTC"),
        ("Nowhere/Unknown", "2026-03-02 14:00 UTC"),
    ],
)
def test_a_time_is_said_in_the_zone_of_the_person_and_in_utc(zone: str, there: str) -> None:
    assert local(NOW, zone) == there


@pytest.mark.slow
def test_every_bundled_text_is_in_all_languages_and_fits_as_the_command_says() -> None:
    library = load()
    rows = json.loads(CliRunner().invoke(cli, ["messages", "segments", "--all", "--json"]).stdout)
    assert len(rows) == len(library.messages) * len(LANGUAGES)
    for row in rows:
        message = library.messages[row["message"]]
        short = (message.sms or message.subject)[row["language"]]
        assert row["drill"] == text.segments(marking.mark_sms(short, row["language"], "drill"))
    assert max(row["drill"] for row in rows) <= 2
    longer = CliRunner().invoke(cli, ["messages", "segments", "--language", "ht"])
    assert (longer.exit_code, longer.stdout) == (0, "")


def test_every_text_needs_a_native_speaker_until_it_bears_the_mark_of_these_very_words() -> None:
    message = Message.model_validate({"subject": {"en": "s", "fr": "s"}, "body": {"en": "b", "fr": "b"}})
    assert {one.status for one in reviews({"own": message})} == {"unread"}
    read = message.model_copy(update={"reviewed": {"fr": fingerprint(message, "fr")}})
    assert {one.language: one.status for one in reviews({"own": read})} == {"en": "unread", "fr": "reviewed"}
    changed = read.model_copy(update={"body": {"en": "b", "fr": "b!"}})
    assert {one.language: one.status for one in reviews({"own": changed})} == {
        "en": "unread",
        "fr": "changed",
    }


def test_a_form_is_read_as_a_whole_and_its_mark_ends_with_any_of_its_words() -> None:
    form = load().forms["availability"]
    found = {one.language: one for one in form_reviews({"availability": form})}
    assert set(found) == set(LANGUAGES)
    read = form.model_copy(update={"reviewed": {"ht": found["ht"].mark}})
    status = {one.language: one.status for one in form_reviews({"availability": read})}
    assert (status["ht"], status["fr"]) == ("reviewed", "unread")
    field = read.fields[0].model_copy(update={"of": read.fields[0].of[1:]})
    changed = read.model_copy(update={"fields": [field, *read.fields[1:]]})
    (ht,) = [one for one in form_reviews({"availability": changed}) if one.language == "ht"]
    assert (ht.status, ht.texts) == ("changed", found["ht"].texts - 1)


def test_a_table_of_words_is_listed_by_language_with_how_many_there_are() -> None:
    table = {"yes": {"en": "Yes", "ht": "Wi"}, "no": {"en": "No", "ht": "Non"}}
    (english, creole) = word_reviews("page", table, {})
    assert (english.texts, creole.texts, creole.status) == (2, 2, "unread")
    (_, again) = word_reviews("page", {**table, "no": {"en": "No", "ht": "Non!"}}, {"ht": creole.mark})
    assert again.status == "changed"


@pytest.mark.slow
def test_the_command_lists_what_nobody_has_read_by_language() -> None:
    found = json.loads(CliRunner().invoke(cli, ["messages", "review", "--language", "ht", "--json"]).stdout)
    assert {one["language"] for one in found} == {"ht"}
    library = load()
    names = {kind: {one["message"] for one in found if one["kind"] == kind} for kind in ("message", "form")}
    assert names["message"] >= set(library.messages) | {"taken_by", "held_at_cap"}
    assert names["form"] == set(library.forms)
    words = {one["message"]: one["texts"] for one in found if one["kind"] == "words"}
    assert words["answer_page"] == len(pages.table())
    assert set(words) == {"answer_page", "replies", "verification", "exercise"}
    assert len(found[0]["mark"]) == 8


def test_two_asks_in_one_message_are_an_error_and_a_spanish_question_is_one(tmp_path: Path) -> None:
    (tmp_path / "messages").mkdir()
    for body, codes in (("¿Puede venir? {link}", []), ("Can you? Will you? {link}", ["two-asks"])):
        (tmp_path / "messages" / "own.yaml").write_text(
            f'own: {{kind: question, subject: Q, body: "{body}"}}\n', encoding="utf-8"
        )
        found = [one.code for one in check(load([tmp_path])) if one.code == "two-asks"]
        assert found == codes
