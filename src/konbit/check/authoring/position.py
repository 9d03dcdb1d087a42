"""Where the steps of a flowchart are as seen from a run: behind it, under way, or ahead."""

from collections.abc import Iterator
from typing import Final, Literal

from konbit.definition.flowchart import Flowchart
from konbit.definition.mentions import Path, walk

Relation = Literal["passed", "live", "ahead"]
_LOOPS: Final = ("repeat",)


class Position:
    """A run at certain steps of a flowchart; in loops and with jumps back, a step can be behind and ahead of it."""

    def __init__(self, flowchart: Flowchart, live: frozenset[Path]) -> None:
        self.steps = dict(walk(flowchart))
        self.live = live
        self._uses: dict[str, list[Path]] = {}
        for path, step in self.steps.items():
            if step.use is not None:
                self._uses.setdefault(step.use, []).append(path)
        self._jumps: dict[Path, list[tuple[int, int]]] = {}
        self._at: dict[Path, set[int]] = {}
        for path in live:
            for size in range(1, len(path) + 1):
                index = path[size - 1]
                if isinstance(index, int) and path[:size] in self.steps:
                    self._at.setdefault(path[: size - 1], set()).add(index)

    def of(self, path: Path, seen: frozenset[str] = frozenset()) -> frozenset[Relation]:
        """Where a step is; every step is ahead of a run that is at none."""
        looping = False
        for block, index, above in self._levels(path):
            here = self._at.get(block, set())
            if not here:
                return self._outside(block, above, seen, looping=looping)
            if index in here:
                if (*block, index) == path:
                    now: Relation = "passed" if self._follows(path) else "live"
                    return frozenset({now, "ahead"}) if looping else frozenset({now})
                looping = looping or self.steps[(*block, index)].verb in _LOOPS
                continue
            found: set[Relation] = set()
            if index < max(here):
                found.add("passed")
            if index > min(here) or looping or self._jumped_to(block, index, min(here)):
                found.add("ahead")
            return frozenset(found)
        return frozenset({"live"})

    def _follows(self, path: Path) -> bool:
        """Whether a step has ended and what follows its outcome is under way."""
        return any(one[: len(path) + 1] == (*path, "on") for one in self.live)

    def _levels(self, path: Path) -> Iterator[tuple[Path, int, Path | None]]:
        """The lists that a path leads through: the list, the place in it, the step that the list is in."""
        above: Path | None = None
        for size in range(1, len(path) + 1):
            index = path[size - 1]
            if isinstance(index, int) and path[:size] in self.steps:
                yield path[: size - 1], index, above
                above = path[:size]

    def _outside(
        self, block: Path, above: Path | None, seen: frozenset[str], *, looping: bool
    ) -> frozenset[Relation]:
        """Of a list that is not under way."""
        if above is None:
            return self._root(block, seen)
        inside = any(path != above and path[: len(above)] == above for path in self.live)
        follows = block[len(above) : len(above) + 1] == ("on",)
        if looping or follows or not inside:
            return frozenset({"ahead"})
        return frozenset({"passed"})

    def _root(self, block: Path, seen: frozenset[str]) -> frozenset[Relation]:
        """Of a list that is in no step: a fragment is where it is used, a stand-down always lies ahead."""
        if block[0] != "fragments":
            return frozenset({"ahead"})
        name = str(block[1])
        if name in seen:
            return frozenset()
        places = [self.of(path, seen | {name}) for path in self._uses.get(name, [])]
        found: set[Relation] = set().union(*places)
        return frozenset({"ahead" if one == "live" else one for one in found})

    def _jumped_to(self, block: Path, index: int, here: int) -> bool:
        """Whether a jump that is still to come in a list leads to a step of it, or before it."""
        if block not in self._jumps:
            self._jumps[block] = list(self._jumps_of(block))
        return any(at >= here and target <= index for at, target in self._jumps[block])

    def _jumps_of(self, block: Path) -> Iterator[tuple[int, int]]:
        """The jumps of a list: where they stand, and where they lead."""
        numbers: dict[str, int] = {}
        position = 0
        while (step := self.steps.get((*block, position))) is not None:
            if step.id:
                numbers[step.id] = position
            if step.goto is not None and step.goto.step in numbers:
                yield position, numbers[step.goto.step]
            position += 1
