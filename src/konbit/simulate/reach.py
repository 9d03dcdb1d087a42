"""Which channel of a person a message arrives on, and when: the rules of the outbox, without sending."""

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from konbit.definition.base import Mode
from konbit.domain.delivery import DRILL_AUDIENCES
from konbit.domain.directory import ChannelKind, Directory, Endpoint
from konbit.domain.personal_ladder import wait_of
from konbit.simulate.behaviour import fits
from konbit.simulate.scenario import Fate


@dataclasses.dataclass(frozen=True, slots=True)
class Arrival:
    """Where and when a message arrives."""

    at: dt.datetime
    channel: ChannelKind


@dataclasses.dataclass(frozen=True)
class Reach:
    """The channels of people, and when each dies."""

    endpoints: Mapping[str, Sequence[Endpoint]]
    deaths: Mapping[str, dt.datetime]
    """Endpoint → from when on nothing arrives there."""
    mode: Mode
    lost: frozenset[str] = frozenset()
    """People whom nothing reaches."""

    def arrival(self, person: str, now: dt.datetime, *, insist: bool) -> Arrival | None:
        """None if no channel of the person works. Without `insist` only the first channel is tried."""
        if person in self.lost:
            return None
        usable = self.endpoints.get(person, ())
        for number, endpoint in enumerate(usable if insist else usable[:1]):
            at = now + wait_of(number)
            death = self.deaths.get(endpoint.id)
            if death is None or at < death:
                return Arrival(at, endpoint.kind)
        return None

    def known(self, person: str) -> bool:
        """True if there is anything to send to."""
        return bool(self.endpoints.get(person))


def reach_of(
    directory: Directory,
    fates: Iterable[Fate],
    held: Mapping[str, tuple[str, ...]],
    mode: Mode,
    starts: dt.datetime,
) -> Reach:
    """The reach of everybody in a directory. A drill uses private channels that agreed to drills, and no others."""
    usable: dict[str, list[Endpoint]] = {}
    for endpoint in sorted(directory.endpoints, key=lambda one: one.priority):
        refused = mode == "drill" and (not endpoint.allow_drill or endpoint.audience not in DRILL_AUDIENCES)
        if endpoint.state in ("ok", "suspect") and not refused:
            usable.setdefault(endpoint.person, []).append(endpoint)
    deaths: dict[str, dt.datetime] = {}
    for fate in fates:
        for endpoint in directory.endpoints if fate.dies else ():
            theirs = fits(fate.address_of, endpoint.person, held.get(endpoint.person, ()))
            if theirs and fate.kind in (None, endpoint.kind):
                when = starts + fate.after
                deaths[endpoint.id] = min(when, deaths.get(endpoint.id, when))
    return Reach(usable, deaths, mode)
