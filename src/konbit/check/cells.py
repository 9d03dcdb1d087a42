"""Cells of decision tables: whether one can ever fit its column, and which rows fit which values together."""

import dataclasses
import itertools
import math
from collections.abc import Iterator, Sequence

from konbit.definition.expressions.kinds import DYNAMIC, NUMBER, TEXT, TRUTH, Choice, Kind, describe
from konbit.engine.plan import Cell, TableNode
from konbit.engine.ways import COMPARISONS, cell_fits

Value = str | int | float | bool
MOST_ROWS = 200
"""Longer tables are not looked into: their rows are compared with each other."""
MOST_LOOKS = 20_000
"""So many combinations are tried in one table; what cannot be told by then is not said."""
ANY_OTHER = "any other"
"""Stands for all texts that no cell names."""


def misfit(cell: Value, kind: Kind, *, listed: bool) -> str:
    """Why a cell can never fit a column of this kind, in words; empty if it can."""
    word, text = comparison(cell)
    if word and listed:
        return "a comparison stands alone, not in a list"
    match kind:
        case Choice(options):
            named = text if word in ("==", "!=") else cell if not word else None
            return "" if named in options else f"the column is {describe(kind)}"
        case _ if kind == TRUTH:
            return "" if isinstance(cell, bool) else "the column is true or false"
        case _ if kind == NUMBER:
            # A number in quotes is a text, which is never equal to a number.
            fits = number(text if word else cell) is not None and (bool(word) or not isinstance(cell, str))
            return "" if fits else "the column is a number"
        case _ if kind == TEXT:
            fits = word in ("", "==", "!=") and isinstance(cell, str) and not (word and number_in(text))
            return "" if fits else "the column is a text"
        case _ if kind == DYNAMIC:
            return ""
        case _:
            return f"the column is {describe(kind)}, which no cell can be compared with"


def comparison(cell: object) -> tuple[str, str]:
    """The sign a cell begins with and what follows it; both empty if it is a plain value."""
    if isinstance(cell, str):
        for word in COMPARISONS:
            if cell.startswith(word):
                return word, cell[len(word) :].strip()
    return "", ""


def number(value: object) -> float | None:
    """The number that a value is, or that a text after a comparison spells."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    return _spelt(value) if isinstance(value, str) and comparison(value) == ("", "") else None


def number_in(text: str) -> bool:
    """True if the engine would compare this text as a number."""
    return _spelt(text) is not None


def _spelt(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


@dataclasses.dataclass(frozen=True)
class Column:
    """A column, the values that tell its cells apart, and for each of them the rows that fit it, as bits."""

    name: str
    values: tuple[Value, ...]
    fits: tuple[int, ...]

    def of(self, row: int) -> "Column":
        """The column with only the values that one row fits."""
        kept = [at for at, bits in enumerate(self.fits) if bits >> row & 1]
        return Column(self.name, tuple(self.values[at] for at in kept), tuple(self.fits[at] for at in kept))


class Grid:
    """A table as columns of values; every combination of values stands for all that its cells cannot tell apart."""

    def __init__(self, node: TableNode) -> None:
        cells = [row for row, _ in node.rows]
        self.columns = [
            _column(name, expression.kind, [row.get(name) for row in cells])
            for name, expression in node.inputs.items()
        ]
        self.rows = len(cells)
        self._looks = MOST_LOOKS

    def both(self, row: int, other: int) -> dict[str, Value] | None:
        """Values that two rows both fit; None if there are none."""
        found = {}
        for column in self.columns:
            pair = 1 << row | 1 << other
            at = next((at for at, bits in enumerate(column.fits) if bits & pair == pair), None)
            if at is None:
                return None
            found[column.name] = column.values[at]
        return found

    def missed(self) -> dict[str, Value] | None:
        """Values that no row fits; None if there are none, or if there are too many to try."""
        return self._gap(self.columns, (1 << self.rows) - 1, set())

    def reached(self, row: int) -> bool:
        """True if some values fit this row and none before it, or if that cannot be told."""
        columns = [column.of(row) for column in self.columns]
        return self._gap(columns, (1 << row) - 1, set()) is not None or self._looks <= 0

    def _gap(
        self, columns: Sequence[Column], rows: int, tried: set[tuple[int, int]]
    ) -> dict[str, Value] | None:
        """Values of the columns that none of these rows fits."""
        self._looks -= 1
        if self._looks <= 0 or (columns and rows and (len(columns), rows) in tried):
            return None
        if not rows or not columns:
            return None if rows else {column.name: column.values[0] for column in columns if column.values}
        tried.add((len(columns), rows))
        first, *rest = columns
        for value, bits in zip(first.values, first.fits, strict=True):
            found = self._gap(rest, rows & bits, tried)
            if found is not None:
                return {first.name: value, **found}
        return None


def _column(name: str, kind: Kind, cells: list[Cell | None]) -> Column:
    values = tuple(_values(kind, cells))
    fits = tuple(
        sum(1 << row for row, cell in enumerate(cells) if cell is None or cell_fits(cell, value) is True)
        for value in values
    )
    return Column(name, values, fits)


def _values(kind: Kind, cells: list[Cell | None]) -> Iterator[Value]:
    """Values enough to tell the cells of a column apart: one for each of the ranges that they cut out."""
    if isinstance(kind, Choice):
        yield from kind.options
        return
    if kind == TRUTH:
        yield from (True, False)
        return
    named: list[Value] = [
        one
        for cell in cells
        if cell is not None
        for one in (cell if isinstance(cell, tuple) else (comparison(cell)[1] or cell,))
    ]
    limits = sorted({limit for one in named if (limit := number(one)) is not None})
    if kind != NUMBER:
        yield from dict.fromkeys(one for one in named if isinstance(one, str | bool))
        yield ANY_OTHER
    if kind in (NUMBER, DYNAMIC):
        yield from limits
        yield from ((low + high) / 2 for low, high in itertools.pairwise(limits))
        yield from (limits[0] - 1, limits[-1] + 1) if limits else (0,)
