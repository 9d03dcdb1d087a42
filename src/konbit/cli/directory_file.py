"""Reads a directory file for a command: every problem with its place, nothing half taken."""

import dataclasses
from collections.abc import Collection, Sequence
from pathlib import Path

import click

from konbit.check.formats import render
from konbit.cli import spreadsheet
from konbit.definition.problems import Problem, Severity
from konbit.domain.directory import ChannelKind, Directory
from konbit.domain.directory_csv import parse_rows, without_refused
from konbit.domain.directory_reach import Canonical
from konbit.errors import InvalidDirectory
from konbit.notify.address import canonical


@dataclasses.dataclass(frozen=True)
class Reading:
    """What a file says: all of it, or if something in it is wrong what is left without those rows."""

    directory: Directory
    problems: tuple[Problem, ...]

    @property
    def refused(self) -> tuple[Problem, ...]:
        """The errors; each has its row and column."""
        return tuple(problem for problem in self.problems if problem.severity is Severity.ERROR)


def address(kind: ChannelKind, text: str) -> str:
    """The one form of an address; messages go to other machines only."""
    return canonical(kind, text)


def read_directory(
    path: Path, country: str, roles: Collection[str], as_canonical: Canonical = address
) -> tuple[Directory, Sequence[Problem]]:
    """The directory in a file, and warnings; InvalidDirectory after every error was printed to stderr."""
    reading = read_partly(path, country, roles, as_canonical)
    if reading.refused:
        refuse(path, reading)
    return reading.directory, reading.problems


def refuse(path: Path, reading: Reading) -> None:
    """Prints every problem and raises InvalidDirectory."""
    # Without the lines themselves: they hold addresses.
    click.echo(render(reading.problems, {}, "text"), err=True, nl=False)
    errors = len(reading.refused)
    raise InvalidDirectory(f"{path} has {errors} error{'' if errors == 1 else 's'}; nothing was imported")


def read_partly(
    path: Path, country: str, roles: Collection[str], as_canonical: Canonical = address
) -> Reading:
    """The directory in a file without the rows that have errors; InvalidDirectory if it is no directory of the country."""
    found = spreadsheet.read(path)
    directory, problems = parse_rows(found, file=str(path), canonical=as_canonical, roles=roles)
    left, more = found, problems
    while directory is None:
        fewer = without_refused(left, more)
        if len(fewer) == len(left):
            break
        left = fewer
        directory, more = parse_rows(left, file=str(path), canonical=as_canonical, roles=roles)
    directory = directory or Directory()
    others = sorted({one.country for one in directory.bindings if one.country not in (None, country)})
    if others:
        raise InvalidDirectory(
            f"{path} binds roles of {', '.join(map(str, others))} too; import each country from a file of its own"
        )
    return Reading(directory, problems)
