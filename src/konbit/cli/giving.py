"""What is given on the command line of commands that need no database: pairs of names and values, moments."""

import datetime as dt
from collections.abc import Sequence

from konbit.errors import InvalidParameter, UserError


def pairs(given: Sequence[str], option: str = "--set") -> dict[str, str]:
    """`NAME=VALUE` arguments as a mapping; InvalidParameter for one of another form or given twice."""
    found: dict[str, str] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals or not name:
            raise InvalidParameter(f"{option}: found '{one}', expected NAME=VALUE")
        if name in found:
            raise InvalidParameter(f"{option}: '{name}' is given twice")
        found[name] = value
    return found


def moment(text: str, option: str) -> dt.datetime:
    """A moment with its offset, in UTC; UserError for anything else."""
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise UserError(
            f"{option}: found '{text}', expected a moment with its offset such as 2026-08-14T08:30-04:00"
        )
    return found.astimezone(dt.UTC)
