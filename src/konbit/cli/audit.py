"""`konbit audit`: whether the record of runs is whole, and that record as a file."""

import json
from pathlib import Path

import click

from konbit.cli.runs_parts import ALL, opened, resolve
from konbit.orchestrate import auditing
from konbit.orchestrate.auditing import Finding


@click.group()
def audit() -> None:
    """Check the record of runs, and export it.

    The journal of a run is a chain: each line is sealed to the one before, so that a line that was changed, added or taken
    out later is found.
    """


@audit.command()
@click.argument("run", required=False)
@click.option(
    "--file",
    "path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="An exported file instead of the database.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
@click.pass_context
def verify(context: click.Context, run: str | None, path: Path | None, *, as_json: bool) -> None:
    """Check the chain of a run, or of all, and that a replay comes to what the store says.

    Ends with 1 if anything is wrong, and says the first broken line.
    """
    if path is not None and run is not None:
        raise click.UsageError("name a run, or give --file")
    checked, found = _from_file(path) if path else _from_store(run)
    if as_json:
        rows = [{"run": one.run, "entry": one.entry, "what": one.words} for one in found]
        click.echo(json.dumps({"checked": checked, "findings": rows}, indent=2))
    else:
        for one in found:
            click.echo(f"{one.run}: {one.words}")
        broken = len({one.run for one in found})
        click.echo(f"{checked} checked, {broken} with findings", err=True)
    context.exit(1 if found else 0)


def _from_store(run: str | None) -> tuple[int, list[Finding]]:
    with opened() as parts:
        if run is not None:
            names = [resolve(parts.store, run).id]
        else:
            with parts.store.read() as tx:
                names = [one.id for one in tx.runs.list(None, ALL)]
        return len(names), [finding for name in names for finding in auditing.verify(parts.steward, name)]


def _from_file(path: Path) -> tuple[int, list[Finding]]:
    return 1, auditing.verify_file(path)


@audit.command()
@click.argument("run")
@click.option(
    "--out", "path", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The file to write."
)
def export(run: str, path: Path) -> None:
    """Write the record of a run, and of the runs it started, to a zip file.

    It holds plans, journal, requests, answers, deliveries and their events, reports, decisions and audit lines, with a
    checksum of each: no addresses, and no texts of messages. The same record gives the same bytes.
    """
    with opened() as parts:
        data = auditing.export(parts.steward, resolve(parts.store, run).id)
    path.write_bytes(data)
    click.echo(f"wrote {path}: {len(data):,} bytes")
