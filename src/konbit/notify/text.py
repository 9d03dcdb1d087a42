"""Cleaning of text that goes into a message, and how many SMS segments it takes."""

import re
import unicodedata

# Marks that change the direction or order of what follows, and those that nobody sees. The joiners U+200C
# and U+200D stay: Persian and Indic scripts are spelled with them.
_UNSEEN = dict.fromkeys(
    [0x061C, 0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
)
# Whatever of a text may have to go: control characters, line breaks of other kinds, the marks above, lone surrogates.
_UNCLEAN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060\u2066-\u2069\ufeff\ud800-\udfff]"
)
_LINE_BREAKS = {ord("\x85"): "\n", 0x2028: "\n", 0x2029: "\n"}

# GSM 03.38, basic set and extension; a character of the extension takes two places.
_GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_EXTENSION = frozenset("^{}\\[~]|€\f")
_GSM_SINGLE, _GSM_PART = 160, 153
_UCS_SINGLE, _UCS_PART = 70, 67


def clean(text: str) -> str:
    """The text in NFC with line feeds only, without control, direction and unseen characters."""
    if _UNCLEAN.search(text) is None:
        return unicodedata.normalize("NFC", text)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").translate(_LINE_BREAKS)
    kept = "".join(c for c in lines if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))
    return unicodedata.normalize("NFC", kept.translate(_UNSEEN))


def one_line(text: str) -> str:
    """The cleaned text on one line, with single spaces: for subjects and names."""
    return " ".join(clean(text).split())


def gsm7(text: str) -> bool:
    """Whether the text fits the GSM 7-bit alphabet; if not, an SMS segment holds 70 characters, not 160."""
    return all(char in _GSM_BASIC or char in _GSM_EXTENSION for char in text)


def segments(text: str) -> int:
    """SMS segments of the text: 160 or 153 septets each, or 70 or 67 UTF-16 units (3GPP TS 23.038)."""
    if not text:
        return 0
    if gsm7(text):
        widths = [2 if char in _GSM_EXTENSION else 1 for char in text]
        return _packed(widths, _GSM_SINGLE, _GSM_PART)
    return _packed([2 if ord(char) > 0xFFFF else 1 for char in text], _UCS_SINGLE, _UCS_PART)


def _packed(widths: list[int], single: int, part: int) -> int:
    """Segments needed when no character may lie across the border of two."""
    if sum(widths) <= single:
        return 1
    count, room = 1, part
    for width in widths:
        if width > room:
            count, room = count + 1, part
        room -= width
    return count
