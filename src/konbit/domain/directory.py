"""The directory: who holds which role in which country, and how they are reached. Frozen models; a snapshot, not a store.

Roles are bound to people per country. An unfilled role is normal: whoever recruits gets a slot with nobody in it.
"""

import datetime as dt
from typing import Annotated, Literal

from pydantic import BeforeValidator, PlainSerializer

from konbit.definition.base import Code, Model
from konbit.domain.quiet_hours import QuietHours, Rest
from konbit.engine.duties import Addressed, Recipients, Recruit, RoleRef, Roster, Slot, Tell

ChannelKind = Literal[
    "mail",
    "sms",
    "whatsapp",
    "telegram",
    "signal",
    "voice",
    "slack",
    "teams",
    "matrix",
    "discord",
    "ntfy",
    "webhook",
]
"""Every way a person can be reached. `konbit.notify.address` has the rule of each kind's address."""
EndpointState = Literal["ok", "suspect", "bounced", "stopped"]
Audience = Literal["private", "room", "public"]
"""Who reads what is sent to an address: one person, a group, anybody."""
NIGHT = QuietHours.parse("22:00-07:00")
"""When people sleep who did not say."""
Verification = Literal["unverified", "verified", "failed"]
ConsentPurpose = Literal["activation", "drill", "report"]
"""What a message is for, and what people agree to be reached for."""
EVERYBODY = "everyone_contacted"
"""Stands for all whom the run has told anything."""


class Organization(Model):
    """An organization people belong to."""

    id: Code
    name: str
    type: str = "diaspora"
    """A code of the list organization_types, or its local subtype `diaspora`."""


class Person(Model):
    """Somebody who can be asked. The name is shown to people, never logged."""

    id: Code
    name: str
    languages: list[str] = ["en"]
    """BCP 47 tags, the preferred one first."""
    zone: str = "UTC"
    """IANA time zone."""
    organization: str | None = None
    function: str = ""
    """What they are in it, as a code such as `treasurer`."""
    status: Literal["active", "paused", "left"] = "active"
    quiet_hours: Annotated[
        QuietHours,
        BeforeValidator(lambda given: QuietHours.parse(given) if isinstance(given, str) else given),
        PlainSerializer(str, return_type=str),
    ] = QuietHours()
    """In their own zone."""
    do_not_disturb_until: dt.datetime | None = None
    night_drills: bool = False
    """They accept to be woken by a drill that is declared a night drill."""
    confirmed_at: dt.datetime | None = None
    """When they last said that what is written about them is right."""

    merged_into: str | None = None
    """Whom they turned out to be; then this id is not used any more."""

    erased_at: dt.datetime | None = None
    """When they asked to be forgotten; an import does not bring them back."""

    def rest(self, *, opted_out: bool = False) -> Rest:
        """What `konbit.domain.quiet_hours` needs to know of them; `opted_out` is of the address to be used."""
        return Rest(
            zone=self.zone,
            quiet=self.quiet_hours,
            do_not_disturb_until=self.do_not_disturb_until,
            night_drills=self.night_drills,
            opted_out=opted_out,
        )


class Membership(Model):
    """A person belongs to an organization besides their own."""

    person: Code
    organization: Code
    function: str = ""


class Endpoint(Model):
    """One way to reach a person."""

    id: Code
    person: Code
    kind: ChannelKind
    address: str
    """Canonical; see `konbit.notify.address`."""
    priority: int = 1
    """1 is used first."""
    state: EndpointState = "ok"
    audience: Audience = "private"
    allow_drill: bool = True
    purposes: list[ConsentPurpose] | None = None
    """What its owner agreed to be reached for here; none on record means whatever their role needs."""
    consent_until: dt.datetime | None = None
    """From then on they have to be asked again."""
    verification: Verification = "unverified"
    verified_at: dt.datetime | None = None
    """When it was last verified, or when that last failed."""

    def consents_to(self, purpose: ConsentPurpose, at: dt.datetime) -> bool:
        """Whether messages for this purpose may be sent here at that time."""
        if self.purposes is None:
            return True
        return purpose in self.purposes and (self.consent_until is None or at < self.consent_until)


class Binding(Model):
    """A person holds a role: rank 1 is the holder, the others stand in."""

    role: str
    of: str | None = None
    country: str | None = None
    """ISO 3166 alpha-3; none for a role that is not bound to a country."""
    person: Code
    rank: int = 1


class Directory(Model):
    """A snapshot of people, endpoints and bindings."""

    people: list[Person] = []
    organizations: list[Organization] = []
    memberships: list[Membership] = []
    endpoints: list[Endpoint] = []
    bindings: list[Binding] = []
    expected: list[RoleRef] = []
    """Roles that should be filled and are not: they appear as empty slots."""

    def person(self, id: str) -> Person | None:
        """The person of that id."""
        return next((person for person in self.people if person.id == id), None)

    def holders(self, role: RoleRef, country: str | None) -> dict[str, list[Binding]]:
        """Slot name → bindings in the order of rank; empty for a role that is expected and vacant."""
        slots: dict[str, list[Binding]] = {}
        for empty in self.expected:
            if empty.role == role.role and role.of in (None, empty.of):
                slots[str(empty)] = []
        active = {person.id for person in self.people if person.status == "active"}
        for binding in sorted(self.bindings, key=lambda item: (item.rank, item.person)):
            fits = binding.role == role.role and role.of in (None, binding.of)
            if fits and binding.country in (None, country) and binding.person in active:
                slots.setdefault(str(RoleRef(role=binding.role, of=binding.of)), []).append(binding)
        return slots or {str(role): []}


def recruit(duty: Recruit, directory: Directory, now: dt.datetime | None = None) -> Roster:
    """Who is asked in which wave, for each slot of the roles addressed.

    `primary` is rank 1, `backup` every later rank. Any other wave names a role whose holders stand in: they are spread over
    the slots in turn, so that one person is not asked for all of them, and those who are awake at `now` come first. Nobody
    is asked twice for the same slot.
    """
    slots: dict[str, list[Binding]] = {}
    without: dict[str, list[str]] = {}
    for role in duty.who:
        for name, bindings in directory.holders(RoleRef(role=role.role, of=role.of), duty.country).items():
            slots[name] = _ranked(bindings, role, directory)
            without[name] = role.without
    critical = set(duty.critical)
    rosters = []
    for position, (name, bindings) in enumerate(sorted(slots.items())):
        seen = set(without[name])
        waves = []
        for wave in duty.waves:
            people = [
                person
                for person in _wave(wave, position, bindings, directory, duty.country, now)
                if person not in seen
            ]
            seen.update(people)
            waves.append(people)
        word = name.partition(".")[0]
        rosters.append(
            Slot(
                slot=name,
                need=duty.per_role or max(1, len(waves[0]) if waves else 0),
                critical=not critical or name in critical or word in critical,
                waves=waves,
            )
        )
    return Roster(slots=rosters)


def _ranked(bindings: list[Binding], role: Addressed, directory: Directory) -> list[Binding]:
    """The holders without those who may not be asked; those who are to be asked first have rank 1 alone."""
    left = [binding for binding in bindings if binding.person not in role.without]
    if len(left) < len(bindings) and left:
        best = min(binding.rank for binding in left)
        left = [binding.model_copy(update={"rank": binding.rank - best + 1}) for binding in left]
    if not role.first:
        return left
    active = {person.id for person in directory.people if person.status == "active"}
    first = [person for person in role.first if person in active and person not in role.without]
    if not first:
        return left
    others = [binding.model_copy(update={"rank": binding.rank + 1}) for binding in left]
    known = [Binding(role=role.role, of=role.of, person=person) for person in first]
    return known + [binding for binding in others if binding.person not in first]


def _wave(
    wave: str,
    position: int,
    bindings: list[Binding],
    directory: Directory,
    country: str | None,
    now: dt.datetime | None,
) -> list[str]:
    if wave == "primary":
        return [binding.person for binding in bindings if binding.rank == 1]
    if wave == "backup":
        return [binding.person for binding in bindings if binding.rank > 1]
    role, _, of = wave.partition(".")
    stand_ins = directory.holders(RoleRef(role=role, of=of or None), country)
    people = [binding.person for group in stand_ins.values() for binding in group if binding.rank == 1]
    if now is not None:
        # Follow the sun: the awake come first, and the sleeping have their turn all the same.
        people.sort(key=lambda person: not _awake(directory.person(person), now))
    return [people[position % len(people)]] if people else []


def _awake(person: Person | None, now: dt.datetime) -> bool:
    """Whether somebody is awake by their own quiet hours, or else by what is night where they live."""
    if person is None:
        return True
    quiet = person.quiet_hours if person.quiet_hours.windows else NIGHT
    return quiet.until(now, person.zone) <= now


def alarmed(duty: Tell, directory: Directory) -> Recipients:
    """Who hears of an alarm: of each role the first two by rank, holder and deputy."""
    people: dict[str, None] = {}
    for role in duty.who:
        found = directory.holders(RoleRef(role=role.role, of=role.of), duty.country)
        for _, bindings in sorted(found.items()):
            ranks = sorted({binding.rank for binding in bindings})[:2]
            people.update(dict.fromkeys(one.person for one in bindings if one.rank in ranks))
    named = recipients(duty, directory, [])
    return Recipients(people=list(people), vacant=named.vacant)


def recipients(duty: Tell, directory: Directory, contacted: list[str]) -> Recipients:
    """Who is told: the holders of the roles, rank 1 first and if nobody has it the next; `contacted` for everyone_contacted."""
    people: dict[str, None] = {}
    vacant: list[str] = []
    for role in duty.who:
        if role.role == EVERYBODY:
            people.update(dict.fromkeys(contacted))
            continue
        found = directory.holders(RoleRef(role=role.role, of=role.of), duty.country)
        for slot, holders in sorted(found.items()):
            bindings = _ranked(holders, role, directory)
            best = min((binding.rank for binding in bindings), default=0)
            people.update(dict.fromkeys(binding.person for binding in bindings if binding.rank == best))
            if not bindings:
                vacant.append(slot)
    return Recipients(people=list(people), vacant=vacant)
