"""People who are probably the same: offered for merging, never merged by themselves."""

import dataclasses
import itertools
import re
import unicodedata
from collections.abc import Iterable, Mapping

from konbit.domain.directory import Directory, Person

_WORD = re.compile(r"\w+")


@dataclasses.dataclass(frozen=True, order=True)
class Duplicate:
    """Two people, the first by id first, and why they may be one; no reason holds a name or an address."""

    one: str
    other: str
    reasons: tuple[str, ...]

    @property
    def text(self) -> str:
        """The pair in a sentence."""
        return f"{self.one} and {self.other}: {' and '.join(self.reasons)}"


def duplicates(directory: Directory) -> tuple[Duplicate, ...]:
    """Every pair of active people who share an address, or a name within an organization."""
    people = {person.id: person for person in directory.people if person.status != "left"}
    reasons: dict[tuple[str, str], list[str]] = {}
    at: dict[str, list[str]] = {}
    for endpoint in directory.endpoints:
        # A room has many in it; sharing one says nothing.
        if endpoint.person in people and endpoint.audience == "private":
            at.setdefault(endpoint.address, []).append(endpoint.person)
    for pair in _pairs(at.values()):
        reasons.setdefault(pair, []).append("they share an address")
    for pair in _pairs(_namesakes(people).values()):
        one, other = people[pair[0]], people[pair[1]]
        where = (
            "in the same organization" if one.organization == other.organization else "in two organizations"
        )
        reasons.setdefault(pair, []).append(f"they have the same name, {where}")
    return tuple(sorted(Duplicate(*pair, tuple(found)) for pair, found in reasons.items()))


def _namesakes(people: Mapping[str, Person]) -> Mapping[str, list[str]]:
    """People by the words of their name, whatever their order, case and accents."""
    found: dict[str, list[str]] = {}
    for person in people.values():
        plain = unicodedata.normalize("NFKD", person.name.casefold())
        words = _WORD.findall("".join(char for char in plain if not unicodedata.combining(char)))
        if words:
            found.setdefault(" ".join(sorted(words)), []).append(person.id)
    return found


def _pairs(groups: Iterable[list[str]]) -> Iterable[tuple[str, str]]:
    return dict.fromkeys(pair for group in groups for pair in itertools.combinations(sorted(set(group)), 2))
