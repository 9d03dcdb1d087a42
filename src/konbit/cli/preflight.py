"""`konbit preflight`: what an activation would send, before anything is sent."""

import dataclasses
import json
from collections.abc import Sequence

import click

from konbit.check.refusal import sound
from konbit.cli.giving import pairs
from konbit.cli.runs_parts import opened
from konbit.definition.base import Mode
from konbit.orchestrate.admission import values
from konbit.orchestrate.preflight import Preflight, table
from konbit.orchestrate.preflight import preflight as looked
from konbit.orchestrate.wiring import Wiring


@click.command()
@click.argument("flowchart", metavar="ID")
@click.option(
    "--set", "given", multiple=True, metavar="NAME=VALUE", help="A parameter; lists are separated by commas."
)
@click.option("--actual", is_flag=True, help="As an actual run. Without it as a drill.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def preflight(flowchart: str, given: Sequence[str], *, actual: bool, as_json: bool) -> None:
    """Say whom a run would reach, on which channels, in how long and for how much.

    Counted for one message to everybody who holds a role that the flowchart names. `units` are messages, or segments of SMS in
    each person's language; `at most` is how many have the channel at all. Nothing is sent and nothing is started.

    \b
    konbit preflight response/activation --set country=HTI --set hazard=EQ
    """  # noqa: D301 - \b is how click is told to keep lines
    with opened() as parts:
        sound(parts.library, flowchart)
        checked = values(parts.library.flowchart(flowchart), pairs(given), parts.library.codes)
        country = checked.get("country")
        found = look(
            parts, flowchart, country if isinstance(country, str) else None, "actual" if actual else "drill"
        )
    show(found, as_json=as_json)


def look(parts: Wiring, flowchart: str, country: str | None, mode: Mode) -> Preflight:
    """The preflight of a flowchart in this installation."""
    with parts.store.read() as tx:
        directory = tx.directory.snapshot(country)
        down = {name: one.reason for name, one in tx.channels.states().items() if one.down}
    bundle = parts.library.bundle(flowchart)
    url, now = parts.settings.portal_url, parts.clock.now()
    return looked(
        parts.accounts, bundle, directory, country, mode, url, now, down, parts.library.flowcharts.get
    )


def show(found: Preflight, *, as_json: bool = False, err: bool = False) -> None:
    """Prints it."""
    if as_json:
        plain = dataclasses.asdict(found) | {"minutes": round(found.minutes, 1), "cost": found.cost}
        click.echo(json.dumps(plain, indent=2), err=err)
        return
    for line in table(found):
        click.echo(line, err=err)
