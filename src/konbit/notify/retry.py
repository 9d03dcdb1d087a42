"""What follows a send, as a pure function: settled, put off, or sent a second time.

An actual run leans to sending again, because a second copy costs little and a lost call can cost lives. A
drill leans to sending less: what may have arrived is never sent again.
"""

import dataclasses
import datetime as dt
import hashlib

from konbit.domain.delivery import (
    DROPPED,
    Accepted,
    Delivery,
    DeliveryState,
    Drop,
    Hold,
    Outcome,
    Permanent,
    Refused,
    SendResult,
    Sign,
    Stopped,
    Temporary,
    Throttled,
    Unknown,
)

# After the first, second, third and every later attempt from which nothing left.
BACKOFF = tuple(dt.timedelta(seconds=seconds) for seconds in (15, 60, 300, 900))
JITTER = 0.2
THROTTLED = dt.timedelta(seconds=5)
"""How long a provider is left alone that asked for less without saying for how long."""
REFUSED = dt.timedelta(seconds=60)
"""How long an account is left alone that its provider refused."""
SECOND_COPY_AFTER = (dt.timedelta(seconds=30), dt.timedelta(seconds=90))


def next_step(delivery: Delivery, result: SendResult, now: dt.datetime) -> Outcome:
    """What becomes of `delivery` after `result`; nothing is put off past its expiry.

    Waits vary with the delivery's id and attempt, not at random, so that the same inputs give the same
    outcome.
    """
    match result:
        case Accepted(provider_id):
            settled = _settled(delivery, DeliveryState.ACCEPTED, "")
            return dataclasses.replace(settled, sign="good", provider_id=provider_id)
        case Permanent(reason):
            return _settled(delivery, DeliveryState.FAILED, reason)
        case Stopped(reason):
            settled = _settled(delivery, DeliveryState.SUPPRESSED, reason)
            return dataclasses.replace(settled, sign="good", stopped=True)
        case Temporary(reason, blames_account):
            put_off = _put_off(delivery, reason, now)
            return dataclasses.replace(put_off, sign="bad" if blames_account else "")
        case Throttled(reason, wait):
            return _held_back(delivery, reason, now, "throttled", wait or THROTTLED)
        case Refused(reason):
            return _held_back(delivery, reason, now, "refused", REFUSED)
        case Unknown(reason):
            return dataclasses.replace(_unknown(delivery, reason, now), sign="bad")


def dropped(delivery: Delivery, drop: Drop) -> Outcome:
    """The outcome of a delivery that the check just before sending took out; nothing was attempted."""
    return dataclasses.replace(_settled(delivery, DROPPED[drop], drop), spent=False)


def held(delivery: Delivery, hold: Hold) -> Outcome:
    """The outcome of a delivery that the check just before sending put off; it costs no attempt."""
    kept = Outcome(
        delivery.id, delivery.generation, DeliveryState.DUE, hold.until, hold.reason, delivery.unknowns
    )
    return dataclasses.replace(kept, spent=False)


def _put_off(delivery: Delivery, reason: str, now: dt.datetime) -> Outcome:
    if delivery.attempts >= delivery.max_attempts:
        return _settled(delivery, DeliveryState.FAILED, reason)
    wait = BACKOFF[min(max(delivery.attempts, 1), len(BACKOFF)) - 1]
    at = now + wait * (1 - JITTER + 2 * JITTER * _share(delivery))
    if at >= delivery.expires_at:
        return _settled(delivery, DeliveryState.EXPIRED, reason)
    return Outcome(delivery.id, delivery.generation, DeliveryState.DUE, at, reason, delivery.unknowns)


def _held_back(delivery: Delivery, reason: str, now: dt.datetime, sign: Sign, wait: dt.timedelta) -> Outcome:
    """Put off without an attempt used up: it is the account that has to wait, or that somebody has to mend."""
    if now + wait >= delivery.expires_at:
        return dataclasses.replace(_settled(delivery, DeliveryState.EXPIRED, reason), sign=sign, wait=wait)
    return Outcome(
        delivery.id,
        delivery.generation,
        DeliveryState.DUE,
        now + wait,
        reason,
        delivery.unknowns,
        sign,
        wait,
        spent=False,
    )


def _unknown(delivery: Delivery, reason: str, now: dt.datetime) -> Outcome:
    """Unknown for good, but for one second copy in an actual run while there is time for it."""
    unknowns = delivery.unknowns + 1
    first, last = SECOND_COPY_AFTER
    at = now + first + (last - first) * _share(delivery)
    again = delivery.mode == "actual" and unknowns == 1 and delivery.attempts < delivery.max_attempts
    return Outcome(
        delivery.id,
        delivery.generation,
        DeliveryState.UNKNOWN,
        at if again and at < delivery.expires_at else None,
        reason,
        unknowns,
    )


def _settled(delivery: Delivery, state: DeliveryState, reason: str) -> Outcome:
    """Settled for good; a message that may have arrived before is not called failed or expired."""
    if delivery.unknowns and state in (DeliveryState.FAILED, DeliveryState.EXPIRED):
        state = DeliveryState.UNKNOWN
    return Outcome(delivery.id, delivery.generation, state, None, reason, delivery.unknowns)


def _share(delivery: Delivery) -> float:
    """A number from 0 to 1 that is fixed for this attempt of this delivery."""
    digest = hashlib.sha256(f"{delivery.id}|{delivery.attempts}".encode()).digest()
    return int.from_bytes(digest[:4], "big") / 0xFFFFFFFF
