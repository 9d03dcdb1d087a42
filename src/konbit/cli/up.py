"""`konbit up`: everything on this machine, in one command."""

import os
import signal
import threading
import types
from pathlib import Path

import click
from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from konbit.cli.environment import home as default_home
from konbit.cli.house import PORTAL_PORT, PREFECT_PORT, House, choose_port, watched
from konbit.orchestrate.stack import Stack

LOOK_SECONDS = 0.3


@click.command()
@click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the database, the secret of links and the logs are. [default: KONBIT_HOME, or ~/.konbit]",
)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="The address that Prefect and the portal listen on.",
)
@click.option(
    "--prefect-port", type=click.IntRange(1, 65535), help=f"[default: {PREFECT_PORT}, or a free one]"
)
@click.option("--portal-port", type=click.IntRange(1, 65535), help=f"[default: {PORTAL_PORT}, or a free one]")
@click.option(
    "--worker",
    "kind",
    type=click.Choice(["konbit", "process"]),
    default="konbit",
    show_default=True,
    envvar="KONBIT_WORKER",
    help="konbit runs attempts in one warm process, process starts one for each.",
)
def up(home: Path | None, host: str, prefect_port: int | None, portal_port: int | None, kind: str) -> None:
    """Start everything on this machine: Prefect, worker, clock, portal.

    The home is set up, the database brought to this version and every flowchart registered. A process that dies is started
    again; Ctrl-C ends all of them. What they print is in HOME/logs. Channel accounts, by which messages leave, are read from
    HOME/channels.yaml.
    """
    console = Console(stderr=True)
    prefect = choose_port(host, prefect_port, PREFECT_PORT)
    portal = choose_port(host, portal_port, PORTAL_PORT, frozenset({prefect}))
    house = House((home or default_home()).resolve(), host, prefect, portal, kind)
    stop = stop_event()
    with console.status("starting") as status:
        stack = house.begin()
        house.open(lambda what: status.update(f"starting: {what}"), stack)
    try:
        console.print(addresses(house))
        keep_up(stack, stop, console)
    finally:
        with console.status("stopping"):
            house.close(stack)
    console.print("all stopped")


def stop_event() -> threading.Event:
    """Set by SIGTERM or Ctrl-C. While something starts, the first of them raises KeyboardInterrupt as usual."""
    stop = threading.Event()

    def end(_number: int, _frame: types.FrameType | None) -> None:
        if not stop.is_set():
            stop.set()
            raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    return stop


def keep_up(stack: Stack, stop: threading.Event, console: Console) -> None:
    """Looks after the stack until it is to stop."""
    try:
        while not stop.wait(LOOK_SECONDS):
            for name in stack.watch():
                console.print(f"{name} had ended and was started again; see {stack.log(name)}")
    except KeyboardInterrupt:
        pass


def addresses(house: House) -> Panel:
    """Where everything is."""
    rows = Table.grid(padding=(0, 2))
    rows.add_row("Prefect", house.prefect_url)
    rows.add_row("answers", house.portal_url)
    rows.add_row("home", str(house.home))
    rows.add_row("logs", str(house.home / "logs"))
    if not watched(os.environ):
        rows.add_row("watchdog", "nobody is called when something stands still: set KONBIT_ALARMS")
    if house.host not in ("127.0.0.1", "localhost", "::1"):
        rows.add_row("note", "Prefect has no log-in of its own: put a proxy with one before it")
    return Panel(rows, title="Konbit is up", subtitle="Ctrl-C stops it", expand=False)
