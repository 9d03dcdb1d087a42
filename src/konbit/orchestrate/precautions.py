"""What happens before a run may reach anybody: a second person where one is not enough, and drills that make way.

An actual activation suspends the drills of its country: in an emergency nobody should have to tell one from the other.
"""

import dataclasses
import datetime as dt
import logging
from collections.abc import Mapping
from typing import Final

from pydantic import JsonValue

from konbit.definition.bundle import Bundle
from konbit.definition.content import Message
from konbit.domain.caution import GROUNDS, Caps, Size, grounds, size_of
from konbit.engine.effects import Notify
from konbit.engine.events import Paused
from konbit.notify import marking, text
from konbit.orchestrate.addressees import Charts, addressed
from konbit.orchestrate.planning import Planner
from konbit.store.records import Run
from konbit.store.transaction import Tx

logger = logging.getLogger(__name__)
SUSPENDED: Final = "drill_suspended"
"""The prepared message to everybody whom a suspended drill has told anything."""
ACTIVATIONS: Final = "response/"
"""Runs of these flowcharts are activations; drills make way for them."""
SYSTEM: Final = "konbit"


@dataclasses.dataclass(frozen=True)
class Precautions:
    """What is looked at when a run is asked for, and when it is approved."""

    planner: Planner
    charts: Charts
    prepared: Mapping[str, Message]
    """Messages that no flowchart names."""
    caps: Caps

    def taken(self, tx: Tx, run: Run, bundle: Bundle, now: dt.datetime) -> None:
        """Has a new run wait for a second person if it must; else drills make way for it, if it is an activation."""
        size = self._size(tx, run, bundle)
        # What it said before it began is what it may reach, and what a second person lets it.
        tx.runs.may_reach(run.id, size.recipients)
        needed = grounds(run.mode, run.parameters, size, self.caps)
        for ground in needed:
            details: dict[str, JsonValue] = {"recipients": size.recipients, "segments": size.segments}
            shown = details if ground == "large_drill" else {}
            tx.approvals.ask(run.id, ground, run.started_by, now, shown)
            tx.audit.add(
                now, run.started_by, "approval-asked", run_id=run.id, reason=GROUNDS[ground], details=shown
            )
        if not needed:
            self.make_way(tx, run, now)
        if run.mode == "drill":
            self._yield(tx, run, now)

    def born(self, tx: Tx, run: Run, now: dt.datetime) -> None:
        """Has drills make way for a run that another run started, or it for an activation.

        Not where its parent has been looked at for the same country: a drill that an operator lets go on although an
        activation is open goes on with its children, and those whom an activation suspended are told so once.
        """
        parent = tx.runs.get(run.parent_run) if run.parent_run is not None else None
        if run.mode == "drill":
            if parent is None or parent.country != run.country:
                self._yield(tx, run, now)
        elif parent is None or parent.country != run.country or not parent.flowchart.startswith(ACTIVATIONS):
            self.make_way(tx, run, now)

    def make_way(self, tx: Tx, run: Run, now: dt.datetime) -> list[str]:
        """Suspends the open drills of the country if the run is an actual activation; the ids of their roots."""
        if run.mode != "actual" or run.country is None or not run.flowchart.startswith(ACTIVATIONS):
            return []
        drills = tx.runs.open_drills(run.country)
        for drill in drills:
            self._suspend(tx, drill, run, now)
        return [drill.id for drill in drills]

    def _yield(self, tx: Tx, drill: Run, now: dt.datetime) -> None:
        """Holds a drill that is asked for while an actual activation of its country is open: it tells nobody anything."""
        actual = tx.runs.open_actual(drill.country, ACTIVATIONS) if drill.country else None
        if actual is None:
            return
        reason = f"the actual activation {actual.id} is open in {actual.country}"
        tx.inbox.put(drill.id, Paused(at=now, actor=SYSTEM, reason=reason), f"suspended:{actual.id}", now)
        tx.audit.add(now, SYSTEM, "suspended", run_id=drill.id, reason=reason, details={"people": 0})

    def _suspend(self, tx: Tx, drill: Run, actual: Run, now: dt.datetime) -> None:
        reason = f"the actual activation {actual.id} has started in {actual.country}"
        members = [drill]
        for one in members:
            members.extend(tx.runs.children(one.id))
        for one in members:
            if one.status != "ended" and one.paused_at is None:
                event = Paused(at=now, actor=SYSTEM, reason=reason)
                tx.inbox.put(one.id, event, f"suspended:{actual.id}", now)
            # What has not left must not arrive in the midst of the real thing.
            tx.deliveries.cancel_for_run(one.id, now)
            tx.holds.drop(one.id, SYSTEM, now)
        people = tuple(tx.requests.told(drill.id))
        prepared = self.prepared.get(SUSPENDED)
        if people and prepared is None:
            logger.warning("the definitions have no message '%s': nobody is told", SUSPENDED)
        elif people and prepared is not None:
            bundle = tx.plans.get(drill.digest)
            bundle = bundle.model_copy(update={"messages": {**bundle.messages, SUSPENDED: prepared}})
            effect = Notify(
                f"{SUSPENDED}#{actual.id}", SUSPENDED, "inform", 0, SUSPENDED, people, None, {}, None
            )
            self.planner.plan(tx, drill, bundle, effect, now)
        tx.audit.add(
            now, SYSTEM, "suspended", run_id=drill.id, reason=reason, details={"people": len(people)}
        )

    def _size(self, tx: Tx, run: Run, bundle: Bundle) -> Size:
        texts: dict[str, int] = {}
        for message in bundle.messages.values():
            for language, subject in message.subject.items():
                short = (message.sms or {}).get(language, subject)
                count = text.segments(marking.mark_sms(short, language, run.mode))
                texts[language] = max(texts.get(language, 0), count)
        directory = tx.directory.snapshot(run.country)
        roles = {name.partition(".")[0] for name in addressed(bundle.flowchart, self.charts)}
        return size_of(directory, roles, run.mode, texts)
