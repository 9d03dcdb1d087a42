"""`konbit plan`: when each step of a chart starts and ends, and who is asked how often, before any event."""

import datetime as dt
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
from pydantic import JsonValue
from rich.console import Console
from rich.table import Table

from konbit.check.flow import Span
from konbit.check.refusal import sound
from konbit.cli import terminal
from konbit.cli.definitions import definitions_option, select
from konbit.cli.giving import moment, pairs
from konbit.definition.base import LANGUAGES
from konbit.definition.durations import show
from konbit.errors import UserError
from konbit.simulate.times.arithmetic import schedule
from konbit.simulate.times.calendar_file import calendar
from konbit.simulate.times.gantt import gantt
from konbit.simulate.times.loads import PRIMARY, Load
from konbit.simulate.times.timing import Schedule, Timing

FORMATS = ("text", "json", "ics", "svg")


@click.command()
@click.argument("flowchart", metavar="ID")
@click.option(
    "--set",
    "given",
    multiple=True,
    metavar="NAME=VALUE",
    help="A parameter; lists and choices then follow it.",
)
@click.option(
    "--format", "shape", type=click.Choice(FORMATS), default="text", show_default=True,
    help="text for the terminal, json for programs, ics for a calendar, svg for a Gantt picture.",
)  # fmt: skip
@click.option(
    "--at", "starts", metavar="MOMENT", help="When it starts, such as 2026-08-14T08:30-04:00; ics needs it."
)
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Of titles.")
@definitions_option
def plan(
    flowchart: str,
    given: Sequence[str],
    shape: str,
    starts: str | None,
    language: str,
    folders: tuple[Path, ...],
) -> None:
    """Say when each step starts and ends, at the earliest and the latest.

    At the earliest everybody answers at once; at the latest every deadline is used to its end, every loop goes its most rounds.
    Child flowcharts are included. The critical path is what the latest end hangs on. For each role it is counted what one of
    its holders is sent at most, and how much of that in the first 72 hours.

    \b
    konbit plan response/activation --set clusters=HEA,WSH
    konbit plan response/activation --format svg > plan.svg
    """  # noqa: D301 - \b is how click is told to keep lines
    at = moment(starts, "--at") if starts else None
    if shape == "ics" and at is None:
        raise UserError(
            "a calendar needs to know when the run starts: give --at, such as --at 2026-08-14T08:30-04:00"
        )
    library, ids = select([flowchart], folders)
    if not ids or len(ids) != 1:
        raise UserError(f"{flowchart} is not one flowchart; name one, such as response/activation")
    sound(library, ids[0])
    found = schedule(library, ids[0], pairs(given), at=at, language=language)
    if shape == "text":
        _print(terminal.console(), found)
    elif shape == "json":
        click.echo(json.dumps(data(found), ensure_ascii=False, indent=2))
    else:
        text = gantt(found) if at is None or shape == "svg" else calendar(found, at)
        sys.stdout.buffer.write(text.encode())


def _print(console: Console, found: Schedule) -> None:
    console.print(f"{found.flowchart}  {found.title}", highlight=False)
    console.print(_ends(found), highlight=False)
    console.print()
    console.print(_steps(found))
    console.print()
    console.print("Critical path: " + (" > ".join(found.critical) or "nothing takes time"), highlight=False)
    console.print()
    console.print(_loads(found))
    for note in _notes(found):
        console.print(note, highlight=False)


def _ends(found: Schedule) -> str:
    expires = f"; a run expires after {show(found.expires)}" if found.expires else ""
    start = f"Starts {found.at:%Y-%m-%d %H:%M} UTC. " if found.at else ""
    return f"{start}Ends after {show(found.end.least)} at the earliest, {show(found.end.most)} at the latest{expires}."


def _steps(found: Schedule) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    table.add_column("step", overflow="fold")
    for head in ("starts", "at the latest", "ends", "at the latest"):
        table.add_column(head, justify="right", no_wrap=True)
    table.add_column("time", justify="right", no_wrap=True)
    table.add_column("who, and what else")
    for one in found.steps:
        moments = (one.start.least, one.start.most, one.end.least, one.end.most)
        table.add_row(
            "*" if one.critical else "",
            "  " * one.depth + one.key.rpartition(":")[2],
            *(_when(found, at) for at in moments),
            show(one.allowed) if one.allowed else "",
            "; ".join(_remarks(one)),
        )
    return table


def _when(found: Schedule, at: dt.timedelta) -> str:
    return f"{found.at + at:%m-%d %H:%M}" if found.at else show(at)


def _remarks(one: Timing) -> Iterator[str]:
    if one.who:
        yield ", ".join(dict.fromkeys(one.who))
    later = [f"{wave.to} +{show(wave.after)}" for wave in one.waves if wave.to != PRIMARY]
    if later:
        yield f"then {', '.join(later)}"
    if one.remind:
        yield f"reminded +{', +'.join(show(after) for after in one.remind)}"
    if one.note:
        yield one.note
    if one.cut:
        yield "can be under way when the run expires"


def _loads(found: Schedule) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("one holder of the role is at most")
    for head in (
        "asked",
        "asked later",
        "reminded",
        "told",
        "in all",
        f"first {found.first.total_seconds() / 3600:.0f} h",
    ):
        table.add_column(head, justify="right")
    for load in found.loads:
        table.add_row(load.role, *(str(number) for number in _numbers(load)))
    return table


def _numbers(load: Load) -> tuple[int, ...]:
    return load.asks, load.later, load.reminders, load.told, load.total, load.first


def _notes(found: Schedule) -> Iterator[str]:
    if any(one.critical for one in found.steps):
        yield "* the latest end of the run hangs on it"
    yield from found.notes


def data(found: Schedule) -> dict[str, JsonValue]:
    """The plan as JSON; times in seconds after the start, and as moments if the start is known."""
    return {
        "flowchart": found.flowchart,
        "title": found.title,
        "at": found.at.isoformat() if found.at else None,
        "ends": _span(found, found.end),
        "expires_after": _seconds(found.expires),
        "critical_path": list(found.critical),
        "first_hours": found.first.total_seconds() / 3600,
        "notes": list(found.notes),
        "steps": [_step(found, one) for one in found.steps],
        "loads": [
            {
                "role": load.role, "asked": load.asks, "asked_later": load.later, "reminded": load.reminders,
                "told": load.told, "total": load.total, "first_hours": load.first,
            }
            for load in found.loads
        ],
    }  # fmt: skip


def _step(found: Schedule, one: Timing) -> dict[str, JsonValue]:
    return {
        "key": one.key,
        "step": one.step,
        "title": one.title,
        "verb": one.verb,
        "who": list(one.who),
        "starts": _span(found, one.start),
        "ends": _span(found, one.end),
        "allowed": _seconds(one.allowed),
        "waves": [
            {"to": wave.to, "after": _seconds(wave.after), "message": wave.message} for wave in one.waves
        ],
        "reminders": [_seconds(after) for after in one.remind],
        "times": one.times,
        "waits_for_people": one.asks,
        "critical": one.critical,
        "beyond_expiry": one.cut,
        "note": one.note,
    }


def _span(found: Schedule, span: Span) -> dict[str, JsonValue]:
    times: dict[str, JsonValue] = {"earliest": _seconds(span.least), "latest": _seconds(span.most)}
    if found.at is not None:
        times["earliest_at"] = (found.at + span.least).isoformat()
        times["latest_at"] = (found.at + span.most).isoformat()
    return times


def _seconds(time: dt.timedelta | None) -> float | None:
    return None if time is None else time.total_seconds()
