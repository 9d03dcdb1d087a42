"""The line that says how to reply, and what is said back to a reply: short texts for SMS, voice and chat."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Final, Literal

from konbit.definition.base import LANGUAGES
from konbit.definition.bundle import Bundle
from konbit.domain.replies import Offer
from konbit.notify.message import MessageText
from konbit.notify.words import option_word, table, text_in

WRITTEN_BACK: Final = frozenset({"sms", "voice", "whatsapp", "telegram", "signal"})
"""Channels on which people answer by writing back, or by pressing a key: their messages say which digit means what."""
Said = Literal["recorded", "late", "call", "unclear", "which"]
UNPRODUCTIVE: Final[tuple[Said, ...]] = ("unclear", "which")
"""Answers of ours that moved nothing: a number gets at most five a day, so that two machines cannot talk all night."""


def label(offer: Offer, bundle: Bundle, language: str) -> str:
    """What an offer is called: the outcome as the forms or the word list name it, else `can act`, `cannot`, `call me`."""
    if offer.option is None:
        return text_in(f"reply_{offer.meaning}", language)
    for form in bundle.forms.values():
        for field in form.fields if form.record == "decision" else ():
            for choice in field.of:
                if choice.value == offer.option and (words := choice.label.get(language)):
                    return words
    return option_word(offer.option, language) or offer.option.replace("_", " ")


def choices(code: str, offers: Sequence[Offer], bundle: Bundle, language: str) -> str:
    """`A1 can act, A2 cannot, A3 call me`."""
    return ", ".join(f"{code}{offer.digit} {label(offer, bundle, language)}" for offer in offers)


def keys(offers: Sequence[Offer], bundle: Bundle, language: str) -> str:
    """`1, can act; 2, cannot; 3, call me`: to be heard, in a call that asks one thing."""
    return "; ".join(f"{offer.digit}, {label(offer, bundle, language)}" for offer in offers)


def with_reply_line(
    message: MessageText,
    code: str,
    offers: Sequence[Offer],
    bundle: Bundle,
    *,
    sms: bool,
    keypad: bool = False,
) -> MessageText:
    """The message with the line that says how to reply, or which key to press, in every language that it exists in."""
    short = {**message.subject, **(message.sms or {})}
    added = {
        language: f"{text}{' ' if sms else chr(10)}{_line(code, offers, bundle, language, keypad=keypad)}"
        for language, text in (short if sms else message.body).items()
    }
    if sms:
        return dataclasses.replace(message, sms=added)
    return dataclasses.replace(message, body=added)


def _line(code: str, offers: Sequence[Offer], bundle: Bundle, language: str, *, keypad: bool) -> str:
    there = keys(offers, bundle, language) if keypad else choices(code, offers, bundle, language)
    told = text_in("key_line" if keypad else "reply_line", language).format(choices=there)
    return told.replace("{", "{{").replace("}", "}}")


def said_back(said: Said, values: Mapping[str, Mapping[str, str]]) -> MessageText:
    """What is said back; `values` holds `answer` and `choices` by language."""
    filled = {
        language: table()[f"said_{said}"][language]
        .format(**{name: texts.get(language, "") for name, texts in values.items()})
        .replace("{", "{{")
        .replace("}", "}}")
        for language in LANGUAGES
    }
    return MessageText(f"said_{said}", filled, filled, filled)
