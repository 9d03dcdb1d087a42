"""Messages that are held because their run would write to too many: an operator lets them leave, or drops them."""

import dataclasses
import datetime as dt

from pydantic import JsonValue

from konbit.domain.caution import same_person
from konbit.engine.effects import Notify
from konbit.orchestrate.capping import NOTIFY
from konbit.orchestrate.checks import InvalidCommand
from konbit.orchestrate.ledger import mark_sent
from konbit.orchestrate.operating import said
from konbit.orchestrate.steward import Steward
from konbit.store.records import Run
from konbit.store.transaction import Tx


def release(
    steward: Steward, run_id: str, actor: str, reason: str, *, up_to: int | None = None, drop: bool = False
) -> str:
    """Lets everything leave that is held of a run, or drops it; one sentence about it.

    `up_to` is how many people the run may write to from now on, so that its next steps are not held too. InvalidCommand if
    nothing is held, if the run is paused, or if whoever started a drill would let it go beyond its cap alone.
    """
    now, why = steward.clock.now(), said(reason)
    if not actor.rpartition(":")[2].strip():
        raise InvalidCommand("say who decides: the name is kept in the audit")
    with steward.store.begin() as tx:
        run, root = tx.runs.get(run_id), tx.runs.root(run_id)
        held = list(tx.holds.open(run_id))
        _require(run, root, actor, held=bool(held), drop=drop)
        effects = [_as_it_is_now(tx, run, NOTIFY.validate_python(one.effect), now, drop=drop) for one in held]
        people = len(
            {person for effect in effects for person in effect.people} - tx.requests.written_to(root.id)
        )
        planned = 0
        for one, effect in zip(held, effects, strict=True):
            if not drop:
                planned += steward.ledger.planner.released(tx, run, tx.plans.get(run.digest), effect, now)
            tx.holds.decide(one.id, "dropped" if drop else "released", actor, now)
            if not drop:
                mark_sent(tx, run, effect, now)
        steps = ", ".join(dict.fromkeys(one.step for one in held))
        reach = _widen(tx, steward, root, up_to, drop=drop)
        done = "dropped" if drop else "released"
        details: dict[str, JsonValue] = {
            "steps": steps,
            "people": people,
            "deliveries": planned,
            "reach": reach,
        }
        tx.audit.add(now, actor, done, run_id=run_id, reason=why, details=details)
    if drop:
        return f"{steps}: the messages to {people} people are dropped"
    return f"{steps}: {planned} messages to {people} people leave; the run may write to {reach}"


def _as_it_is_now(tx: Tx, run: Run, effect: Notify, now: dt.datetime, *, drop: bool) -> Notify:
    """A message with the deadline that its request has by now; InvalidCommand if that has passed and it is to leave."""
    request = tx.requests.get(run.id, effect.request) if effect.request else None
    if request is None:
        return effect
    if request.closes_at is not None and request.closes_at <= now and not drop:
        raise InvalidCommand(
            f"the deadline of {effect.step} has passed; extend it first, or drop the messages"
        )
    return dataclasses.replace(effect, closes_at=request.closes_at)


def _require(run: Run, root: Run, actor: str, *, held: bool, drop: bool) -> None:
    if not held:
        raise InvalidCommand(f"nothing of run {run.id} is held because it would write to too many")
    if drop:
        return
    if run.paused_at is not None:
        raise InvalidCommand(f"run {run.id} is paused; resume it first")
    if run.mode == "drill" and same_person(root.started_by, actor):
        raise InvalidCommand(f"a drill beyond its cap needs a second person: '{actor}' is who started it")


def _widen(tx: Tx, steward: Steward, root: Run, up_to: int | None, *, drop: bool) -> int:
    """To how many people the run may write from now on."""
    written = 0 if drop else len(tx.requests.written_to(root.id))
    reach = max(root.reach or 0, written, up_to or 0)
    if reach != root.reach:
        tx.runs.may_reach(root.id, reach)
    return steward.caps.people(root.mode, reach)
