"""What is seen of one send on the wire, below Apprise: what left, what came back, and how to break it off.

Apprise says true or false. What the provider really answered is noted here by the carriers that its plug-ins send through,
one flight for each send, found by the thread that sends.
"""

import contextlib
import dataclasses
import socket
import threading
import time
from collections.abc import Iterator
from typing import Protocol

Stage = str
"""How far an SMTP conversation came: connect, greeting, login, sender, recipient, data, sent."""


class Connection(Protocol):
    """What can be broken off: it has a socket while it is connected."""

    sock: socket.socket | None


@dataclasses.dataclass(frozen=True)
class Route:
    """Where requests may go: the guard's rules, and the base address that stands in for the service's own."""

    allow_loopback: bool = False
    allow_private: bool = False
    base: str | None = None


@dataclasses.dataclass(frozen=True)
class Timeouts:
    """Seconds until a connection must stand, until the next piece of an answer must come, and in all."""

    connect: float = 5.0
    read: float = 20.0
    total: float = 28.0


@dataclasses.dataclass(frozen=True)
class Reply:
    """An answer over HTTP, its body cut to what the carrier reads; or one of SMTP, with its stage."""

    status: int
    body: bytes = dataclasses.field(default=b"", repr=False)
    retry_after: str = ""
    stage: Stage = ""


class Flight:
    """One send: `left` once a byte of a request has gone out, `trouble` if no answer came to it."""

    def __init__(self, route: Route, timeouts: Timeouts) -> None:
        self.route, self.timeouts = route, timeouts
        self.ends = time.monotonic() + timeouts.total
        self.left = False
        self.trouble = ""
        self.replies: list[Reply] = []
        self._lock = threading.Lock()
        self._connection: Connection | None = None
        self._aborted = False

    @property
    def remaining(self) -> float:
        """Seconds until it must have ended; never less than a tick, for a timeout of nothing means for ever."""
        return max(0.05, self.ends - time.monotonic())

    @property
    def over(self) -> bool:
        """Whether nothing more may be sent: it was refused already, its time is up, or it was broken off."""
        refused = bool(self.replies) and self.replies[-1].status >= 300
        return refused or bool(self.trouble) or self._aborted or time.monotonic() >= self.ends

    def hold(self, connection: Connection | None) -> None:
        """Notes the connection that the thread waits on; OSError if the flight was broken off meanwhile."""
        with self._lock:
            self._connection = connection
            if self._aborted and connection is not None:
                raise ConnectionAbortedError

    def abort(self) -> None:
        """Ends the wait of the sending thread, from another one."""
        with self._lock:
            self._aborted = True
            held = self._connection.sock if self._connection is not None else None
        if held is not None:
            # It may be closed by its own thread at the same moment.
            with contextlib.suppress(OSError):
                held.shutdown(socket.SHUT_RDWR)


class _Sky(threading.local):
    flight: Flight | None = None


_SKY = _Sky()


def current() -> Flight:
    """The flight of this thread; ConnectionError if it sends outside of one, which nothing may."""
    if _SKY.flight is None:
        raise ConnectionError("a message is sent through the adapter, and in no other way")
    return _SKY.flight


@contextlib.contextmanager
def airborne(flight: Flight) -> Iterator[None]:
    """Makes the flight the one of this thread."""
    _SKY.flight = flight
    try:
        yield
    finally:
        flight.hold(None)
        _SKY.flight = None
