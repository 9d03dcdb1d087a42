"""Guards between run-time values and kinds: what does not conform is unknown."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from konbit.definition.expressions.kinds import (
    DURATION,
    MOMENT,
    NUMBER,
    TEXT,
    TRUTH,
    Choice,
    Kind,
    ListOf,
    Record,
    Scalar,
)
from konbit.definition.expressions.limits import MAX_NUMBER
from konbit.definition.expressions.unknown import UNKNOWN

Value: TypeAlias = Any
"""A value of a run. Its type is not known to Python: that is what the guards find out."""
Guard: TypeAlias = Callable[[Value], Value]
Env: TypeAlias = Mapping[str, Value]
"""The values of the names; while a quantifier runs, also its variable and what is left of the budget."""
Code: TypeAlias = Callable[[Env], Value]
"""A compiled part of an expression."""
BUDGET: Final = "elements left"
"""The key of the budget in an `Env`; the space keeps it apart from every name."""


def number(value: Value) -> Value:
    """A number within the limits; not a bool, not NaN, not infinite."""
    kind = type(value)
    if (kind is int or kind is float) and -MAX_NUMBER <= value <= MAX_NUMBER:
        return value
    return UNKNOWN


def text(value: Value) -> Value:
    """A text."""
    return value if isinstance(value, str) else UNKNOWN


def truth(value: Value) -> Value:
    """True or False; nothing is taken for either."""
    return value if value is True or value is False else UNKNOWN


def duration(value: Value) -> Value:
    """A timedelta."""
    return value if isinstance(value, dt.timedelta) else UNKNOWN


def moment(value: Value) -> Value:
    """A datetime that says its zone."""
    return value if isinstance(value, dt.datetime) and value.utcoffset() is not None else UNKNOWN


def record(value: Value) -> Value:
    """A mapping."""
    return value if isinstance(value, Mapping) else UNKNOWN


def sequence(value: Value) -> Value:
    """A list or tuple; its elements are guarded when they are looked at."""
    return value if isinstance(value, list | tuple) else UNKNOWN


def anything(value: Value) -> Value:
    """Any value but None."""
    return UNKNOWN if value is None else value


_SCALARS: Final[dict[Scalar, Guard]] = {
    NUMBER: number,
    TEXT: text,
    TRUTH: truth,
    DURATION: duration,
    MOMENT: moment,
}


def guard(kind: Kind) -> Guard:
    """The function that gives back a value of the kind, and UNKNOWN for everything else."""
    match kind:
        case Scalar():
            return _SCALARS.get(kind, anything)
        case ListOf():
            return sequence
        case Record():
            return record
        case Choice(options):
            return _choice(frozenset(options))


def _choice(options: frozenset[str]) -> Guard:
    def check(value: Value) -> Value:
        return value if isinstance(value, str) and value in options else UNKNOWN

    return check


def classify(value: Value) -> Scalar | None:
    """The scalar kind of a run-time value, None when it has none or is unknown."""
    for kind, check in _SCALARS.items():
        if check(value) is not UNKNOWN:
            return kind
    return None
