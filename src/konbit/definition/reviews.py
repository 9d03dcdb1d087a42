"""Which texts a native speaker has read. A mark names the very words that were read, so that it ends when they change."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from konbit.definition.base import LANGUAGES
from konbit.definition.content import Form, Message

Texts = Mapping[str, Mapping[str, str]]
"""Key → language → text."""
Kind = Literal["message", "form", "words"]


@dataclass(frozen=True)
class TextReview:
    """Where the texts of one message or form, or of one table of words, stand in one language."""

    message: str
    """Its name."""
    language: str
    mark: str
    """What is written under `reviewed:` once somebody has read it."""
    status: Literal["reviewed", "changed", "unread"]
    """`changed`: it was read, and its words are others now."""
    kind: Kind = "message"
    texts: int = 1
    """How many there are to read."""


def fingerprint(message: Message, language: str) -> str:
    """Eight digits that stand for the words of a message in a language."""
    parts = [message.subject, message.body, message.sms or {}]
    counted = [
        forms for one in message.counts.values() for forms in sorted(one.forms.get(language, {}).items())
    ]
    return _mark([*(part.get(language, "") for part in parts), *(f"{key}={text}" for key, text in counted)])


def reviews(messages: Mapping[str, Message]) -> Iterator[TextReview]:
    """Every message in every language it is written in, in order."""
    for name, message in sorted(messages.items()):
        for language in message.body:
            mark = fingerprint(message, language)
            yield TextReview(name, language, mark, _status(mark, message.reviewed.get(language)))


def form_reviews(forms: Mapping[str, Form]) -> Iterator[TextReview]:
    """Every form in every language that it has words in: questions, choices, help, buttons."""
    for name, form in sorted(forms.items()):
        yield from _of("form", name, _said(form.model_dump(mode="json", exclude={"reviewed"})), form.reviewed)


def word_reviews(name: str, table: Texts, reviewed: Mapping[str, str]) -> Iterator[TextReview]:
    """A table of words in every language: what pages and replies say by themselves."""
    yield from _of("words", name, dict(table), reviewed)


def _of(kind: Kind, name: str, texts: Texts, reviewed: Mapping[str, str]) -> Iterator[TextReview]:
    for language in LANGUAGES:
        mine = {key: said[language] for key, said in sorted(texts.items()) if said.get(language)}
        if mine:
            mark = _mark([f"{key}={text}" for key, text in mine.items()])
            yield TextReview(name, language, mark, _status(mark, reviewed.get(language)), kind, len(mine))


def _said(data: object, at: str = "") -> dict[str, Mapping[str, str]]:
    """Every text in a document, by where it stands."""
    if isinstance(data, dict):
        if data and set(data) <= set(LANGUAGES):
            return {at: data}
        parts = [(f"{at}.{key}", value) for key, value in data.items()]
    elif isinstance(data, list):
        parts = [(f"{at}[{place}]", value) for place, value in enumerate(data)]
    else:
        return {}
    found: dict[str, Mapping[str, str]] = {}
    for place, value in parts:
        found |= _said(value, place)
    return found


def _mark(words: list[str]) -> str:
    return hashlib.sha256("\x1f".join(words).encode()).hexdigest()[:8]


def _status(mark: str, known: str | None) -> Literal["reviewed", "changed", "unread"]:
    return "unread" if known is None else "reviewed" if known == mark else "changed"
