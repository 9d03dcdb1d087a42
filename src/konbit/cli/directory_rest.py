"""`konbit directory do-not-disturb`: somebody wants to be left alone for a while."""

import datetime as dt
from typing import Final

import click
from pydantic import JsonValue

from konbit.cli.directory_parts import directory_store
from konbit.clock import wall_now
from konbit.definition.durations import parse
from konbit.errors import UserError

LONGEST: Final = dt.timedelta(days=90)
"""Whoever wants to be left alone for longer gives their roles to somebody else."""


class NoLength(UserError):
    """Say for how long with --for, as 8h or 2d, up to 90 days, or end it with --off."""


@click.command("do-not-disturb")
@click.argument("person")
@click.option("--for", "length", help="How long from now, as 8h or 2d.")
@click.option("--off", is_flag=True, help="They may be disturbed again.")
def do_not_disturb(person: str, length: str | None, *, off: bool) -> None:
    """Leave PERSON alone for a while.

    Messages wait until then, and whoever comes after them in a ladder is asked as if they were silent. Only what is marked
    life_safety still reaches them, and nothing of a drill.
    """
    span = _span(length, off=off)
    now = wall_now()
    until = now + span if span else None
    with directory_store() as store, store.begin() as tx:
        tx.directory.rests(person, until, now)
        details: dict[str, JsonValue] = {"person": person, "until": until.isoformat() if until else None}
        tx.audit.add(now, "operator", "directory-do-not-disturb", details=details)
    shown = f"is left alone until {until:%Y-%m-%d %H:%M} UTC" if until else "may be disturbed again"
    click.echo(f"{person} {shown}")


def _span(length: str | None, *, off: bool) -> dt.timedelta | None:
    if off and length is None:
        return None
    try:
        found = parse(length or "")
    except ValueError:
        raise NoLength from None
    if off or not dt.timedelta() < found <= LONGEST:
        raise NoLength
    return found
