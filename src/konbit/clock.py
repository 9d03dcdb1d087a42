"""Time as a dependency: the rest of Konbit asks a `Clock`, never the machine.

Two times exist side by side. *Run time* is what deadlines, waves and messages live in; it equals real time except in a
drill whose clock is compressed by a declared factor. *Wall time* is what leases and heartbeats live in; it is always real.
"""

import dataclasses
import datetime as dt
import time
from typing import Protocol

UTC = dt.UTC


class Clock(Protocol):
    """Gives run time and says how it maps to wall time."""

    def now(self) -> dt.datetime:
        """Run time now, zone-aware in UTC."""
        ...

    def wall(self, moment: dt.datetime) -> dt.datetime:
        """The wall time at which run time will be `moment`."""
        ...


def wall_now() -> dt.datetime:
    """Real time now in UTC: for leases, heartbeats and nothing else."""
    return dt.datetime.fromtimestamp(time.time(), UTC)


class SystemClock:
    """Run time is real time."""

    def now(self) -> dt.datetime:
        """Real time now, in UTC."""
        return wall_now()

    def wall(self, moment: dt.datetime) -> dt.datetime:
        """The same moment: nothing is compressed."""
        return moment


@dataclasses.dataclass(frozen=True)
class CompressedClock:
    """Run time starts at `start` when wall time is `origin` and runs `factor` times faster.

    A factor of 60 lets an hour of the drill pass in a minute. Every process of a stack is given the same three values.
    """

    origin: dt.datetime
    start: dt.datetime
    factor: float

    def now(self) -> dt.datetime:
        """Compressed time now, in UTC."""
        return self.start + (wall_now() - self.origin) * self.factor

    def wall(self, moment: dt.datetime) -> dt.datetime:
        """The real moment at which compressed time will be `moment`."""
        return self.origin + (moment - self.start) / self.factor
