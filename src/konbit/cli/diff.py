"""`konbit diff`: what changed between two versions of a flowchart, in words, and for whom."""

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path

import click

from konbit.check.authoring.comparing import compare
from konbit.check.authoring.telling import as_json, told
from konbit.cli.definitions import definitions_option, read_library
from konbit.definition.base import LANGUAGES
from konbit.definition.bundle import Bundle
from konbit.definition.flowchart import Flowchart
from konbit.definition.library import PHASES
from konbit.definition.shape import parse
from konbit.definition.source import read_bytes
from konbit.errors import InvalidDefinition


@click.command()
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option("--json", "as_data", is_flag=True, help="Print data for programs.")
@click.option(
    "--language", type=click.Choice(LANGUAGES), default="en", help="The language of the roles' titles."
)
@definitions_option
def diff(old: str, new: str, folders: Sequence[Path], language: str, *, as_data: bool) -> None:
    """Say in words what changed from OLD to NEW, and whom it concerns.

    OLD and NEW are files or ids of flowcharts. A file inside a tree of definitions is read with what
    that tree holds, any other with the definitions that are configured.

    \b
    konbit diff /backup/definitions/response/activation.yaml response/activation
    """  # noqa: D301 - \b is how click is told to keep lines
    before, after = _bundle(old, folders), _bundle(new, folders)
    changes = compare(before, after)
    if as_data:
        click.echo(json.dumps(as_json(before, after, changes), ensure_ascii=False, indent=2))
    else:
        click.echo(told(before, after, changes, language), nl=False)


def _bundle(target: str, folders: Sequence[Path]) -> Bundle:
    """The flowchart that is meant, with what it names."""
    path = Path(target)
    if not path.is_file():
        return read_library(folders).bundle(target)
    tree = path.resolve().parent.parent
    whole = path.resolve().parent.name in PHASES and (tree / "roles.yaml").is_file()
    library = read_library([tree] if whole else folders)
    source, problems = read_bytes(path.read_bytes(), target)
    chart, more = parse(source, Flowchart) if source is not None else (None, ())
    if chart is None or problems:
        raise InvalidDefinition([*problems, *more][0].text())
    charts = {**library.flowcharts, chart.flowchart: chart}
    return dataclasses.replace(library, flowcharts=charts).bundle(chart.flowchart)
