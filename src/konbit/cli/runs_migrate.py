"""`konbit runs migrate`: runs that are under way and another version of their flowchart."""

import json
from collections.abc import Sequence

import click

from konbit.cli.activate import operator
from konbit.cli.runs_parts import ALL, opened, resolve
from konbit.definition.bundle import Bundle
from konbit.errors import KonbitError, RunFinished
from konbit.orchestrate import migrating
from konbit.orchestrate.migrating import Decision, Judged
from konbit.orchestrate.wiring import Wiring
from konbit.store.records import Run


@click.command()
@click.argument("run", required=False)
@click.option("--flowchart", metavar="ID", help="Every run of this flowchart that has not ended.")
@click.option(
    "--to", "version", metavar="DIGEST", help="A stored version; the present one if it is not given."
)
@click.option("--dry-run", is_flag=True, help="Say what could be done with each run, and do nothing.")
@click.option(
    "--decide",
    type=click.Choice(["keep", "again"]),
    help="Open requests that have changed: they stay as they were asked, or are asked again.",
)
@click.option(
    "--reason", default="", help="Why; it is kept in the audit. Required unless --dry-run is given."
)
@click.option("--json", "as_json", is_flag=True, help="Print the verdicts as JSON.")
def migrate(
    run: str | None,
    flowchart: str | None,
    version: str | None,
    decide: Decision | None,
    reason: str,
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Move runs to another version of their flowchart.

    A run keeps the version it began with until it is moved. Each gets a verdict: unaffected, can move, must stay, needs a
    decision. The way back is to migrate to the version it had: the digest is printed and in the audit.
    """
    if (run is None) == (flowchart is None):
        raise click.UsageError("name a run, or give --flowchart")
    if not dry_run and not reason.strip():
        raise click.UsageError("--reason is required; --dry-run changes nothing and needs none")
    with opened() as parts:
        chosen = _chosen(parts, run, flowchart)
        new = migrating.target(parts.steward, flowchart or chosen[0].flowchart, version)
        found = [_one(parts, one, new, reason, decide, dry_run=dry_run) for one in chosen]
    _tell(found, new, as_json=as_json)


def _chosen(parts: Wiring, run: str | None, flowchart: str | None) -> Sequence[Run]:
    if run is not None:
        found = resolve(parts.store, run)
        if found.status == "ended":
            raise RunFinished(f"run {found.id} has ended ({found.outcome}); it stays with the version it had")
        return [found]
    with parts.store.read() as tx:
        known = [*tx.runs.list("requested", ALL), *tx.runs.list("active", ALL)]
    return [one for one in known if one.flowchart == flowchart]


def _one(
    parts: Wiring, run: Run, new: Bundle, reason: str, decide: Decision | None, *, dry_run: bool
) -> Judged:
    if dry_run:
        return migrating.judge(parts.steward, run.id, new)
    try:
        return migrating.migrate(parts.steward, run.id, new, operator(), reason, decision=decide)
    except KonbitError as error:
        # One of many that cannot be moved must not keep the others from it.
        return Judged(run, "busy", (str(error),))


def _tell(found: Sequence[Judged], new: Bundle, *, as_json: bool) -> None:
    if as_json:
        rows = [
            {
                "run": one.run.id,
                "verdict": one.fate,
                "because": one.because,
                "moved": one.moved,
                "before": one.run.digest,
                "after": new.digest,
            }
            for one in found
        ]
        click.echo(json.dumps(rows, indent=2))
        return
    if not found:
        click.echo("there is no such run that has not ended", err=True)
    for one in found:
        short = f"{one.run.digest[: migrating.SHORT]} → {new.digest[: migrating.SHORT]}"
        what = f"moved, {short}" if one.moved else migrating.WORDS[one.fate]
        click.echo(f"{one.run.id}  {one.fate.replace('_', ' ')}: {what}")
        for reason in one.because:
            click.echo(f"    {reason}")
