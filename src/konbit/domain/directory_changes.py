"""What an import would change: told before it is done, person by person, without a name or an address."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Literal

from konbit.domain.directory import Directory

Fate = Literal["added", "changed", "unchanged", "left"]
_OWN = frozenset({"id", "do_not_disturb_until", "confirmed_at", "merged_into", "erased_at"})
"""Not from a file: what people say themselves."""
_FOUND_OUT = frozenset({"id", "person", "state", "verification", "verified_at"})


@dataclasses.dataclass(frozen=True)
class Change:
    """What becomes of one person; `what` names the aspects that differ, such as `zone`, `addresses`, `roles`."""

    person: str
    fate: Fate
    what: tuple[str, ...] = ()


def changes(before: Directory, after: Directory) -> tuple[Change, ...]:
    """Every person of either, in the order of their ids. `left` is who is in the file no more."""
    old, new = _views(before), _views(after)
    found = []
    for person in sorted(old.keys() | new.keys()):
        if person not in old:
            found.append(Change(person, "added"))
        elif person not in new:
            found.append(Change(person, "left"))
        else:
            names = sorted(old[person].keys() | new[person].keys())
            what = tuple(name for name in names if old[person].get(name) != new[person].get(name))
            found.append(Change(person, "changed" if what else "unchanged", what))
    return tuple(found)


def counted(found: Sequence[Change]) -> Mapping[Fate, int]:
    """How many people each fate has."""
    fates: tuple[Fate, ...] = ("added", "changed", "unchanged", "left")
    return {fate: sum(1 for change in found if change.fate == fate) for fate in fates}


def besides_people(before: Directory, after: Directory) -> tuple[str, ...]:
    """What else differs: `organizations` or `vacant roles`."""
    found = []
    if {one.id: one for one in before.organizations} != {one.id: one for one in after.organizations}:
        found.append("organizations")
    if set(before.expected) != set(after.expected):
        found.append("vacant roles")
    return tuple(found)


def _views(directory: Directory) -> Mapping[str, dict[str, object]]:
    views: dict[str, dict[str, object]] = {
        person.id: person.model_dump(exclude=set(_OWN)) for person in directory.people
    }
    of_people: Mapping[str, dict[str, list[object]]] = {
        person.id: {"addresses": [], "roles": [], "also member of": []} for person in directory.people
    }
    for endpoint in sorted(directory.endpoints, key=lambda one: one.priority):
        if endpoint.person in of_people:
            of_people[endpoint.person]["addresses"].append(endpoint.model_dump(exclude=set(_FOUND_OUT)))
    for binding in sorted(directory.bindings, key=lambda one: (one.role, one.of or "", one.country or "")):
        if binding.person in of_people:
            of_people[binding.person]["roles"].append(binding.model_dump(exclude={"person"}))
    for membership in sorted(directory.memberships, key=lambda one: one.organization):
        if membership.person in of_people:
            of_people[membership.person]["also member of"].append(
                (membership.organization, membership.function)
            )
    return {person: view | of_people[person] for person, view in views.items()}
