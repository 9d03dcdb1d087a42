"""Which runs have something to do now, by our own store: an answer, a command, a timer that is due, or nothing done yet."""

import dataclasses
from collections.abc import Iterable
from typing import Protocol

from konbit.clock import wall_now
from konbit.errors import KonbitError, ServiceUnavailable
from konbit.orchestrate.steward import Steward
from konbit.store.records import Run

SHORTEST = 0.05
"""Seconds that pass between two looks in any case."""


class NoDeployments(ServiceUnavailable):
    """Prefect does not know our flows; `konbit up` or `konbit deploy` registers them."""


class Making(Protocol):
    """Makes flow runs in Prefect; `konbit.orchestrate.flow_runs` is the real one."""

    def create(self, run: Run) -> str:
        """A flow run for our run; the same one when called again. Its id."""
        ...


@dataclasses.dataclass(frozen=True)
class Lookout:
    """Looks for runs to advance. Any number of processes may; the lease decides which of them does."""

    steward: Steward

    def stirred(self) -> list[Run]:
        """Runs that have something to take, or were approved, and that nobody is advancing.

        Actual ones come first, then the longest waiting.
        """
        now = self.steward.clock.now()
        with self.steward.store.read() as tx:
            ids = dict.fromkeys(
                [*tx.inbox.runs_with_pending(), *tx.timers.due_runs(now), *tx.approvals.released()]
            )
            runs = [tx.runs.get(run_id) for run_id in ids]
        return urgent(run for run in runs if not held(run))

    def unplaced(self) -> list[Run]:
        """Runs that have no flow run in Prefect yet, actual ones first, then the oldest."""
        with self.steward.store.read() as tx:
            return urgent(run for run in tx.runs.unplaced() if not held(run))

    def rest(self, longest: float) -> float:
        """Seconds until the next timer of any run falls due, at most `longest`; `longest` too if the store is away."""
        try:
            with self.steward.store.read() as tx:
                at = tx.timers.next_after(self.steward.clock.now())
        except KonbitError:
            return longest
        if at is None:
            return longest
        left = (self.steward.clock.wall(at) - wall_now()).total_seconds()
        return min(longest, max(SHORTEST, left))

    def place(self, run: Run, flows: Making) -> Run:
        """Gives a run its flow run: it was asked for while Prefect was away, or another run started it."""
        flow_run_id = flows.create(run)
        with self.steward.store.begin() as tx:
            tx.runs.set_flow_run(run.id, flow_run_id)
        return dataclasses.replace(run, flow_run_id=flow_run_id)


def urgent(runs: Iterable[Run]) -> list[Run]:
    """Actual runs before drills, otherwise as they come: a drill never keeps an activation waiting."""
    return sorted(runs, key=lambda run: run.mode != "actual")


def held(run: Run) -> bool:
    """Whether a process is advancing the run."""
    return run.lease_until is not None and run.lease_until > wall_now()
