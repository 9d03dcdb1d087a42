"""Who is asked how often: for each role the messages that one of its holders gets at most."""

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

FIRST = dt.timedelta(hours=72)
"""The first hours: what one person is sent in them decides whether they still read it."""
PRIMARY, BACKUP = "primary", "backup"
Repeats = tuple[tuple[int, dt.timedelta], ...]
"""How often things happen, from the outside in: a number, and the time from one to the next."""


@dataclasses.dataclass(frozen=True, slots=True)
class Asking:
    """One step that sends messages to a role."""

    roles: tuple[tuple[str, int], ...]
    """The roles addressed, and how often each holder is meant: once for each item, unless the step names whose it is."""
    start: dt.timedelta
    """At the earliest."""
    closes: dt.timedelta | None
    """After its start; None if nothing closes it, or if nobody is waited for."""
    waves: tuple[tuple[str, dt.timedelta], ...] = ()
    """To whom, after how long; none for a step that only tells."""
    remind: tuple[dt.timedelta, ...] = ()
    repeats: Repeats = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Either:
    """Of these one happens: what follows one outcome or another."""

    ways: tuple[tuple["Asking | Either", ...], ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Load:
    """What one holder of a role gets at most: every wave is needed, every reminder sent."""

    role: str
    """`chair`; `chair (backup)` for those who stand in after the first."""
    asks: int = 0
    """Questions of a first wave."""
    later: int = 0
    """Questions of a later wave."""
    reminders: int = 0
    told: int = 0
    """Messages that want no answer."""
    first_asked: int = 0
    """Of questions and reminders, those that can come in the first hours."""
    first_told: int = 0

    @property
    def total(self) -> int:
        """All messages."""
        return self.asks + self.later + self.reminders + self.told

    @property
    def first(self) -> int:
        """All messages of the first hours."""
        return self.first_asked + self.first_told

    def plus(self, other: "Load") -> "Load":
        """Both together."""
        numbers = {
            field.name: getattr(self, field.name) + getattr(other, field.name)
            for field in dataclasses.fields(self)
            if field.name != "role"
        }
        return Load(self.role, **numbers)


def burden(asking: Iterable[Asking | Either], first: dt.timedelta = FIRST) -> tuple[Load, ...]:
    """The load of each role, the most burdened first."""
    return tuple(sorted(_summed(asking, first).values(), key=lambda load: (-load.total, load.role)))


def _summed(asking: Iterable[Asking | Either], first: dt.timedelta) -> dict[str, Load]:
    found: dict[str, Load] = {}
    for one in asking:
        if isinstance(one, Either):
            loads = _worst([_summed(way, first) for way in one.ways])
        else:
            loads = _asked(one, first) if one.waves else _told(one, first)
        for load in loads:
            found[load.role] = found.get(load.role, Load(load.role)).plus(load)
    return found


def _worst(ways: Sequence[Mapping[str, Load]]) -> list[Load]:
    """For each role the way that sends it most; the first hours are counted by themselves."""
    found = []
    for role in dict.fromkeys(role for way in ways for role in way):
        loads = [way[role] for way in ways if role in way]
        most = max(loads, key=lambda load: load.total)
        early = max(loads, key=lambda load: load.first)
        found.append(dataclasses.replace(most, first_asked=early.first_asked, first_told=early.first_told))
    return found


def _told(one: Asking, first: dt.timedelta) -> list[Load]:
    every, early = often(one.start, one.repeats, None), often(one.start, one.repeats, first)
    return [Load(role, told=every * count, first_told=early * count) for role, count in one.roles]


def _asked(one: Asking, first: dt.timedelta) -> list[Load]:
    found: list[Load] = []
    every = often(one.start, one.repeats, None)
    for to, after in one.waves:
        if one.closes is not None and after >= one.closes and after:
            continue
        reminders = [at for at in one.remind if at > after and (one.closes is None or at < one.closes)]
        moments = [one.start + wait for wait in (after, *reminders)]
        early = sum(often(at, one.repeats, first) for at in moments)
        for role, count in _addressed(one.roles, to):
            found.append(
                Load(
                    role,
                    asks=0 if after else every * count,
                    later=every * count if after else 0,
                    reminders=every * count * len(reminders),
                    first_asked=early * count,
                )
            )
    return found


def _addressed(roles: Sequence[tuple[str, int]], to: str) -> list[tuple[str, int]]:
    """Who a wave goes to: those addressed, those who stand in for them, or another role (once for all it stands in for)."""
    if to == PRIMARY:
        return list(roles)
    if to == BACKUP:
        return [(f"{role} (backup)", count) for role, count in roles]
    return [(to, max((count for _, count in roles), default=1))]


def often(start: dt.timedelta, repeats: Repeats, limit: dt.timedelta | None) -> int:
    """How often something happens before the limit that first does at `start`."""
    if limit is not None and start >= limit:
        return 0
    if not repeats:
        return 1
    (count, period), rest = repeats[0], repeats[1:]
    if not period or limit is None:
        return count * often(start, rest, limit)
    return sum(
        often(start + period * number, rest, limit)
        for number in range(min(count, (limit - start) // period + 1))
    )
