"""The heartbeat of the clock, as a file in the home: `konbit doctor` sees by it whether a clock is alive."""

import datetime as dt
import threading
from collections.abc import Callable
from pathlib import Path

from konbit.clock import UTC

FILE = "clock.beat"
SECONDS = 2.0


class Beat:
    """Writes when the clock last went through its round."""

    def __init__(self, home: Path, last: Callable[[], dt.datetime | None]) -> None:
        self._file = home / FILE
        self._last = last
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="konbit-beat", daemon=True)

    def start(self) -> None:
        """Begins."""
        self._thread.start()

    def stop(self) -> None:
        """Ends, and takes the file away: a clock that ended in good order is not lost."""
        self._stop.set()
        self._thread.join(SECONDS + 1)
        self._file.unlink(missing_ok=True)

    def _run(self) -> None:
        while not self._stop.wait(SECONDS):
            at = self._last()
            if at is not None:
                self._file.parent.mkdir(parents=True, exist_ok=True)
                self._file.write_text(at.isoformat(), "ascii")


def last_beat(home: Path) -> dt.datetime | None:
    """When a clock in this home last went through its round; None if there is none."""
    try:
        return dt.datetime.fromisoformat((home / FILE).read_text("ascii")).astimezone(UTC)
    except (OSError, ValueError):
        return None
