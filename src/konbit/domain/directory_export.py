"""A directory written back as the rows of a spreadsheet, so that reading them gives the same directory."""

import csv
import dataclasses
import io
from collections.abc import Mapping, Sequence

from konbit.domain.channel_traits import audience_of
from konbit.domain.directory import ChannelKind, Directory, Endpoint, Membership, Person
from konbit.domain.directory_cells import defused, moment_text, purposes_text
from konbit.domain.directory_row import CHANNELS, COLUMNS

ALWAYS = (
    "person",
    "name",
    "organization",
    "organization_name",
    "languages",
    "zone",
    "role",
    "of",
    "country",
    "rank",
)


def table(directory: Directory) -> list[list[str]]:
    """The header and a row for each role; also for further addresses, organizations, vacant roles. No unused columns."""
    kinds = _kinds(directory)
    rows = [row for person in directory.people for row in _of_person(directory, person, kinds)]
    described: set[str] = set()
    for row in rows:
        _describe(row, directory, described)
    rows += [
        {"organization": one.id, "organization_name": one.name, "organization_type": one.type}
        for one in directory.organizations
        if one.id not in described
    ]
    rows += [{"role": one.role, "of": one.of or ""} for one in directory.expected]
    order = [name for name in COLUMNS if name not in CHANNELS]
    place = order.index("channels")
    header = [*order[:place], *kinds, *order[place:]]
    used = [name for name in header if name in ALWAYS or any(row.get(name) for row in rows)]
    return [used, *([row.get(name, "") for name in used] for row in rows)]


def csv_text(rows: Sequence[Sequence[str]]) -> str:
    """The rows as CSV; a cell that a spreadsheet would take for a formula is made a text with an apostrophe."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([defused(cell) for cell in row] for row in rows)
    return out.getvalue()


@dataclasses.dataclass
class _Addresses:
    """The addresses of one row, which share their terms."""

    terms: Mapping[str, str]
    by_kind: dict[ChannelKind, str]


def _of_person(directory: Directory, person: Person, kinds: Sequence[ChannelKind]) -> list[dict[str, str]]:
    bindings = [one for one in directory.bindings if one.person == person.id]
    endpoints = sorted(
        (one for one in directory.endpoints if one.person == person.id), key=lambda one: one.priority
    )
    groups = _groups(endpoints)
    rows: list[dict[str, str]] = [{"person": person.id} for _ in range(max(1, len(bindings), len(groups)))]
    rows[0] |= _about(person, [one for one in directory.memberships if one.person == person.id])
    implied = [kind for kind in kinds for group in groups if kind in group.by_kind]
    wanted = [one.kind for one in endpoints]
    rows[0]["channels"] = "" if implied == wanted else " ".join(wanted)
    for row, binding in zip(rows, bindings, strict=False):
        row |= {"role": binding.role, "of": binding.of or "", "country": binding.country or ""}
        row["rank"] = str(binding.rank)
    for row, group in zip(rows, groups, strict=False):
        row |= {**group.terms}
        row.update(group.by_kind.items())
    return rows


def _groups(endpoints: Sequence[Endpoint]) -> list[_Addresses]:
    """As few rows as possible, in which addresses of one kind keep their order."""
    groups: list[_Addresses] = []
    for one in endpoints:
        terms = _terms(one)
        last = max((place for place, group in enumerate(groups) if one.kind in group.by_kind), default=-1)
        fits = next((group for group in groups[last + 1 :] if group.terms == terms), None)
        if fits is None:
            fits = _Addresses(terms, {})
            groups.append(fits)
        fits.by_kind[one.kind] = one.address
    return groups


def _terms(endpoint: Endpoint) -> Mapping[str, str]:
    by_shape = audience_of(endpoint.kind, endpoint.address) == endpoint.audience
    return {
        "allow_drill": str(endpoint.allow_drill).lower(),
        "consent": purposes_text(endpoint.purposes),
        "consent_until": moment_text(endpoint.consent_until),
        "audience": "" if by_shape else endpoint.audience,
    }


def _about(person: Person, memberships: Sequence[Membership]) -> dict[str, str]:
    return {
        "name": person.name,
        "status": person.status if person.status == "paused" else "",
        "organization": person.organization or "",
        "function": person.function,
        "also_member_of": " ".join(
            one.organization + (f"/{one.function}" if one.function else "") for one in memberships
        ),
        "languages": " ".join(person.languages),
        "zone": person.zone,
        "quiet_hours": str(person.quiet_hours),
        "night_drills": "true" if person.night_drills else "",
    }


def _describe(row: dict[str, str], directory: Directory, described: set[str]) -> None:
    """The name and type of an organization, on the first row that has it."""
    found = next((one for one in directory.organizations if one.id == row.get("organization")), None)
    if found is not None and found.id not in described:
        described.add(found.id)
        row |= {"organization_name": found.name, "organization_type": found.type}


def _kinds(directory: Directory) -> list[ChannelKind]:
    """The kinds in use, those that most people have tried first in front."""
    places: dict[ChannelKind, list[int]] = {}
    for one in directory.endpoints:
        places.setdefault(one.kind, []).append(one.priority)
    return sorted(places, key=lambda kind: (sum(places[kind]) / len(places[kind]), CHANNELS.index(kind)))
