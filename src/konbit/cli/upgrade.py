"""`konbit upgrade`: flowcharts of older versions of the language."""

import difflib
from collections.abc import Sequence
from pathlib import Path

import click

from konbit.check.authoring.upgrading import upgraded, what_changes
from konbit.cli.format import read_text


@click.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--write", is_flag=True, help="Write the files; without it the difference is only shown.")
def upgrade(files: Sequence[Path], *, write: bool) -> None:
    """Bring flowcharts of older versions of the language up to the present one.

    The difference is shown; with --write it is written. Comments are kept. Plans that are stored with runs are
    upgraded when they are read.
    """
    for file in files:
        before = read_text(file)
        after = upgraded(before, str(file))
        if after == before:
            click.echo(f"{file}: up to date")
            continue
        for sentence in what_changes(before, str(file)):
            click.echo(f"{file}: {sentence}")
        lines = difflib.unified_diff(
            before.splitlines(), after.splitlines(), f"{file} (old)", f"{file} (new)", lineterm=""
        )
        click.echo("\n".join(lines))
        if write:
            file.write_text(after, "utf-8")
            click.echo(f"{file}: written")
