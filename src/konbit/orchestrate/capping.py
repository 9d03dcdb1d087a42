"""The blast cap, where messages are planned: a run writes to so many people and to no more, until an operator lets it.

What a run may reach is seen before it begins; a later step can name more, for the directory has changed or a facilitator has
added to it. Such messages are held whole, and the owner is told.
"""

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Final

from pydantic import JsonValue, TypeAdapter

from konbit.definition.bundle import Bundle
from konbit.domain.caution import Caps
from konbit.domain.directory import alarmed
from konbit.engine.duties import Addressed, Tell
from konbit.engine.effects import Notify
from konbit.orchestrate import climbing
from konbit.orchestrate.errand import Standing
from konbit.store.records import Hold, Run
from konbit.store.transaction import Tx

NOTE: Final = "held_at_cap"
"""The standard message that tells the owner."""
ALARM: Final = "alarm"
SHORT: Final = 8
NOTIFY: TypeAdapter[Notify] = TypeAdapter(Notify)


@dataclasses.dataclass(frozen=True)
class Excess:
    """A message to more people than its run may write to."""

    run: Run
    """The run that everything began with: the cap is of all that it started."""
    people: int
    """Those of them to whom nothing was written before."""
    written: int
    allowed: int


def excess(tx: Tx, run: Run, effect: Notify, caps: Caps) -> Excess | None:
    """What is too much in a message; None if nothing is. An alarm to the owner is never too much."""
    if effect.purpose == ALARM or tx.directory.size() <= caps.people(run.mode, None):
        return None
    root = tx.runs.root(run.id)
    if root.reach is None:
        return None  # it began before there was a cap, and nobody has said how many it was to reach
    allowed, written = caps.people(run.mode, root.reach), tx.requests.written_to(root.id)
    new = set(climbing.contacted(tx, run, effect)) - written
    if not new or len(written) + len(new) <= allowed:
        return None
    return Excess(root, len(new), len(written), allowed)


def hold(tx: Tx, run: Run, bundle: Bundle, effect: Notify, found: Excess, now: dt.datetime) -> Notify | None:
    """Holds a message until an operator decides; the note to owner and deputy about it, None if it is held already."""
    stored = NOTIFY.dump_python(effect, mode="json")
    if not tx.holds.put(run.id, stored, found.people, found.written, found.allowed, now):
        return None
    counted: dict[str, JsonValue] = {
        "people": found.people,
        "written": found.written,
        "allowed": found.allowed,
    }
    tx.audit.add(now, "outbox", "held-at-cap", run_id=run.id, details={"step": effect.step, **counted})
    owner = bundle.roles.get(bundle.flowchart.owner.partition(".")[0])
    names = [bundle.flowchart.owner, *([owner.deputy] if owner and owner.deputy else [])]
    who = [Addressed(role=name.partition(".")[0], of=name.partition(".")[2] or None) for name in names]
    told = alarmed(Tell(who=who, country=run.country), tx.directory.snapshot(run.country))
    values: Mapping[str, JsonValue] = {**counted, "step": effect.step, "run": run.id[:SHORT]}
    key = f"{effect.key}#cap:{len(tx.holds.of(run.id))}"
    return Notify(key, effect.step, ALARM, 0, NOTE, tuple(told.people), None, values, None)


def asked(tx: Tx, run: Run, effect: Notify) -> Notify:
    """A message without those whose question is held itself: nobody is reminded of what they were not asked."""
    if effect.request is None or effect.purpose not in ("ask", "remind"):
        return effect
    this = (effect.key, effect.purpose, effect.wave)
    held = (NOTIFY.validate_python(one.effect) for one in tx.holds.open(run.id))
    questions = [one for one in held if one.request == effect.request and one.purpose == "ask"]
    later = {person for one in questions if (one.key, one.purpose, one.wave) != this for person in one.people}
    return dataclasses.replace(effect, people=tuple(one for one in effect.people if one not in later))


def shown(standing: Standing, held: list[Hold]) -> Standing:
    """How a run stands of which messages are held: that comes first."""
    if not held or standing.status != "waiting":
        return standing
    steps = ", ".join(dict.fromkeys(one.step for one in held))
    people, most = max((one.people + one.written, one.allowed) for one in held)
    said = f"{steps}: {people} people, {most} allowed; konbit runs release {held[0].run_id[:SHORT]}"
    return dataclasses.replace(standing, name="Awaiting release", message=f"{said}; {standing.message}")
