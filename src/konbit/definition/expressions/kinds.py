"""The kinds of value that an expression works on, and how they fit together."""

import dataclasses
from collections.abc import Mapping
from typing import Final, TypeAlias


@dataclasses.dataclass(frozen=True, slots=True)
class Scalar:
    """A kind without parts, known by its word."""

    word: str


@dataclasses.dataclass(frozen=True, slots=True)
class ListOf:
    """A list whose elements are all of one kind."""

    item: "Kind"


@dataclasses.dataclass(frozen=True, slots=True)
class Record:
    """Named values; only the declared fields can be read."""

    fields: Mapping[str, "Kind"] = dataclasses.field(hash=False)


@dataclasses.dataclass(frozen=True, slots=True)
class Choice:
    """A text out of a closed set. A value outside the set is unknown."""

    options: tuple[str, ...]


Kind: TypeAlias = Scalar | ListOf | Record | Choice

NUMBER: Final = Scalar("number")
"""int or float, never bool."""
TEXT: Final = Scalar("text")
"""str."""
TRUTH: Final = Scalar("truth")
"""bool."""
DURATION: Final = Scalar("duration")
"""datetime.timedelta."""
MOMENT: Final = Scalar("moment")
"""datetime.datetime with a zone; a naive one is unknown."""
DYNAMIC: Final = Scalar("dynamic")
"""Nothing is known before the run; every use is checked when it is evaluated."""

ARITHMETIC: Final[Mapping[tuple[str, Scalar, Scalar], Scalar]] = {
    ("+", NUMBER, NUMBER): NUMBER,
    ("-", NUMBER, NUMBER): NUMBER,
    ("*", NUMBER, NUMBER): NUMBER,
    ("/", NUMBER, NUMBER): NUMBER,
    ("+", DURATION, DURATION): DURATION,
    ("-", DURATION, DURATION): DURATION,
    ("+", MOMENT, DURATION): MOMENT,
    ("+", DURATION, MOMENT): MOMENT,
    ("-", MOMENT, DURATION): MOMENT,
    ("-", MOMENT, MOMENT): DURATION,
}
"""What `+ - * /` give for the kinds on the left and on the right; nothing else can be computed."""

_PLURALS: Final = {
    "number": "numbers",
    "text": "texts",
    "truth": "truth values",
    "duration": "durations",
    "moment": "moments",
    "dynamic": "values of any kind",
}
_SHOWN_OPTIONS: Final = 6


def describe(kind: Kind) -> str:
    """The kind in words, with its article: `a number`, `a list of texts`."""
    match kind:
        case ListOf(item):
            return f"a list of {_plural(item)}"
        case Record():
            return "a record"
        case Choice(options):
            return f"a choice of {_some(options)}"
        case Scalar("truth"):
            return "a truth value"
        case Scalar("dynamic"):
            return "a value of any kind"
        case Scalar(word):
            return f"a {word}"


def _plural(kind: Kind) -> str:
    match kind:
        case Scalar(word):
            return _PLURALS[word]
        case ListOf(item):
            return f"lists of {_plural(item)}"
        case Record():
            return "records"
        case Choice(options):
            return f"choices of {_some(options)}"


def _some(options: tuple[str, ...]) -> str:
    shown = ", ".join(options[:_SHOWN_OPTIONS])
    return f"{shown}, ..." if len(options) > _SHOWN_OPTIONS else shown


def family(kind: Kind) -> Scalar | None:
    """The scalar kind as which a value is compared (a choice as a text); None for lists and records."""
    match kind:
        case Choice():
            return TEXT
        case Scalar():
            return kind
        case _:
            return None


def accepts(expected: Kind, found: Kind) -> bool:
    """Whether every value of kind `found` is also of kind `expected`; dynamic fits only dynamic."""
    match expected, found:
        case Scalar("dynamic"), _:
            return True
        case Scalar("text"), Choice():
            return True
        case Choice(options), Choice(given):
            return set(given) <= set(options)
        case ListOf(wanted), ListOf(item):
            return accepts(wanted, item)
        case Record(wanted_fields), Record(fields):
            return all(key in fields and accepts(kind, fields[key]) for key, kind in wanted_fields.items())
        case _:
            return expected == found


def join(one: Kind, other: Kind) -> Kind | None:
    """The kind of a value that is either the one or the other; None when they have nothing in common."""
    if one == other:
        return one
    match one, other:
        case (Scalar("dynamic"), _) | (_, Scalar("dynamic")):
            return DYNAMIC
        case Choice(options), Choice(more):
            return Choice(tuple(dict.fromkeys((*options, *more))))
        case (Choice(), Scalar("text")) | (Scalar("text"), Choice()):
            return TEXT
        case ListOf(item), ListOf(another):
            joined = join(item, another)
            return ListOf(joined) if joined is not None else None
        case _:
            return None
