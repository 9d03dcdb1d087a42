"""`konbit format`: one layout for every file of definitions."""

from collections.abc import Sequence
from pathlib import Path

import click

from konbit.check.authoring.formatting import formatted
from konbit.errors import InvalidDefinition


def read_text(file: Path) -> str:
    """The text of a file; InvalidDefinition if it is not UTF-8."""
    try:
        return file.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        raise InvalidDefinition(f"{file}: the file is not UTF-8; save it as UTF-8") from None


@click.command("format")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--check", "only_look", is_flag=True, help="Write nothing; exit 1 if a file would change.")
def format(files: Sequence[Path], *, only_look: bool) -> None:
    """Lay files of definitions out alike: keys in order, two spaces, comments kept, texts untouched.

    What the files say is the same before and after; a file for which that cannot be kept is refused and left as it is.
    """
    changing = 0
    for file in files:
        before = read_text(file)
        after = formatted(before, str(file))
        if after == before:
            continue
        changing += 1
        if only_look:
            click.echo(f"{file}: would be laid out anew")
        else:
            file.write_text(after, "utf-8")
            click.echo(f"{file}: laid out anew")
    if only_look and changing:
        click.get_current_context().exit(1)
