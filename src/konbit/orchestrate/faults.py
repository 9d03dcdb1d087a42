"""Named moments at which a process can be told to die or to freeze: how crash campaigns reach what chance seldom hits.

`KONBIT_FAULT=after-append:3:kill` kills the process the third time it comes to that point, `pause` stops it (SIGSTOP) until
somebody lets it go on. Without the variable a point costs one comparison.
"""

import dataclasses
import itertools
import os
import signal
from collections.abc import Iterator
from typing import Literal, get_args

from konbit.errors import UserError

VARIABLE = "KONBIT_FAULT"
Point = Literal[
    "after-claim",
    "before-work",
    "after-work",
    "before-append",
    "within-append",
    "after-append",
    "before-sleep",
    "after-sleep",
    "before-send",
    "after-send",
    "before-record",
    "after-record",
    "within-command",
]
"""Lease taken · a duty · an event kept (`within` its transaction) · asleep in Prefect · a message · its outcome · a command
of an operator stored, its transaction still open."""
POINTS: tuple[Point, ...] = get_args(Point)
_SIGNALS = {"kill": signal.SIGKILL, "pause": signal.SIGSTOP}


class BadFault(UserError):
    """KONBIT_FAULT is not of the form POINT:N:kill or POINT:N:pause."""


@dataclasses.dataclass(frozen=True)
class Fault:
    """What happens to this process the nth time it comes to a point."""

    point: Point
    nth: int
    signal: signal.Signals
    _times: Iterator[int] = dataclasses.field(default_factory=lambda: itertools.count(1), repr=False)

    def reached(self, point: Point) -> None:
        """Counts, and does to this process what is due."""
        if point == self.point and next(self._times) == self.nth:
            os.kill(os.getpid(), self.signal)


def read(text: str) -> Fault | None:
    """The fault in the text of the variable, None for no text; BadFault for any other."""
    if not text:
        return None
    point, _, rest = text.partition(":")
    nth, _, deed = rest.partition(":")
    if point not in POINTS or not nth.isdecimal() or deed not in _SIGNALS:
        raise BadFault(f"KONBIT_FAULT: found '{text}', expected POINT:N:kill or POINT:N:pause")
    return Fault(point, int(nth), _SIGNALS[deed])


_fault = read(os.environ.get(VARIABLE, ""))


def reached(point: Point) -> None:
    """This process has come to a point."""
    if _fault is not None:
        _fault.reached(point)
