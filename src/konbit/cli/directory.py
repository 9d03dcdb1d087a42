"""`konbit directory`: who holds which role, and how they are reached."""

import json
from pathlib import Path

import click

from konbit.cli.definitions import definitions_option, read_library
from konbit.cli.directory_file import read_directory
from konbit.cli.directory_import import export_file, import_file
from konbit.cli.directory_merge import list_duplicates, merge_people
from konbit.cli.directory_parts import country_option, directory_store, known_country
from konbit.cli.directory_person import erase, export_person
from konbit.cli.directory_rest import do_not_disturb
from konbit.cli.directory_verify import confirm, verify
from konbit.domain.directory import Directory
from konbit.domain.directory_gaps import Gap, findings


@click.group()
def directory() -> None:
    """Import and check who holds which role, and how they are reached.

    A directory is a CSV or XLSX file with one row for each role a person holds; docs/reference/directory.md describes the
    columns.
    """


for command in (
    import_file, export_file, list_duplicates, merge_people, verify, confirm, do_not_disturb,
    export_person, erase
):  # fmt: skip
    directory.add_command(command)


@directory.command("check")
@click.option(
    "--file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Check this file, not what is imported.",
)
@country_option
@click.option("--json", "as_json", is_flag=True, help="Print the gaps as JSON.")
@definitions_option
def check_directory(file: Path | None, country: str, folders: tuple[Path, ...], *, as_json: bool) -> None:
    """Show what is missing: vacant roles, roles without a stand-in, people who are hard to reach.

    Gaps are normal and no error: the exit code is 0.
    """
    found = read_directory(file, country, read_library(folders).roles)[0] if file else _imported(country)
    gaps = findings(found)
    if as_json:
        click.echo(
            json.dumps([{"kind": gap.kind, "about": gap.about, "text": gap.text} for gap in gaps], indent=2)
        )
        return
    for gap in gaps:
        click.echo(gap.text)
    click.echo(f"{country}: {_summary(found, gaps)}", err=True)


def _imported(country: str) -> Directory:
    with directory_store() as store, store.read() as tx:
        known_country(tx, country)
        return tx.directory.snapshot(country)


def _summary(found: Directory, gaps: tuple[Gap, ...]) -> str:
    people, number = len(found.people), len(gaps)
    return f"{people} people, {number} gap{'' if number == 1 else 's'}"
