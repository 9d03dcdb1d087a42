"""The watchdog as a process: looks, shows what it found in Prefect, and gives a heartbeat to the outside."""

import datetime as dt
import threading
import time

from konbit.definition.durations import parse
from konbit.domain.watch import Fault
from konbit.errors import UserError
from konbit.orchestrate import artifacts, registration
from konbit.orchestrate.heartbeat import SECONDS, Heartbeat
from konbit.orchestrate.siren import Siren, paths
from konbit.orchestrate.watchdog import Limits, Watchdog
from konbit.orchestrate.wiring import Wiring


class Watch:
    """The watchdog of an installation, made from its settings."""

    def __init__(self, parts: Wiring) -> None:
        """InvalidRoute, InvalidHeartbeat or UserError for a setting that cannot be used."""
        settings = parts.settings
        siren = Siren(parts.adapter(), paths(settings.alarms, parts.accounts))
        self._limits = Limits(feeds=feeds(settings.feeds), mailboxes=frozenset(parts.mailboxes))
        self._dog = Watchdog(parts.store, parts.clock, siren, self._limits)
        url = settings.heartbeat.get_secret_value() if settings.heartbeat is not None else ""
        self._heartbeat = Heartbeat(url) if url else None
        self._beaten = -SECONDS
        self._shown: set[str] = set()

    def look(self) -> list[Fault]:
        """One look; what was not told yet is told."""
        return self._dog.look()

    def run(self, stop: threading.Event) -> None:
        """Looks until told to stop."""
        self._dog.run(stop, self.after)

    def after(self, found: list[Fault]) -> None:
        """Shows what changed, and gives the heartbeat unless something is wrong that nobody could be told."""
        keys = {fault.key for fault in found}
        if keys != self._shown:
            self._shown = keys
            if registration.has_api():
                artifacts.watchdog(found)
        if (
            self._heartbeat is not None
            and not self._dog.untold
            and time.monotonic() - self._beaten >= SECONDS
        ):
            self._beaten = time.monotonic()
            self._heartbeat.send()


def feeds(text: str) -> dict[str, dt.timedelta]:
    """How long each feed may be silent: `gdacs=30m, nhc=6h`. UserError for what cannot be read."""
    found = {}
    for part in (one.strip() for one in text.split(",") if one.strip()):
        name, _, length = part.partition("=")
        try:
            found[name.strip()] = parse(length.strip())
        except ValueError as error:
            raise UserError(
                f"KONBIT_FEEDS, {name.strip()}: {error}; expected such as gdacs=30m, nhc=6h"
            ) from None
    return found
