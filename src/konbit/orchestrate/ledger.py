"""The one transaction that moves a run: the event is kept, the engine advanced, and everything it asks for applied.

Messages are planned, requests opened, timers set, children created and the run ended in the same transaction that keeps the
event, or none of it is. What is left to do outside is derived from the state: work that has not come back.
"""

import dataclasses
import datetime as dt
import uuid
from collections.abc import Callable

from pydantic import JsonValue

from konbit.definition.bundle import Bundle
from konbit.definition.parameters import accepted
from konbit.domain.desk import Done
from konbit.engine.advance import advance
from konbit.engine.effects import (
    CancelTimer,
    CloseRequest,
    Effect,
    ExtendRequest,
    Finish,
    Notify,
    OpenRequest,
    PauseLadder,
    SetTimer,
    StartChild,
    StopChild,
    Withdraw,
)
from konbit.engine.events import AnyEvent, ChildEnded, Migrated, Paused, Resumed, StoodDown
from konbit.engine.migration import move
from konbit.engine.plan import Plan
from konbit.engine.state import RunState
from konbit.errors import UserError
from konbit.orchestrate.desk import BALANCES
from konbit.orchestrate.faults import reached
from konbit.orchestrate.planning import Planner
from konbit.store.database import Store
from konbit.store.records import Fact, Lease, NewRun, Report, Run
from konbit.store.transaction import Tx

Bundles = Callable[[str], Bundle]
"""Gives the bundle of a flowchart by its id, as it is now: what a new run is pinned to."""
Born = Callable[[Tx, Run, dt.datetime], None]
"""Looks at a run that another run has just started, in the same transaction."""


@dataclasses.dataclass(frozen=True)
class Page:
    """Where a run is: its state after so many events."""

    state: RunState
    seq: int
    sealed: str = ""
    """The hash of that line of the journal; empty before the first."""
    stirred: bool = True
    """Whether anything had come in or fallen due by then; True if nobody has looked."""


@dataclasses.dataclass(frozen=True)
class Ledger:
    """Keeps events and applies their effects."""

    store: Store
    planner: Planner
    bundles: Bundles
    born: Born = lambda _tx, _run, _now: None
    """The precautions at the birth of a child; a steward puts its own here."""

    def record(
        self,
        lease: Lease,
        run: Run,
        plan: Plan,
        page: Page,
        event: AnyEvent,
        *,
        done: Done | None = None,
        inbox: int | None = None,
        moves_to: Plan | None = None,
        along: Callable[[Tx], None] | None = None,
    ) -> Page:
        """The page after the event; LeaseLost if another process has taken the run over.

        `moves_to` is the plan that a `Migrated` names: the run is pinned to it from here on. `along` writes what belongs to
        the event into the same transaction.
        """
        reached("before-append")
        with self.store.begin() as tx:
            entry = tx.journal.append(lease, event, page.seq, page.sealed)
            state, effects = _advanced(tx, run, plan, page, event, moves_to)
            plan = moves_to or plan
            if state.paused != page.state.paused:
                tx.runs.hold(run.id, state.paused)
            _hand_on(tx, run, event, page.state.paused, inbox)
            if inbox is not None:
                tx.inbox.done(inbox, entry.seq)
            _keep(tx, run, done, event)
            for effect in effects:
                self._apply(tx, run, plan, effect, event.at)
            # A timer of the same name may have been set anew, and one that came while the run is held is still to fire.
            if event.kind == "timer_fired" and event.timer not in state.timers:
                tx.timers.cancel(run.id, event.timer)
            if along is not None:
                along(tx)
            stirred = tx.inbox.stirred(run.id, event.at)
            reached("within-append")
        reached("after-append")
        return Page(state, entry.seq, entry.hash, stirred)

    def _apply(self, tx: Tx, run: Run, plan: Plan, effect: Effect, now: dt.datetime) -> None:
        match effect:
            case OpenRequest():
                tx.requests.open(run.id, effect)
            case CloseRequest():
                tx.requests.close(run.id, effect.request, effect.reason, now)
                tx.deliveries.cancel_for_request(run.id, effect.request, now)
            case ExtendRequest():
                tx.requests.extend(run.id, effect.request, effect.closes_at)
            case Notify():
                self.planner.plan(tx, run, plan.bundle, effect, now)
                mark_sent(tx, run, effect, now)
            case Withdraw():
                for person in effect.people:
                    tx.deliveries.withdraw_request(run.id, effect.request, "cancelled", now, person=person)
                tx.holds.without(run.id, effect.request, effect.people, now)
            case PauseLadder():
                tx.deliveries.pause(run.id, effect.request, effect.person, effect.until)
            case SetTimer():
                tx.timers.set(run.id, effect.timer, effect.at)
            case CancelTimer():
                tx.timers.cancel(run.id, effect.timer)
            case StartChild():
                self._start_child(tx, run, effect, now)
            case StopChild():
                _stop_child(tx, run, effect, now)
            case Finish():
                _finish(tx, run, effect, now)

    def _start_child(self, tx: Tx, run: Run, effect: StartChild, now: dt.datetime) -> None:
        try:
            bundle = self.bundles(effect.flowchart)
            parameters = accepted(bundle.flowchart.parameters, effect.parameters)
        except UserError as error:
            # The child is as it is now, and this run as it was: what does not fit any more must not hold the run up.
            _not_started(tx, run, effect, str(error), now)
            return
        country = effect.parameters.get("country")
        child = tx.runs.create(
            NewRun(
                id=str(uuid.uuid5(uuid.UUID(run.id), effect.child)),
                flowchart=effect.flowchart,
                digest=tx.plans.put(bundle),
                mode=run.mode,
                parameters=parameters,
                started_by=f"run:{run.id}",
                created_at=now,
                country=country if isinstance(country, str) else run.country,
                parent_run=run.id,
                parent_key=effect.child,
                marks=dict(effect.marks),
                idempotency_key=f"{run.id}/{effect.child}",
            )
        )
        self.born(tx, child, now)


def _advanced(
    tx: Tx, run: Run, plan: Plan, page: Page, event: AnyEvent, moves_to: Plan | None
) -> tuple[RunState, tuple[Effect, ...]]:
    """What the event makes of the run; a move pins what was opened under the plan before to it."""
    if moves_to is None or not isinstance(event, Migrated):
        return advance(plan, page.state, event)
    tx.requests.pin(run.id, event.before)
    tx.runs.moved(run.id, event.digest)
    return move(plan, moves_to, page.state, event.at)


def _keep(tx: Tx, run: Run, done: Done | None, event: AnyEvent) -> None:
    now = event.at
    if event.kind == "stood_down":
        tx.holds.drop(run.id, "konbit", now)
    if done is None:
        return
    for report in done.reports:
        tx.reports.put(
            Report(
                id=report.key,
                run_id=run.id,
                step=report.key.partition("/")[0],
                kind=report.kind,
                number=report.number,
                title=report.title,
                markdown=report.markdown,
                csv=report.csv,
                quarantined=report.quarantined,
                created_at=now,
            )
        )
    if done.balance is not None:
        tx.facts.put(BALANCES, [Fact(id=f"balance-{now.timestamp()}", run_id=run.id, document=done.balance)])


def mark_sent(tx: Tx, run: Run, effect: Notify, now: dt.datetime) -> None:
    """Keeps that a report has gone out, if that is what the message carries and it is not held."""
    report = effect.values.get("report")
    if not isinstance(report, str) or effect.purpose != "inform":
        return
    if all(held.effect.get("key") != effect.key for held in tx.holds.open(run.id)):
        tx.reports.sent(run.id, report, now)


def _stop_child(tx: Tx, run: Run, effect: StopChild, now: dt.datetime) -> None:
    for child in tx.runs.children(run.id):
        if child.parent_key == effect.child and child.status != "ended":
            event = StoodDown(at=now, reason=effect.reason)
            tx.inbox.put(child.id, event, f"stop:{run.id}:{effect.child}", now)


def _hand_on(tx: Tx, run: Run, event: AnyEvent, since: dt.datetime | None, inbox: int | None) -> None:
    """Holds the children that whoever gave the pause did not see yet; lets those that are held go on with the run.

    What was given before a pause may be taken after it and start a child then: no time of day tells which those are.
    """
    if not isinstance(event, Paused | Resumed) or (event.kind == "resumed" and since is None):
        return
    for child in tx.runs.children(run.id):
        if child.status == "ended":
            continue
        pending = {item.event.kind for item in tx.inbox.pending(child.id)}
        held = child.paused_at is not None or "paused" in pending
        # A second pause would wait for the end of the first, and hold the child anew.
        if held != (event.kind == "resumed") or event.kind in pending:
            continue
        if not _decided_since(tx, run, child, event, inbox):
            tx.inbox.put(child.id, event, f"{event.kind}:{run.id}:{event.at.isoformat()}", event.at)


def _decided_since(tx: Tx, run: Run, child: Run, event: Paused | Resumed, inbox: int | None) -> bool:
    """Whether the child was given the contrary after the run was given this, and not by the run itself."""
    contrary = "resumed" if event.kind == "paused" else "paused"
    keys = tx.inbox.keys_after(child.id, contrary, inbox) if inbox is not None else []
    return any(not key.startswith(f"{contrary}:{run.id}:") for key in keys)


def _not_started(tx: Tx, run: Run, effect: StartChild, reason: str, now: dt.datetime) -> None:
    """The step that was to start it ends `failed`, and the audit says why."""
    event = ChildEnded(at=now, child=effect.child, outcome="failed", results={"reason": reason})
    tx.inbox.put(run.id, event, f"child-not-started:{effect.child}", now)
    details: dict[str, JsonValue] = {"child": effect.child, "flowchart": effect.flowchart}
    tx.audit.add(now, "konbit", "child-not-started", run_id=run.id, reason=reason, details=details)


def _finish(tx: Tx, run: Run, effect: Finish, now: dt.datetime) -> None:
    tx.runs.ended(run.id, effect.outcome, effect.results, now)
    tx.timers.cancel_all(run.id)
    if run.parent_run and run.parent_key:
        event = ChildEnded(at=now, child=run.parent_key, outcome=effect.outcome, results=dict(effect.results))
        tx.inbox.put(run.parent_run, event, f"child:{run.id}", now)
