"""How a rendered text is put into the form of a channel, so that nothing in it means more there than its words.

A name or an answer of somebody may hold what a service takes for a mention, a link or a command; each is broken up here.
"""

import re

from konbit.domain.directory import ChannelKind

LIMITS: dict[ChannelKind, int] = {
    "whatsapp": 1024,
    "telegram": 4096,
    "slack": 3000,
    "discord": 2000,
    "matrix": 16_000,
    "ntfy": 4096,
    "teams": 20_000,
    "voice": 3000,
    "signal": 8000,
}
"""Characters that a message may have; a longer one is refused here, for it would be cut or split there."""
_LOUD = re.compile(r"@(?=everyone|here|channel|room)|<(?=[@#!]|at>|/?at\b)", re.IGNORECASE)
_HIDDEN_LINK = re.compile(r"\](?=\()")
_NOTHING = "\u2060"
_APART = "\u200b"


def plain(text: str) -> str:
    """The text with mentions of everybody and links behind other words broken up."""
    return _HIDDEN_LINK.sub("]" + _APART, _LOUD.sub(lambda found: found[0] + _APART, text))


def together(subject: str, body: str) -> str:
    """Subject and text as one, for channels without subjects."""
    return f"{subject}\n\n{body}" if subject else body


def keep_empty_lines(text: str) -> str:
    """The text with a character that nobody sees in each empty line."""
    return "\n".join(line or _NOTHING for line in text.split("\n"))


def one_paragraph(body: str) -> str:
    """On one line: what goes into the variable of a WhatsApp template may have no line breaks or long gaps."""
    return " ".join(body.split())
