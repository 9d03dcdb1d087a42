"""Ids of chat services: the documented shape of each, and its one spelling.

A display name is refused everywhere: it can be changed and taken over by somebody else, an id cannot. No shape holds a
character that Apprise splits targets at, so that one address is one target.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

ChatKind = Literal["telegram", "slack", "matrix", "ntfy"]

# Bot API: chat ids have at most 52 significant bits; groups are negative, channels and supergroups begin with -100.
_TELEGRAM_ID = re.compile(r"-?[1-9][0-9]{0,15}")
_TELEGRAM_LARGEST = 2**52
_TELEGRAM_NAME = re.compile(r"@[A-Za-z][A-Za-z0-9_]{3,31}")
# C public channel, G private channel, D direct message, U and W people.
_SLACK = re.compile(r"[CGDUW][A-Z0-9]{8,20}")
# Spec, appendices "Identifier Grammar": without / and = here, at which or around which targets are cut.
_MATRIX = re.compile(
    r"(?P<sigil>[@!#])(?P<local>[A-Za-z0-9._+-]{1,200})"
    r"(?::(?P<server>(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}))?"
)
_MATRIX_LENGTH = 255
_NTFY = re.compile(r"[A-Za-z0-9_-]{1,64}")
# What an ntfy server keeps for itself: its pages and endpoints live beside the topics.
_NTFY_RESERVED = frozenset(
    {
        "account",
        "app",
        "docs",
        "file",
        "health",
        "login",
        "metrics",
        "settings",
        "signup",
        "static",
        "v1",
        "ws",
    }
)


@dataclass(frozen=True)
class Rule:
    """How an id becomes canonical, and what is said of one that is none."""

    canonical: Callable[[str], str | None]
    expected: str


def _telegram(text: str) -> str | None:
    if _TELEGRAM_NAME.fullmatch(text):
        return text.lower()
    if _TELEGRAM_ID.fullmatch(text) and abs(int(text)) < _TELEGRAM_LARGEST:
        return text
    return None


def _slack(text: str) -> str | None:
    return text if _SLACK.fullmatch(text) else None


def _matrix(text: str) -> str | None:
    found = _MATRIX.fullmatch(text)
    if found is None or len(text) > _MATRIX_LENGTH:
        return None
    sigil, local, server = found["sigil"], found["local"], found["server"]
    if server is None:
        return None
    # Ids of people are lower case by the grammar; those of rooms and their aliases are not.
    return f"{sigil}{local.lower() if sigil == '@' else local}:{server.lower()}"


def _ntfy(text: str) -> str | None:
    return text if _NTFY.fullmatch(text) and text.lower() not in _NTFY_RESERVED else None


RULES: Mapping[ChatKind, Rule] = {
    "telegram": Rule(
        _telegram,
        "a Telegram address is the number of a chat, such as 123456789, that the bot saw when the person wrote to it; "
        "only a public channel is written as @name",
    ),
    "slack": Rule(_slack, "a Slack address is an id such as U0123ABCD or C0123ABCD, not a name"),
    "matrix": Rule(_matrix, "a Matrix address is @person:server, !room:server or #alias:server"),
    "ntfy": Rule(
        _ntfy, "an ntfy address is a topic: up to 64 letters, digits, - and _, and no word of the server"
    ),
}
