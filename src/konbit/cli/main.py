"""`konbit`: finds the command, and turns what goes wrong into one line and an exit code.

A command's module is imported when the command is called, so that `konbit check` does not wait for Prefect or SQLAlchemy.
Exit codes: 0 done, 1 something failed, 2 what was given cannot be used, 130 interrupted.
"""

import functools
import importlib
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Any

import click

from konbit import __version__
from konbit.cli import environment
from konbit.definition.problems import did_you_mean
from konbit.errors import KonbitError

COMMANDS: dict[str, tuple[str, str]] = {
    "new": ("new", "Draft a flowchart that passes `konbit check`, with comments that say what to change."),
    "check": ("check", "Find everything that is wrong with flowcharts and what they name."),
    "explain": ("explain", "Say what a finding of `konbit check` means and how to mend it."),
    "messages": ("messages", "Look at the texts of messages by language."),
    "render": ("render", "Draw a flowchart."),
    "diff": ("diff", "Say in words what changed from OLD to NEW, and whom it concerns."),
    "simulate": ("simulate", "Play a scenario through a flowchart, without sending anything."),
    "rehearse": ("rehearse", "Try every path of a flowchart in virtual time."),
    "test": ("test", "Play every scenario of a folder of definitions, for a CI."),
    "plan": ("plan", "Say when each step starts and ends, at the earliest and the latest."),
    "schema": (
        "schema",
        "Print the JSON Schema of flowcharts, or of roles, messages, a form or a scenario, for editors.",
    ),
    "format": (
        "format",
        "Lay files of definitions out alike: keys in order, two spaces, comments kept, texts untouched.",
    ),
    "upgrade": ("upgrade", "Bring flowcharts of older versions of the language up to the present one."),
    "directory": ("directory", "Import and check who holds which role, and how they are reached."),
    "channels": ("channels", "Look at the accounts that messages leave through, and try them."),
    "preflight": (
        "preflight",
        "Say whom a run would reach, on which channels, in how long and for how much.",
    ),
    "activate": ("activate", "Start a run of a flowchart."),
    "runs": ("runs", "List, show, steer, move and stand down runs."),
    "outbox": ("outbox", "Look at messages on their way, and decide about those whose end nobody knows."),
    "inbox": ("inbox", "Settle replies that no machine could read."),
    "audit": ("audit", "Check the record of runs, and export it."),
    "demo": ("demo", "Play one activation from trigger to report, on the real stack."),
    "up": ("up", "Start everything on this machine: Prefect, worker, clock, portal."),
    "worker": ("services", "Run the worker, which carries out the work of runs."),
    "clock": ("services", "Run the clock, which wakes runs and sends messages."),
    "portal": ("services", "Run the portal, where people answer."),
    "watch": ("watch", "Run the watchdog, which calls when something stands still."),
    "feeds": ("feeds", "Note that feeds bring something, and see which are silent."),
    "deploy": ("deploy", "Register every flowchart with Prefect."),
    "db": ("db", "Look after the database."),
    "whatif": ("whatif", "Say what would have come of a run if somebody had answered otherwise."),
    "doctor": ("doctor", "Look whether everything that is needed is there and well."),
}
"""Command → its module in this package, and what the list of commands says of it."""
SPEAKING = (
    "directory",
    "channels",
    "preflight",
    "activate",
    "runs",
    "outbox",
    "inbox",
    "audit",
    "worker",
    "clock",
    "portal",
    "watch",
    "deploy",
    "db",
    "doctor",
)
"""Those that speak with the stack that runs in the same home."""
DEBUG = "KONBIT_DEBUG"
"""Set to 1: errors come with their traceback."""


class Lazy(click.Group):
    """A group that imports a command when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the signature is click's
        """All commands, in the order of use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - see above
        """The command of that name."""
        if cmd_name not in COMMANDS:
            return None
        if cmd_name in SPEAKING:
            # Before the import: Prefect reads its settings when it is imported.
            environment.adopt()
        module = importlib.import_module(f"konbit.cli.{COMMANDS[cmd_name][0]}")
        command = getattr(module, cmd_name)
        if not isinstance(command, click.Command):
            raise TypeError(f"konbit.cli.{COMMANDS[cmd_name][0]}.{cmd_name} is no command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command asked for; one that does not exist is answered with the one that was probably meant."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            near = did_you_mean(args[0], COMMANDS)
            meant = f"; did you mean '{near}'?" if near else "; `konbit --help` lists the commands"
            raise click.UsageError(f"there is no command '{args[0]}'{meant}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Writes the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,  # noqa: FBT001, FBT002 - the signature is click's
        **extra: Any,
    ) -> Any:
        """Runs the command and ends the process with its exit code."""
        run = functools.partial(
            super().main, args, prog_name, complete_var=complete_var, standalone_mode=False, **extra
        )
        if not standalone_mode:
            return run()
        try:
            ended: object = run()
        except Exception as error:  # noqa: BLE001 - whatever it is, the user gets one line
            sys.exit(report(error))
        sys.exit(ended if isinstance(ended, int) else 0)


def report(error: Exception) -> int:
    """Prints what went wrong on one line of stderr, and gives the exit code."""
    if os.environ.get(DEBUG) == "1":
        traceback.print_exception(error)
    match error:
        case click.Abort():
            code, text = 130, "interrupted"
        case click.exceptions.NoArgsIsHelpError():
            click.echo(error.format_message(), err=True)
            return 2
        case click.ClickException():
            code, text = 2, error.format_message()
        case KonbitError():
            code, text = error.exit_code, str(error)
        case BrokenPipeError():
            sys.stderr.close()
            return 1
        case _:
            # The message may quote what was read: personal data has no place in a terminal's history.
            code = 1
            text = f"unexpected {type(error).__name__}{_place(error)}; {DEBUG}=1 shows the traceback"
    click.echo(f"error: {' '.join(text.split())}", err=True)
    return code


def _place(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f" at {frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else ""


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="konbit", message="%(prog)s %(version)s")
def cli() -> None:
    """Run coordination flowcharts for disasters.

    A flowchart is a YAML file. It is checked, drawn, rehearsed, and run: people are called on the channels they use, their
    answers move it on, silence escalates, and what was needed, offered and done ends up in reports.

    `konbit demo` shows all of it in two minutes. Where things are kept is said by KONBIT_HOME, ~/.konbit if it is not set.
    """


def main() -> None:
    """The console script."""
    cli(prog_name="konbit")


if __name__ == "__main__":
    main()
