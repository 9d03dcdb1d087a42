"""What a Prefect task is given: the work to do, and the one call that does and records it."""

import dataclasses
import datetime as dt
from collections.abc import Callable, Sequence
from typing import Literal, Protocol

from konbit.domain.desk import Desk, Done
from konbit.engine.effects import DoWork

Duty = Callable[[DoWork, Desk], Done]
"""Carries out one kind of work: reads through the desk, gives back what is to be kept."""


class Carry(Protocol):
    """Carries a duty out and records that it is done, in one transaction; what was done before is not done again."""

    def __call__(self, work: DoWork, duty: Duty, task_run: str | None = None) -> Done:
        """What came of it."""
        ...


@dataclasses.dataclass(frozen=True)
class Errand:
    """One piece of work on its way through a Prefect task."""

    work: DoWork
    carry: Carry
    task_run: str | None = None

    def carry_out(self, duty: Duty) -> Done:
        """Does the work and records it."""
        return self.carry(self.work, duty, self.task_run)


class Executor(Protocol):
    """Does several pieces of work, at the same time if it can; each is recorded on its own."""

    def __call__(self, works: Sequence[DoWork], carry: Carry) -> None:
        """Returns when all are done; work that failed for good is recorded as failed by the attempt."""
        ...


@dataclasses.dataclass(frozen=True)
class Standing:
    """How a run stands at the end of an attempt."""

    status: Literal["waiting", "ended", "busy"]
    """`busy`: another process is advancing the run."""
    name: str
    """What the Prefect state is called: `Awaiting answers`, `Activated`."""
    message: str
    """`12 of 40 answered, next wave 14:30`."""
    wakes_at: dt.datetime | None = None
    """Run time of the next timer."""
    outcome: str | None = None
