"""The second person: somebody other than who started a run lets it begin, or refuses it."""

from konbit.domain.caution import GROUNDS, same_person
from konbit.orchestrate.checks import InvalidCommand
from konbit.orchestrate.operating import said
from konbit.orchestrate.steward import Steward


def approve(steward: Steward, run_id: str, actor: str, reason: str) -> str:
    """Lets a run begin that waits for a second person; InvalidCommand if it waits for none, or if the two are one."""
    now, why = steward.clock.now(), said(reason)
    if not actor.rpartition(":")[2].strip():
        raise InvalidCommand("say who approves: the name is kept in the audit")
    with steward.store.begin() as tx:
        run = tx.runs.get(run_id)
        waiting = tx.approvals.waiting(run_id)
        if not waiting:
            raise InvalidCommand(f"run {run_id} does not wait for an approval")
        for one in waiting:
            if same_person(one.asked_by, actor):
                raise InvalidCommand(
                    f"{GROUNDS[one.ground]} needs a second person: '{actor}' is who started it"
                )
        tx.approvals.decide(run_id, "approved", actor, now, why)
        tx.audit.add(now, actor, "approved", run_id=run_id, reason=why)
        suspended = steward.precautions.make_way(tx, run, now)
    drills = f"; {len(suspended)} drills of {run.country} are suspended" if suspended else ""
    return f"run {run_id} may begin{drills}"
