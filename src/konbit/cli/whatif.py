"""`konbit whatif`: a run that took place, with other answers."""

import json
from collections.abc import Sequence
from pathlib import Path

import click

from konbit.cli.definitions import definitions_option, read_library
from konbit.errors import KonbitError, UserError
from konbit.simulate.again import difference
from konbit.simulate.again.changes import fit, read_changes
from konbit.simulate.again.recording import Recording, read, write
from konbit.simulate.again.replay import replay
from konbit.simulate.simulator import plans_of


class NotTheSame(KonbitError):
    """Played again without any change, the run does not come out as it did; so a change would prove nothing."""


@click.command()
@click.argument("run", metavar="RUN|FILE")
@click.option(
    "--change", "texts", multiple=True, metavar="YAML",
    help="Who answers what, and when: 'decide: {person: chair-b, after: 5m, answer: full}'.",
)  # fmt: skip
@click.option(
    "--export", "target", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="Write the journal down, to replay it elsewhere. It holds the answers; no names and no addresses.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the difference as JSON.")
@definitions_option
def whatif(
    run: str, texts: Sequence[str], target: Path | None, folders: tuple[Path, ...], *, as_json: bool
) -> None:
    """Say what would have come of a run if somebody had answered otherwise.

    RUN is a run by its id or the beginning of it, or a file that --export wrote. Its journal is played again: first unchanged,
    which must give the same journal, then with the changes. People who are asked later answer later, by as much time as they
    took; people who were not asked say nothing. A run that is still under way is played to its end as if nobody said any more.

    A change is `STEP: {person, after | at | silent, answer, verdict, data}`. `after` counts from being asked, `at` is a moment
    with its offset. Several may be given.

    \b
    konbit whatif 3f2a --change 'decide: {person: chair-b, at: 2021-08-15T02:00:00-04:00, answer: full}'
    """  # noqa: D301 - \b is how click is told to keep lines
    if not texts and target is None:
        raise UserError("give --change to say what is different, or --export to write the journal down")
    recording = _recording(run)
    if target is not None:
        target.write_text(write(recording), encoding="utf-8")
        click.echo(f"written to {target}; it holds what people answered", err=True)
    if texts:
        _compare(recording, texts, folders, as_json=as_json)


def _recording(run: str) -> Recording:
    """The journal in the file of that name, else of the run of that id in the database."""
    path = Path(run)
    if path.is_file():
        return read(path.read_text(encoding="utf-8"), str(path))
    if path.suffix == ".json":
        raise UserError(f"there is no file {run}")
    # Imported here: with a file in hand nobody needs a database.
    from konbit.cli import environment  # noqa: PLC0415
    from konbit.cli.whatif_store import stored  # noqa: PLC0415

    environment.adopt()
    return stored(run)


def _compare(recording: Recording, texts: Sequence[str], folders: Sequence[Path], *, as_json: bool) -> None:
    changes = read_changes(texts)
    fit(changes, recording)
    library = read_library(folders)
    plans = plans_of(library)
    before = replay(recording, library.codes)
    elsewhere = difference.difference_of(recording, before)
    if elsewhere:
        raise NotTheSame(f"played again without any change, the run does not come out as it did: {elsewhere}")
    after = replay(recording, library.codes, changes, plans)
    found = difference.compare(before, after)
    if as_json:
        told = {
            "changes": [change.say(step) for step, change in changes.all],
            "without_effect": list(changes.idle),
        }
        click.echo(json.dumps({**told, **difference.data(found)}, ensure_ascii=False, indent=2))
        return
    for step, change in changes.all:
        click.echo(f"What if: {change.say(step)}.")
    for idle in changes.idle:
        click.echo(f"Nobody would have asked them: {idle}.")
    click.echo()
    for line in difference.lines(found):
        click.echo(line)
