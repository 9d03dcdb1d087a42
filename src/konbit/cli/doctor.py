"""`konbit doctor`: whether everything that is needed is there and well."""

import json

import click
from rich.table import Table
from rich.text import Text

from konbit.cli import terminal
from konbit.cli.diagnosis import Finding, examine
from konbit.cli.parts import read_settings

STYLES = {"ok": "green", "note": "yellow", "wrong": "bold red"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def doctor(*, as_json: bool) -> None:
    """Look whether everything that is needed is there and well.

    Python and libraries, database, definitions, secret, channel accounts, Prefect, deployments, clock, watchdog, disk. What it
    cannot do without is wrong; the rest is a note.

    Exit code 0 if nothing is wrong, 1 if something is.
    """
    findings = examine(read_settings())
    if as_json:
        click.echo(
            json.dumps(
                [{"what": one.what, "state": one.state, "text": one.text} for one in findings], indent=2
            )
        )
    else:
        _print(findings)
    if any(one.state == "wrong" for one in findings):
        click.get_current_context().exit(1)


def _print(findings: list[Finding]) -> None:
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    table.add_column("")
    table.add_column("", overflow="fold")
    for one in findings:
        table.add_row(one.what, Text(one.state, style=STYLES[one.state]), one.text)
    terminal.console().print(table)
