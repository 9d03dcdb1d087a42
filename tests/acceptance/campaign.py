"""Kills while runs go on: at random moments and at named points, by a seed that says how to repeat it."""

import contextlib
import dataclasses
import os
import random
import signal
import time
from collections import Counter
from pathlib import Path

from konbit.orchestrate.faults import Point
from konbit.store.records import Run
from tests.acceptance import promises
from tests.acceptance.stacks import Crowd, Site, attempts_in_processes, eventually

IN_WORKER: tuple[Point, ...] = (
    "after-claim",
    "before-work",
    "after-work",
    "before-append",
    "within-append",
    "after-append",
    "before-sleep",
    "after-sleep",
)
IN_CLOCK: tuple[Point, ...] = ("before-send", "after-send", "before-record", "after-record")
POINT_SECONDS = 20.0
"""How long a process may take to come to its point; then it is killed where it is."""
ATTEMPT_SECONDS = 200.0
"""How long it may take until some attempt is made: each starts an interpreter, and the clock waits longer each time
one came to nothing."""
END_SECONDS = 900.0
"""How long the runs may take to end when nobody is killed any more. A clock that is killed as it sends leaves messages of a
drill unknown, and they are not sent again: such a step waits for its deadline of a day, which takes five minutes here."""


@dataclasses.dataclass
class Campaign:
    """Strikes against one stack."""

    site: Site
    crowd: Crowd
    seed: int
    abreast: int = 3
    """How many runs are open at the same time."""
    runs: list[Run] = dataclasses.field(default_factory=list)
    kills: Counter[str] = dataclasses.field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)
        self._open: list[Run] = []
        self._unjudged: list[Run] = []

    def keep_busy(self) -> None:
        """Asks for new runs where others have ended."""
        self._open = [run for run in self._open if self.site.run(run.id).status != "ended"]
        fresh = [self.site.request() for _ in range(self.abreast - len(self._open))]
        for kept in (self.runs, self._open, self._unjudged):
            kept.extend(fresh)

    def strike(self, victim: str) -> None:
        """Kills one process; those that were killed before are there again."""
        self.site.revive(but=victim)
        self.keep_busy()
        match victim:
            case "attempt":
                self.attempt()
            case "worker" | "clock":
                self._at_a_point(victim, IN_WORKER if victim == "worker" else IN_CLOCK)
            case _:
                self.at_any_moment(victim)

    def conclude(self) -> None:
        """All runs end, and every promise held for those that were not looked at before."""
        self.site.revive()
        for run in self._unjudged:
            self.site.ends(run.id, END_SECONDS)
            promises.complete(self.site, run.id)
            promises.nothing_twice(self.site, run.id)
        self._unjudged = []
        promises.no_message_twice(self.site)
        promises.no_answer_lost(self.site, self.crowd)

    def pause(self) -> None:
        """Freezes the worker while it holds a run, lets another take over, and lets the first go on: it can write nothing."""
        self.site.revive(but="worker")
        self.keep_busy()
        self.site.kill("worker")
        point = self.dice.choice(IN_WORKER[:5])
        self.site.start("worker", KONBIT_FAULT=f"{point}:{self.dice.randint(1, 2)}:pause")
        frozen = self.site.stack.pid("worker")
        with contextlib.suppress(AssertionError):
            eventually(lambda: _stopped(frozen), bool, POINT_SECONDS)
        second = dataclasses.replace(self.site.house.services()["worker"], name="worker-b")
        self.site.stack.start(second)
        time.sleep(self.dice.uniform(8, 14))
        with contextlib.suppress(ProcessLookupError):
            os.kill(frozen, signal.SIGCONT)
        time.sleep(self.dice.uniform(1, 4))
        self.site.kill("worker-b")
        self.kills["worker-b"] += 1
        del self.site.stack._running["worker-b"]

    def attempt(self, within: float = 5.0) -> None:
        """Kills a process that carries out an attempt, at a random moment of its next seconds."""
        deadline = time.monotonic() + ATTEMPT_SECONDS
        while time.monotonic() < deadline:
            found = attempts_in_processes(self.site.house.home)
            if found:
                victim = self.dice.choice(sorted(found))
                time.sleep(self.dice.uniform(0.0, within))
                with contextlib.suppress(ProcessLookupError):
                    os.kill(victim, signal.SIGKILL)
                    self.kills["attempt"] += 1
                    return
            self.keep_busy()
            time.sleep(0.1)
        raise AssertionError(f"no attempt was made for {ATTEMPT_SECONDS:.0f} s\n{self.site.last_words()}")

    def _at_a_point(self, name: str, points: tuple[Point, ...]) -> None:
        """Starts a process that dies at a named point, the first or a later time it gets there."""
        self.site.kill(name)
        fault = f"{self.dice.choice(points)}:{self.dice.randint(1, 4)}:kill"
        self.site.start(name, KONBIT_FAULT=fault)
        process = self.site.stack._running[name].process
        deadline = time.monotonic() + self.dice.uniform(POINT_SECONDS / 3, POINT_SECONDS)
        while process.poll() is None and time.monotonic() < deadline:
            self.keep_busy()
            time.sleep(0.1)
        self.site.kill(name)
        self.kills[name] += 1

    def at_any_moment(self, name: str, within: float = 1.0) -> None:
        """Kills a process at a random moment of the next seconds, and starts it again."""
        time.sleep(self.dice.uniform(0.0, within))
        self.site.kill(name)
        self.kills[name] += 1
        self.site.start(name, ready=name == "prefect")


def _stopped(pid: int) -> bool:
    """Whether a process is frozen."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
    except OSError:
        return False
