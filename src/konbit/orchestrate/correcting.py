"""The correction of a false alarm: one prepared message to exactly those whom a run has told anything, even after its end."""

import dataclasses
from collections.abc import Mapping
from typing import Final

from konbit.definition.bundle import Bundle
from konbit.definition.content import Message
from konbit.engine.effects import Notify
from konbit.engine.events import StoodDown
from konbit.errors import KonbitError
from konbit.orchestrate.checks import InvalidCommand
from konbit.orchestrate.operating import family
from konbit.orchestrate.steward import Steward, hand_over
from konbit.store.records import Run

MESSAGE: Final = "correction"
ACTION: Final = "corrected"


@dataclasses.dataclass(frozen=True)
class Correction:
    """What a correction came to."""

    people: tuple[str, ...]
    deliveries: int


def correct(
    steward: Steward,
    messages: Mapping[str, Message],
    run_id: str,
    actor: str,
    reason: str,
    *,
    again: bool = False,
) -> Correction:
    """Plans the correction in one transaction; what the run has not sent yet is taken back, and it is stood down.

    InvalidCommand if nobody was told anything, or if it was corrected before and `again` is not set.
    """
    prepared = messages.get(MESSAGE)
    if prepared is None:
        raise KonbitError(f"the definitions have no message '{MESSAGE}'")
    now = steward.clock.now()
    with steward.store.begin() as tx:
        run = tx.runs.get(run_id)
        earlier = [act for act in tx.audit.list(run_id) if act.action == ACTION]
        if earlier and not again:
            raise InvalidCommand(
                f"run {run_id} was corrected already, {earlier[-1].at:%Y-%m-%d %H:%M} UTC; --again sends it once more"
            )
        members = family(tx, run_id)
        for one in members:
            tx.deliveries.cancel_for_run(one.id, now)
            tx.holds.drop(one.id, actor, now)
        people = tuple(tx.requests.told(run_id))
        if not people:
            raise InvalidCommand(f"run {run_id} has told nobody anything")
        effect = Notify(
            f"{MESSAGE}#{len(earlier) + 1}", MESSAGE, "inform", 0, MESSAGE, people, None, {}, None
        )
        planned = steward.ledger.planner.plan(tx, run, _with(tx.plans.get(run.digest), prepared), effect, now)
        for one in _eldest(members):
            hand_over(tx, one.id, StoodDown(at=now, actor=actor, reason=reason), reason)
        details = {"people": len(people), "deliveries": planned}
        tx.audit.add(now, actor, ACTION, run_id=run_id, reason=reason, details=details)
    return Correction(people, planned)


def _with(bundle: Bundle, prepared: Message) -> Bundle:
    return bundle.model_copy(update={"messages": {**bundle.messages, MESSAGE: prepared}})


def _eldest(members: list[Run]) -> list[Run]:
    """Those that go on and whose parent does not: what a run had left when it ended. They stand their own children down."""
    still = {one.id for one in members if one.status != "ended"}
    return [one for one in members if one.id in still and one.parent_run not in still]
