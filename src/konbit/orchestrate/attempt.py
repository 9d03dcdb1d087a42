"""One turn at a run: what came in is taken, what is due is fired, work is done, until only waits are left."""

import dataclasses
import datetime as dt
import threading
from collections.abc import Callable

from konbit.clock import Clock
from konbit.definition.codelists import CodeLists
from konbit.domain.desk import Done
from konbit.engine.effects import DoWork
from konbit.engine.events import AnyEvent, Migrated, Started, TimerFired, WorkDone, WorkFailed
from konbit.engine.pausing import due_at, takes
from konbit.engine.plan import Plan
from konbit.engine.turn import work_of
from konbit.orchestrate.desk import StoreDesk
from konbit.orchestrate.errand import Duty, Executor
from konbit.orchestrate.faults import reached
from konbit.orchestrate.ledger import Ledger, Page
from konbit.store.database import Store
from konbit.store.records import InboxItem, Lease, Run, Timer
from konbit.store.transaction import Tx


@dataclasses.dataclass
class Attempt:
    """One turn at a run, under a lease. Several threads may carry work at once; each event is recorded on its own."""

    store: Store
    ledger: Ledger
    clock: Clock
    codes: CodeLists
    plans: Callable[[str], Plan]
    """Gives the plan of a stored version of a flowchart."""
    run: Run
    plan: Plan
    page: Page
    lease: Lease
    lock: threading.RLock = dataclasses.field(default_factory=threading.RLock)

    def record(
        self,
        event: AnyEvent,
        *,
        done: Done | None = None,
        inbox: int | None = None,
        along: Callable[[Tx], None] | None = None,
    ) -> None:
        """Keeps an event, and with it what `along` writes, and moves on."""
        with self.lock:
            moves_to = self.plans(event.digest) if isinstance(event, Migrated) else None
            self.page = self.ledger.record(
                self.lease,
                self.run,
                self.plan,
                self.page,
                event,
                done=done,
                inbox=inbox,
                moves_to=moves_to,
                along=along,
            )
            if moves_to is not None and isinstance(event, Migrated):
                self.plan, self.run = moves_to, dataclasses.replace(self.run, digest=event.digest)

    def __call__(self, work: DoWork, duty: Duty, task_run: str | None = None) -> Done:
        """Carries a duty out and records it; work that has come back already is not recorded again."""
        with self.lock:
            state = self.page.state
        desk = StoreDesk(self.store, self.run, self.plan.bundle, state, self.clock, self.codes)
        reached("before-work")
        done = duty(work, desk)
        reached("after-work")
        with self.lock:
            if work.work in self.page.state.live:
                event = WorkDone(
                    at=self.clock.now(), work=work.work, output=dict(done.output), task_run=task_run
                )
                self.record(event, done=done)
        return done

    def failed(self, work: DoWork, reason: str) -> None:
        """Records that work could not be done."""
        self.record(WorkFailed(at=self.clock.now(), work=work.work, reason=reason))

    def work_off(self, executor: Executor) -> None:
        """Takes what came from outside, fires what is due, has work done, until only waits are left."""
        if self.page.state.status == "new":
            self._start()
        while self.page.state.status != "ended":
            page = self.page
            works = [work_of(self.plan, frame) for frame in page.state.work]
            idle = not works or page.state.paused is not None
            # Between two pieces of work the last commit has said whether anything came in; before it leaves, it looks.
            if (idle or page.stirred) and self._take_inputs():
                continue
            if idle:
                return
            executor(works, self)

    def _start(self) -> None:
        marks = dict(self.run.marks)
        onset = self.run.parameters.get("occurred_at")
        if "E0" not in marks and isinstance(onset, str):
            marks["E0"] = dt.datetime.fromisoformat(onset)
        now = self.clock.now()
        marks.setdefault("S0", now)
        with self.store.begin() as tx:
            tx.runs.started(self.run.id, now)
        self.record(
            Started(
                at=now,
                actor=self.run.started_by,
                parameters=dict(self.run.parameters),
                mode=self.run.mode,
                marks=marks,
            )
        )

    def _take_inputs(self) -> bool:
        """Records everything that has come in or fallen due, in the order of its time; whether there was anything.

        While the run is held, only what it takes then; the rest waits.
        """
        with self.store.read() as tx:
            inbox = tx.inbox.pending(self.run.id)
            due = tx.timers.due(self.run.id, self.clock.now())
        items: list[InboxItem | Timer] = [item for item in inbox if takes(self.page.state, item.event)]
        if self.page.state.paused is None:
            items += due
        for item in sorted(items, key=self._time):
            state = self.page.state
            if isinstance(item, Timer):
                if state.status == "ended":
                    break
                if state.paused is None:
                    self._fire(item)
            elif takes(state, item.event):
                self.record(item.event, inbox=item.id)
        return bool(items)

    def _time(self, item: InboxItem | Timer) -> tuple[dt.datetime, int]:
        """What came first comes first; at the same moment the answer beats the deadline."""
        if isinstance(item, Timer):
            return due_at(self.page.state, item.at), 1
        return item.event.at, 0

    def _fire(self, timer: Timer) -> None:
        """Records that a timer fired, unless what came before it has cancelled it."""
        now = self.clock.now()
        with self.store.read() as tx:
            still = timer in tx.timers.due(self.run.id, now)
        if still:
            self.record(TimerFired(at=now, timer=timer.timer))
