"""`konbit demo`: one activation from trigger to report, on the real stack."""

import importlib.util
import os
import tempfile
from pathlib import Path

import click

from konbit.cli import scenarios
from konbit.cli.house import PORTAL_PORT, PREFECT_PORT, House, choose_port
from konbit.cli.parts import read_settings
from konbit.errors import InvalidScenario, UserError
from konbit.simulate.scenario import Scenario

SCENARIO = "haiti-2021-08-14"
KEPT = ("KONBIT_DEBUG", "KONBIT_DEFINITIONS", "KONBIT_ROOT")
"""Settings of the user that the demo heeds; it touches nothing of their installation."""


class NoSink(UserError):
    """The demo needs the SMTP sink; install Konbit with its extra: pip install 'konbit[demo]'."""


@click.command()
@click.option("--keep", is_flag=True, help="Leave everything up at the end, to look around; Ctrl-C stops it.")
@click.option(
    "--factor",
    type=click.FloatRange(1, 1000),
    help="How many times faster than real the clock runs. [default: what the scenario says]",
)
@click.option(
    "--scenario",
    "named",
    default=SCENARIO,
    show_default=True,
    metavar="FILE",
    help="A scenario file, or a name.",
)
@click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where everything is kept, reports too. [default: a new temporary folder]",
)
@click.option(
    "--worker", "kind", type=click.Choice(["konbit", "process"]), default="konbit", show_default=True
)
def demo(named: str, home: Path | None, kind: str, factor: float | None, *, keep: bool) -> None:
    """Play one activation from trigger to report, on the real stack.

    A Prefect server, a worker, the clock and the portal are started in a home of their own, with sinks for mail and
    webhooks. The scenario's activation is triggered as a drill, and its people are played: each reads the real message,
    follows the real link and fills the real form in; some are silent, so that a second wave and an escalation happen. The
    clock runs faster than real, by a declared factor.

    Exit code 0 if everything came of it that should, 1 if a piece is missing; each is named.
    """
    if importlib.util.find_spec("aiosmtpd") is None:
        raise NoSink
    _forget_settings()
    scenario = _scenario(named)
    place = (home or Path(tempfile.mkdtemp(prefix="konbit-demo-"))).resolve()
    house = _house(place, kind)
    (place / "prefect").mkdir(parents=True, exist_ok=True, mode=0o700)
    os.environ.update(house.environment())
    stack = house.begin()
    try:
        # Imported when the environment says where Prefect is, because it reads its settings when it is imported; and
        # while the server starts, because both take seconds.
        from konbit.cli.demo_play import play  # noqa: PLC0415

        code = play(house, stack, scenario, factor, keep=keep)
    finally:
        house.close(stack)
    click.get_current_context().exit(code)


def _scenario(named: str) -> Scenario:
    found = scenarios.read(named, read_settings().folders)
    if found.mode != "drill":
        raise InvalidScenario(f"the scenario {found.scenario} is no drill: the demo plays drills only")
    return found


def _forget_settings() -> None:
    for name in [
        name for name in os.environ if name.startswith(("KONBIT_", "PREFECT_")) and name not in KEPT
    ]:
        del os.environ[name]


def _house(place: Path, kind: str) -> House:
    prefect = choose_port("127.0.0.1", None, PREFECT_PORT)
    portal = choose_port("127.0.0.1", None, PORTAL_PORT, frozenset({prefect}))
    return House(place, "127.0.0.1", prefect, portal, kind, {"KONBIT_MINIMUM_SECONDS": "0"})
