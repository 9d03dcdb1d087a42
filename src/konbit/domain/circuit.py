"""When a channel account is left alone: a circuit breaker, as pure functions. Times are wall time.

An account is closed to messages after several failures in a row, or at once when its provider refuses the account. After a
while one message is let through to see; it is that message's own risk, not a new one. A provider that asks to wait is given
its time without any of this.
"""

import dataclasses
import datetime as dt
from typing import Literal

from konbit.domain.delivery import Sign

FAILURES = 5
"""So many failures in a row open the circuit."""
WINDOW = dt.timedelta(seconds=60)
"""Failures further apart than this are not in a row."""
COOLDOWN = dt.timedelta(seconds=60)
LONGEST = dt.timedelta(minutes=15)
"""The first and the longest time until one message is let through to see."""
PAUSE = dt.timedelta(seconds=5)
"""How long a provider is left alone that says no time."""


@dataclasses.dataclass(frozen=True)
class Circuit:
    """How an account stands. `since` is when it last opened or closed, `probe_at` when one message may try."""

    state: Literal["closed", "open", "half_open"] = "closed"
    reason: str = ""
    failures: int = 0
    failed_at: dt.datetime | None = None
    trips: int = 0
    since: dt.datetime | None = None
    probe_at: dt.datetime | None = None
    paused_until: dt.datetime | None = None
    pauses: int = 0

    @property
    def down(self) -> bool:
        """Whether messages are to take another way."""
        return self.state != "closed"


def admitted(circuit: Circuit, wall: dt.datetime) -> int | None:
    """How many messages may leave: None for any number."""
    if circuit.paused_until is not None and wall < circuit.paused_until:
        return 0
    if circuit.state == "closed":
        return None
    return 1 if circuit.probe_at is not None and wall >= circuit.probe_at else 0


def probing(circuit: Circuit, wall: dt.datetime, lease: dt.timedelta) -> Circuit:
    """The circuit once a message has been let through to see; if nothing is heard of it, another one may go."""
    if circuit.state == "closed":
        return circuit
    return dataclasses.replace(circuit, state="half_open", probe_at=wall + lease)


def after(circuit: Circuit, sign: Sign, reason: str, wait: dt.timedelta | None, wall: dt.datetime) -> Circuit:
    """The circuit after a send."""
    match sign:
        case "good":
            if circuit.state == "closed":
                return dataclasses.replace(circuit, failures=0, failed_at=None, pauses=0)
            return Circuit(since=wall)
        case "throttled":
            again = circuit.paused_until is None or wall >= circuit.paused_until
            pauses = circuit.pauses + 1 if again else circuit.pauses
            until = wall + max(wait or PAUSE, min(PAUSE * 2 ** min(pauses - 1, 6), LONGEST))
            return dataclasses.replace(
                circuit, pauses=pauses, paused_until=max(until, circuit.paused_until or until)
            )
        case "refused":
            return _opened(circuit, reason, wall)
        case "bad":
            return _failed(circuit, reason, wall)
    return circuit


def _failed(circuit: Circuit, reason: str, wall: dt.datetime) -> Circuit:
    if circuit.state == "half_open":
        return _opened(circuit, reason, wall)
    near = circuit.failed_at is not None and wall - circuit.failed_at <= WINDOW
    failures = circuit.failures + 1 if near else 1
    counted = dataclasses.replace(circuit, failures=failures, failed_at=wall)
    return _opened(counted, reason, wall) if failures >= FAILURES and circuit.state == "closed" else counted


def _opened(circuit: Circuit, reason: str, wall: dt.datetime) -> Circuit:
    """Open; each failed look makes the time until the next one longer. What was under way when it opened counts once."""
    if circuit.state == "open":
        return circuit
    trips = circuit.trips + 1
    wait = min(COOLDOWN * 2 ** min(trips - 1, 10), LONGEST)
    since = wall if circuit.state == "closed" else circuit.since
    return dataclasses.replace(
        circuit, state="open", reason=reason, trips=trips, since=since, probe_at=wall + wait
    )
