"""What operators do to runs, as Prefect flows: one for each command, such as `flows.operate.extend`.

They are registered as `operate-NAME/konbit` with the tag `operator`. The run is named by its id or the beginning of it, as
`konbit runs list` shows it. What does not fit the run as it stands fails with one sentence and changes nothing.
"""

import datetime as dt
from typing import Literal

from konbit.definition.durations import Duration
from konbit.orchestrate import auditing, migrating
from konbit.orchestrate.approving import approve as let_begin
from konbit.orchestrate.correcting import correct as send_correction
from konbit.orchestrate.flow_runs import PrefectFlows
from konbit.orchestrate.operator_flows import desk, operation
from konbit.orchestrate.releasing import release as let_leave


@operation
def answer(run: str, step: str, person: str, reason: str, option: str | None = None) -> str:
    """Record the decision that somebody gave by telephone.

    Args:
        run: The id of the run.
        step: The step that asks, such as decide.
        person: The id of the person who answered.
        reason: How you know; it is kept in the audit.
        option: What they chose; leave it empty if they decline. Forms are filled in with `konbit runs answer`.
    """
    at = desk(run)
    return at.who.answer(at.run, step, person, option or None, reason)


@operation
def extend(
    run: str, step: str, reason: str, by: Duration | None = None, until: dt.datetime | None = None
) -> str:
    """Move the deadline of an open request.

    Args:
        run: The id of the run.
        step: The step that asks.
        reason: Why; it is kept in the audit.
        by: By how much, such as 2h or 1h30m; or give a moment.
        until: Until when.
    """
    at = desk(run)
    return at.who.extend(at.run, step, reason, by=by, until=until)


@operation
def skip(run: str, step: str, reason: str) -> str:
    """Pass over a step: one that is under way, or one that has not been reached.

    Args:
        run: The id of the run.
        step: The step, such as verify or link[WSH].
        reason: Why; it is kept in the audit.
    """
    at = desk(run)
    return at.who.skip(at.run, step, reason)


@operation
def redo(run: str, step: str, reason: str) -> str:
    """Have a step done again, and what comes after it in its list.

    Args:
        run: The id of the run.
        step: The step, such as verify or link[WSH].
        reason: Why; it is kept in the audit.
    """
    at = desk(run)
    return at.who.redo(at.run, step, reason)


@operation
def force(run: str, step: str, outcome: str, reason: str) -> str:
    """End a step with an outcome that it can have.

    Args:
        run: The id of the run.
        step: The step, such as verify or link[WSH].
        outcome: How it ends, such as confirmed or no_answer.
        reason: Why; it is kept in the audit.
    """
    at = desk(run)
    return at.who.force(at.run, step, outcome, reason)


@operation
def reassign(run: str, step: str, person: str, to: str, reason: str) -> str:
    """Ask somebody else instead of a person who was asked.

    Args:
        run: The id of the run.
        step: The step that asks.
        person: The id of the person who was asked.
        to: The id of the person who is asked instead.
        reason: Why; it is kept in the audit.
    """
    at = desk(run)
    return at.who.reassign(at.run, step, person, to, reason)


@operation
def add_item(run: str, step: str, item: str, reason: str) -> str:
    """Have a loop that is under way take one more item, such as another cluster.

    Args:
        run: The id of the run.
        step: The loop.
        item: What it takes, such as WSH.
        reason: Why; it is kept in the audit.
    """
    at = desk(run)
    return at.who.add_item(at.run, step, item, reason)


@operation
def pause(run: str, reason: str) -> str:
    """Hold a run and those it started: nobody is asked anew, answers are still taken, deadlines do not move.

    Args:
        run: The id of the run.
        reason: Why; it is kept in the audit.
    """
    at = desk(run)
    return at.who.pause(at.run, reason)


@operation
def resume(run: str, reason: str) -> str:
    """Let a paused run go on; timers that fell due meanwhile fire now, in the order of their time.

    Args:
        run: The id of the run.
        reason: Why; it is kept in the audit.
    """
    at = desk(run)
    return at.who.resume(at.run, reason)


@operation
def signal(run: str, name: str, reason: str) -> str:
    """Give a run a signal that its flowchart waits for.

    Args:
        run: The id of the run.
        name: The signal.
        reason: Why; it is kept in the audit.
    """
    at = desk(run)
    return at.who.signal(at.run, name, reason)


@operation
def approve(run: str, name: str, reason: str) -> str:
    """Let a run begin that waits for a second person; whoever started it cannot.

    Args:
        run: The id of the run.
        name: Who you are, as the audit is to name you; Prefect may not know.
        reason: Why; it is kept in the audit.
    """
    at = desk(run)
    return let_begin(at.who.steward, at.run, f"prefect:{name.strip()}", reason)


@operation
def release(run: str, name: str, reason: str, up_to: int = 0, drop: bool = False) -> str:  # noqa: FBT001, FBT002 - fields of a form
    """Let messages leave that are held because the run would write to more people than it may.

    Args:
        run: The id of the run.
        name: Who you are, as the audit is to name you; Prefect may not know.
        reason: Why; it is kept in the audit.
        up_to: To how many people the run may write from now on; 0 leaves it at those.
        drop: Drop the messages instead.
    """
    at = desk(run)
    who = f"prefect:{name.strip()}"
    return let_leave(at.who.steward, at.run, who, reason, up_to=up_to or None, drop=drop)


@operation
def stand_down(run: str, reason: str) -> str:
    """End a run early. Those who were told of it are told that it is over.

    Args:
        run: The id of the run.
        reason: Why; it is kept in the audit.
    """
    at = desk(run)
    return at.who.stand_down(at.run, reason)


@operation
def correct(run: str, reason: str, again: bool = False) -> str:  # noqa: FBT001, FBT002 - a field of a form
    """Take a false alarm back: tell exactly those who were told that it was a mistake.

    Args:
        run: The id of the run.
        reason: Why; it is kept in the audit.
        again: Send it although it was sent before.
    """
    at = desk(run)
    done = send_correction(
        at.parts.steward, at.parts.library.messages, at.run, at.who.actor, reason, again=again
    )
    return f"a correction goes to {len(done.people)} people, in {done.deliveries} messages"


@operation
def adopt(run: str, reason: str) -> str:
    """Give an open run a flow run if Prefect has lost the one it had.

    Args:
        run: The id of the run.
        reason: Why; it is kept in the audit.
    """
    at = desk(run)
    return at.who.adopt(at.run, reason, PrefectFlows())


@operation
def migrate(
    run: str,
    reason: str,
    version: str = "",
    decide: Literal["none", "keep", "again"] = "none",
    try_only: bool = False,  # noqa: FBT001, FBT002 - a field of a form
) -> str:
    """Move a run to another version of its flowchart, if it may be moved. The way back is to move it to the version it had.

    Args:
        run: The id of the run.
        reason: Why; it is kept in the audit.
        version: The beginning of the digest of a stored version; the present one if empty.
        decide: Open requests that have changed stay as they were asked (keep), or are asked again (again).
        try_only: Say what could be done with the run, and do nothing.
    """
    at = desk(run)
    with at.parts.store.read() as tx:
        before = tx.runs.get(at.run)
    new = migrating.target(at.parts.steward, before.flowchart, version or None)
    if try_only:
        found = migrating.judge(at.parts.steward, at.run, new)
    else:
        decision = None if decide == "none" else decide
        found = migrating.migrate(at.parts.steward, at.run, new, at.who.actor, reason, decision=decision)
    return migrating.sentence(found, before.digest, new.digest)


@operation
def audit(run: str) -> str:
    """Check that the record of a run is whole: the chain of its journal, and that a replay comes to what the store says.

    Args:
        run: The id of the run.
    """
    at = desk(run)
    found = auditing.verify(at.parts.steward, at.run)
    if found:
        raise auditing.BrokenRecord("; ".join(finding.words for finding in found))
    with at.parts.store.read() as tx:
        return f"the record is whole: {tx.runs.get(at.run).last_seq} lines"
