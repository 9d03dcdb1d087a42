"""How patient the clock is with a run that is started again and again and does not move."""

import dataclasses
import time
from collections.abc import Callable

FIRST_PAUSE = 3.0
LONGEST_PAUSE = 60.0
"""Seconds between two tries."""
STUCK = 5
"""So many tries in a row without a step forward are a defect that somebody must look at."""


@dataclasses.dataclass
class Patience:
    """Remembers for each run how often it was started again since it last moved."""

    clock: Callable[[], float] = time.monotonic
    tries: dict[str, tuple[int, int, float]] = dataclasses.field(default_factory=dict)
    """Run → where its journal was, the tries since, and when the next may be."""

    def may_try(self, run: str, seq: int) -> bool:
        """Whether it may be started again now; each try without a step forward doubles the pause."""
        known, times, not_before = self.tries.get(run, (seq, 0, 0.0))
        if known != seq:
            times, not_before = 0, 0.0
        if self.clock() < not_before:
            return False
        pause = min(FIRST_PAUSE * 2**times, LONGEST_PAUSE)
        self.tries[run] = (seq, times + 1, self.clock() + pause)
        return True

    def stuck(self, run: str) -> bool:
        """True once, when a run has been started again so often that somebody must know."""
        return self.tries.get(run, (0, 0, 0.0))[1] == STUCK
