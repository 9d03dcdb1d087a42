"""Durations as coordinators write them: `30m`, `2h`, `1h30m`, `7d`, and deadlines from a mark: `T0+72h`."""

import datetime as dt
import re
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

_UNITS = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}
_PATTERN = r"(?:\d+w)?(?:\d+d)?(?:\d+h)?(?:\d+m)?(?:\d+s)?"
MARKS = ("E0", "T0", "S0", "D0")
"""Event onset, activation, scheduled start, deactivation: the moments a deadline may count from."""
LONGEST = dt.timedelta(days=3660)
"""No deadline is further away than ten years: what is longer is a slip of the keyboard."""


def parse(text: str) -> dt.timedelta:
    """The duration written as weeks, days, hours, minutes and seconds in that order; ValueError if it is none."""
    found = text.strip()
    if not found or not re.fullmatch(_PATTERN, found):
        raise ValueError(f"'{text}' is not a duration")
    length = sum(int(number) * _UNITS[unit] for number, unit in re.findall(r"(\d{1,9})([wdhms])", found))
    if length > LONGEST.total_seconds():
        raise ValueError(f"'{text}' is longer than ten years")
    return dt.timedelta(seconds=length)


def show(duration: dt.timedelta) -> str:
    """The shortest way to write it: `90m` is `1h30m`, nothing is `0m`."""
    left = int(duration.total_seconds())
    parts = []
    for unit in ("d", "h", "m", "s"):
        number, left = divmod(left, _UNITS[unit])
        if number:
            parts.append(f"{number}{unit}")
    return "".join(parts) or "0m"


def _validate(value: object) -> dt.timedelta:
    if isinstance(value, dt.timedelta):
        return value
    try:
        return parse(value if isinstance(value, str) else "")
    except ValueError:
        raise PydanticCustomError(
            "bad-duration",
            "'{found}' is not a duration",
            {
                "found": str(value)[:40],
                "hint": "write weeks, days, hours, minutes or seconds: 30m, 2h, 1h30m, 7d",
            },
        ) from None


Duration = Annotated[
    dt.timedelta,
    BeforeValidator(_validate),
    PlainSerializer(show, return_type=str),
    WithJsonSchema(
        {"type": "string", "pattern": rf"^(?=.){_PATTERN}$", "examples": ["30m", "2h", "1h30m", "7d"]}
    ),
]
"""A length of time such as `2h`."""


def _due(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(rf"({'|'.join(MARKS)})(\+{_PATTERN})?", value):
        return value
    raise PydanticCustomError(
        "bad-deadline",
        "'{found}' is not a deadline from a mark",
        {
            "found": str(value)[:40],
            "hint": f"write a mark and a duration, such as T0+72h; the marks are {', '.join(MARKS)}",
        },
    )


Due = Annotated[
    str, BeforeValidator(_due), WithJsonSchema({"type": "string", "examples": ["T0+72h", "E0+1h"]})
]
"""A deadline that counts from a mark, such as `T0+72h`."""


def split_due(due: str) -> tuple[str, dt.timedelta]:
    """The mark and the time after it: `T0+72h` is T0 and three days."""
    mark, _, after = due.partition("+")
    return mark, parse(after) if after else dt.timedelta()
