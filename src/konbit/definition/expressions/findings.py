"""What is wrong with an expression, as values that point into its text."""

import dataclasses
import difflib
from collections.abc import Iterable


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """One mistake in one expression.

    `offset` and `width` count characters in the text that was given; `allowed` lists what could stand there;
    `hint` says what to write instead.
    """

    code: str
    message: str
    offset: int
    width: int
    allowed: tuple[str, ...] = ()
    hint: str = ""


MOST_NEAR = 50
"""With more names than this only those that begin alike are compared: a large chart must stay quick to check."""


def did_you_mean(word: str, allowed: Iterable[str]) -> str:
    """A question that offers the nearest allowed word, or an empty text when none is near."""
    by_folded = {option.casefold(): option for option in allowed}
    if len(by_folded) > MOST_NEAR:
        by_folded = {
            folded: option for folded, option in by_folded.items() if folded[:2] == word.casefold()[:2]
        }
    near = difflib.get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.6)
    return f"did you mean `{by_folded[near[0]]}`?" if near else ""
