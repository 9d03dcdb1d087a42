"""The limits of an expression: what keeps reading and evaluating one bounded, whatever it holds."""

from typing import Final

MAX_LENGTH: Final = 1_000
"""Characters in the text of one expression."""

MAX_DEPTH: Final = 24
"""Levels of nesting, of brackets as well as of operations."""

MAX_NODES: Final = 200
"""Parts (names, literals, operations) in one expression: its static cost."""

MAX_LIST_ITEMS: Final = 100
"""Elements in a list that is written out."""

MAX_VISITED: Final = 10_000
"""List elements that one evaluation looks at; beyond it the result is unknown."""

MAX_TEXT: Final = 10_000
"""Characters of a text that a text function looks at; beyond it the result is unknown."""

MAX_NUMBER: Final = 10**15
"""Size of a number; up to it every whole number is exact as a double. Beyond it the result is unknown."""

MAX_DURATION_DAYS: Final = 36_525
"""Days in a duration that is written out: one hundred years."""
