"""What `konbit doctor` looks at. Each look is short, changes nothing, and never fails: what goes wrong is its finding."""

import dataclasses
import importlib.metadata
import os
import shutil
import stat
import sys
from collections.abc import Callable
from typing import Literal

from packaging.requirements import Requirement

from konbit.check.checker import check
from konbit.cli.beat import last_beat
from konbit.cli.parts import open_store
from konbit.clock import wall_now
from konbit.definition.library import load
from konbit.definition.problems import Severity
from konbit.domain.watch import feeds
from konbit.errors import KonbitError
from konbit.orchestrate import build, registration
from konbit.orchestrate.deployments import NAME, operator_entries
from konbit.orchestrate.mail_round import MAILBOX
from konbit.orchestrate.siren import paths
from konbit.orchestrate.stack import answers
from konbit.orchestrate.watchdog import Limits
from konbit.orchestrate.wiring import channel_accounts, mailboxes
from konbit.settings import Settings

LATE_SECONDS = 15.0
"""A clock that has not gone through its round for so long is not alive."""
SCARCE = 1 << 30
FULL = 100 << 20
State = Literal["ok", "note", "wrong"]


@dataclasses.dataclass(frozen=True)
class Finding:
    """What one look has found."""

    what: str
    state: State
    text: str


Look = Callable[[Settings], tuple[State, str]]


def examine(settings: Settings) -> list[Finding]:
    """All findings."""
    found = []
    for what, look in LOOKS.items():
        try:
            state, text = look(settings)
        except KonbitError as error:
            state, text = "wrong", str(error)
        except OSError as error:
            state, text = "wrong", error.strerror or type(error).__name__
        found.append(Finding(what, state, text))
    return found


def _python(_: Settings) -> tuple[State, str]:
    version = ".".join(map(str, sys.version_info[:3]))
    return ("ok" if sys.version_info >= (3, 11) else "wrong"), f"{version}; 3.11 or later is needed"


def _libraries(_: Settings) -> tuple[State, str]:
    """The installed versions against the ranges that this version was tested with."""
    wrong, seen = [], []
    for line in importlib.metadata.requires("konbit") or []:
        requirement = Requirement(line)
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        try:
            version = importlib.metadata.version(requirement.name)
        except importlib.metadata.PackageNotFoundError:
            wrong.append(f"{requirement.name} is missing")
            continue
        if not requirement.specifier.contains(version, prereleases=True):
            wrong.append(f"{requirement.name} {version} is not {requirement.specifier}")
        if requirement.name in ("prefect", "sqlalchemy", "apprise"):
            seen.append(f"{requirement.name} {version}")
    return ("wrong", "; ".join(wrong)) if wrong else ("ok", ", ".join(sorted(seen)))


def _database(settings: Settings) -> tuple[State, str]:
    """Reads the directory too: its names open only with the keys they were sealed with."""
    store = open_store(settings)
    try:
        with store.read() as tx:
            runs = len(tx.runs.list("active"))
            people = sum(len(tx.directory.snapshot(one).people) for one in tx.directory.countries())
        return "ok", f"{store.dialect}, at the newest revision; {runs} active runs, {people} people"
    finally:
        store.close()


def _definitions(settings: Settings) -> tuple[State, str]:
    library = load(settings.folders)
    errors = [problem for problem in check(library) if problem.severity is Severity.ERROR]
    if errors:
        return "wrong", f"{len(errors)} errors, the first: {errors[0].text()}"
    return "ok", f"{len(library.flowcharts)} flowcharts without errors"


def _secret(settings: Settings) -> tuple[State, str]:
    if settings.secret is not None:
        long_enough = len(settings.secret.get_secret_value()) >= 32
        return (
            ("ok", "given by KONBIT_SECRET")
            if long_enough
            else ("wrong", "KONBIT_SECRET is shorter than 32 characters")
        )
    path = settings.home / "secret"
    if not path.exists():
        return "note", f"{path} is made when it is first needed"
    open_to = stat.S_IMODE(path.stat().st_mode) & 0o077
    if open_to or path.stat().st_uid != os.getuid():
        return "wrong", f"{path} can be read by others: chmod 600"
    return "ok", f"{path}, private"


def _channels(settings: Settings) -> tuple[State, str]:
    path = settings.channels_file
    if path is None:
        named = settings.channels
        if named is not None:
            return "wrong", f"{named} is not there"
        return "note", "no channel accounts: no message can leave; write them to channels.yaml in the home"
    accounts = channel_accounts(path)
    said = ", ".join(f"{name} ({account.kind}, {account.mode})" for name, account in accounts.items())
    return ("ok", said) if accounts else ("note", f"{path} has no accounts: no message can leave")


def _mailboxes(settings: Settings) -> tuple[State, str]:
    """When a clock last looked into each mailbox; the reason why one cannot be read is in its log."""
    boxes = mailboxes(settings.channels_file)
    if not boxes and settings.maildir is None:
        return "note", "none: answers by mail are not read"
    store = open_store(settings)
    try:
        with store.read() as tx:
            beats = tx.watch.beats()
    finally:
        store.close()
    said, away = [], False
    for name in boxes:
        last = beats.get(f"{MAILBOX}{name}")
        away |= last is None or wall_now() - last > Limits.mailbox
        ago = f"read {(wall_now() - last).total_seconds():.0f} s ago" if last else "never read"
        said.append(f"{name} was {ago}")
    said += [f"maildir {settings.maildir}"] if settings.maildir else []
    return ("wrong" if away else "ok"), "; ".join(said)


def _prefect(_: Settings) -> tuple[State, str]:
    address = registration.require_api()
    if not answers(f"{address}/health"):
        return "wrong", f"{address} does not answer"
    return "ok", f"{address}; version {registration.PREFECT_VERSION} here"


def _deployments(settings: Settings) -> tuple[State, str]:
    charts = load(settings.folders).flowcharts.values()
    wanted = {f"{build.flow_name(flowchart)}/{NAME}" for flowchart in charts}
    commands = {f"{entry.flow}/{NAME}" for entry in operator_entries()}
    registration.require_api()
    missing = sorted((wanted | commands) - registration.registered())
    if missing:
        return "wrong", f"not registered: {', '.join(missing)}; run `konbit deploy`"
    return "ok", f"all {len(wanted)} flowcharts and {len(commands)} commands of operators are registered"


def _pool(settings: Settings) -> tuple[State, str]:
    registration.require_api()
    kind, gone = registration.pool(settings.pool)
    if kind is None:
        return "wrong", f"Prefect has no pool '{settings.pool}'; run `konbit deploy`"
    if kind != settings.worker:
        return "wrong", f"'{settings.pool}' is one of {kind} workers, and KONBIT_WORKER is {settings.worker}"
    if gone:
        return "wrong", f"jobs refer to Secret blocks that Prefect does not have: {', '.join(gone)}"
    return "ok", f"'{settings.pool}', of {kind} workers"


def _limit(_: Settings) -> tuple[State, str]:
    registration.require_api()
    wrong = registration.limit()
    return (
        ("note", wrong) if wrong else ("ok", "heavy work of drills is limited, that of actual runs never is")
    )


def _clock(settings: Settings) -> tuple[State, str]:
    beat = last_beat(settings.home)
    if beat is None:
        return "wrong", f"no clock runs with the home {settings.home}: nothing is woken and no message leaves"
    age = (wall_now() - beat).total_seconds()
    if age > LATE_SECONDS:
        return "wrong", f"the clock was last seen {age:.0f} s ago"
    return "ok", f"seen {age:.0f} s ago"


def _disk(settings: Settings) -> tuple[State, str]:
    place = settings.home
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    text = f"{free / (1 << 30):.1f} GiB free at {place}"
    return ("wrong" if free < FULL else "note" if free < SCARCE else "ok"), text


def _portal(settings: Settings) -> tuple[State, str]:
    url = settings.portal_url.rstrip("/")
    alive = answers(f"{url}/healthz")
    return ("ok", url) if alive else ("note", f"{url} does not answer from this machine")


def _watchdog(settings: Settings) -> tuple[State, str]:
    """Whom a watchdog with these settings calls; whether one runs is for the dead man's switch to say."""
    routes = paths(settings.alarms, channel_accounts(settings.channels_file))
    watched = feeds(settings.feeds)
    if not routes:
        return "note", "KONBIT_ALARMS names nobody: nobody is called when something stands still"
    names = list(dict.fromkeys(route.account.name for route in routes))
    said = f"calls by {', '.join(names)}" + (f"; watches {', '.join(watched)}" if watched else "")
    if len(names) == 1:
        return "note", f"{said}; name a second account, for when that one fails"
    return "ok", said


LOOKS: dict[str, Look] = {
    "python": _python,
    "libraries": _libraries,
    "database": _database,
    "definitions": _definitions,
    "secret": _secret,
    "channels": _channels,
    "mailboxes": _mailboxes,
    "prefect": _prefect,
    "deployments": _deployments,
    "pool": _pool,
    "limit": _limit,
    "clock": _clock,
    "watchdog": _watchdog,
    "portal": _portal,
    "disk": _disk,
}
