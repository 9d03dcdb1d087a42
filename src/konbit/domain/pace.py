"""How fast messages may leave through an account: token buckets with a part kept back for what is urgent.

Pure: the store keeps the buckets, and these functions say what they hold. Times are wall time, because the limits are those
of a provider.
"""

import datetime as dt
from dataclasses import dataclass

RESERVED = 0.3
"""The part of each bucket that only urgent messages may use."""


@dataclass(frozen=True)
class Pace:
    """The limits of one account; `per_second` None means no limit. Costs are messages, or segments of SMS."""

    per_second: float | None = None
    burst: float = 1.0
    gap_seconds: float = 0.0
    drills_per_day: int = 100


@dataclass(frozen=True)
class Bucket:
    """What an account may still send at once, as it was at a moment."""

    tokens: float
    at: dt.datetime


def refilled(pace: Pace, bucket: Bucket | None, now: dt.datetime) -> Bucket:
    """The bucket as it is now; a new one is full. A clock that went back gives nothing and takes nothing."""
    if bucket is None:
        return Bucket(pace.burst, now)
    if now <= bucket.at:
        return bucket
    gained = (now - bucket.at).total_seconds() * (pace.per_second or 0.0)
    return Bucket(min(pace.burst, bucket.tokens + gained), now)


def affordable(pace: Pace, bucket: Bucket, cost: int, *, urgent: bool) -> bool:
    """Whether a message may leave now.

    A message that costs more than the whole bucket leaves when the bucket is full, and leaves a debt.
    """
    if pace.per_second is None:
        return True
    kept = 0.0 if urgent else min(RESERVED * pace.burst, pace.burst - 1.0)
    return bucket.tokens >= min(float(cost) + kept, pace.burst)


def spent(bucket: Bucket, cost: int) -> Bucket:
    """The bucket after a message has left."""
    return Bucket(bucket.tokens - cost, bucket.at)
