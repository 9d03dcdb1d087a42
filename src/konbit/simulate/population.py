"""Generated populations: so many contacts for given roles, so many of them silent, late, bounced; in given time zones."""

import random
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from konbit.definition.base import Model, Name, RoleName
from konbit.domain.directory import Binding, ChannelKind, Directory, Endpoint, Person
from konbit.simulate.chance import TRAITS, Reply, Share, Shares, Trait

Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")]


class Fill(Model):
    """A role that is filled: `{role: focal_point, of: 90, holders: 2}` is 180 people in 90 chapters."""

    role: RoleName
    of: list[Code] | Annotated[int, Field(ge=1, le=5000)] | None = None
    """What there is one of it for: codes, or a number of chapters C001, C002, ...; without it there is one."""
    holders: int = Field(default=1, ge=0, le=100)
    """The first holds it, the others stand in; with 0 it is vacant."""

    def slots(self) -> list[tuple[str, str | None]]:
        """Role and what it is of, for each."""
        role, _, of = self.role.partition(".")
        if self.of is None:
            return [(role, of or None)]
        listed = (
            [f"C{number:03}" for number in range(1, self.of + 1)] if isinstance(self.of, int) else self.of
        )
        return [(role, one) for one in listed]


class Population(Shares):
    """People made up by rule. Shares are exact: of 200 contacts with 30 % silent, 60 are; the seed says which."""

    prefix: Name = "contact"
    """Their ids are `prefix-001` and so on in the order of `fill`: first those who hold, then those who stand in."""
    fill: list[Fill] = Field(min_length=1)
    country: str | None = None
    zones: dict[str, Share] = {"UTC": 1.0}
    """IANA time zone: the share of people who live there."""
    channels: list[ChannelKind] = Field(default=["mail"], min_length=1)
    """How each is reached, the first one first."""
    reply: Reply | None = None
    """How long they take, where the scenario says nothing of them by name or role."""

    @model_validator(mode="after")
    def _whole(self) -> "Population":
        if abs(sum(self.zones.values()) - 1) > 0.001:
            raise PydanticCustomError(
                "bad-share", "the shares of the zones do not make 100%", {"at": ("zones",)}
            )
        return self

    def members(self) -> list[tuple[str, str, str | None, int]]:
        """Id, role, of, rank; each role's holder first, in the order of `fill`."""
        slots = [(slot, fill.holders) for fill in self.fill for slot in fill.slots()]
        most = max((holders for _, holders in slots), default=0)
        ranked = [
            (role, of, rank)
            for rank in range(1, most + 1)
            for (role, of), holders in slots
            if rank <= holders
        ]
        width = max(3, len(str(len(ranked))))
        return [
            (f"{self.prefix}-{number:0{width}}", role, of, rank)
            for number, (role, of, rank) in enumerate(ranked, start=1)
        ]


def generate(populations: Sequence[Population], seed: object, beside: Directory) -> Directory:
    """The directory with the generated people in it. The seed decides who lives where."""
    people, endpoints, bindings = list(beside.people), list(beside.endpoints), list(beside.bindings)
    for population in populations:
        members = population.members()
        zones = _dealt(population.zones, len(members), f"{seed}/{population.prefix}/zones")
        for (id, role, of, rank), zone in zip(members, zones, strict=True):
            people.append(Person(id=id, name=id, zone=zone or "UTC"))
            bindings.append(Binding(role=role, of=of, country=population.country, person=id, rank=rank))
            endpoints += [
                Endpoint(
                    id=f"{id}-{kind}",
                    person=id,
                    kind=kind,
                    address=f"{id}-{kind}@example.org",
                    priority=place,
                )
                for place, kind in enumerate(population.channels, start=1)
            ]
    return beside.model_copy(update={"people": people, "endpoints": endpoints, "bindings": bindings})


def traits(populations: Iterable[Population], seed: object) -> Mapping[str, Trait | None]:
    """Person → trait, None for those without."""
    found: dict[str, Trait | None] = {}
    for population in populations:
        ids = [member[0] for member in population.members()]
        shares: dict[str, float] = {trait: getattr(population, trait) for trait in TRAITS}
        dealt = _dealt(shares, len(ids), f"{seed}/{population.prefix}/traits")
        found |= dict(zip(ids, dealt, strict=True))  # type: ignore[arg-type]  # the keys dealt are traits
    return found


def bounced(populations: Iterable[Population], seed: object) -> frozenset[str]:
    """Whom no message reaches."""
    found: set[str] = set()
    for population in populations:
        ids = [member[0] for member in population.members()]
        dealt = _dealt({"bounced": population.bounced}, len(ids), f"{seed}/{population.prefix}/bounced")
        found |= {id for id, one in zip(ids, dealt, strict=True) if one}
    return frozenset(found)


def _dealt(shares: Mapping[str, float], number: int, seed: str) -> list[str | None]:
    """Exactly these shares of `number` things, in an order that follows from the seed."""
    dealt: list[str | None] = []
    sum_of = 0.0
    for name, share in shares.items():
        sum_of += share
        dealt += [name] * (min(number, round(sum_of * number)) - len(dealt))
    dealt += [None] * (number - len(dealt))
    random.Random(seed).shuffle(dealt)  # noqa: S311 - a game, not a secret
    return dealt
