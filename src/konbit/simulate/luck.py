"""How chance falls in one play: who is silent, late, or not reached, and how long each answer takes."""

import datetime as dt
import zoneinfo
from collections.abc import Iterable, Mapping

from konbit.domain.directory import Directory
from konbit.simulate.behaviour import fits
from konbit.simulate.chance import Sleep, Trait, lognormal, unit
from konbit.simulate.population import bounced, traits
from konbit.simulate.scenario import Behaviour, Chance, Scenario

NAMED = 4
"""How closely an entry fits that names the person (see `fits`)."""


class Odds:
    """What is known of chance before any draw: which entry is about whom. One for every seed."""

    def __init__(self, scenario: Scenario, directory: Directory, held: Mapping[str, tuple[str, ...]]) -> None:
        self.scenario = scenario
        self.sleep = scenario.sleep
        self.zones = {person.id: person.zone for person in directory.people}
        self.replies = {
            member[0]: one.reply for one in scenario.population for member in one.members() if one.reply
        }
        self.chances = {person.id: self._chance(person.id, held) for person in directory.people}

    def _chance(self, person: str, held: Mapping[str, tuple[str, ...]]) -> Chance | None:
        best, rank = None, 0
        for chance in self.scenario.chances:
            fit = fits(chance.who, person, held.get(person, ()))
            if fit > rank:
                best, rank = chance, fit
        return best


class Luck:
    """The draws of one play."""

    def __init__(self, odds: Odds, seed: object, silenced: Iterable[str] = ()) -> None:
        self.odds = odds
        self.seed = seed
        self.silenced = frozenset(silenced)
        self._dealt = traits(odds.scenario.population, seed)
        self._drawn: dict[str, Trait | None] = {}
        self.lost = bounced(odds.scenario.population, seed) | self._unlucky()

    def _unlucky(self) -> set[str]:
        return {
            person
            for person, chance in self.odds.chances.items()
            if chance is not None and chance.bounced and unit(self.seed, "bounced", person) < chance.bounced
        }

    def trait(self, person: str, fit: int) -> Trait | None:
        """How somebody differs from the script: by chance, or if they are made up and not named by it, by their population."""
        if person in self.silenced:
            return "silent"
        if person not in self._drawn:
            chance = self.odds.chances.get(person)
            self._drawn[person] = chance.trait(unit(self.seed, "trait", person)) if chance else None
        return self._drawn[person] or (self._dealt.get(person) if fit < NAMED else None)

    def answers_at(
        self, person: str, request: str, number: int, one: Behaviour, fit: int, at: dt.datetime
    ) -> dt.datetime:
        """When their answer comes to a message that reached them at `at`."""
        return self._awake(person, request, at, self._takes(person, request, number, one, fit))

    def late_at(self, person: str, request: str, closes_at: dt.datetime) -> dt.datetime:
        """When an answer comes that is too late."""
        return closes_at + dt.timedelta(minutes=5 + round(175 * unit(self.seed, "late", person, request)))

    def _takes(self, person: str, request: str, number: int, one: Behaviour, fit: int) -> dt.timedelta:
        reply = one.reply
        if reply is None and fit <= 1:
            reply = self.odds.replies.get(person)
        chance = self.odds.chances.get(person)
        if reply is not None:
            return reply.draw(unit(self.seed, "reply", person, request, number))
        if chance is not None and chance.spread > 1 and one.after:
            return lognormal(one.after, chance.spread, unit(self.seed, "reply", person, request, number))
        return one.after

    def _awake(self, person: str, request: str, at: dt.datetime, takes: dt.timedelta) -> dt.datetime:
        sleep = self.odds.sleep
        if sleep is None or (sleep.woken and unit(self.seed, "woken", person, request) < sleep.woken):
            return at + takes
        return awake_after(at, takes, zoneinfo.ZoneInfo(self.odds.zones.get(person, "UTC")), sleep)


def awake_after(at: dt.datetime, takes: dt.timedelta, zone: zoneinfo.ZoneInfo, sleep: Sleep) -> dt.datetime:
    """When something is done that takes so long, by somebody who sleeps at these hours of their zone."""
    start, end = dt.time.fromisoformat(sleep.start), dt.time.fromisoformat(sleep.end)
    if start == end:
        return at + takes
    while True:
        local = at.astimezone(zone)
        night = start <= local.time() < end if start < end else local.time() >= start or local.time() < end
        if night:
            at = _next(local, end)
            continue
        bed = _next(local, start)
        if at + takes <= bed:
            return at + takes
        takes -= bed - at
        at = bed


def _next(local: dt.datetime, time: dt.time) -> dt.datetime:
    """The next moment after `local` at which clocks there show this time, in UTC."""
    found = dt.datetime.combine(local.date(), time, local.tzinfo)
    if found <= local:
        found = dt.datetime.combine(local.date() + dt.timedelta(days=1), time, local.tzinfo)
    return found.astimezone(dt.UTC)
