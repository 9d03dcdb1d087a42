"""The campaign of documents: what must hold for each, and what is told of all."""

import dataclasses
import resource
from collections import Counter
from collections.abc import Iterable

from tests.properties.dice import Seeded
from tests.properties.documents import document, put_through

A_SECOND = 1.0
"""Of processor time, for each document."""
MOST_MEMORY = 400
"""MiB that the process may grow by, at its highest."""


@dataclasses.dataclass
class Told:
    """What a campaign went through."""

    documents: int = 0
    charts: int = 0
    """Those that were flowcharts, right or wrong."""
    sound: int = 0
    slowest: tuple[float, int] = (0.0, -1)
    """Seconds, and the seed."""
    grown: float = 0.0
    """MiB."""
    codes: Counter[str] = dataclasses.field(default_factory=Counter)


def campaign(seeds: Iterable[int]) -> Told:
    """Puts one document through for each seed. AssertionError with the seed for one that raises, hangs or swells."""
    told, before = Told(), _memory()
    for seed in seeds:
        content = document(Seeded(seed))
        try:
            found, seconds, parsed = put_through(content)
        except Exception as error:
            raise AssertionError(f"seed {seed} raises {type(error).__name__}: {error}") from error
        assert seconds < A_SECOND, f"seed {seed} takes {seconds:.2f} s"
        assert all(one.where.line >= 1 and one.where.column >= 1 for one in found), f"seed {seed}"
        told.documents += 1
        told.charts += parsed
        told.sound += parsed and not found
        told.slowest = max(told.slowest, (seconds, seed))
        told.codes.update({one.code for one in found})
        told.grown = _memory() - before
        assert told.grown < MOST_MEMORY, f"seed {seed}: {told.grown:.0f} MiB more than at the beginning"
    return told


def _memory() -> float:
    """The most memory that the process has held, in MiB; Linux counts it in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
