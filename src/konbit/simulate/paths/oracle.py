"""Choices on a path, and the search through them: first the expected path, then those that leave it once, twice, and so on."""

import dataclasses
import heapq
from collections.abc import Callable, Iterator, Sequence


@dataclasses.dataclass(frozen=True, slots=True)
class Taken:
    """One choice: where, what was taken out of how many, and what that is in words."""

    where: str
    number: int
    of: int
    words: str


class Oracle:
    """Answers what a path takes: first as told, then the expected. Keeps what was taken."""

    def __init__(self, told: Sequence[int] = ()) -> None:
        self.told = told
        self.taken: list[Taken] = []

    def choose(self, where: str, options: Sequence[str]) -> int:
        """The number of the option taken; 0 is what is expected."""
        place = len(self.taken)
        number = self.told[place] if place < len(self.told) else 0
        self.taken.append(Taken(where, number, len(options), options[number]))
        return number

    @property
    def surprises(self) -> list[Taken]:
        """The choices that are not what is expected."""
        return [one for one in self.taken if one.number]


@dataclasses.dataclass
class Search:
    """Every path once, those with fewer surprises first, `at_most` of them."""

    at_most: int
    explored: int = 0
    left: int = 0
    """Paths known of and not tried: each may lead to more."""
    complete: int = -1
    """All paths with so many surprises or fewer were tried."""

    def paths(self, run: Callable[[Oracle], None]) -> Iterator[Oracle]:
        """Runs each path and gives its oracle."""
        waiting: list[tuple[int, int, tuple[int, ...]]] = [(0, 0, ())]
        pushed = 0
        while waiting and self.explored < self.at_most:
            surprises, _, told = heapq.heappop(waiting)
            self.complete = max(self.complete, surprises - 1)
            oracle = Oracle(told)
            run(oracle)
            self.explored += 1
            yield oracle
            for place in range(len(told), len(oracle.taken)):
                before = tuple(one.number for one in oracle.taken[:place])
                for number in range(1, oracle.taken[place].of):
                    pushed += 1
                    heapq.heappush(waiting, (surprises + 1, pushed, (*before, number)))
        self.left = len(waiting)
        if not waiting:
            self.complete = 1_000_000
        else:
            self.complete = waiting[0][0] - 1
