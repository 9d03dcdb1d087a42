"""A row of a directory file by its columns, and the list of what is wrong with the file."""

import dataclasses
import re
from collections.abc import Mapping
from typing import get_args

from konbit.definition.problems import Mark, Problem
from konbit.domain.csv_cells import Cell
from konbit.domain.directory import ChannelKind

CHANNELS: tuple[ChannelKind, ...] = get_args(ChannelKind)
COLUMNS = (
    "person",
    "name",
    "status",
    "organization",
    "function",
    "organization_name",
    "organization_type",
    "also_member_of",
    "languages",
    "zone",
    "quiet_hours",
    "night_drills",
    "role",
    "of",
    "country",
    "rank",
    *CHANNELS,
    "channels",
    "allow_drill",
    "consent",
    "consent_until",
    "audience",
)
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
A_CODE = "letters, digits, dots, hyphens and underscores"


@dataclasses.dataclass
class Row:
    """The cells of one row by column; a missing cell is empty and stands where the row begins."""

    cells: Mapping[str, Cell]
    where: Mark

    def text(self, column: str) -> str:
        """The text of a cell."""
        cell = self.cells.get(column)
        return cell.text if cell else ""

    def mark(self, column: str) -> Mark:
        """Where a cell is."""
        cell = self.cells.get(column)
        return cell.where if cell else self.where


class Problems:
    """What is wrong with a file, as it is found."""

    def __init__(self) -> None:
        self.found: list[Problem] = []

    def add(self, code: str, message: str, where: Mark, **more: object) -> None:
        """Keeps a problem."""
        self.found.append(Problem(code, message, where, **more))  # type: ignore[arg-type]  # the fields of Problem by name

    def cell(self, row: Row, column: str, message: str, **more: object) -> None:
        """Keeps a problem of a cell; its code is `bad-` and the column."""
        code = f"bad-{column.replace('_', '-')}"
        self.add(code, message, row.mark(column), width=max(1, len(row.text(column))), **more)

    def matching(self, row: Row, column: str, pattern: re.Pattern[str], expected: str) -> str | None:
        """The text of a cell if it has one and that fits; a problem if it does not."""
        found = row.text(column)
        if not found or pattern.fullmatch(found):
            return found or None
        self.cell(row, column, f"'{found[:40]}' in the column '{column}' is not {expected}")
        return None
