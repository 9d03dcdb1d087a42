"""`konbit runs`: what operators do with runs."""

import json
import sys
from collections.abc import Sequence
from typing import get_args

import click

from konbit.cli import terminal
from konbit.cli.activate import operator
from konbit.cli.answering import answer_for
from konbit.cli.giving import pairs
from konbit.cli.parts import open_store, read_settings
from konbit.cli.runs_migrate import migrate
from konbit.cli.runs_operate import COMMANDS
from konbit.cli.runs_parts import ALL, opened, resolve
from konbit.cli.runs_show import show as print_run
from konbit.cli.runs_show import table_of
from konbit.cli.standing import brief, whole
from konbit.store.records import RunStatus


@click.group()
def runs() -> None:
    """List, show, steer, move and stand down runs.

    A run is named by its id or by the beginning of it.
    """


@runs.command("list")
@click.option("--status", type=click.Choice(get_args(RunStatus)), help="Only runs of this status.")
@click.option(
    "--limit", type=click.IntRange(1, ALL), default=50, show_default=True, help="How many, the latest first."
)
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
def list_runs(status: RunStatus | None, limit: int, *, as_json: bool) -> None:
    """List runs, the latest first."""
    store = open_store(read_settings())
    try:
        with store.read() as tx:
            found = [brief(run) for run in tx.runs.list(status, limit)]
    finally:
        store.close()
    if as_json:
        names = (
            "run",
            "flowchart",
            "mode",
            "country",
            "status",
            "outcome",
            "created_at",
            "ended_at",
            "wakes_at",
            "url",
        )
        click.echo(json.dumps([one.model_dump(mode="json", include=set(names)) for one in found], indent=2))
    elif found:
        terminal.console().print(table_of(found))
    else:
        click.echo("there are no runs", err=True)


@runs.command()
@click.argument("run")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def show(run: str, *, as_json: bool) -> None:
    """Show how a run stands: its steps and their outcomes, who is silent by role, timers, reports."""
    with opened() as parts:
        found = whole(parts, resolve(parts.store, run).id)
    if as_json:
        click.echo(found.model_dump_json(indent=2))
    else:
        print_run(terminal.console(), found)


@runs.command()
@click.argument("run")
@click.argument("step")
@click.option("--person", required=True, metavar="ID", help="Who gave the answer.")
@click.option(
    "--set",
    "given",
    multiple=True,
    metavar="NAME=VALUE",
    help="A field of the form; option=... for the choice.",
)
@click.option("--decline", is_flag=True, help="They cannot, or will not.")
@click.option("--json", "as_json", is_flag=True, help="Print what became of it as JSON.")
def answer(run: str, step: str, person: str, given: Sequence[str], *, decline: bool, as_json: bool) -> None:
    """Record the answer that somebody gave by telephone or in a meeting.

    STEP is the step that asks, such as decide or link[WSH]. It is written down who recorded it.

    \b
    konbit runs answer 3f2a decide --person chair-b --set option=full --set reason="Red alert"
    """  # noqa: D301 - \b is how click is told to keep lines
    with opened() as parts:
        found = resolve(parts.store, run)
        became = answer_for(parts, found, step, person, pairs(given), operator(), decline=decline)
    if as_json:
        click.echo(json.dumps({"run": found.id, "step": step, "person": person, "stored": became}))
    else:
        late = "; it is late, and kept" if became == "late" else ""
        click.echo(f"recorded for {person}: {'decline' if decline else 'answer'} to {step}{late}")


@runs.command("stand-down")
@click.argument("run")
@click.option("--reason", required=True, help="Why; it is kept in the audit.")
@click.option("--yes", is_flag=True, help="Do not ask for a confirmation.")
def stand_down(run: str, reason: str, *, yes: bool) -> None:
    """End a run early. Those who were told of it are told that it is over."""
    with opened() as parts:
        found = resolve(parts.store, run)
        if not yes and found.status != "ended":
            if not sys.stdin.isatty():
                raise click.UsageError("standing a run down is confirmed; without a terminal, give --yes")
            click.confirm(f"Stand down {found.flowchart} ({found.mode})?", abort=True, err=True)
        parts.steward.stand_down(found.id, operator(), reason)
    click.echo(f"{found.id} is being stood down")


for one in (*COMMANDS, migrate):
    runs.add_command(one)
