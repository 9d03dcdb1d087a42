"""The clock: looks at our store every second, and at once when something is stored; nothing waits that could go on.

It wakes runs whose timers are due or that somebody answered, makes Prefect flow runs for runs that have none, starts again
what was lost with its process, stands down what was cancelled in the Prefect UI, and sends what is due. What it does is
derived from the store each time: whatever it missed while it was away, it does when it is back.
"""

import collections
import contextlib
import datetime as dt
import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Protocol

from konbit.clock import wall_now
from konbit.errors import KonbitError, ServiceUnavailable
from konbit.orchestrate.lookout import Lookout, Making, NoDeployments, held
from konbit.orchestrate.patience import Patience
from konbit.orchestrate.replies import ReplyReader
from konbit.orchestrate.steward import Steward, directly
from konbit.store.records import Run
from konbit.store.signals import Signals

logger = logging.getLogger(__name__)
TICK = 1.0
"""Seconds between two looks at our store, unless something is stored or a timer falls due."""
CALM_TICK = 3.0
"""Seconds between them when the last one found nothing to do."""
TOGETHER = 0.01
"""Seconds for which more may come after the first sign that something was stored."""
SURVEY = 3.0
"""Seconds between two looks at Prefect while something is under way."""
CALM_SURVEY = 10.0
"""Seconds between them when the last one found nothing to do and no run is held or has just ended."""
COLLECT = 5.0
"""Seconds between two looks at the mailbox."""
SIGN = 10.0
"""Seconds between two signs of life in our store."""
CLOCK = "clock"
"""By what name the clock gives its signs of life."""
GRACE = dt.timedelta(seconds=45)
"""How long a flow run may be starting before it counts as lost."""
CANCELLING = dt.timedelta(seconds=5)
"""How long a flow run without a process may be on its way to being cancelled."""
HEAD_START = 1.0
"""Seconds that warm workers have to begin the attempt themselves before the clock asks Prefect for it."""
OVERLAP = dt.timedelta(minutes=1)
"""How far before the last survey Prefect is asked for what stopped: its clock may differ from ours."""
LOOKS_BACK = 20
"""How many surveys long a run that has ended is looked at for the first time."""
PATIENCE = 1000
"""How many runs that have ended are looked at in one survey."""
AT_ONCE = 50
"""How many open runs are compared with Prefect in one survey, beside those that do not sleep there."""


class Flows(Making, Protocol):
    """What the clock needs of Prefect; `konbit.orchestrate.flow_runs` is the real one."""

    def wake(self, flow_run_id: str) -> bool:
        """Starts a sleeping flow run now."""
        ...

    def revive(self, flow_run_id: str, reason: str) -> bool:
        """Starts a flow run again whose process was lost."""
        ...

    def settle(self, flow_run_id: str) -> bool:
        """Ends a flow run that somebody is cancelling and that no process works on."""
        ...

    def states(self, flow_run_ids: Iterable[str]) -> Mapping[str, tuple[str, dt.datetime]]:
        """Type and time of the state of each flow run that Prefect knows."""
        ...

    def awake(self, since: dt.datetime) -> Mapping[str, tuple[str, dt.datetime]]:
        """Type and time of the state of each flow run that does not sleep: it is under way, or stopped after `since`."""
        ...


class ClockService:
    """Looks, and acts on what it finds; more than one may run at a time."""

    def __init__(
        self,
        steward: Steward,
        flows: Flows,
        grace: dt.timedelta = GRACE,
        head_start: float = 0.0,
        mailbox: Callable[[], object] | None = None,
        nudge: Callable[[], object] | None = None,
    ) -> None:
        """`head_start` in seconds is what a worker that looks for itself has before the clock acts in its place.

        `nudge` is called when something was stored: there may be messages to send.
        """
        self.steward = steward
        self.lookout = Lookout(steward)
        self.head_start = head_start
        self._seen: dict[str, float] = {}
        """Runs that had something to do at the last look → when that was seen first."""
        self.flows = flows
        self.grace = grace
        self.surveyed = 0.0
        self.patience = Patience()
        self.mailbox = mailbox
        """Takes in the mail that people wrote back, where there is a mailbox."""
        self._collected = 0.0
        self._nudge = nudge
        self.replies = ReplyReader(steward.store, steward.ledger.planner, steward.clock)
        self.beat: dt.datetime | None = None
        """When the last tick went through: what a watchdog reads."""
        self._signed = 0.0
        self._looks: collections.deque[dt.datetime] = collections.deque(maxlen=LOOKS_BACK)
        self._last = ""
        """The run that the last survey came to."""
        self._asked_at = wall_now() - OVERLAP
        """When Prefect was last asked what is awake."""
        self._calm = False
        """Whether nothing was under way at the last survey."""
        self._ending: dict[str, Run] = {}
        """Runs that have ended, by their flow run, of which Prefect has not heard yet."""

    def run(self, stop: threading.Event) -> None:
        """Ticks until told to stop. A tick that fails is logged, and the next one tries again."""
        with contextlib.closing(self.steward.store.signals()) as signals:
            self._run(stop, signals)

    def _run(self, stop: threading.Event, signals: Signals) -> None:
        while not stop.is_set():
            try:
                self.tick()
                self._give_a_sign()
            except KonbitError as error:
                logger.warning("the clock could not look: %s", error)
            except Exception as error:  # noqa: BLE001  whatever a client or a driver raises
                logger.warning("the clock could not look: %s", type(error).__name__)
            longest = TICK if self._seen or not self._calm else CALM_TICK
            if signals.wait(self.lookout.rest(longest)):
                # What comes in the same moment is taken together.
                stop.wait(TOGETHER)
                if self._nudge is not None:
                    self._nudge()

    def _give_a_sign(self) -> None:
        """Notes that a round went through, for the watchdog in another process."""
        self.beat = wall_now()
        if time.monotonic() - self._signed >= SIGN:
            self._signed = time.monotonic()
            with self.steward.store.begin() as tx:
                tx.watch.beat(CLOCK, self.beat)

    def tick(self) -> None:
        """One look: reads replies, wakes what is due, starts what is new; at times also compares our runs with Prefect's."""
        self._collect()
        self.replies.work_off()
        self.stir()
        if time.monotonic() - self.surveyed >= (CALM_SURVEY if self._calm else SURVEY):
            self.surveyed = time.monotonic()
            self.survey()

    def _collect(self) -> None:
        """Takes mail in now and then; a mailbox that is away holds nothing else up."""
        if self.mailbox is None or time.monotonic() - self._collected < COLLECT:
            return
        self._collected = time.monotonic()
        try:
            self.mailbox()
        except OSError as error:
            logger.warning("the mailbox could not be read: %s", type(error).__name__)

    def stir(self) -> bool:
        """Wakes what is due or was answered, and starts what is new; whether there was anything to start."""
        runs = {run.id: run for run in (*self.lookout.stirred(), *self.lookout.unplaced())}
        now = time.monotonic()
        self._seen = {run_id: self._seen.get(run_id, now) for run_id in runs}
        started = False
        for run in runs.values():
            if now - self._seen[run.id] >= self.head_start:
                with _alone(run):
                    started |= self._start(run)
        return started

    def _start(self, run: Run) -> bool:
        if run.flow_run_id is not None:
            return self.flows.wake(run.flow_run_id)
        self.lookout.place(run, self.flows)
        return True

    def survey(self) -> None:
        """Compares our open runs, and those that ended lately, with Prefect's flow runs."""
        since = self._looks[0] if self._looks else None
        with self.steward.store.read() as tx:
            ended = tx.runs.ended_since(since, PATIENCE)
        # Before Prefect is asked, which may be away for longer than the surveys look back.
        self._ending |= {run.flow_run_id: run for run in ended if run.flow_run_id is not None}
        self._looks.append(self.steward.clock.now())
        awake = self._awake()
        with self.steward.store.read() as tx:
            turn = tx.runs.open_after(self._last, AT_ONCE)
            busy = tx.runs.held()
            stopped = tx.runs.open_by_flow_runs(awake)
            open_runs = {run.id: run for run in (*turn, *busy, *stopped)}.values()
        # All that are open have their turn, so many at a time: what a survey costs does not grow with the number of runs.
        self._last = turn[-1].id if len(turn) == AT_ONCE else ""
        known = {run.flow_run_id: run for run in open_runs if run.flow_run_id is not None}
        asked = [*known, *self._ending]
        states = self.flows.states(asked) if asked else {}
        self._calm = not busy and not ended and {state for state, _ in states.values()} <= {"SCHEDULED"}
        self._calm = self._calm and len(states) == len(asked)
        for flow_run_id, run in known.items():
            with _alone(run):
                self._compare(run, flow_run_id, states.get(flow_run_id))
        for flow_run_id, run in list(self._ending.items()):
            with _alone(run):
                self._conclude(run, flow_run_id, states.get(flow_run_id))

    def _awake(self) -> Mapping[str, tuple[str, dt.datetime]]:
        """What does not sleep in Prefect, or was stopped there since the last survey: found at once among any number."""
        began = wall_now()
        awake = self.flows.awake(self._asked_at - OVERLAP)
        self._asked_at = began
        return awake

    def _conclude(self, run: Run, flow_run_id: str, state: tuple[str, dt.datetime] | None) -> None:
        """Sees to it that Prefect hears of the end of a run: its process may have died between our end and Prefect's."""
        if state is None or state[0] in ("COMPLETED", "CANCELLED"):
            del self._ending[flow_run_id]
        elif held(run):
            return
        elif state[0] == "SCHEDULED":
            self.flows.wake(flow_run_id)
        elif state[0] == "CANCELLING":
            self._settle(flow_run_id, state[1])
        elif self._lost(run, state):
            self.flows.revive(flow_run_id, "the run has ended")

    def _compare(self, run: Run, flow_run_id: str, state: tuple[str, dt.datetime] | None) -> None:
        if held(run):
            return
        if state is None:
            logger.warning("Prefect has lost the flow run of run %s: it gets another", run.id)
            self.lookout.place(run, self.flows)
        elif state[0] == "CANCELLED":
            self._cancelled(run)
        elif state[0] == "CANCELLING":
            self._settle(flow_run_id, state[1])
        elif self._lost(run, state):
            self._revive(run, flow_run_id, state[0].lower())

    def _revive(self, run: Run, flow_run_id: str, state: str) -> None:
        """Starts a flow run again; one that ends again and again without moving its run waits longer each time."""
        if not self.patience.may_try(run.id, run.last_seq):
            return
        if self.patience.stuck(run.id):
            logger.error("run %s does not move: its flow run was %s again and again", run.id, state)
            with self.steward.store.begin() as tx:
                now = self.steward.clock.now()
                tx.audit.add(
                    now, "clock", "stuck", run_id=run.id, reason=f"its flow run was {state} again and again"
                )
        self.flows.revive(flow_run_id, f"{state} while the run goes on")

    def _lost(self, run: Run, state: tuple[str, dt.datetime]) -> bool:
        """Whether no process works on a flow run any more, whatever its state says."""
        if state[0] in ("CRASHED", "FAILED", "COMPLETED"):
            return True
        # A lease that ran out without being given back: whoever held it is gone.
        abandoned = run.lease_until is not None and not held(run) and state[0] == "RUNNING"
        starting = state[0] in ("RUNNING", "PENDING") and wall_now() - state[1] > self.grace
        return abandoned or starting

    def _settle(self, flow_run_id: str, since: dt.datetime) -> None:
        """Ends a flow run that is being cancelled and holds no process; Prefect would wait for one for minutes."""
        if wall_now() - since > CANCELLING:
            self.flows.settle(flow_run_id)

    def _cancelled(self, run: Run) -> None:
        """Somebody cancelled the flow run: the run is stood down here, since Prefect will not start it again."""
        with self.steward.store.read() as tx:
            told = any(item.event.kind == "stood_down" for item in tx.inbox.pending(run.id))
        _, _, page = self.steward.look(run.id)
        if not told and page.state.status not in ("standing_down", "ending", "ended"):
            self.steward.stand_down(run.id, "prefect", "cancelled in Prefect")
        self.steward.attempt(run.id, directly)


@contextlib.contextmanager
def _alone(run: Run) -> Iterator[None]:
    """Keeps what goes wrong with one run from the others; a database or a Prefect that is away is nobody's own trouble."""
    try:
        yield
    except NoDeployments as error:
        logger.warning("run %s waits: %s", run.id, error)
    except ServiceUnavailable:
        raise
    except Exception as error:  # noqa: BLE001  whatever is wrong with it
        logger.warning("the clock could do nothing for run %s: %s", run.id, type(error).__name__)
