"""Whether a person may be disturbed now: quiet hours, do-not-disturb, urgency and drills. Pure; the moment is given.

The rules are those of reference/notify.md 5.5. Quiet hours are read off the clock on the person's wall: a window is half-open,
may wrap over midnight, and follows the wall where clocks are changed.
"""

import dataclasses
import datetime as dt
import re
import zoneinfo
from collections.abc import Sequence
from typing import Literal, Self

from konbit.clock import UTC
from konbit.definition.base import Mode
from konbit.definition.content import Urgency
from konbit.errors import UserError

Action = Literal["send", "hold", "skip"]
Reason = Literal[
    "awake",
    "life_safety",
    "silent_channel",
    "slot_unfilled",
    "night_drill",
    "quiet_hours",
    "do_not_disturb",
    "too_late",
    "opted_out",
]
_WINDOW = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-3]):([0-5][0-9])")
_DAY = 24 * 60


class InvalidQuietHours(UserError):
    """Quiet hours are windows such as 22:00-07:00, separated by spaces, that leave some of the day awake."""


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Window:
    """From `start` until just before `end`, wall time; over midnight if it ends earlier than it starts."""

    start: dt.time
    end: dt.time

    def __post_init__(self) -> None:
        if self.start == self.end:
            raise InvalidQuietHours(f"{self} is empty or the whole day; {InvalidQuietHours.__doc__}")

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"

    def holds(self, wall: dt.time) -> bool:
        """Whether the time on the wall is in the window."""
        if self.start < self.end:
            return self.start <= wall < self.end
        return wall >= self.start or wall < self.end


@dataclasses.dataclass(frozen=True, slots=True)
class QuietHours:
    """The windows of a person, in order; none of them means that they never said when they sleep."""

    windows: tuple[Window, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """From `22:00-07:00 13:00-14:00`; InvalidQuietHours for anything else, or if nothing of the day is left."""
        windows = []
        for part in text.replace(",", " ").split():
            found = _WINDOW.fullmatch(part)
            if found is None:
                raise InvalidQuietHours(f"'{part[:20]}' is not a window; {InvalidQuietHours.__doc__}")
            hours = [int(number) for number in found.groups()]
            windows.append(Window(dt.time(hours[0], hours[1]), dt.time(hours[2], hours[3])))
        quiet = cls(tuple(sorted(set(windows))))
        if all(quiet.holds(dt.time(*divmod(minute, 60))) for minute in range(_DAY)):
            raise InvalidQuietHours("the windows leave nothing of the day: nobody could ever be reached")
        return quiet

    def __str__(self) -> str:
        return " ".join(map(str, self.windows))

    def holds(self, wall: dt.time) -> bool:
        """Whether the time on the wall is in any window."""
        return any(window.holds(wall) for window in self.windows)

    def until(self, at: dt.datetime, zone: str) -> dt.datetime:
        """The end of the quiet that `at` lies in, UTC; `at` itself if the person is awake."""
        rules = zone_of(zone)[0]
        moment = at.astimezone(UTC)
        # Windows that touch or overlap are left one after the other; the bound is for windows of a day made odd by hand.
        for _ in range(4 * len(self.windows) + 4):
            local = moment.astimezone(rules)
            window = next((one for one in self.windows if one.holds(local.time())), None)
            if window is None:
                break
            moment = _end(window, local, moment, rules)
        return moment


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """What one person said about being disturbed, and what is known of one of their addresses."""

    zone: str = "UTC"
    """IANA name. One that is unknown is read as UTC: nobody is left out because a table of zones is old."""
    quiet: QuietHours = QuietHours()
    do_not_disturb_until: dt.datetime | None = None
    night_drills: bool = False
    """They accepted to be woken by a drill that is declared a night drill."""
    opted_out: bool = False
    """Of this address; what the provider says about STOP counts as much as what they told us."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What is about to be sent."""

    urgency: Urgency
    mode: Mode
    loud: bool
    """SMS and voice are; see `konbit.domain.channel_traits`."""
    night_drill: bool = False
    """The drill was declared one."""
    slot_unfilled: bool = False
    """There is nobody else to ask: an urgent call may then be loud at night."""
    expires_at: dt.datetime | None = None
    """From then on the message is worth nothing."""


@dataclasses.dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a call: sent now, held until `until`, or left out so that the next person is asked."""

    action: Action
    reason: Reason
    until: dt.datetime | None = None
    """Set if and only if it is held; then it is asked again, for the world may have moved on."""

    @property
    def overrides(self) -> bool:
        """Whether somebody is disturbed who asked not to be; each such time is written to the audit with the reason."""
        return self.action == "send" and self.reason != "awake"


def zone_of(name: str) -> tuple[dt.tzinfo, bool]:
    """The rules of a time zone, and whether it is known; UTC if it is not."""
    try:
        return zoneinfo.ZoneInfo(name), True
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return UTC, False


def may_disturb(rest: Rest, call: Call, at: dt.datetime) -> Verdict:
    """Whether the person may be disturbed by the call at `at`.

    Opting out beats everything. Life safety beats the rest. Do-not-disturb beats urgent, and a night drill. A drill is held
    through quiet hours whatever its urgency, unless it is a night drill and the person accepted those.
    """
    if rest.opted_out:
        return Verdict("skip", "opted_out")
    if call.expires_at is not None and at >= call.expires_at:
        return Verdict("skip", "too_late")
    disturb_from = rest.do_not_disturb_until
    barred = disturb_from is not None and at < disturb_from
    quiet = rest.quiet.until(at, rest.zone) > at
    if not barred and not quiet:
        return Verdict("send", "awake")
    reason = _override(rest, call, barred=barred)
    if reason is not None:
        return Verdict("send", reason)
    free = rest.quiet.until(max(at, disturb_from or at), rest.zone)
    if call.expires_at is not None and free >= call.expires_at:
        return Verdict("skip", "too_late")
    return Verdict("hold", "do_not_disturb" if barred else "quiet_hours", free)


def awake_first(people: Sequence[tuple[str, Rest]], at: dt.datetime) -> list[str]:
    """People of one rank, those who are awake before those who are not, otherwise as they came: follow the sun."""

    def asleep(rest: Rest) -> bool:
        return may_disturb(rest, Call(urgency="advisory", mode="actual", loud=True), at).action != "send"

    return [person for person, _ in sorted(people, key=lambda one: asleep(one[1]))]


def _override(rest: Rest, call: Call, *, barred: bool) -> Reason | None:
    """Why somebody who rests is disturbed all the same; None if they are not."""
    if call.mode == "drill":
        return "night_drill" if call.night_drill and rest.night_drills and not barred else None
    if call.urgency == "life_safety":
        return "life_safety"
    if call.urgency == "urgent" and not barred:
        if not call.loud:
            return "silent_channel"
        if call.slot_unfilled:
            return "slot_unfilled"
    return None


def _end(window: Window, local: dt.datetime, moment: dt.datetime, rules: dt.tzinfo) -> dt.datetime:
    """The first moment after `moment` at which the wall shows the window's end or, where that hour is skipped, more."""
    wraps = window.start > window.end and local.time() >= window.start
    day = local.date() + dt.timedelta(days=1) if wraps else local.date()
    wall = dt.datetime.combine(day, window.end)
    early, late = (wall.replace(tzinfo=rules, fold=fold).astimezone(UTC) for fold in (0, 1))
    if early <= late:
        # Once, or twice where clocks are set back: the window that holds the second hour ends with that hour.
        return early if early > moment else late
    # The hour is skipped: the end is the moment of the change, which lies between the two readings.
    before, after = late, early
    while after - before > dt.timedelta(seconds=1):
        middle = before + (after - before) / 2
        if middle.astimezone(rules).replace(tzinfo=None) >= wall:
            after = middle
        else:
            before = middle
    return after.replace(microsecond=0)
