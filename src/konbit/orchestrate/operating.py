"""What operators do to runs, from the command line and from Prefect: each act has an actor, a reason and a line in the audit.

Every command is looked at against the run as it stands before it is stored; what does not fit changes nothing. Each returns a
sentence that says what will happen.
"""

import dataclasses
import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Final

from pydantic import JsonValue

from konbit.engine.events import (
    AnyEvent,
    Extended,
    ItemAdded,
    OutcomeForced,
    Paused,
    Reassigned,
    Redone,
    Resumed,
    Signalled,
)
from konbit.engine.pausing import TAKEN
from konbit.engine.plan import Plan
from konbit.engine.state import RunState
from konbit.errors import RunFinished, UnknownRun
from konbit.orchestrate import checks
from konbit.orchestrate.checks import InvalidCommand
from konbit.orchestrate.clock_service import Flows
from konbit.orchestrate.steward import Steward, hand_over
from konbit.store.database import Store
from konbit.store.records import Run
from konbit.store.transaction import Tx

COMMANDS: Final = (
    "answer",
    "extend",
    "skip",
    "redo",
    "force",
    "reassign",
    "add_item",
    "pause",
    "resume",
    "signal",
    "approve",
    "release",
    "stand_down",
    "correct",
    "adopt",
    "migrate",
    "audit",
)
"""The commands that Prefect has as deployments too: `flows.operate.NAME`."""
LONGEST_REASON: Final = 500


@dataclasses.dataclass(frozen=True)
class Operator:
    """Somebody who may act on runs; `actor` is how the audit names them."""

    steward: Steward
    actor: str

    def extend(
        self,
        run_id: str,
        step: str,
        reason: str,
        *,
        by: dt.timedelta | None = None,
        until: dt.datetime | None = None,
    ) -> str:
        """Moves the deadline of an open request by a length from what it is, or to a moment."""
        _, plan, state = self._look(run_id)
        frame = checks.open_request(plan, state, step)
        now = self.steward.clock.now()
        if (by is None) == (until is None):
            raise InvalidCommand("say either by how much the deadline moves or until when")
        closes_at = until if until is not None else (frame.closes_at or now) + (by or dt.timedelta())
        checks.later(closes_at, now)
        event = Extended(
            at=now, actor=self.actor, request=frame.key, closes_at=closes_at, reason=said(reason)
        )
        self._store(run_id, event, reason, {"step": step, "closes_at": closes_at.isoformat()})
        return f"{frame.key} is open until {closes_at.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC"

    def skip(self, run_id: str, step: str, reason: str) -> str:
        """Passes over a step that is under way or has not been reached."""
        return self.force(run_id, step, "skipped", reason)

    def force(self, run_id: str, step: str, outcome: str, reason: str) -> str:
        """Ends a step with an outcome, or says how it ends when it is reached."""
        _, plan, state = self._look(run_id)
        when = checks.may_end(plan, state, step)
        checks.outcome_of(plan, step, outcome, self.steward.flowchart)
        now = self.steward.clock.now()
        event = OutcomeForced(at=now, actor=self.actor, step=step, outcome=outcome, reason=said(reason))
        self._store(run_id, event, reason, {"step": step, "outcome": outcome})
        later = "" if when == "now" else " when it is reached"
        return f"{step} ends {outcome}{later}{_held(state, event)}"

    def redo(self, run_id: str, step: str, reason: str) -> str:
        """Has a step done again, and what comes after it in its list."""
        _, plan, state = self._look(run_id)
        checks.may_redo(plan, state, step)
        event = Redone(at=self.steward.clock.now(), actor=self.actor, step=step, reason=said(reason))
        self._store(run_id, event, reason, {"step": step})
        return f"{step} is done again, and what comes after it{_held(state, event)}"

    def reassign(self, run_id: str, step: str, person: str, to: str, reason: str) -> str:
        """Asks somebody else instead of a person who was asked and is silent."""
        _, plan, state = self._look(run_id)
        frame = checks.open_request(plan, state, step)
        checks.was_asked(frame, person)
        if to == person:
            raise InvalidCommand(f"'{to}' is the one who was asked")
        with self.steward.store.read() as tx:
            found = tx.directory.people_by_ids([to]).get(to)
        if found is None or found.status != "active":
            raise InvalidCommand(f"there is nobody '{to}' in the directory who can be asked")
        event = Reassigned(
            at=self.steward.clock.now(),
            actor=self.actor,
            request=frame.key,
            person=person,
            to=to,
            reason=said(reason),
        )
        self._store(run_id, event, reason, {"step": step, "person": person, "to": to})
        return f"{to} is asked instead of {person} in {frame.key}{_held(state, event)}"

    def add_item(self, run_id: str, step: str, item: str, reason: str) -> str:
        """Has a loop that is under way take one more item."""
        _, plan, state = self._look(run_id)
        checks.may_add(plan, state, step, item, self.steward.codes)
        event = ItemAdded(at=self.steward.clock.now(), actor=self.actor, step=step, item=item)
        self._store(run_id, event, said(reason), {"step": step, "item": item})
        return f"{step} takes {item} as well{_held(state, event)}"

    def signal(self, run_id: str, name: str, reason: str) -> str:
        """Gives a run a signal that its flowchart waits for; it is kept until something waits."""
        _, plan, state = self._look(run_id)
        checks.signal_of(plan, name)
        event = Signalled(at=self.steward.clock.now(), actor=self.actor, name=name)
        self._store(run_id, event, said(reason), {"signal": name})
        return f"the run has the signal {name}{_held(state, event)}"

    def pause(self, run_id: str, reason: str) -> str:
        """Holds a run and the runs it started: nobody is asked anew until they are resumed."""
        _, _, state = self._look(run_id)
        checks.may_pause(state)
        now, why = self.steward.clock.now(), said(reason)
        held = self._family(run_id, Paused(at=now, actor=self.actor, reason=why), reason, paused=False)
        children = f" and {held - 1} that it started" if held > 1 else ""
        return f"the run is held{children}; answers are still taken, deadlines do not move"

    def resume(self, run_id: str, reason: str) -> str:
        """Lets a held run and the runs it started go on; timers that fell due meanwhile fire now, in order."""
        _, _, state = self._look(run_id)
        checks.may_resume(state)
        now, why = self.steward.clock.now(), said(reason)
        self._family(run_id, Resumed(at=now, actor=self.actor, reason=why), reason, paused=True)
        due = sum(1 for at, _ in state.timers.values() if at <= now)
        return f"the run goes on{f'; {due} due timers fire now' if due else ''}"

    def stand_down(self, run_id: str, reason: str) -> str:
        """Ends a run early; those who were told are told that it is over."""
        self.steward.stand_down(run_id, self.actor, said(reason))
        return "the run is being stood down"

    def answer(self, run_id: str, step: str, person: str, option: str | None, reason: str) -> str:
        """Records the decision that somebody gave by telephone; without an option, that they cannot answer."""
        _, plan, state = self._look(run_id)
        frame = checks.open_request(plan, state, step)
        now = self.steward.clock.now()
        data: dict[str, JsonValue] = {}
        with self.steward.store.begin() as tx:
            request = tx.requests.get(run_id, frame.key)
            rows = {one.person: one.row_id for one in tx.requests.asked(run_id, frame.key)}
            if person not in rows:
                raise InvalidCommand(f"'{person}' was not asked in '{step}'; asked were: {', '.join(rows)}")
            if option is not None:
                if request is None or request.form is not None or option not in request.options:
                    options = ", ".join(request.options) if request and not request.form else "a form"
                    raise InvalidCommand(
                        f"'{step}' cannot be answered '{option}' here; it takes: {options or 'a form'}"
                    )
                data = {"answer": option}
            became = tx.accept_answer(
                rows[person], "accept" if option else "decline", data, "operator", now,
                f"operator:{uuid.uuid4().hex}", self.actor,
            )  # fmt: skip
            details: dict[str, JsonValue] = {"request": frame.key, "person": person}
            tx.audit.add(now, self.actor, "answer-for", run_id=run_id, reason=said(reason), details=details)
        return f"recorded for {person}: {option or 'decline'} to {step}{'; it is late' if became == 'late' else ''}"

    def adopt(self, run_id: str, reason: str, flows: Flows) -> str:
        """Gives an open run a flow run in Prefect if Prefect has lost the one it had."""
        with self.steward.store.read() as tx:
            run = tx.runs.get(run_id)
        _open(run)
        if run.flow_run_id is not None and run.flow_run_id in flows.states([run.flow_run_id]):
            return f"nothing to do: Prefect knows its flow run {run.flow_run_id}"
        made = flows.create(run)
        with self.steward.store.begin() as tx:
            tx.runs.set_flow_run(run.id, made)
            now = self.steward.clock.now()
            details: dict[str, JsonValue] = {"before": run.flow_run_id, "flow_run": made}
            tx.audit.add(now, self.actor, "adopted", run_id=run.id, reason=said(reason), details=details)
        return f"its flow run is {made}"

    def _look(self, run_id: str) -> tuple[Run, Plan, RunState]:
        run, plan, page = self.steward.look(run_id)
        _open(run)
        return run, plan, page.state

    def _store(self, run_id: str, event: AnyEvent, reason: str, details: Mapping[str, JsonValue]) -> None:
        self.steward.command(run_id, event, said(reason), details)

    def _family(self, run_id: str, event: AnyEvent, reason: str, *, paused: bool) -> int:
        """Hands a command to a run and to all it started that are open and held or not; how many there are."""
        with self.steward.store.begin() as tx:
            found = [
                run
                for run in family(tx, run_id)
                if run.status != "ended" and (run.paused_at is not None) == paused
            ]
            for run in found:
                hand_over(tx, run.id, event, said(reason))
        return len(found)


def resolve(store: Store, name: str) -> Run:
    """The run of that id or beginning of an id; UnknownRun if there is none or more than one."""
    with store.read() as tx:
        found = tx.runs.beginning(name) if name else []
    if not found:
        raise UnknownRun(f"there is no run '{name}'; `konbit runs list` shows them")
    if len(found) > 1:
        raise UnknownRun(f"{len(found)} runs begin with '{name}'; give more of the id")
    return found[0]


def family(tx: Tx, run_id: str) -> list[Run]:
    """A run and all that it started, directly or not."""
    found = [tx.runs.get(run_id)]
    for run in found:
        found.extend(tx.runs.children(run.id))
    return found


def _open(run: Run) -> None:
    if run.status == "ended":
        raise RunFinished(f"run {run.id} has ended ({run.outcome}); it takes no more commands")


def said(reason: str) -> str:
    """The reason, which must be one: it is what the audit is read for."""
    said = " ".join(reason.split())
    if not said:
        raise InvalidCommand("say why: the reason is kept in the audit")
    if len(said) > LONGEST_REASON:
        raise InvalidCommand(f"the reason has {len(said)} characters; at most {LONGEST_REASON} are kept")
    return said


def _held(state: RunState, event: AnyEvent) -> str:
    """What to say of a command that waits because the run is held."""
    return (
        "; the run is paused: this waits until it is resumed"
        if state.paused and event.kind not in TAKEN
        else ""
    )
