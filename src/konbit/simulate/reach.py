"""Which channel of a person a message arrives on, and when: the rules of the outbox, without sending."""

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from konbit.definition.base import Mode
from konbit.definition.content import Urgency
from konbit.domain.delivery import DRILL_AUDIENCES
from konbit.domain.directory import ChannelKind, Directory, Endpoint
from konbit.domain.disturbing import judge
from konbit.domain.personal_ladder import wait_of
from konbit.domain.quiet_hours import Rest
from konbit.simulate.behaviour import fits
from konbit.simulate.scenario import Fate


@dataclasses.dataclass(frozen=True, slots=True)
class Arrival:
    """Where and when a message arrives."""

    at: dt.datetime
    channel: ChannelKind


@dataclasses.dataclass(frozen=True, slots=True)
class Saying:
    """What of a message decides whether it may disturb."""

    urgency: Urgency
    night_drill: bool
    last: tuple[str, ...]
    """The people after whom nobody else is asked."""
    expires_at: dt.datetime


@dataclasses.dataclass(frozen=True)
class Reach:
    """The channels of people, and when each dies."""

    endpoints: Mapping[str, Sequence[Endpoint]]
    deaths: Mapping[str, dt.datetime]
    """Endpoint → from when on nothing arrives there."""
    mode: Mode
    lost: frozenset[str] = frozenset()
    """People whom nothing reaches."""
    rests: Mapping[str, Rest] = dataclasses.field(default_factory=dict)
    """How those want to rest who said so."""

    def arrival(self, person: str, now: dt.datetime, said: Saying, *, insist: bool) -> Arrival | None:
        """The first that arrives; None if no channel of the person works, or they sleep until it is too late.

        Without `insist` only the first channel is tried.
        """
        if person in self.lost:
            return None
        usable = self.endpoints.get(person, ())
        arrivals = []
        for number, endpoint in enumerate(usable if insist else usable[:1]):
            at = self._sent_at(person, endpoint, now + wait_of(number), said)
            death = self.deaths.get(endpoint.id)
            if at is not None and (death is None or at < death):
                arrivals.append(Arrival(at, endpoint.kind))
                if person not in self.rests:
                    break
        return min(arrivals, key=lambda one: one.at, default=None)

    def _sent_at(self, person: str, endpoint: Endpoint, at: dt.datetime, said: Saying) -> dt.datetime | None:
        """When what is due at `at` leaves, as the sender judges it then and whenever it was put off to."""
        rest = self.rests.get(person)
        while rest is not None:
            verdict = judge(
                rest,
                at,
                mode=self.mode,
                channel=endpoint.kind,
                urgency=said.urgency,
                night_drill=said.night_drill,
                last=person in said.last,
                expires_at=said.expires_at,
            )
            if verdict.action == "skip":
                return None
            if verdict.until is None:
                break
            at = verdict.until
        return at

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
    rests = {
        person.id: person.rest()
        for person in directory.people
        if person.quiet_hours.windows or person.do_not_disturb_until is not None
    }
    return Reach(usable, deaths, mode, rests=rests)
