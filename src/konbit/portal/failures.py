"""How many links that do not work one network may try: a token bucket for each, in memory.

Only failures are counted and only failures are turned away. A valid link is always served, because many phones share one
address of their carrier, and an answer must not be lost to a neighbour's typing. The signature is what stops guessing.
"""

import ipaddress
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

_NETWORKS = 10_000


class FailureBuckets:
    """`burst` failures at once, and `per_minute` after that, for each network."""

    def __init__(
        self, burst: int = 10, per_minute: float = 10, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._burst = float(burst)
        self._rate = per_minute / 60
        self._seconds = seconds
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def failed(self, client: str | None) -> bool:
        """Counts a failure; True if there have been too many."""
        network, now = _network(client), self._seconds()
        with self._lock:
            level, since = self._levels.pop(network, (self._burst, now))
            level = min(self._burst, level + (now - since) * self._rate)
            self._levels[network] = (max(level - 1, 0.0), now)
            if len(self._levels) > _NETWORKS:
                self._levels.popitem(last=False)
        return level < 1


def _network(client: str | None) -> str:
    """The address; of IPv6 the /64, which is what one household has."""
    try:
        address = ipaddress.ip_address(client or "")
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
