"""A steward looks after runs: begins them, and advances each until only waits are left.

It knows nothing of Prefect: who executes work is an argument. The flow body passes Prefect tasks, the clock and the tests
carry the work out directly.
"""

import contextlib
import dataclasses
import datetime as dt
import logging
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar

from pydantic import JsonValue

from konbit.clock import Clock, wall_now
from konbit.definition.bundle import Bundle
from konbit.definition.codelists import CodeLists
from konbit.definition.content import Message
from konbit.definition.flowchart import Flowchart
from konbit.domain.caution import GROUNDS, Caps
from konbit.domain.duties import DUTIES
from konbit.engine.compile import compile_plan
from konbit.engine.effects import DoWork
from konbit.engine.events import AnyEvent, StoodDown, WorkDone
from konbit.engine.migration import replay
from konbit.engine.pausing import TAKEN
from konbit.engine.plan import Plan
from konbit.errors import InvalidDefinition, KeyReused, LeaseLost, RunFinished, UnknownRun
from konbit.orchestrate import admission, capping, preflight
from konbit.orchestrate.attempt import Attempt
from konbit.orchestrate.errand import Carry, Executor, Standing
from konbit.orchestrate.exhibits import Exhibits, exhibits_of
from konbit.orchestrate.faults import reached
from konbit.orchestrate.ledger import Bundles, Ledger, Page
from konbit.orchestrate.precautions import Precautions
from konbit.orchestrate.shelf import Shelf
from konbit.orchestrate.standing import standing_of
from konbit.store.database import Store
from konbit.store.records import Lease, NewRun, Run
from konbit.store.transaction import Tx

logger = logging.getLogger(__name__)
REFUSED = "refused"
"""How a run ends that a second person did not approve."""
LEASE = dt.timedelta(seconds=20)
"""How long a lease holds without a heartbeat: after so long a dead process's runs are free again."""
HEARTBEATS = 4
"""How often the holder of a lease gives a sign of life while it holds."""
_lease: ContextVar[Lease | None] = ContextVar("konbit-lease", default=None)
"""The lease that this thread holds."""


@dataclasses.dataclass(frozen=True)
class Steward:
    """Begins runs and advances them."""

    store: Store
    ledger: Ledger
    bundles: Bundles
    clock: Clock
    codes: CodeLists
    owner: str
    """Which process this is: the holder of its leases."""
    length: dt.timedelta = LEASE
    """How long its leases hold without a heartbeat."""
    prepared: Mapping[str, Message] = dataclasses.field(default_factory=dict)
    """Messages that no flowchart names."""
    caps: Caps = Caps()
    """How large a drill may be that one person starts."""
    shelf: Shelf = dataclasses.field(default_factory=Shelf)
    """Plans that were read before."""
    sound: Callable[[str], None] = lambda _: None
    """Refuses a flowchart that has errors."""

    def request(
        self,
        flowchart: str,
        parameters: Mapping[str, object],
        mode: str,
        started_by: str,
        *,
        idempotency_key: str | None = None,
        flow_run_id: str | None = None,
    ) -> Run:
        """A new run, pinned to the flowchart as it is now. InvalidParameter if its parameters do not fit.

        The same idempotency key gives the same run, and `KeyReused` if it was given to another. A run that needs a second
        person is stored and waits.
        """
        bundle = self.bundles(flowchart)
        values = admission.values(bundle.flowchart, parameters, self.codes)
        country = values.get("country")
        with self.store.begin() as tx:
            new = NewRun(
                id=str(uuid.uuid4()),
                flowchart=flowchart,
                digest=tx.plans.put(bundle),
                mode="actual" if mode == "actual" else "drill",
                parameters=values,
                started_by=started_by,
                created_at=self.clock.now(),
                country=country if isinstance(country, str) else None,
                idempotency_key=idempotency_key,
            )
            run = tx.runs.create(new)
            if run.id == new.id:
                self.precautions.taken(tx, run, bundle, new.created_at)
            elif (run.flowchart, run.mode, run.parameters) != (new.flowchart, new.mode, new.parameters):
                raise KeyReused(f"the key '{idempotency_key}' belongs to run {run.id}, which is another one")
            if flow_run_id is not None and run.flow_run_id != flow_run_id:
                tx.runs.set_flow_run(run.id, flow_run_id)
        return run

    def begin(
        self,
        flowchart: str,
        parameters: Mapping[str, object],
        mode: str,
        flow_run_id: str,
        idempotency_key: str | None = None,
        started_by: str = "prefect",
        confirm: str = "",
    ) -> str:
        """The run that belongs to a Prefect flow run: the one it was made for, or a new one.

        A new one was asked for in Prefect, by its form or by a schedule: it is refused what `konbit activate` would refuse.
        """
        with self.store.read() as tx:
            known = tx.runs.by_flow_run(flow_run_id)
            if known is None and idempotency_key is not None:
                # The clock makes flow runs under our run's id, and `ID/again/...` where the first one has ended.
                with contextlib.suppress(UnknownRun):
                    known = tx.runs.get(idempotency_key.partition("/")[0])
        if known is None:
            self.sound(flowchart)
            if mode == "actual":
                chart = self.bundles(flowchart).flowchart
                checked = admission.values(chart, parameters, self.codes)
                admission.require_person(flowchart, checked, confirm, started_by)
            return self.request(
                flowchart,
                parameters,
                mode,
                started_by,
                idempotency_key=f"flow-run:{flow_run_id}",
                flow_run_id=flow_run_id,
            ).id
        if known.flow_run_id != flow_run_id:
            with self.store.begin() as tx:
                tx.runs.set_flow_run(known.id, flow_run_id)
        return known.id

    @property
    def precautions(self) -> Precautions:
        """What is looked at before a run may begin."""
        return Precautions(self.ledger.planner, self.flowchart, self.prepared, self.caps)

    def attempt(self, run_id: str, executor: Executor) -> Standing:
        """Advances a run until only waits are left. `busy` if another process is at it.

        A run that waits for a second person is left as it is.
        """
        held = self._awaits(run_id)
        if held is not None:
            return held
        try:
            with self.lease(run_id) as lease:
                if lease is None:
                    return Standing("busy", "Advancing", "another process is advancing this run")
                attempt = self.open(run_id, lease)
                attempt.work_off(executor)
                standing = standing_of(attempt.plan, attempt.page.state, self.clock.now())
            with self.store.read() as tx:
                return capping.shown(standing, list(tx.holds.open(run_id)))
        except LeaseLost:
            logger.warning("run %s was taken over by another process", run_id)
            return Standing("busy", "Advancing", "another process took this run over")

    def _awaits(self, run_id: str) -> Standing | None:
        """How a run stands that may not begin: it waits for a second person, or was refused. None for every other."""
        with self.store.read() as tx:
            run = tx.runs.get(run_id)
            asked = tx.approvals.of(run_id) if run.last_seq == 0 else []
        if any(one.verdict == "refused" for one in asked):
            return Standing("ended", "Refused", "a second person did not approve it", outcome=REFUSED)
        waiting = [GROUNDS[one.ground] for one in asked if one.verdict is None]
        if waiting:
            said = f"{waiting[0]} needs a second person: konbit runs approve {run_id[:8]}"
            return Standing("waiting", "Awaiting approval", said)
        return None

    def open(self, run_id: str, lease: Lease) -> Attempt:
        """Loads a run: its plan, and its state folded from the journal."""
        with self.store.read() as tx:
            run, plan, page = self.folded(tx, run_id)
        ledger = dataclasses.replace(self.ledger, born=self.precautions.born)
        return Attempt(self.store, ledger, self.clock, self.codes, self.plan, run, plan, page, lease)

    def folded(self, tx: Tx, run_id: str) -> tuple[Run, Plan, Page]:
        """A run, the plan it has now, and its state folded from the journal, as one transaction sees them."""
        run = tx.runs.get(run_id)
        entries = tx.journal.read(run_id)
        events = [entry.event for entry in entries]
        plan, state = replay(lambda digest: self._plan(digest, tx), run.digest, events)
        return run, plan, Page(state, entries[-1].seq, entries[-1].hash) if entries else Page(state, 0)

    def plan(self, digest: str) -> Plan:
        """The plan of a stored version of a flowchart; UnknownFlowchart if it was never stored."""
        with self.store.read() as tx:
            return self._plan(digest, tx)

    def _plan(self, digest: str, tx: Tx) -> Plan:
        return self.shelf.plan(digest, lambda: self._pinned(tx.plans.get(digest)))

    def _pinned(self, bundle: Bundle) -> Plan:
        """The plan of a stored bundle. It was sound when it was stored; a child that has changed since must not stop it."""
        try:
            return compile_plan(bundle, self.flowchart)
        except InvalidDefinition:
            return compile_plan(bundle)

    def look(self, run_id: str) -> tuple[Run, Plan, Page]:
        """A run as it stands, without a lease: to show it."""
        with self.store.read() as tx:
            return self.folded(tx, run_id)

    def task_runs(self, run_id: str) -> dict[str, str]:
        """Work → the Prefect task run that did it."""
        with self.store.read() as tx:
            events = [entry.event for entry in tx.journal.read(run_id)]
        return {
            event.work: event.task_run for event in events if isinstance(event, WorkDone) and event.task_run
        }

    def stirred(self, run_id: str) -> bool:
        """True if something waits to be taken: an answer, a command, a timer that is due."""
        with self.store.read() as tx:
            pending = tx.inbox.pending(run_id)
            run = tx.runs.get(run_id)
            if run.last_seq == 0 and tx.approvals.of(run_id):
                return not tx.approvals.waiting(run_id)
            if run.paused_at is not None:
                return any(item.event.kind in TAKEN for item in pending)
            return bool(pending or tx.timers.due(run_id, self.clock.now()))

    def preflight(self, run_id: str) -> str:
        """What a run would send, for a page of Prefect; nothing once it has begun, or if another run started it."""
        with self.store.read() as tx:
            run = tx.runs.get(run_id)
            if run.last_seq or run.parent_run is not None:
                return ""
            found = preflight.of_run(tx, run, self.ledger.planner, self.clock.now(), self.flowchart)
        most = self.caps.people(run.mode, run.reach)
        return f"{preflight.markdown(found)}\nIt may write to at most {most} people; more are held until an operator lets it.\n"

    def exhibits(self, run_id: str) -> Exhibits:
        """What operators are shown of a run."""
        run, plan, page = self.look(run_id)
        with self.store.read() as tx:
            asked_at = {
                (frame.key, one.person): one.asked_at
                for frame in page.state.requests
                for one in tx.requests.asked(run.id, frame.key)
            }
            contacts = tx.contacts.of(run.id)
        return exhibits_of(plan, page.state, asked_at, contacts)

    def wall(self, moment: dt.datetime) -> dt.datetime:
        """The real time of a moment of run time."""
        return self.clock.wall(moment)

    def stand_down(self, run_id: str, actor: str, reason: str) -> None:
        """Ends a run early; one that waits for a second person is refused. RunFinished if it has ended."""
        now = self.clock.now()
        with self.store.begin() as tx:
            if tx.approvals.decide(run_id, "refused", actor, now, reason):
                tx.runs.ended(run_id, REFUSED, {}, now)
                tx.audit.add(now, actor, REFUSED, run_id=run_id, reason=reason)
                return
        self.command(run_id, StoodDown(at=self.clock.now(), actor=actor, reason=reason), reason)

    def command(
        self, run_id: str, event: AnyEvent, reason: str, details: Mapping[str, JsonValue] | None = None
    ) -> None:
        """Hands a command of an operator to a run, with a line in the audit. RunFinished if it has ended."""
        with self.store.begin() as tx:
            hand_over(tx, run_id, event, reason, details)

    @contextlib.contextmanager
    def lease(self, run_id: str) -> Iterator[Lease | None]:
        """Takes the run's lease, keeps it alive, gives it back. None if another process or thread has it.

        Within a lease on the same run, it is that one: who claims a run may hold it before and after its attempt.
        """
        mine = _lease.get()
        if mine is not None and mine.run_id == run_id:
            yield mine
            return
        with self.store.begin() as tx:
            lease = tx.runs.lease(run_id, f"{self.owner}:{uuid.uuid4().hex[:8]}", wall_now(), self.length)
        if lease is None:
            yield None
            return
        reached("after-claim")
        stop = threading.Event()
        heart = threading.Thread(target=self._beat, args=(lease, stop), name="konbit-heartbeat", daemon=True)
        heart.start()
        token = _lease.set(lease)
        try:
            yield lease
        finally:
            _lease.reset(token)
            stop.set()
            heart.join()
            with self.store.begin() as tx:
                tx.runs.release(lease)

    def _beat(self, lease: Lease, stop: threading.Event) -> None:
        while not stop.wait(self.length.total_seconds() / HEARTBEATS):
            try:
                with self.store.begin() as tx:
                    if not tx.runs.renew(lease, wall_now(), self.length):
                        return
            except Exception:
                logger.exception("no heartbeat for run %s", lease.run_id)

    def flowchart(self, id: str) -> Flowchart | None:
        """A flowchart as it is now, None if it is gone or cannot be read."""
        try:
            return self.bundles(id).flowchart
        except Exception:  # noqa: BLE001  a child that is gone: its results have no kinds, the run goes on
            return None


def directly(works: Sequence[DoWork], carry: Carry) -> None:
    """Carries work out in this thread, one after the other: for the clock and for tests."""
    for work in works:
        carry(work, DUTIES[work.duty])  # type: ignore[index]  # the engine asks for known duties


def hand_over(
    tx: Tx, run_id: str, event: AnyEvent, reason: str, details: Mapping[str, JsonValue] | None = None
) -> None:
    """Puts a command into the inbox of a run and a line into the audit. RunFinished if the run has ended."""
    run = tx.runs.get(run_id)
    if run.status == "ended":
        raise RunFinished(f"run {run_id} has ended: {run.outcome}")
    tx.inbox.put(run_id, event, f"{event.kind}:{uuid.uuid4()}", event.at)
    reached("within-command")
    tx.audit.add(event.at, event.actor, event.kind, run_id=run_id, reason=reason, details=details)
