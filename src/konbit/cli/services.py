"""`konbit worker`, `konbit clock`, `konbit portal`: one process of the stack each."""

import datetime as dt
import logging
import signal
import threading
from pathlib import Path
from typing import Protocol, get_args

import click

from konbit.cli.parts import open_store, read_settings
from konbit.settings import WorkerKind

LOG_FORMAT = "%(asctime)s %(levelname)-7s %(name)s  %(message)s"


class Beside(Protocol):
    """What runs in threads of its own beside the clock."""

    def start(self) -> None:
        """Begins."""
        ...

    def stop(self) -> None:
        """Ends, after what is under way."""
        ...


def set_up_logging() -> None:
    """Logs to stderr at INFO, without what libraries say about each request."""
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT, force=True)
    for name in ("httpx", "httpcore", "apprise", "alembic", "mail.log"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _check_store() -> None:
    open_store(read_settings()).close()


@click.command()
@click.option(
    "--kind",
    type=click.Choice(get_args(WorkerKind)),
    help="konbit runs attempts in this process, the others start a process or a container for each. "
    "[default: KONBIT_WORKER, or konbit]",
)
@click.option(
    "--limit", type=click.IntRange(1, 200), default=20, show_default=True, help="Attempts at the same time."
)
@click.option(
    "--root",
    envvar="KONBIT_ROOT",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where flows/ and tasks/ are.",
)
def worker(kind: WorkerKind | None, limit: int, root: Path | None) -> None:
    """Run the worker, which carries out the work of runs.

    Any number may run. On SIGTERM it takes no more and ends what is under way. Where Prefect is, PREFECT_API_URL says.
    """
    # Imported when it is called: the module serves the portal too, which has no use for Prefect.
    import anyio  # noqa: PLC0415

    from konbit.orchestrate import collecting, registration, wiring  # noqa: PLC0415
    from konbit.orchestrate import worker as prefect_worker  # noqa: PLC0415
    from konbit.orchestrate.eyes import Sight  # noqa: PLC0415
    from konbit.orchestrate.flow_runs import PrefectFlows  # noqa: PLC0415
    from konbit.orchestrate.lookout import Lookout  # noqa: PLC0415

    set_up_logging()
    _check_store()
    registration.require_api()
    settings = read_settings()
    chosen = kind or settings.worker
    prefect_worker.worker_class(chosen)
    # The parts that the flows use too: what they load once is loaded before the first answer comes.
    sight = Sight(Lookout(wiring.from_environment().steward), PrefectFlows())
    collecting.apart()
    anyio.run(prefect_worker.serve, settings.pool, chosen, limit, registration.root(root), sight)


@click.command()
def clock() -> None:
    """Run the clock, which wakes runs and sends messages.

    It looks at the database every second and when a timer falls due: wakes what is due or was answered, starts again what
    was lost, sends what waits in the outbox, fetches the answers that came by mail. More than one may run. On SIGTERM it ends
    after the messages that are on their way.
    """
    from konbit.cli.beat import Beat  # noqa: PLC0415 - see worker
    from konbit.orchestrate import collecting, registration, wiring  # noqa: PLC0415
    from konbit.orchestrate.clock_service import HEAD_START, ClockService  # noqa: PLC0415
    from konbit.orchestrate.flow_runs import PrefectFlows  # noqa: PLC0415

    set_up_logging()
    _check_store()
    registration.require_api()
    parts = wiring.wire(read_settings())
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    grace = dt.timedelta(seconds=parts.settings.grace_seconds)
    head_start = HEAD_START if parts.settings.worker == "konbit" else 0.0
    maildir = parts.maildir()
    collect = maildir.collect if maildir else None
    dispatcher = parts.dispatcher()
    service = ClockService(parts.steward, PrefectFlows(), grace, head_start, collect, dispatcher.nudge)
    beat = Beat(parts.settings.home, lambda: service.beat)
    beside: list[Beside] = [dispatcher, beat, *parts.mail_rounds()]
    collecting.apart()
    for one in beside:
        one.start()
    try:
        service.run(stop)
    finally:
        for one in reversed(beside):
            one.stop()


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", type=click.IntRange(1, 65535), default=4280, show_default=True, help="The port to listen on."
)
def portal(host: str, port: int) -> None:
    """Run the portal, where people answer.

    Any number may run behind one address. People must reach it under KONBIT_PORTAL_URL: links in messages begin with it.
    """
    from konbit.orchestrate import collecting  # noqa: PLC0415 - see worker
    from konbit.portal import app  # noqa: PLC0415

    set_up_logging()
    _check_store()
    collecting.apart()
    app.serve(host, port)
