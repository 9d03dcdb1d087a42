"""From a message that is due to whether its reader may be disturbed by it now, and what becomes of it if not.

One rule for the database, the outbox in memory and the simulator; what it says is in `konbit.domain.quiet_hours`.
"""

import datetime as dt

from konbit.definition.base import Mode
from konbit.definition.content import Urgency
from konbit.domain.channel_traits import is_loud
from konbit.domain.delivery import Drop, Hold
from konbit.domain.directory import ChannelKind
from konbit.domain.quiet_hours import Call, Rest, Verdict, may_disturb


def judge(
    rest: Rest,
    now: dt.datetime,
    *,
    mode: Mode,
    channel: ChannelKind,
    urgency: Urgency,
    night_drill: bool,
    last: bool,
    expires_at: dt.datetime | None,
) -> Verdict:
    """Whether a person who wants to rest like this may be disturbed at `now`; the names are those of a `Delivery`."""
    call = Call(
        urgency=urgency,
        mode=mode,
        loud=is_loud(channel),
        night_drill=night_drill,
        slot_unfilled=last,
        expires_at=expires_at,
    )
    return may_disturb(rest, call, now)


def stop_of(verdict: Verdict) -> Drop | Hold | None:
    """What becomes of the message: left out so that the next person is asked, put off, or sent."""
    if verdict.until is not None:
        return Hold(verdict.until, verdict.reason)
    return "asleep" if verdict.action == "skip" else None
