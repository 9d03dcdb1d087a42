"""From texts to what one person gets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konbit.definition.base import Mode
from konbit.domain.directory import ChannelKind
from konbit.errors import UnsafeMessage
from konbit.notify.marking import LOCAL_WORDS
from konbit.notify.message import MessageText, Rendered, assert_marked, placeholders, render

CALL = MessageText(
    "activation_call",
    subject={"en": "Response unit: {event}", "fr": "Unité d'urgence : {event}", "ht": "Inite ijans: {event}"},
    body={"en": "Can you act?\n{link}", "fr": "Pouvez-vous agir ?\n{link}", "ht": "Èske ou ka aji?\n{link}"},
    sms={"en": "{event}. Reply 1 or 2.", "ht": "{event}. Reponn 1 oswa 2."},
)
VALUES = {"event": "Earthquake", "link": "https://konbit.example.org/a/x"}


def _render(
    mode: Mode = "drill", channel: ChannelKind = "mail", languages: tuple[str, ...] = ("en",), **values: str
) -> Rendered:
    return render(CALL, {**VALUES, **values}, languages, mode, channel)


@pytest.mark.parametrize("language", sorted(LOCAL_WORDS))
def test_a_drill_is_marked_at_both_ends_of_subject_and_text_in_every_language(language: str) -> None:
    text = MessageText("m", {language: "Subject"}, {language: "Text"})
    rendered = render(text, {}, [language], "drill", "mail")
    word = LOCAL_WORDS[language]
    assert rendered.subject.startswith("[EXERCISE] ")
    assert rendered.subject.endswith(f" {word}")
    first, *_, last = rendered.body.split("\n")
    assert first == last
    assert first.startswith("EXERCISE EXERCISE EXERCISE")
    assert first.endswith(f"{word} {word} {word}")
    assert "Text" in rendered.body


def test_a_drill_in_a_language_without_a_word_of_its_own_says_exercise() -> None:
    rendered = render(MessageText("m", {"ar": "x"}, {"ar": "y"}), {}, ["ar"], "drill", "mail")
    assert rendered.subject == "[EXERCISE] x - EXERCISE"


@pytest.mark.parametrize(("language", "word"), [("en", "EXERCISE"), ("fr", "EXERCICE"), ("ht", "EGZESIS")])
def test_the_first_and_the_last_word_of_a_drill_sms_are_the_mark(language: str, word: str) -> None:
    words = _render(channel="sms", languages=(language,)).body.split()
    assert (words[0], words[-1]) == (word, word)


def test_the_creole_mark_keeps_an_sms_in_the_wide_alphabet() -> None:
    assert _render(channel="sms", languages=("ht",), event="x" * 100).segments == 1


def test_an_actual_message_has_its_tag_and_no_mark_of_a_drill() -> None:
    rendered = _render("actual")
    assert rendered.subject == "[ACTUAL] Response unit: Earthquake"
    assert "EXERCISE" not in rendered.subject + rendered.body
    assert _render("actual", "sms").body == "Earthquake. Reply 1 or 2."


@pytest.mark.parametrize(
    ("languages", "used"),
    [(("ht", "fr"), "ht"), (("es", "fr"), "fr"), (("fr-CA",), "fr"), (("es",), "en"), ((), "en")],
)
def test_the_first_language_of_the_person_that_exists_is_used_then_english_and_it_is_recorded(
    languages: tuple[str, ...], used: str
) -> None:
    assert _render(languages=languages).language == used


def test_a_message_without_english_goes_out_in_the_language_that_it_has() -> None:
    assert render(MessageText("m", {"fr": "s"}, {"fr": "b"}), {}, ["es"], "actual", "mail").language == "fr"


def test_a_language_in_which_only_the_subject_exists_does_not_count() -> None:
    half = MessageText("m", {"en": "s", "fr": "s"}, {"en": "b"})
    assert render(half, {}, ["fr"], "actual", "mail").language == "en"
    with pytest.raises(UnsafeMessage, match="complete in no language"):
        render(MessageText("m", {"fr": "s"}, {"en": "b"}), {}, ["fr"], "actual", "mail")


def test_an_sms_without_a_short_form_is_the_subject_of_the_same_language() -> None:
    assert _render("actual", "sms", ("fr",)).body == "Unité d'urgence : Earthquake"


def test_an_unknown_placeholder_is_named_with_those_that_are_known() -> None:
    text = MessageText("m", {"en": "s"}, {"en": "{evnet} {link}"})
    with pytest.raises(UnsafeMessage, match="message m needs evnet; known here: event, link"):
        render(text, VALUES, ["en"], "actual", "mail")


@pytest.mark.parametrize(
    "template", ["{", "}", "{0}", "{a.b}", "{a!r}", "{a:>9}", "{ a }", "{A}", "{}", "a}b"]
)
def test_a_brace_that_is_no_placeholder_is_refused(template: str) -> None:
    with pytest.raises(UnsafeMessage, match="stray"):
        placeholders(template)


def test_doubled_braces_are_braces() -> None:
    assert placeholders("{{a}} {b}") == {"b"}
    text = MessageText("m", {"en": "s"}, {"en": "{{event}} {event}"})
    assert render(text, VALUES, ["en"], "actual", "mail").body == "{event} Earthquake"


@pytest.mark.parametrize(
    "value",
    [
        "{link}",
        "{{7*7}}",
        "{event.__class__}",
        "%(link)s",
        "${link}",
        "<script>alert(1)</script>",
        "%0d%0aBcc:b@x",
        "<!channel>",
    ],
)
def test_a_value_is_put_in_as_it_is_and_never_looked_at_again(value: str) -> None:
    text = MessageText("m", {"en": "{event}"}, {"en": "{event}"})
    rendered = render(text, {"event": value, "link": "secret"}, ["en"], "actual", "mail")
    assert rendered.subject == f"[ACTUAL] {value}"
    assert rendered.body == value


def test_a_line_break_in_a_value_cannot_start_a_header() -> None:
    rendered = _render("actual", event="Quake\r\nBcc: b@example.org\u2028x\x00")
    assert rendered.subject == "[ACTUAL] Response unit: Quake Bcc: b@example.org x"


@given(
    st.text(max_size=200), st.sampled_from(["drill", "actual"]), st.sampled_from(["mail", "sms", "webhook"])
)
def test_no_value_can_hide_or_fake_the_mode(value: str, mode: Mode, channel: ChannelKind) -> None:
    rendered = _render(mode, channel, event=value)
    assert_marked(rendered, mode)
    with pytest.raises(UnsafeMessage):
        assert_marked(rendered, "actual" if mode == "drill" else "drill")


@pytest.mark.parametrize("channel", ["mail", "sms"])
def test_a_drill_text_without_marks_is_refused(channel: ChannelKind) -> None:
    rendered = _render("actual", channel)
    with pytest.raises(UnsafeMessage, match="not marked as an exercise"):
        assert_marked(rendered, "drill")


def test_an_actual_text_that_carries_the_marks_of_a_drill_is_refused() -> None:
    word = "EXERCISE"
    text = MessageText("m", {"en": "s"}, {"en": f"{word} {word} {word}\nb"})
    with pytest.raises(UnsafeMessage, match="marked as an exercise"):
        render(text, {}, ["en"], "actual", "mail")


def test_a_long_subject_is_shortened_before_it_is_marked() -> None:
    rendered = _render(event="x" * 10_000)
    assert rendered.subject.endswith("... - EXERCISE")
    assert len(rendered.subject) < 200


@pytest.mark.parametrize(("channel", "length"), [("mail", 30_001), ("sms", 1_000)])
def test_a_text_that_no_channel_would_carry_whole_is_refused(channel: ChannelKind, length: int) -> None:
    with pytest.raises(UnsafeMessage, match="at most"):
        _render("actual", channel, event="x" * length, link="x" * length)


def test_an_empty_text_is_refused() -> None:
    with pytest.raises(UnsafeMessage, match="no text"):
        render(
            MessageText("m", {"en": "s"}, {"en": "{event}"}), {"event": "\u200b"}, ["en"], "actual", "mail"
        )


def test_a_rendered_message_does_not_show_its_text_when_printed() -> None:
    assert "Earthquake" not in repr(_render())
