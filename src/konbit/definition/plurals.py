"""Which plural form a whole number takes: the categories and rules of CLDR 46 (plurals.xml) for the languages of messages.

Haitian Creole has no entry there: its nouns do not change with a number (3 moun, 1 moun), so it has one form. A language
without a rule here has one form too.
"""

from collections.abc import Callable, Mapping
from typing import Final, Literal

Category = Literal["zero", "one", "two", "few", "many", "other"]
Rule = Callable[[int], Category]
OTHER: Final = "other"


def _english(number: int) -> Category:
    return "one" if number == 1 else "other"


def _french(number: int) -> Category:
    if number in (0, 1):
        return "one"
    return "many" if number % 1_000_000 == 0 else "other"


def _spanish(number: int) -> Category:
    if number == 1:
        return "one"
    return "many" if number != 0 and number % 1_000_000 == 0 else "other"


def _filipino(number: int) -> Category:
    return "one" if number in (1, 2, 3) or number % 10 not in (4, 6, 9) else "other"


RULES: Final[Mapping[str, Rule]] = {"en": _english, "fr": _french, "es": _spanish, "fil": _filipino}
FORMS: Final[Mapping[str, tuple[Category, ...]]] = {
    "en": ("one", "other"),
    "fr": ("one", "other"),
    "ht": ("other",),
    "es": ("one", "other"),
    "fil": ("one", "other"),
}
"""The forms a text must have; `many` of French and Spanish is for millions, and falls back to `other`."""


def category(language: str, number: int) -> Category:
    """The form that `number` of something takes in a language; `fr-CA` goes by `fr`."""
    rule = RULES.get(language) or RULES.get(language.partition("-")[0])
    return rule(abs(number)) if rule is not None else "other"


def needed(language: str) -> tuple[Category, ...]:
    """The forms that a text in the language must have."""
    return FORMS.get(language) or FORMS.get(language.partition("-")[0]) or ("other",)


def pick(forms: Mapping[Category, str], language: str, number: int) -> str:
    """The form for `number`, with `{n}` filled in; `other` where the one it takes is not written. KeyError without it."""
    chosen = forms.get(category(language, number))
    return (chosen if chosen is not None else forms["other"]).replace("{n}", str(number))
