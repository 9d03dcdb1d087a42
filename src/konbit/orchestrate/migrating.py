"""Runs that are under way and another version of their flowchart: what may be done with each, and doing it.

A run is moved under its lease: it is looked at, judged and moved without anything in between. A run that another process is
advancing at that moment is left alone and said to be busy.
"""

import dataclasses
import datetime as dt
import time
from typing import Final, Literal

from pydantic import JsonValue

from konbit.check.authoring.moving import Fate, Verdict, classify
from konbit.definition.bundle import Bundle
from konbit.engine.compile import compile_plan
from konbit.engine.events import Migrated, Redone
from konbit.engine.migration import move
from konbit.engine.plan import Plan
from konbit.engine.state import RequestFrame, RunState
from konbit.errors import UnknownFlowchart
from konbit.orchestrate.attempt import Attempt
from konbit.orchestrate.checks import InvalidCommand
from konbit.orchestrate.steward import Steward, hand_over
from konbit.store.records import Run
from konbit.store.transaction import Tx

WORDS: Final = {
    "unaffected": "nothing it may still do has changed",
    "can_move": "only what lies ahead has changed",
    "must_stay": "it has been where the version differs, and stays",
    "needs_decision": "what is under way works otherwise now: decide keep, or again",
    "there": "it has this version",
    "busy": "it is being advanced; try again",
}
"""A verdict in words."""
Decision = Literal["keep", "again"]
"""What becomes of requests under way that the new version words or times otherwise: they stay as they were asked, or are
withdrawn and asked again."""
TRIES: Final = 40
PAUSE: Final = 0.25
"""Seconds between two tries to take the lease of a run that is being advanced."""
SHORT: Final = 12
"""How many digits of a digest are shown."""


@dataclasses.dataclass(frozen=True)
class Judged:
    """A run, and what may be done with it."""

    run: Run
    fate: Fate | Literal["busy", "there"]
    """`there`: it has this version already. `busy`: another process holds it."""
    because: tuple[str, ...] = ()
    moved: bool = False


def target(steward: Steward, flowchart: str, version: str | None = None) -> Bundle:
    """The version to move to: the present one, or a stored one by the beginning of its digest.

    UnknownFlowchart if there is none, InvalidDefinition if it has errors.
    """
    if version is None:
        bundle = steward.bundles(flowchart)
    else:
        with steward.store.read() as tx:
            stored = tx.plans.versions(flowchart)
            found = [digest for digest in stored if digest.startswith(version)]
            if len(found) != 1:
                there = ", ".join(digest[:SHORT] for digest in stored) or "none"
                raise UnknownFlowchart(
                    f"{len(found)} stored versions of {flowchart} begin with '{version}'; there are: {there}"
                )
            bundle = tx.plans.get(found[0])
    compile_plan(bundle, steward.flowchart)
    return bundle


def judge(steward: Steward, run_id: str, new: Bundle) -> Judged:
    """What may be done with a run; changes nothing."""
    run, plan, page = steward.look(run_id)
    return _judged(run, plan, page.state, new)


def _judged(run: Run, plan: Plan, state: RunState, new: Bundle) -> Judged:
    if run.digest == new.digest:
        return Judged(run, "there")
    verdict: Verdict = classify(plan.bundle, new, list(state.live))
    return Judged(run, verdict.fate, verdict.because)


def migrate(
    steward: Steward,
    run_id: str,
    new: Bundle,
    actor: str,
    reason: str,
    *,
    decision: Decision | None = None,
) -> Judged:
    """Moves a run if it may be moved, with a line in its journal and in the audit.

    A run that must stay is not moved, nor one that needs a decision and has none; InvalidCommand without a reason.
    """
    if not reason.strip():
        raise InvalidCommand("say why: the reason is kept in the audit")
    with steward.store.begin() as tx:
        tx.plans.put(new)
    for _ in range(TRIES):
        with steward.lease(run_id) as lease:
            if lease is not None:
                return _move(steward, steward.open(run_id, lease), new, actor, reason, decision)
        time.sleep(PAUSE)
    with steward.store.read() as tx:
        return Judged(tx.runs.get(run_id), "busy", ("another process is advancing it; try again",))


def _move(
    steward: Steward, attempt: Attempt, new: Bundle, actor: str, reason: str, decision: Decision | None
) -> Judged:
    run, old = attempt.run, attempt.plan
    if run.status == "ended":
        raise InvalidCommand(f"run {run.id} has ended ({run.outcome}); it stays with the version it had")
    judged = _judged(run, old, attempt.page.state, new)
    undecided = judged.fate == "needs_decision" and decision is None
    if judged.fate in ("there", "must_stay") or undecided:
        return judged
    now = steward.clock.now()
    asked_anew = judged.fate == "needs_decision" and decision == "again"
    again = _changed(attempt, attempt.plans(new.digest), now) if asked_anew else []
    details: dict[str, JsonValue] = {
        "before": run.digest,
        "after": new.digest,
        "verdict": judged.fate,
        "decision": decision,
    }

    def along(tx: Tx) -> None:
        tx.audit.add(now, actor, "migrated", run_id=run.id, reason=reason, details=details)
        for step in again:
            hand_over(tx, run.id, Redone(at=now, actor=actor, step=step, reason=reason), reason)

    event = Migrated(at=now, actor=actor, before=run.digest, digest=new.digest, reason=reason)
    attempt.record(event, along=along)
    return dataclasses.replace(judged, moved=True)


def _changed(attempt: Attempt, new: Plan, now: dt.datetime) -> list[str]:
    """The steps whose open request the new version would ask otherwise."""
    state, _ = move(attempt.plan, new, attempt.page.state, now)
    frames = [frame for frame in state.live.values() if isinstance(frame, RequestFrame)]
    steps = {
        new.nodes[frame.node].step + frame.suffix: None
        for frame in sorted(frames, key=lambda frame: frame.key)
        if attempt.plan.nodes.get(frame.node) != new.nodes[frame.node]
    }
    return list(steps)


def sentence(found: Judged, before: str, after: str) -> str:
    """What became of a run, or would: the verdict, its reasons, and the versions."""
    deed = "moved" if found.moved else "not moved"
    why = f" ({'; '.join(found.because)})" if found.because else ""
    return f"{deed}, from {before[:SHORT]} to {after[:SHORT]}: {WORDS[found.fate]}{why}"
