"""What a store of the outbox must do for the service that empties it.

A row is planned in the transaction that moves the run, which is not this protocol's matter. A row can be claimed when it
has a `not_before` that has come and is planned, due, or unknown with a second copy allowed; a row without a `not_before`
is settled. Two times are passed in everywhere: `now` is run time, in which messages are due and expire; `wall` is real
time, in which leases live.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Protocol

from konbit.domain.delivery import Delivery, DeliveryState, Drop, Hold, Outcome, Quota


class OutboxStore(Protocol):
    """What every outbox does, in memory or in a database; `tests/contracts/outbox.py` defines correct."""

    def claim(
        self,
        owner: str,
        now: dt.datetime,
        wall: dt.datetime,
        lease: dt.timedelta,
        quotas: Sequence[Quota],
    ) -> list[Delivery]:
        """Moves due rows to sending, leased until `wall + lease`, and returns them.

        Of each account as many as its quota, its bucket and its circuit allow. Urgent before bulk, runs in turn, then the
        longest due first. Each claim raises attempts and generation by one. Rows past `expires_at` are never claimed.
        """
        ...

    def unwanted(self, ids: Sequence[str], now: dt.datetime) -> Mapping[str, Drop | Hold]:
        """Those of the claimed deliveries that are not to be sent, or not yet, and why."""
        ...

    def record(self, outcomes: Sequence[Outcome], now: dt.datetime, wall: dt.datetime) -> int:
        """Writes the outcomes in one transaction and returns how many rows took them.

        A row takes an outcome only while it is sending in that very generation; a stale worker changes
        nothing. Where a rung of a ladder fails, the next one is due at once; where one is accepted, those that stand by
        are taken out. What sends say about their account opens and closes its circuit.
        """
        ...

    def sweep(self, now: dt.datetime, wall: dt.datetime) -> int:
        """Settles what was left behind and returns the number of rows changed.

        A lease that ended before `wall` becomes unknown (by `retry.next_step`) and its generation rises, so
        that the worker that held it can no longer write. A planned or due row past `expires_at` becomes
        expired; an unknown one stays unknown and loses its second copy. What waits for an account whose circuit is open
        goes the person's next way.
        """
        ...

    def counts(self) -> Mapping[DeliveryState, int]:
        """How many rows are in each state; states without rows may be left out."""
        ...
