"""What somebody wrote back: an opt-out, a digit, a few plain words, a machine's notice, or something a person must read.

Pure and strict. Opt-out words come before any dialogue. A false acknowledgement silences an escalation, so nothing but a lone
digit or one of a few whole phrases counts as an answer; everything else is unclear. `YES`, `END`, `CANCEL`, `QUIT`, `STOP` and
`START` are never answers: carriers take them for opt-outs and opt-ins (Twilio's default keywords).
"""

import itertools
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pydantic import JsonValue

from konbit.domain.reply_words import (
    AUTOMATIC_PHRASES,
    AUTOMATIC_SUBJECTS,
    COURTESIES,
    MEANINGS,
    OPT_IN,
    OPT_OUT,
    OPT_OUT_STEMS,
    Meaning,
)

Kind = Literal["opt_out", "opt_in", "answer", "automatic", "empty", "unclear"]
CODES = "ABCDEFGHJKMNPQRTUVWXYZ"
"""Letters that are not taken for a digit or for each other: no I, L, O, S."""
MOST_OPTIONS = 7
"""A question with more outcomes than this is answered by its link alone: one digit must be enough."""

_CODE = f"[{CODES.lower()}]{{1,2}}"
_DIGIT_FIRST = re.compile(rf"(\d)(?: ?({_CODE}))?")
_CODE_FIRST = re.compile(rf"({_CODE}) ?(\d)")
_LONGEST_OPT_OUT = 4


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply as it was read; `digit` or `meaning` is set for an answer, `code` if it names one of several questions."""

    kind: Kind
    digit: int | None = None
    code: str | None = None
    meaning: Meaning | None = None
    soft: bool = False
    """An opt-in by a word that people also use to agree (`YES`): it opts in whoever had opted out, and says nothing else."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What one digit stands for in the reply to one question."""

    digit: int
    meaning: Meaning
    option: str | None = None
    """The outcome it chooses, where the question offers several."""
    data: Mapping[str, JsonValue] = field(default_factory=dict)


def read_reply(text: str, headers: Mapping[str, str] | None = None) -> Reply:
    """What a reply says; `headers` are those of a mail, by name in any case."""
    plain = fold(text)
    if _opts_out(plain):
        return Reply("opt_out")
    if plain in OPT_IN:
        return Reply("opt_in", soft=OPT_IN[plain])
    if automatic(headers or {}) or any(phrase in plain for phrase in AUTOMATIC_PHRASES):
        return Reply("automatic")
    if not plain:
        return Reply("empty")
    bare = _without_courtesies(plain)
    first, last = _DIGIT_FIRST.fullmatch(bare), _CODE_FIRST.fullmatch(bare)
    if first:
        return Reply("answer", int(first[1]), first[2].upper() if first[2] else None)
    if last:
        return Reply("answer", int(last[2]), last[1].upper())
    meaning = MEANINGS.get(bare) or MEANINGS.get(plain)
    return Reply("answer", meaning=meaning) if meaning else Reply("unclear")


def automatic(headers: Mapping[str, str]) -> bool:
    """Whether the headers of a mail say that a machine wrote it (RFC 3834, and what came before it)."""
    known = {name.lower(): fold(value) for name, value in headers.items()}
    if known.get("auto-submitted", "no").partition(" ")[0] != "no":
        return True
    if known.get("precedence") in ("bulk", "junk", "list", "auto reply", "auto_reply"):
        return True
    if "x-autoreply" in known or "x-autorespond" in known or known.get("return-path") == "<>":
        return True
    return known.get("subject", "").startswith(AUTOMATIC_SUBJECTS)


def fresh(text: str) -> str:
    """The first line that somebody wrote themselves in a mail: what is quoted below or marked with `>` is left out."""
    for line in text.replace("\r\n", "\n").split("\n"):
        if line.strip() and not line.lstrip().startswith(">"):
            return line.strip()
    return ""


def fold(text: str) -> str:
    """Lower case without accents, marks, quotes and punctuation; digits of every script as 0-9; single spaces."""
    plain = unicodedata.normalize("NFKD", text)
    kept = "".join(_folded(char) for char in plain)
    return " ".join(kept.casefold().split())


def _folded(char: str) -> str:
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    kind = unicodedata.category(char)[0]
    if char in "'\u2019":
        return ""
    return char if kind == "L" else "" if kind in "MC" and char not in "\n\r\t" else " "


def _opts_out(plain: str) -> bool:
    """A whole opt-out, or a short sentence that begins with one and holds no digit: `STOP please`."""
    if plain in OPT_OUT:
        return True
    words = plain.split()
    short = 1 < len(words) <= _LONGEST_OPT_OUT and not any(char.isdigit() for char in plain)
    return short and words[0] in OPT_OUT_STEMS


def _without_courtesies(plain: str) -> str:
    """Without a thank-you at the end, which changes nothing."""
    for word in COURTESIES:
        if plain.endswith(f" {word}"):
            return plain.removesuffix(f" {word}")
    return plain


def offers(verb: str, options: Sequence[str]) -> tuple[Offer, ...]:
    """What the digits mean in reply to a request: the outcomes first, then `I cannot`, then `call me`.

    A call-down takes 1, 2 and 3; a question its outcomes and two more; what needs a form to be filled in can only be declined.
    """
    if verb == "contact":
        return (Offer(1, "accept"), Offer(2, "decline"), Offer(3, "call"))
    if options and len(options) <= MOST_OPTIONS:
        chosen = tuple(
            Offer(number, "accept", option, {"answer": option}) for number, option in enumerate(options, 1)
        )
        return (*chosen, Offer(len(options) + 1, "decline"), Offer(len(options) + 2, "call"))
    return (Offer(2, "decline"), Offer(3, "call"))


def chosen(reply: Reply, offered: Iterable[Offer]) -> Offer | None:
    """What a reply means in answer to a question; None if it says none of what was offered, or not which of several."""
    there = list(offered)
    if reply.digit is not None:
        return next((offer for offer in there if offer.digit == reply.digit), None)
    if reply.meaning == "wrong_person":
        return Offer(0, "wrong_person")
    fitting = [offer for offer in there if offer.meaning == reply.meaning]
    return fitting[0] if len(fitting) == 1 else None


def free_code(used: Iterable[str]) -> str:
    """The first code that is not in use: one letter, then two."""
    taken = set(used)
    pairs = (first + second for first in CODES for second in CODES)
    for code in itertools.chain(CODES, pairs):
        if code not in taken:
            return code
    # More than five hundred open questions to one telephone: they are told apart by their links.
    return CODES[-1] * 2
