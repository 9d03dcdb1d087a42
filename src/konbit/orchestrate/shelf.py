"""Plans at hand: one that was compiled is not read and compiled again for each attempt."""

import threading
from collections.abc import Callable

from konbit.engine.plan import Plan

PLANS = 64
"""How many are kept, those used last: a run in progress has one, and there are few versions of each flowchart."""


class Shelf:
    """Keeps compiled plans by their digest, which never comes to mean another one; any number of threads may ask."""

    def __init__(self, size: int = PLANS) -> None:
        self._size = size
        self._plans: dict[str, Plan] = {}
        self._lock = threading.Lock()

    def plan(self, digest: str, make: Callable[[], Plan]) -> Plan:
        """The plan of a digest; it is made if it is not at hand. What `make` raises is raised, and nothing kept."""
        with self._lock:
            found = self._plans.pop(digest, None)
        plan = found or make()
        with self._lock:
            self._plans[digest] = plan
            while len(self._plans) > self._size:
                del self._plans[next(iter(self._plans))]
        return plan
