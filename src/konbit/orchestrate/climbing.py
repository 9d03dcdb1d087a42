"""From the channels of one person to the deliveries of their ladder, and who is told what without being asked."""

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import TypeVar

from konbit.domain.delivery import Delivery, idempotency_key
from konbit.domain.directory import Endpoint
from konbit.domain.personal_ladder import cycles, rungs
from konbit.engine.effects import Notify
from konbit.store.records import PlannedDelivery, Run
from konbit.store.transaction import Tx

T = TypeVar("T")
_BY_LINK = ("mail",)
"""What scanners open the links of."""


def climbed(
    effect: Notify, rendered: Sequence[Delivery], now: dt.datetime, *, urgent: bool
) -> list[PlannedDelivery]:
    """The deliveries of a person, each with its time: a ladder where an answer is waited for, else all of them now."""
    asks = effect.purpose == "ask" and bool(rendered)
    at_once = effect.at_once or not effect.request
    often = cycles(rendered[0].mode, urgent=urgent) if asks else 1
    planned = []
    first = rendered[0] if rendered else None
    parts = (first.run_id, effect.key, effect.wave, first.person_id, "", effect.purpose) if first else None
    ladder = idempotency_key(*parts)[:32] if parts else ""
    for number, rung in enumerate(rungs(len(rendered), at_once=at_once, cycles=often)):
        delivery = rendered[rung.place]
        due = now + rung.after
        if rung.cycle and due >= delivery.expires_at:
            continue
        purpose = f"{effect.purpose}+{rung.cycle}" if rung.cycle else effect.purpose
        key = idempotency_key(
            delivery.run_id, effect.key, effect.wave, delivery.person_id, delivery.endpoint_id, purpose
        )
        # A request tries the next channel after a while; a notice only if the one before failed.
        standby = number > 0 and not effect.request and effect.purpose != "alarm"
        planned.append(
            PlannedDelivery(
                delivery=dataclasses.replace(
                    delivery, id=key[:32], not_before=due, ladder=ladder, rung=number, standby=standby
                ),
                idem_key=key,
                step=effect.step,
                wave=effect.wave,
                purpose=purpose,
            )
        )
    return planned


def chosen(effect: Notify, usable: Sequence[tuple[Endpoint, T]]) -> Sequence[tuple[Endpoint, T]]:
    """Which of the usable channels a message takes: another one to confirm, else all, one after the other."""
    if effect.purpose == "confirm":
        came = effect.values.get("channel")
        doubted = _BY_LINK if came == "link" else (came,)
        return [one for one in usable if one[0].kind not in doubted][:1] or usable[:1]
    return usable


def contacted(tx: Tx, run: Run, effect: Notify) -> Sequence[str]:
    """Of those who need not act any more, those whom a message has reached or may have reached; else everybody named."""
    request = effect.values.get("request")
    if effect.purpose != "taken" or not isinstance(request, str):
        return effect.people
    sent = {row.person for row in tx.deliveries.list(run.id, request) if row.attempts}
    return [person for person in effect.people if person in sent]


def with_names(tx: Tx, effect: Notify) -> Notify:
    """The effect with the name of whoever took it on in place of their id."""
    by = effect.values.get("by")
    if effect.purpose != "taken" or not isinstance(by, str):
        return effect
    person = tx.directory.people_by_ids([by]).get(by)
    return dataclasses.replace(effect, values={**effect.values, "by": person.name if person else by})
