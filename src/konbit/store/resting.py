"""How the person wants to rest for whom a claimed delivery is: read with the row that says whether it is still wanted."""

import datetime as dt
from typing import Final

import sqlalchemy as sa

from konbit.domain.disturbing import judge
from konbit.domain.quiet_hours import QuietHours, Rest, Verdict
from konbit.store.tables.deliveries import deliveries
from konbit.store.tables.directory import people

_CALL = ("mode", "channel", "urgency", "night_drill", "last", "expires_at")
_REST = ("zone", "quiet_hours", "do_not_disturb_until", "night_drills")
_THEIRS = people.alias("theirs")
COLUMNS: Final = (
    *(deliveries.c[name] for name in ("id", "run_id", "person_id", *_CALL)),
    *(_THEIRS.c[name] for name in _REST),
)
"""What is read beside what the caller reads."""
JOINED: Final = deliveries.outerjoin(_THEIRS, _THEIRS.c.id == deliveries.c.person_id)
"""Deliveries with the person each is for."""


def verdict(row: sa.RowMapping, now: dt.datetime) -> Verdict:
    """Whether the person may be disturbed now by a row with `COLUMNS`."""
    rest = Rest(
        zone=row["zone"] or "UTC",
        quiet=QuietHours.parse(row["quiet_hours"] or ""),
        do_not_disturb_until=row["do_not_disturb_until"],
        night_drills=bool(row["night_drills"]),
    )
    return judge(rest, now, **{name: row[name] for name in _CALL})
