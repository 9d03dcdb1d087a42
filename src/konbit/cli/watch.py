"""`konbit watch`: the watchdog beside the clock."""

import json
import signal
import threading

import click

from konbit.cli.parts import open_store, read_settings
from konbit.cli.services import set_up_logging
from konbit.domain.watch import Fault


@click.command()
@click.option("--once", is_flag=True, help="Look once, print what is wrong, and end with 1 if anything is.")
@click.option("--json", "as_json", is_flag=True, help="With --once: print it as JSON.")
def watch(*, once: bool, as_json: bool) -> None:
    """Run the watchdog, which calls when something stands still.

    It looks for runs that do not go on, requests of which nobody was told, messages that are stuck or not sent, channels that
    fail, a clock that gives no sign of life, feeds that bring nothing, mailboxes that cannot be read, and a database that does
    not answer. It calls by the accounts in KONBIT_ALARMS, never by the one that failed, and gives a heartbeat to
    KONBIT_HEARTBEAT each minute. Run it on another machine than the clock if you can. Any number may run: one of them calls.

    \b
    KONBIT_ALARMS="mail=duty@example.org, sms=+447700900123" konbit watch
    """  # noqa: D301 - \b is how click is told to keep lines
    # Imported when it is called: other commands have no use for senders.
    from konbit.orchestrate import wiring  # noqa: PLC0415
    from konbit.orchestrate.watching import Watch  # noqa: PLC0415

    set_up_logging()
    settings = read_settings()
    open_store(settings).close()
    keeper = Watch(wiring.wire(settings))
    if once:
        found = keeper.look()
        _print(found, as_json=as_json)
        raise SystemExit(1 if found else 0)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    keeper.run(stop)


def _print(found: list[Fault], *, as_json: bool) -> None:
    if as_json:
        rows = [
            {
                "fault": fault.kind,
                "subject": fault.subject,
                "since": fault.since.isoformat(),
                "count": fault.count,
            }
            for fault in found
        ]
        click.echo(json.dumps(rows, indent=2))
        return
    for fault in found:
        click.echo(fault.text)
    if not found:
        click.echo("nothing is wrong", err=True)
