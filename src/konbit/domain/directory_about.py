"""What the rows of a directory file say about people and their organizations."""

import re
import zoneinfo

from konbit.definition.problems import Mark, did_you_mean
from konbit.domain import directory_cells
from konbit.domain.directory import Membership, Organization, Person
from konbit.domain.directory_row import A_CODE, CODE, Problems, Row
from konbit.domain.quiet_hours import InvalidQuietHours, QuietHours

ABOUT_PERSON = (
    "name",
    "status",
    "organization",
    "function",
    "also_member_of",
    "languages",
    "zone",
    "quiet_hours",
    "night_drills",
    "channels",
)
"""What must be the same wherever it is repeated."""
STATUSES = ("active", "paused")
"""`left` is what somebody becomes who is in no file any more."""
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]+)*")
_MEMBER = re.compile(rf"({CODE.pattern})(?:/({CODE.pattern}))?")


class About:
    """Collects people and organizations row by row."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self.known: dict[str, dict[str, str]] = {}
        self._organizations: dict[str, Organization] = {}
        self._memberships: dict[str, tuple[Mark, list[Membership]]] = {}

    def take(self, row: Row, person: str) -> None:
        """Takes what a row says about a person."""
        known = self.known.setdefault(person, {})
        for column in ABOUT_PERSON:
            value = row.text(column)
            if value and known.setdefault(column, value) != value:
                message = f"'{person}' has another {column} on an earlier row"
                hint = "one id stands for one person: correct it, or give the other person another id"
                self._problems.add("two-answers", message, row.mark(column), hint=hint, width=len(value))
        if "name" not in known:
            known["name"] = person
            hint = "write the name on the first row of the person"
            self._problems.add("missing-name", f"'{person}' has no name", row.mark("name"), hint=hint)
        self._name(row, "name")
        for language in row.text("languages").split():
            if not _LANGUAGE.fullmatch(language):
                message = f"'{language[:20]}' is not a language tag such as en, fr or ht"
                self._problems.add("bad-language", message, row.mark("languages"))
        self._zone(row)
        self._habits(row)
        self.take_organization(row)
        self._members(row, person)

    def people(self) -> list[Person]:
        """Everybody, in the order of the rows."""
        return [
            Person(
                id=person,
                name=known["name"],
                languages=known.get("languages", "en").split(),
                zone=known.get("zone", "UTC"),
                organization=known.get("organization"),
                function=known.get("function", ""),
                status="paused" if known.get("status") == "paused" else "active",
                quiet_hours=QuietHours.parse(known.get("quiet_hours", "")),
                night_drills=bool(directory_cells.truth(known.get("night_drills", ""))),
            )
            for person, known in self.known.items()
        ]

    def organizations(self) -> list[Organization]:
        """Every organization, in the order of the rows."""
        return list(self._organizations.values())

    def memberships(self) -> list[Membership]:
        """Further organizations of people; one that no row describes is a problem."""
        found = []
        for where, memberships in self._memberships.values():
            for one in memberships:
                if one.organization in self._organizations:
                    found.append(one)
                    continue
                near = did_you_mean(one.organization, self._organizations)
                hint = (
                    f"did you mean '{near}'?"
                    if near
                    else "write it into the column 'organization' of some row"
                )
                message = f"no row says what the organization '{one.organization}' is"
                self._problems.add("unknown-organization", message, where, hint=hint)
        return found

    def _zone(self, row: Row) -> None:
        zone = row.text("zone")
        if zone and not directory_cells.known_zone(zone):
            near = did_you_mean(zone, sorted(zoneinfo.available_timezones()))
            hint = f"did you mean '{near}'?" if near else "use a name such as America/Port-au-Prince"
            self._problems.cell(row, "zone", f"there is no time zone '{zone[:40]}'", hint=hint)

    def _habits(self, row: Row) -> None:
        try:
            QuietHours.parse(row.text("quiet_hours"))
        except InvalidQuietHours as error:
            self._problems.cell(row, "quiet_hours", str(error))
        willing, status = row.text("night_drills"), row.text("status")
        if willing and directory_cells.truth(willing) is None:
            message = f"'{willing[:20]}' is neither true nor false"
            self._problems.cell(row, "night_drills", message, allowed=("true", "false"))
        if status and status not in STATUSES:
            self._problems.cell(row, "status", f"there is no status '{status[:20]}'", allowed=STATUSES)

    def take_organization(self, row: Row) -> None:
        """Takes what a row says about an organization; of those that are nobody's own it may say nothing else."""
        self._problems.matching(row, "function", CODE, A_CODE)
        code = self._problems.matching(row, "organization", CODE, A_CODE)
        if not code:
            return
        self._name(row, "organization_name")
        known = self._organizations.get(code)
        name, kind = row.text("organization_name"), row.text("organization_type")
        if known is None:
            self._organizations[code] = Organization(id=code, name=name or code, type=kind or "diaspora")
            return
        for column, value, before in (("name", name, known.name), ("type", kind, known.type)):
            if value and value != before:
                message = f"the organization '{code}' has another {column} on an earlier row"
                where = row.mark(f"organization_{column}")
                self._problems.add("two-answers", message, where, width=len(value))

    def _name(self, row: Row, column: str) -> None:
        wrong = directory_cells.bad_name(row.text(column))
        if wrong:
            self._problems.cell(row, column, wrong)

    def _members(self, row: Row, person: str) -> None:
        found: dict[str, Membership] = {}
        for word in row.text("also_member_of").split():
            parts = _MEMBER.fullmatch(word)
            if parts is None or parts[1] in found or parts[1] == row.text("organization"):
                message = (
                    f"'{word[:40]}' is not another organization, such as red-cross or red-cross/treasurer"
                )
                self._problems.cell(row, "also_member_of", message)
                continue
            found[parts[1]] = Membership(person=person, organization=parts[1], function=parts[2] or "")
        if found:
            self._memberships.setdefault(person, (row.mark("also_member_of"), list(found.values())))
