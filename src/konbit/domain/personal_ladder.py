"""The ladder of one person: their channels in the order they gave, each a little later than the one before, then once more.

Planned as a whole with the wave that asks them and kept in the outbox, so that it never wakes the run. An answer takes back what
has not left; a channel that fails makes the next one due at once. The same rules hold in production and in the simulator.
"""

import dataclasses
import datetime as dt
from typing import Final

from konbit.definition.base import Mode

WAITS: Final = (dt.timedelta(), dt.timedelta(minutes=3), dt.timedelta(minutes=8))
"""When the first three channels of a person are tried, from the moment they are asked (reference/notify.md 5.4)."""
MORE: Final = dt.timedelta(minutes=5)
"""How long after the one before each further channel is tried."""
AGAIN: Final = dt.timedelta(minutes=15)
"""How long after the last channel a silent person's ladder begins anew."""


@dataclasses.dataclass(frozen=True, slots=True)
class Rung:
    """One try: the place of the channel in the person's order, when from the beginning, in which cycle from 0."""

    place: int
    after: dt.timedelta
    cycle: int


def wait_of(place: int) -> dt.timedelta:
    """When a channel is tried by its place."""
    return WAITS[place] if place < len(WAITS) else WAITS[-1] + MORE * (place - len(WAITS) + 1)


def cycles(mode: Mode, *, urgent: bool) -> int:
    """How often the ladder is climbed: twice for what is urgent and actual; a drill leans to sending less."""
    return 2 if urgent and mode == "actual" else 1


def rungs(channels: int, *, at_once: bool, cycles: int) -> tuple[Rung, ...]:
    """Every try, in the order of time."""
    found = []
    begins = dt.timedelta()
    for cycle in range(cycles):
        waits = [dt.timedelta() if at_once else wait_of(place) for place in range(channels)]
        found += [Rung(place, begins + wait, cycle) for place, wait in enumerate(waits)]
        begins += max(waits, default=dt.timedelta()) + AGAIN
    return tuple(found)
