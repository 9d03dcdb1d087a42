"""Many plays of one scenario, each with a seed of its own: what is likely, how long it takes, and who must not be missing.

Every play follows from the seed of the study and its number alone, so that it does not matter in which order or by how many
processes they are played. Whoever is silenced, or whichever channel is dead, is compared over the same seeds.
"""

import dataclasses
import math
from collections.abc import Callable, Iterable, Iterator, Sequence

from konbit.domain.directory import ChannelKind
from konbit.simulate.odds.tally import Tally
from konbit.simulate.simulator import Simulator
from konbit.simulate.stage import AS_IT_IS, Stage, Twist

BATCH = 50
"""Plays that are handed out together."""
MOST_SILENCED = 60
"""People whose silence is tried, those with critical roles first."""
FEWEST_COMPARED, MOST_COMPARED = 20, 250
"""Plays for each of them."""


@dataclasses.dataclass(frozen=True, slots=True)
class Batch:
    """Plays that one process does in a row."""

    seed: int
    twist: Twist
    numbers: range


@dataclasses.dataclass(frozen=True)
class Difference:
    """What it costs if something is otherwise: shares lost, and the minutes by which the run ends later in the middle."""

    what: str
    roles: tuple[str, ...]
    runs: int
    coverage: float
    all_covered: float
    lost_coverage: float
    lost_all: float


@dataclasses.dataclass(frozen=True)
class Study:
    """What came of it."""

    seed: int
    tally: Tally
    compared: int
    """Plays behind each difference."""
    silence: tuple[Difference, ...]
    """The most harmful first."""
    channels: tuple[Difference, ...]
    untried: int
    """People who were asked and whose silence was not tried."""

    @property
    def together(self) -> bool:
        """Whether losses are told of all critical roles together: not if one is never covered, which nothing changes."""
        return self.tally.all_covered > 0

    @property
    def doubt(self) -> float:
        """Losses smaller than this may be chance: half the widest 95 % interval of a share over so many nights."""
        return 0.98 / math.sqrt(max(1, self.compared))

    def loss(self, one: Difference) -> float:
        """What it costs: of the chance that all are covered, or else of the share that is."""
        return max(0.0, one.lost_all if self.together else one.lost_coverage)

    def left(self, one: Difference) -> float:
        """What remains of it."""
        return one.all_covered if self.together else one.coverage

    @property
    def measured(self) -> str:
        """What losses are of, in words."""
        if self.together:
            return "the chance that every critical role is covered within the hour"
        if self.tally.calls:
            return "the share of critical roles that are covered within the hour"
        return "the share of requests that somebody answers"


Spread = Callable[[Sequence[Batch]], Iterable[Tally]]
"""Plays batches and gives their tallies in the same order."""


def play(stage: Stage, batch: Batch) -> Tally:
    """Plays a batch."""
    tally = Tally()
    for number in batch.numbers:
        simulator = Simulator(stage, f"{batch.seed}/{number}", twist=batch.twist, record=False)
        simulator.play()
        tally.add(simulator)
    return tally


def in_a_row(stage: Stage) -> Spread:
    """One batch after the other, in this process."""
    return lambda batches: (play(stage, batch) for batch in batches)


def study(
    stage: Stage,
    seed: int,
    runs: int,
    spread: Spread,
    told: Callable[[int, int], None] = lambda _done, _all: None,
) -> Study:
    """Plays `runs` nights, then each person's silence and each channel's death over some of the same nights.

    `told` hears how many plays are done, and of how many.
    """
    tally, done = Tally(), 0
    for part in spread(list(_batches(seed, AS_IT_IS, runs))):
        tally.merge(part)
        done += part.runs
        told(done, runs * 2)
    people, untried = _tried(stage, tally)
    kinds: list[ChannelKind] = sorted({one.kind for one in stage.directory.endpoints})
    twists = [Twist(silenced=(person,)) for person in people] + [Twist(dead=(kind,)) for kind in kinds]
    number = min(runs, max(FEWEST_COMPARED, min(MOST_COMPARED, runs // max(1, len(twists)))))
    planned = runs + number * (len(twists) + 1)
    base, *others = _compared(
        seed, [AS_IT_IS, *twists], number, spread, lambda some: told(done + some, planned)
    )
    silence = [
        _difference(person, stage.held.get(person, ()), base, other)
        for person, other in zip(people, others, strict=False)
    ]
    channels = [
        _difference(kind, (), base, other) for kind, other in zip(kinds, others[len(people) :], strict=True)
    ]
    return Study(
        seed=seed,
        tally=tally,
        compared=number,
        silence=tuple(sorted(silence, key=_harm)),
        channels=tuple(sorted(channels, key=_harm)),
        untried=untried,
    )


def _compared(
    seed: int, twists: Sequence[Twist], number: int, spread: Spread, told: Callable[[int], None]
) -> list[Tally]:
    """The tally of the same nights under each twist."""
    batches = [list(_batches(seed, twist, number)) for twist in twists]
    parts = iter(spread([batch for some in batches for batch in some]))
    found, done = [], 0
    for some in batches:
        tally = Tally()
        for _ in some:
            tally.merge(next(parts))
        done += tally.runs
        told(done)
        found.append(tally)
    return found


def _batches(seed: int, twist: Twist, runs: int) -> Iterator[Batch]:
    for start in range(0, runs, BATCH):
        yield Batch(seed, twist, range(start, min(start + BATCH, runs)))


def _tried(stage: Stage, tally: Tally) -> tuple[list[str], int]:
    """Whose silence is tried: those who were told anything, holders of critical roles first."""
    critical = {slot for _, slot in tally.roles}

    def weight(person: str) -> tuple[bool, int, str]:
        return (critical.isdisjoint(stage.held.get(person, ())), -tally.people[person].messages, person)

    ranked = sorted(tally.people, key=weight)
    return ranked[:MOST_SILENCED], max(0, len(ranked) - MOST_SILENCED)


def _difference(what: str, roles: tuple[str, ...], base: Tally, other: Tally) -> Difference:
    return Difference(
        what=what,
        roles=roles,
        runs=other.runs,
        coverage=other.coverage,
        all_covered=other.all_covered,
        lost_coverage=base.coverage - other.coverage,
        lost_all=base.all_covered - other.all_covered,
    )


def _harm(one: Difference) -> tuple[float, float, str]:
    return (-round(one.lost_all, 9), -round(one.lost_coverage, 9), one.what)
