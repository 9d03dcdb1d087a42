"""The protocol by which a run sleeps and is woken, as a model: every order of the steps of everybody who takes part.

An answer is stored; an attempt claims the lease, takes what is there, sets its Prefect state to SCHEDULED and reads the store
once more; the clock looks and wakes. Each of these steps is atomic in its own system, and nothing else is: between any two,
others may act, a process may die, or it may be frozen until its lease has run out. The model has the rules of
`Attempt.work_off`, `states.sleep_until`, `Journal.append`, `ClockService.tick` and `ClockService.survey`, and none of their
code; the code itself is put through this in `tests/acceptance`.
"""

import dataclasses
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

pytestmark = pytest.mark.slow

SETTINGS = settings(
    max_examples=300,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)
QUICK = settings(SETTINGS, max_examples=400, phases=[Phase.generate], report_multiple_bugs=False)
"""For a model that is to fail: without looking for the smallest failure."""
MOST_PROCESSES = 3
ROUNDS = 12
"""So many rounds of everybody are more than enough to take everything in."""


@dataclasses.dataclass
class World:
    """What is shared: our store, and Prefect's state of the one flow run."""

    inbox: list[int] = dataclasses.field(default_factory=list)
    journal: list[int] = dataclasses.field(default_factory=list)
    generation: int = 0
    holder: int | None = None
    """The generation whose lease holds."""
    prefect: str = "due"
    """`due` (SCHEDULED now), `asleep` (SCHEDULED later) or `running`."""

    @property
    def pending(self) -> list[int]:
        return [answer for answer in self.inbox if answer not in self.journal]


@dataclasses.dataclass
class Process:
    """An attempt of a worker, and where it is."""

    steps: Iterator[str]
    at: str = "picked up"
    owed: tuple[int, ...] = ()
    """What it saw pending when it read the store for the last time."""
    lease: int | None = None


class Protocol(RuleBasedStateMachine):
    """The protocol as it is. Subclasses leave something out, to show that the model would notice."""

    fenced = True
    reads_again = True
    clock_runs = True

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.processes: list[Process] = []
        self.answers = 0
        self.written = 0
        self.wakes: list[int] = []

    # What people, workers and the clock do, one atomic step at a time.

    @rule()
    def somebody_answers(self) -> None:
        """`Intake.accept`: one transaction."""
        self.answers += 1
        self.world.inbox.append(self.answers)

    @precondition(lambda self: self.world.prefect == "due" and len(self.processes) < MOST_PROCESSES)
    @rule()
    def a_worker_picks_it_up(self) -> None:
        """Prefect gives a due run to one worker."""
        self.world.prefect = "running"
        process = Process(iter(()))
        process.steps = self._attempt(process)
        self.processes.append(process)

    @precondition(lambda self: self.processes)
    @rule(data=st.data())
    def a_process_goes_on(self, data: st.DataObject) -> None:
        self._advance(data.draw(st.sampled_from(range(len(self.processes)))))

    @precondition(lambda self: self.processes)
    @rule(data=st.data())
    def a_process_dies(self, data: st.DataObject) -> None:
        """kill -9: its lease stays until it runs out, and Prefect still says that it runs."""
        self.processes.pop(data.draw(st.sampled_from(range(len(self.processes)))))

    @precondition(lambda self: self.world.holder is not None)
    @rule()
    def a_lease_runs_out(self) -> None:
        """The holder is dead, or frozen: then it goes on later without knowing."""
        self.world.holder = None

    @precondition(lambda self: self.clock_runs)
    @rule()
    def the_clock_looks(self) -> None:
        """`ClockService.tick`: reads the store."""
        if self.world.pending and self.world.holder is None:
            self.wakes.append(1)

    @precondition(lambda self: self.wakes)
    @rule()
    def the_clock_wakes(self) -> None:
        """`states.wake`: some time after it looked."""
        self.wakes.pop()
        if self.world.prefect == "asleep":
            self.world.prefect = "due"

    @precondition(lambda self: self.clock_runs)
    @rule()
    def the_clock_surveys(self) -> None:
        """`ClockService.survey`: a run that nobody holds and that has been running for long is started again.

        The clock cannot know whether its process is dead: a frozen one may come back.
        """
        if self.world.prefect == "running" and self.world.holder is None:
            self.world.prefect = "due"

    # What must hold at every moment.

    @invariant()
    def no_answer_is_taken_twice(self) -> None:
        assert len(set(self.world.journal)) == len(self.world.journal)

    @invariant()
    def nothing_is_in_the_journal_that_nobody_said(self) -> None:
        assert set(self.world.journal) <= set(self.world.inbox)

    @invariant()
    def an_attempt_that_read_the_store_and_left_has_not_overslept(self) -> None:
        for process in [one for one in self.processes if one.at == "left"]:
            overslept = [answer for answer in process.owed if answer in self.world.pending]
            assert not overslept or self.world.prefect != "asleep" or self._somebody_is_at_it()

    def teardown(self) -> None:
        """Everybody acts for some rounds, nobody dies any more: then every answer has been taken.

        The youngest goes first: those that were frozen come back when others have gone on without them.
        """
        for _ in range(ROUNDS):
            while self.processes:
                while self.processes[-1].at != "left":
                    self._advance(-1)
                self.processes.pop()
            self.no_answer_is_taken_twice()
            self.world.holder = None
            if self.clock_runs:
                self.the_clock_surveys()
                self.the_clock_looks()
                while self.wakes:
                    self.the_clock_wakes()
            if self.world.prefect == "due":
                self.a_worker_picks_it_up()
        assert not self.world.pending, "an answer was stored and nobody ever took it"

    # The steps of an attempt.

    def _advance(self, number: int) -> None:
        process = self.processes[number]
        process.at = next(process.steps, "left")

    def _attempt(self, process: Process) -> Iterator[str]:
        world = self.world
        if world.holder is None:
            world.generation += 1
            world.holder = process.lease = world.generation
            yield "claimed"
            yield from self._work_off(process)
            if world.holder == process.lease:
                world.holder = None
            yield "released"
        world.prefect = "asleep" if world.prefect == "running" else world.prefect
        yield "asleep"
        if self.reads_again:
            process.owed = tuple(world.pending)
            yield "read again"
            if process.owed and world.prefect == "asleep":
                world.prefect = "due"

    def _work_off(self, process: Process) -> Iterator[str]:
        """Reads, then keeps one after the other: the line after the last it has folded, if it still holds the lease."""
        world = self.world
        seen = len(world.journal)
        while items := tuple(world.pending):
            yield "read"
            for item in items:
                if self.fenced and (world.generation != process.lease or len(world.journal) != seen):
                    yield "lease lost"
                    return
                world.journal.append(item)
                seen = len(world.journal)
                self.written += 1
                yield "kept"

    def _somebody_is_at_it(self) -> bool:
        return any(process.at != "left" for process in self.processes)


class WithoutFence(Protocol):
    """A holder whose lease has run out may still write."""

    fenced = False


class WithoutSecondLook(Protocol):
    """A run sleeps without reading the store once more, and no clock sees to it."""

    reads_again = False
    clock_runs = False


class WithoutClock(Protocol):
    """Nobody starts again what died."""

    clock_runs = False


def test_no_wake_up_is_lost_and_no_answer_is_taken_twice() -> None:
    """Whatever the order, whoever dies or is frozen."""
    run_state_machine_as_test(Protocol, settings=SETTINGS)


@pytest.mark.parametrize("broken", [WithoutFence, WithoutSecondLook, WithoutClock])
def test_the_model_notices_when_a_part_of_the_protocol_is_missing(broken: type[Protocol]) -> None:
    """A model that finds nothing proves nothing."""
    with pytest.raises(AssertionError):
        run_state_machine_as_test(broken, settings=QUICK)
