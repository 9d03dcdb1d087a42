"""`konbit activate`: starts a run of a flowchart."""

import getpass
import json
import sys
import time
from collections.abc import Mapping, Sequence

import click
from rich.console import Console

from konbit.check.refusal import sound
from konbit.cli.activation import Begun, begin
from konbit.cli.giving import pairs
from konbit.cli.links import flow_run_url
from konbit.cli.parts import open_store, read_settings
from konbit.cli.preflight import look, show
from konbit.definition.parameters import Value
from konbit.domain.caution import GROUNDS
from konbit.orchestrate import admission
from konbit.orchestrate.admission import values
from konbit.orchestrate.wiring import Wiring, wire

LOOK_SECONDS = 1.0


@click.command()
@click.argument("flowchart", metavar="ID")
@click.option(
    "--set", "given", multiple=True, metavar="NAME=VALUE", help="A parameter; lists are separated by commas."
)
@click.option("--actual", is_flag=True, help="Reach people for real. Without it the run is a drill.")
@click.option(
    "--confirm", metavar="NAME", help="The name of an actual run, where there is no terminal to type it at."
)
@click.option("--wait", is_flag=True, help="Return when the run has ended.")
@click.option("--key", help="Starting again with the same key gives the same run, not a second one.")
@click.option("--json", "as_json", is_flag=True, help="Print the run as JSON.")
def activate(
    flowchart: str,
    given: Sequence[str],
    key: str | None,
    confirm: str | None,
    *,
    actual: bool,
    wait: bool,
    as_json: bool,
) -> None:
    """Start a run of a flowchart.

    The run is stored first and then handed to Prefect; if Prefect does not answer, the clock starts it as soon as it does.
    Every run is a drill, its messages marked EXERCISE, unless --actual is given; that must be confirmed by typing the name
    of the run, such as ACTUAL-activation-HTI. At the full level it then waits until somebody else approves it, and so does a
    drill that would reach very many: konbit runs approve.

    \b
    konbit activate response/activation --set country=HTI --set hazard=EQ --set areas=HT07,HT08
    """  # noqa: D301 - \b is how click is told to keep lines
    settings = read_settings()
    open_store(settings).close()
    parts = wire(settings)
    sound(parts.library, flowchart)
    parameters = pairs(given)
    checked = values(parts.library.flowchart(flowchart), parameters, parts.library.codes)
    if actual:
        _require_name(flowchart, checked, confirm)
        if confirm is None:
            country = checked.get("country")
            show(look(parts, flowchart, country if isinstance(country, str) else None, "actual"), err=True)
            _type_name(flowchart, checked)
    begun = begin(parts, flowchart, parameters, "actual" if actual else "drill", operator(), key)
    with parts.store.read() as tx:
        waiting = [GROUNDS[one.ground] for one in tx.approvals.waiting(begun.run.id)]
    _tell(begun, waiting, as_json=as_json)
    if wait:
        _wait(parts, begun.run.id, as_json=as_json)


def operator() -> str:
    """Who sits at this terminal, as the audit names them."""
    try:
        return f"operator:{getpass.getuser()}"
    except (KeyError, OSError):
        return "operator"


def _require_name(flowchart: str, checked: Mapping[str, Value], given: str | None) -> None:
    """UsageError unless the name was given rightly, or can be typed."""
    name = admission.run_name(flowchart, checked)
    if given is None and not _has_terminal():
        raise click.UsageError(
            f"an actual run is confirmed by its name; without a terminal, give --confirm {name}"
        )
    if given is not None:
        admission.require_name(flowchart, checked, given)


def _type_name(flowchart: str, checked: Mapping[str, Value]) -> None:
    """Has the name typed; UsageError if it is another."""
    name = admission.run_name(flowchart, checked)
    click.echo(f"{flowchart} will reach people for real.", err=True)
    typed = click.prompt(f"Type {name} to start it", err=True, default="", show_default=False)
    _require_name(flowchart, checked, typed)


def _has_terminal() -> bool:
    return sys.stdin.isatty()


def _tell(begun: Begun, waiting: Sequence[str], *, as_json: bool) -> None:
    run = begun.run
    url = flow_run_url(begun.flow_run_id)
    if as_json:
        found = {
            "run": run.id,
            "flowchart": run.flowchart,
            "mode": run.mode,
            "flow_run": begun.flow_run_id,
            "url": url,
            "awaits": list(waiting),
        }
        click.echo(json.dumps({**found, "pending": begun.reason}, indent=2))
        return
    click.echo(f"{run.id}  {run.flowchart}  {'ACTUAL' if run.mode == 'actual' else 'drill'}")
    for ground in waiting:
        click.echo(f"waits for a second person, as {ground}: konbit runs approve {run.id[:8]}", err=True)
    if begun.flow_run_id:
        click.echo(url)
    elif begun.reason:
        click.echo(
            f"stored, not yet with Prefect ({begun.reason}); the clock starts it as soon as it can", err=True
        )


def _wait(parts: Wiring, run_id: str, *, as_json: bool) -> None:
    console = Console(stderr=True, quiet=as_json)
    with console.status("waiting") as status:
        while True:
            with parts.store.read() as tx:
                run = tx.runs.get(run_id)
                answers = len(tx.answers.list(run_id))
            if run.status == "ended":
                break
            status.update(f"{run.status}, {answers} answers so far")
            time.sleep(LOOK_SECONDS)
    click.echo(json.dumps({"run": run.id, "outcome": run.outcome}) if as_json else f"ended: {run.outcome}")
