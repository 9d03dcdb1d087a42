"""`konbit directory import` and `export`: between the database and a spreadsheet."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

import click
from pydantic import JsonValue

from konbit.check.formats import render
from konbit.cli import spreadsheet
from konbit.cli.definitions import definitions_option, read_library
from konbit.cli.directory_file import Reading, read_partly, refuse
from konbit.cli.directory_parts import country_option, directory_store, known_country
from konbit.cli.parts import read_settings, sqlite_file
from konbit.clock import wall_now
from konbit.domain.directory import Directory
from konbit.domain.directory_changes import Change, Fate, besides_people, changes, counted
from konbit.domain.directory_duplicates import Duplicate, duplicates
from konbit.domain.directory_export import csv_text, table
from konbit.errors import InvalidDirectory

FATES: Mapping[Fate, str] = {
    "added": "added",
    "changed": "changed",
    "unchanged": "unchanged",
    "left": "no longer in the file",
}


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@country_option
@click.option("--dry-run", is_flag=True, help="Say what would be imported, and import nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@definitions_option
def import_file(file: Path, country: str, folders: tuple[Path, ...], *, dry_run: bool, as_json: bool) -> None:
    """Make FILE, a CSV or XLSX file, the directory of a country.

    It replaces what was imported for that country before. If anything in the file is wrong, every error is printed with its
    line and nothing is imported. An address that bounced or asked to be left alone stays so. A dry run says who would be added,
    changed or left out, which cells are refused, and who is probably somebody else in the file too.
    """
    reading = read_partly(file, country, read_library(folders).roles)
    if reading.refused and not dry_run:
        refuse(file, reading)
    before = _before(country, must_exist=not dry_run)
    if not dry_run:
        _import(reading.directory, country)
    report = _report(country, reading, before, imported=not dry_run)
    if as_json:
        click.echo(json.dumps(report, indent=2))
    else:
        click.echo(render(reading.problems, {}, "text"), err=True, nl=False)
        _tell(country, reading, before, dry_run=dry_run)
    if reading.refused:
        refused = len(reading.refused)
        raise InvalidDirectory(
            f"{file} has {refused} error{'' if refused == 1 else 's'}; nothing was imported"
        )


@click.command("export")
@country_option
@click.option(
    "--to",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write this file, CSV or XLSX by its ending; without it CSV is printed.",
)
def export_file(country: str, path: Path | None) -> None:
    """Write the directory of a country as a spreadsheet.

    Importing it again changes nothing. It holds names and addresses: only its owner may read the file.
    """
    with directory_store() as store, store.begin() as tx:
        known_country(tx, country)
        found = tx.directory.file_of(country)
        details: dict[str, JsonValue] = {"country": country, "people": len(found.people)}
        tx.audit.add(wall_now(), "operator", "directory-export", details=details)
    rows = table(found)
    if path is None:
        click.echo(csv_text(rows), nl=False)
        return
    xlsx = path.suffix.lower() == spreadsheet.XLSX
    content = spreadsheet.xlsx_bytes(rows) if xlsx else csv_text(rows).encode()
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(content)
    click.echo(f"{country}: exported {len(found.people)} people to {path}")


def counts(found: Directory) -> dict[str, int]:
    """How much of each there is."""
    return {
        "people": len(found.people),
        "organizations": len(found.organizations),
        "addresses": len(found.endpoints),
        "roles_held": len(found.bindings),
        "roles_vacant": len(found.expected),
    }


def _before(country: str, *, must_exist: bool) -> Directory:
    """What is imported now; nothing yet is a right answer for a dry run without a database."""
    path = sqlite_file(read_settings().database)
    if not must_exist and path is not None and not path.exists():
        return Directory()
    with directory_store() as store, store.read() as tx:
        return tx.directory.file_of(country)


def _import(found: Directory, country: str) -> None:
    now = wall_now()
    with directory_store() as store, store.begin() as tx:
        tx.directory.replace_country(found, country, now)
        details: dict[str, JsonValue] = {"country": country, **counts(found)}
        tx.audit.add(now, "operator", "directory-import", details=details)


def _report(country: str, reading: Reading, before: Directory, *, imported: bool) -> dict[str, object]:
    found = changes(before, reading.directory)
    return {
        "country": country,
        "imported": imported,
        **counts(reading.directory),
        "changes": {
            "people": dict(counted(found)),
            "changed": {one.person: list(one.what) for one in found if one.fate == "changed"},
            "added": [one.person for one in found if one.fate == "added"],
            "left": [one.person for one in found if one.fate == "left"],
            "besides": list(besides_people(before, reading.directory)),
        },
        "refused": [
            {
                "row": problem.where.line,
                "column": problem.where.column,
                "code": problem.code,
                "message": problem.message,
            }
            for problem in reading.refused
        ],
        "duplicates": [_pair(one) for one in duplicates(reading.directory)],
    }


def _pair(one: Duplicate) -> dict[str, object]:
    return {"one": one.one, "other": one.other, "reasons": list(one.reasons)}


def _tell(country: str, reading: Reading, before: Directory, *, dry_run: bool) -> None:
    amounts = ", ".join(
        f"{number} {what.replace('_', ' ')}" for what, number in counts(reading.directory).items()
    )
    click.echo(f"{country}: {'would import ' if dry_run else 'imported '}{amounts}")
    if not dry_run:
        return
    found = changes(before, reading.directory)
    for one in found:
        if one.fate in ("changed", "left"):
            click.echo(f"  {_change(one)}")
    for what in besides_people(before, reading.directory):
        click.echo(f"  {what} would change")
    for pair in duplicates(reading.directory):
        click.echo(f"  {pair.text}; `konbit directory merge` makes them one")
    fates = counted(found)
    told = ", ".join(f"{fates[fate]} {words}" for fate, words in FATES.items())
    refused = len({problem.where.line for problem in reading.refused})
    click.echo(f"{country}: people: {told}; {refused} row{'' if refused == 1 else 's'} refused")


def _change(one: Change) -> str:
    return f"{one.person}: {FATES[one.fate]}" + (f" ({', '.join(one.what)})" if one.what else "")
