"""What a call says, in TwiML: a text twice, and the keys that may be pressed; and what is said to a key."""

import re
from typing import Final
from xml.sax.saxutils import escape, quoteattr

_URL = re.compile(r"https?://\S+")
# Languages that Twilio speaks; a text in another is spoken by the voice that its readers understand best.
_VOICES = {"en": "en-US", "fr": "fr-FR", "ht": "fr-FR", "es": "es-MX", "fil": "fil-PH", "tl": "fil-PH"}
_SEE_MESSAGES = {
    "en": "The link is in your messages.",
    "fr": "Le lien est dans vos messages.",
    "ht": "Lyen an nan mesaj ou yo.",
    "es": "El enlace está en sus mensajes.",
    "fil": "Nasa iyong mga mensahe ang link.",
}
_SECONDS: Final = 10
"""How long a key is waited for after the last word."""
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?><Response>'


def call(body: str, language: str, keys: str = "") -> str:
    """The text said twice; links are not spoken, for nobody can follow them by ear. A key that is pressed goes to `keys`."""
    tongue = language.partition("-")[0]
    words = _URL.sub(_SEE_MESSAGES.get(tongue, _SEE_MESSAGES["en"]), body)
    said = f'<Pause length="1"/>{_say(words, language, times=2)}'
    return f"{_HEAD}{_gather(said, keys) if keys else said}</Response>"


def reply(text: str, language: str, keys: str = "") -> str:
    """A sentence said to a key; with `keys` another one is waited for."""
    said = _say(text, language)
    return f"{_HEAD}{_gather(said, keys) if keys else said}</Response>"


def _say(words: str, language: str, times: int = 1) -> str:
    voice = _VOICES.get(language.partition("-")[0], "en-US")
    return f'<Say language="{voice}" loop="{times}">{escape(words)}</Say>'


def _gather(said: str, keys: str) -> str:
    how = f'input="dtmf" numDigits="1" timeout="{_SECONDS}" method="POST" action={quoteattr(keys)}'
    return f"<Gather {how}>{said}</Gather>"
