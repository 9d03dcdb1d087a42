"""The third truth value: what an expression gives when it is not known."""

import enum
from typing import Final, NoReturn


class Unknown(enum.Enum):
    """The type of `UNKNOWN`, its only member.

    It is neither true nor false, so using it as a condition in Python raises `TypeError`:
    silence must never be taken for "no".
    """

    UNKNOWN = "unknown"

    def __repr__(self) -> str:
        return "unknown"

    def __str__(self) -> str:
        return "unknown"

    def __bool__(self) -> NoReturn:
        raise TypeError("unknown is neither true nor false; test with `is True` or `is UNKNOWN`")


UNKNOWN: Final = Unknown.UNKNOWN
"""The value of what is missing, of the wrong kind, or cannot be computed."""
