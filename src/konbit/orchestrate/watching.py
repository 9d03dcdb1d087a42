"""The watchdog as a process: looks, shows what it found in Prefect, and gives a heartbeat to the outside."""

import threading
import time

from konbit.domain.watch import Fault, feeds
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
