"""The directory as a spreadsheet: one row for each role a person holds, read in one go with every problem and its place.

A header row names the columns; a row of HXL tags may stand under it. A row without a person says that a role is
expected and vacant. Channels are tried in the order of their columns, or in that of the column `channels`. What a person is
(name, organization, languages, zone, ...) may stand on any of their rows; where it is repeated it must be the same. What is said
of addresses (drills, consent, audience) holds for those of the row.
"""

import re
from collections.abc import Collection, Iterable

from konbit.definition.problems import Mark, Problem, Severity, did_you_mean, in_order
from konbit.domain.csv_cells import Cell, rows
from konbit.domain.directory import Binding, Directory
from konbit.domain.directory_about import About
from konbit.domain.directory_cells import as_written
from konbit.domain.directory_reach import Canonical, Reach
from konbit.domain.directory_row import A_CODE, CHANNELS, CODE, COLUMNS, Problems, Row
from konbit.engine.duties import RoleRef

REQUIRED = ("person", "name", "role")
_COUNTRY = re.compile(r"[A-Z]{3}")
_RANK = re.compile(r"[1-9][0-9]{0,2}")


def parse_directory(
    text: str, *, file: str, canonical: Canonical, roles: Collection[str]
) -> tuple[Directory | None, tuple[Problem, ...]]:
    """The directory in a CSV file, or None if anything in it is an error; warnings come with a directory."""
    return parse_rows(list(rows(text, file)), file=file, canonical=canonical, roles=roles)


def parse_rows(
    found: list[list[Cell]], *, file: str, canonical: Canonical, roles: Collection[str]
) -> tuple[Directory | None, tuple[Problem, ...]]:
    """The same from the rows of any spreadsheet."""
    reader = _Reader(canonical, roles)
    if not found:
        return None, (Problem("empty-file", "the file has no header row", Mark(file, 1, 1), allowed=COLUMNS),)
    header = reader.header(found[0])
    complete = all(name in header for name in REQUIRED)
    for row in found[1:] if complete else ():
        if row[0].text.startswith("#") and row is found[1]:
            continue
        reader.row(row, header)
    directory = None if _refused(reader.problems.found) else reader.directory()
    problems = in_order(reader.problems.found)
    return (None if _refused(problems) else directory), problems


def without_refused(found: list[list[Cell]], problems: Iterable[Problem]) -> list[list[Cell]]:
    """The rows but those that have an error, and further rows that need one of them; the header stays."""
    lines = {problem.where.line for problem in problems if problem.severity is Severity.ERROR}
    return found[:1] + [row for row in found[1:] if row[0].where.line not in lines]


def _refused(problems: Iterable[Problem]) -> bool:
    return any(problem.severity is Severity.ERROR for problem in problems)


class _Reader:
    """Takes rows one by one, and keeps what they say and what is wrong with them."""

    def __init__(self, canonical: Canonical, roles: Collection[str]) -> None:
        self.roles = roles
        self.problems = Problems()
        self.about = About(self.problems)
        self.reach = Reach(self.problems, canonical)
        self.bindings: dict[tuple[str, str, str, str], Binding] = {}
        self.holders: dict[tuple[str, str, str], Mark] = {}
        self.expected: dict[str, RoleRef] = {}

    def header(self, row: list[Cell]) -> list[str]:
        """The names of the columns; an unknown one is kept empty, so that its cells are passed over."""
        names: list[str] = []
        for cell in row:
            name = cell.text.casefold().replace(" ", "_")
            if name and name not in COLUMNS:
                near = did_you_mean(name, COLUMNS)
                self.problems.add(
                    "unknown-column",
                    f"there is no column '{cell.text[:40]}'",
                    cell.where,
                    allowed=COLUMNS,
                    hint=f"did you mean '{near}'?" if near else "remove it, or correct its name",
                    width=max(1, len(cell.text)),
                )
            elif name and name in names:
                self.problems.add("duplicate-column", f"the column '{name}' is there twice", cell.where)
            names.append(name if name in COLUMNS and name not in names else "")
        for name in REQUIRED:
            if name not in names:
                message = f"there is no column '{name}'"
                self.problems.add("missing-column", message, row[0].where, allowed=COLUMNS)
        self.reach.channels = [kind for name in names for kind in CHANNELS if kind == name]
        return names

    def row(self, found: list[Cell], header: list[str]) -> None:
        """Takes a row."""
        cells = {
            name: Cell(as_written(cell.text), cell.where)
            for name, cell in zip(header, found, strict=False)
            if name
        }
        row = Row(cells, found[0].where)
        for cell in found[len(header) :]:
            if cell.text:
                message = "this cell has no column: there are more cells than in the header"
                hint = "put a text with a comma in quotes"
                self.problems.add("too-many-cells", message, cell.where, hint=hint)
        if row.text("organization") and not any(map(row.text, ("person", "name", "role", *CHANNELS))):
            self.about.take_organization(row)
            return
        matching = self.problems.matching
        role = self._role(row)
        country = matching(row, "country", _COUNTRY, "a country as ISO 3166 alpha-3, such as HTI")
        of = matching(row, "of", CODE, "a code such as HEA or BOS")
        rank = int(matching(row, "rank", _RANK, "1 for the holder, 2 and more for who stands in") or 1)
        if not row.text("person"):
            self._vacancy(row, role, of)
            return
        person = matching(row, "person", CODE, A_CODE)
        if not person:
            return
        self.about.take(row, person)
        self.reach.take(row, person)
        if role:
            self._bind(row, Binding(role=role, of=of, country=country, person=person, rank=rank))

    def _role(self, row: Row) -> str:
        role = row.text("role")
        if not role:
            # Further rows of somebody may hold further addresses alone.
            if row.text("person") not in self.about.known:
                self.problems.add("missing-role", "the row names no role", row.mark("role"))
            return ""
        if role in self.roles:
            return role
        near = did_you_mean(role, self.roles)
        self.problems.add(
            "unknown-role",
            f"there is no role '{role[:40]}'",
            row.mark("role"),
            allowed=tuple(sorted(self.roles)),
            hint=f"did you mean '{near}'?" if near else "",
            width=len(role),
        )
        return ""

    def _vacancy(self, row: Row, role: str, of: str | None) -> None:
        personal = ("name", "organization", *CHANNELS)
        given = next((column for column in personal if row.text(column)), None)
        if given:
            message = f"the column '{given}' is filled, but the row has no person"
            hint = "give the person an id; a row without any of these says that the role is vacant"
            self.problems.add("missing-person", message, row.mark(given), hint=hint)
        elif role:
            reference = RoleRef(role=role, of=of)
            self.expected[str(reference)] = reference

    def _bind(self, row: Row, binding: Binding) -> None:
        slot = (binding.role, binding.of or "", binding.country or "")
        key = (*slot, binding.person)
        named = RoleRef(role=binding.role, of=binding.of)
        if key in self.bindings:
            message = f"'{binding.person}' holds {named} already"
            self.problems.add("duplicate-binding", message, row.mark("role"), width=len(binding.role))
            return
        self.bindings[key] = binding
        if binding.rank == 1 and self.holders.setdefault(slot, row.where) != row.where:
            message = f"{named} has two holders of rank 1; both are asked first"
            hint = f"the other is in line {self.holders[slot].line}; give one of them rank 2 if they stand in"
            self.problems.add("two-holders", message, row.mark("rank"), severity=Severity.WARNING, hint=hint)

    def directory(self) -> Directory:
        """What the rows say."""
        held = {RoleRef(role=one.role, of=one.of) for one in self.bindings.values()}
        return Directory(
            people=self.about.people(),
            organizations=self.about.organizations(),
            memberships=self.about.memberships(),
            endpoints=self.reach.endpoints(list(self.about.known)),
            bindings=list(self.bindings.values()),
            expected=[role for role in self.expected.values() if role not in held],
        )
