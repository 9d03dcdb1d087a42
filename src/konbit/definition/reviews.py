"""Which texts a native speaker has read. A mark names the very words that were read, so that it ends when they change."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from konbit.definition.content import Message


@dataclass(frozen=True)
class TextReview:
    """Where one message in one language stands."""

    message: str
    language: str
    mark: str
    """What is written under `reviewed:` once somebody has read it."""
    status: Literal["reviewed", "changed", "unread"]
    """`changed`: it was read, and its words are others now."""


def fingerprint(message: Message, language: str) -> str:
    """Eight digits that stand for the words of a message in a language."""
    parts = [message.subject, message.body, message.sms or {}]
    counted = [
        forms for one in message.counts.values() for forms in sorted(one.forms.get(language, {}).items())
    ]
    words = "\x1f".join(
        [*(part.get(language, "") for part in parts), *(f"{key}={text}" for key, text in counted)]
    )
    return hashlib.sha256(words.encode()).hexdigest()[:8]


def reviews(messages: Mapping[str, Message]) -> Iterator[TextReview]:
    """Every message in every language it is written in, in order."""
    for name, message in sorted(messages.items()):
        for language in message.body:
            mark, known = fingerprint(message, language), message.reviewed.get(language)
            status: Literal["reviewed", "changed", "unread"] = (
                "unread" if known is None else "reviewed" if known == mark else "changed"
            )
            yield TextReview(name, language, mark, status)
