"""`konbit feeds`: whoever reads a feed says that it has brought something, so that the watchdog hears when it does not."""

import datetime as dt
import json
import re

import click

from konbit.cli.parts import open_store, read_settings
from konbit.clock import wall_now
from konbit.domain import watch
from konbit.domain.watch import FEED
from konbit.errors import UserError

_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")


class UnknownFeed(UserError):
    """KONBIT_FEEDS does not name this feed."""


@click.group()
def feeds() -> None:
    """Note that feeds bring something, and see which are silent."""


@feeds.command()
@click.argument("name")
def sign(name: str) -> None:
    """Note that the feed NAME has brought something.

    Whatever reads a feed (a hazard watch, a script in cron) calls this each time it could read it, also when there was nothing
    new. `konbit watch` calls somebody when a feed in KONBIT_FEEDS gives no sign for longer than it may.

    \b
    curl -fsS -o gdacs.xml https://www.example.org/gdacs.xml && konbit feeds sign gdacs
    """  # noqa: D301 - \b is how click is told to keep lines
    settings = read_settings()
    known = watch.feeds(settings.feeds)
    if not _NAME.fullmatch(name):
        raise UnknownFeed("a feed is named in small letters, digits, dots, hyphens and underscores: gdacs")
    if known and name not in known:
        raise UnknownFeed(f"KONBIT_FEEDS does not name '{name}'; it names: {', '.join(sorted(known))}")
    store = open_store(settings)
    try:
        with store.begin() as tx:
            tx.watch.beat(f"{FEED}{name}", wall_now())
    finally:
        store.close()
    click.echo(f"{name}: noted")


@feeds.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
def list_(*, as_json: bool) -> None:
    """List the feeds: when each gave its last sign, how long it may be silent, and whether it is for too long."""
    settings = read_settings()
    known = watch.feeds(settings.feeds)
    store = open_store(settings)
    try:
        with store.read() as tx:
            beats = tx.watch.beats()
    finally:
        store.close()
    last = {name.removeprefix(FEED): at for name, at in beats.items() if name.startswith(FEED)}
    now = wall_now()
    rows = [_row(name, last.get(name), known.get(name), now) for name in sorted({*known, *last})]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        click.echo(
            f"{row['feed']:<20} {row['last'] or 'never':<26} {row['may'] or 'not watched':<18} {row['state']}"
        )
    if not rows:
        click.echo("no feed is watched: KONBIT_FEEDS names none", err=True)


def _row(
    name: str, last: dt.datetime | None, may: dt.timedelta | None, now: dt.datetime
) -> dict[str, str | None]:
    late = may is not None and (last is None or now - last > may)
    return {
        "feed": name,
        "last": last.isoformat(timespec="seconds") if last else None,
        "may": str(may) if may is not None else None,
        "state": "silent" if late else "ok",
    }
