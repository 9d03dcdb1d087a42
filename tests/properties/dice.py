"""Chance behind one interface: Hypothesis where a failure is to be made small, a seed where ten thousand are to be run."""

import random
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


class Dice(Protocol):
    """Where a generator gets its choices from."""

    def number(self, least: int, most: int) -> int:
        """A number from `least` to `most`."""
        ...


class Seeded:
    """Choices that follow from a number."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def number(self, least: int, most: int) -> int:
        return self.random.randint(least, most)


class Drawn:
    """Choices that Hypothesis makes, records and shrinks."""

    def __init__(self, draw: Callable[[st.SearchStrategy[int]], int]) -> None:
        self.draw = draw

    def number(self, least: int, most: int) -> int:
        return self.draw(st.integers(least, most))


def pick(dice: Dice, options: Sequence[T]) -> T:
    """One of several; the first ones are the simple ones, to which a failure shrinks."""
    return options[dice.number(0, len(options) - 1)]


def chance(dice: Dice, percent: int) -> bool:
    """True in so many cases of a hundred."""
    return dice.number(0, 99) >= 100 - percent
