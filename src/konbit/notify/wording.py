"""How a rendered text is put into the form of a channel, so that nothing in it means more there than its words.

A name or an answer of somebody may hold what a service takes for a mention, a link or a command; each is broken up here.
"""

import re
from xml.sax.saxutils import escape

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
_URL = re.compile(r"https?://\S+")
_LOUD = re.compile(r"@(?=everyone|here|channel|room)|<(?=[@#!]|at>|/?at\b)", re.IGNORECASE)
_HIDDEN_LINK = re.compile(r"\](?=\()")
_NOTHING = "\u2060"
_APART = "\u200b"
# Languages that Twilio speaks; a text in another is spoken by the voice that its readers understand best.
_VOICES = {"en": "en-US", "fr": "fr-FR", "ht": "fr-FR", "es": "es-MX", "fil": "fil-PH", "tl": "fil-PH"}
_SEE_MESSAGES = {
    "en": "The link is in your messages.",
    "fr": "Le lien est dans vos messages.",
    "ht": "Lyen an nan mesaj ou yo.",
    "es": "El enlace está en sus mensajes.",
    "fil": "Nasa iyong mga mensahe ang link.",
}


def plain(text: str) -> str:
    """The text with mentions of everybody and links behind other words broken up."""
    return _HIDDEN_LINK.sub("]" + _APART, _LOUD.sub(lambda found: found[0] + _APART, text))


def together(subject: str, body: str) -> str:
    """Subject and text as one, for channels without subjects."""
    return f"{subject}\n\n{body}" if subject else body


def keep_empty_lines(text: str) -> str:
    """The text with a character that nobody sees in each empty line."""
    return "\n".join(line or _NOTHING for line in text.split("\n"))


def spoken(body: str, language: str) -> str:
    """TwiML that says the text twice; links are not spoken, for nobody can follow them by ear."""
    tongue = language.partition("-")[0]
    words = _URL.sub(_SEE_MESSAGES.get(tongue, _SEE_MESSAGES["en"]), body)
    voice = _VOICES.get(tongue, "en-US")
    said = f'<Say language="{voice}" loop="2">{escape(words)}</Say>'
    return f'<?xml version="1.0" encoding="UTF-8"?><Response><Pause length="1"/>{said}</Response>'


def one_paragraph(body: str) -> str:
    """On one line: what goes into the variable of a WhatsApp template may have no line breaks or long gaps."""
    return " ".join(body.split())
