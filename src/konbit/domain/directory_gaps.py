"""What is missing in a directory: roles that nobody holds or nobody can stand in for, and people who are hard to reach."""

import dataclasses
from typing import Literal

from konbit.domain.directory import Binding, Directory
from konbit.engine.duties import RoleRef

GapKind = Literal["vacant", "no-backup", "unreachable", "one-channel", "one-kind"]
ENOUGH_CHANNELS = 2
"""One channel fails too often to rest a call-down on it."""


@dataclasses.dataclass(frozen=True)
class Gap:
    """One thing missing. `about` is a slot such as `cluster_lead.HEA`, or the id of a person."""

    kind: GapKind
    about: str

    @property
    def text(self) -> str:
        """The gap in a sentence."""
        return {
            "vacant": f"{self.about}: nobody holds it",
            "no-backup": f"{self.about}: one person holds it, nobody stands in",
            "unreachable": f"{self.about}: no working channel",
            "one-channel": f"{self.about}: one working channel only",
            "one-kind": f"{self.about}: channels of one kind only, which fail together",
        }[self.kind]


def findings(directory: Directory) -> tuple[Gap, ...]:
    """Every gap: first the roles, then the people, each in order."""
    active = {person.id for person in directory.people if person.status == "active"}
    slots: dict[str, list[Binding]] = {str(role): [] for role in directory.expected}
    for binding in directory.bindings:
        holders = slots.setdefault(str(RoleRef(role=binding.role, of=binding.of)), [])
        if binding.person in active:
            holders.append(binding)
    gaps = [Gap("vacant", slot) for slot, holders in sorted(slots.items()) if not holders]
    gaps += [
        Gap("no-backup", slot)
        for slot, holders in sorted(slots.items())
        if len({binding.person for binding in holders}) == 1
    ]
    working: dict[str, list[str]] = {person: [] for person in sorted(active)}
    for endpoint in directory.endpoints:
        if endpoint.person in working and endpoint.state in ("ok", "suspect"):
            working[endpoint.person].append(endpoint.kind)
    gaps += [Gap("unreachable", person) for person, kinds in working.items() if not kinds]
    gaps += [
        Gap("one-channel", person) for person, kinds in working.items() if 0 < len(kinds) < ENOUGH_CHANNELS
    ]
    gaps += [
        Gap("one-kind", person)
        for person, kinds in working.items()
        if len(kinds) >= ENOUGH_CHANNELS and len(set(kinds)) == 1
    ]
    return tuple(gaps)
