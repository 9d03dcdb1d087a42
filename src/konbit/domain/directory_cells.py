"""What a cell of a directory file may say, and how it is written back: one reader and one writer for each kind."""

import datetime as dt
import re
import unicodedata
import zoneinfo
from collections.abc import Collection
from typing import get_args

from konbit.clock import UTC
from konbit.domain.channel_traits import Audience
from konbit.domain.directory import ConsentPurpose

PURPOSES: tuple[ConsentPurpose, ...] = get_args(ConsentPurpose)
AUDIENCES: tuple[Audience, ...] = get_args(Audience)
NOTHING = "none"
"""Agreed to nothing; an empty cell says that nothing is on record."""
LONGEST_NAME = 100

_DAY = dt.timedelta(days=1)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Between letters of some scripts these two are spelling, not disguise.
_JOINERS = frozenset("\u200c\u200d")
# A spreadsheet takes what begins like this for a formula; a leading apostrophe makes it a text again.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_DEFUSED = re.compile(r"'+[=+\-@\t\r]")


def bad_name(text: str) -> str | None:
    """What is wrong with a name that messages and pages are to show; None if nothing is."""
    if len(text) > LONGEST_NAME:
        return f"a name has at most {LONGEST_NAME} characters; this one has {len(text)}"
    for char in text:
        hidden = (
            unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") and char not in _JOINERS
        )
        if hidden or char in _BIDI:
            return (
                f"a name has no line breaks, control or invisible characters; this one has U+{ord(char):04X}"
            )
    return None


def known_zone(name: str) -> bool:
    """Whether it is a time zone of the IANA list."""
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def truth(text: str) -> bool | None:
    """`true` or `false` in any case; None for anything else."""
    return {"true": True, "false": False}.get(text.casefold())


def purposes(text: str) -> list[ConsentPurpose] | None:
    """Purposes separated by spaces, in the order of the list, or `none`; None if a word is neither."""
    if text == NOTHING:
        return []
    words = set(text.split())
    return [one for one in PURPOSES if one in words] if words <= set(PURPOSES) else None


def purposes_text(found: Collection[ConsentPurpose] | None) -> str:
    """The cell that `purposes` reads."""
    return "" if found is None else " ".join(one for one in PURPOSES if one in found) or NOTHING


def moment(text: str) -> dt.datetime | None:
    """A day, which counts until its end in UTC, or a time with its zone; None for anything else."""
    try:
        if _DATE.fullmatch(text):
            return dt.datetime.fromisoformat(text).replace(tzinfo=UTC) + _DAY
        found = dt.datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        return None
    return found.astimezone(UTC) if found.utcoffset() is not None else None


def moment_text(found: dt.datetime | None) -> str:
    """The cell that `moment` reads."""
    if found is None:
        return ""
    if found.time() == dt.time.min:
        return (found - _DAY).date().isoformat()
    return found.astimezone(UTC).isoformat()


def defused(text: str) -> str:
    """The text so that no spreadsheet takes it for a formula; `as_written` takes it back."""
    return f"'{text}" if _FORMULA.match(text) else text


def as_written(text: str) -> str:
    """The text of a cell that `defused` wrote; any other stays as it is."""
    return text[1:] if _DEFUSED.match(text) else text
