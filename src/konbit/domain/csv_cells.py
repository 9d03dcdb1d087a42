"""CSV text to cells that know their place (RFC 4180), so that a problem in a spreadsheet can be pointed at."""

import dataclasses
from collections.abc import Iterator

from konbit.definition.problems import Mark

SEPARATORS = (",", ";", "\t")
"""Spreadsheets write commas or semicolons, depending on the language they run in."""


@dataclasses.dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its text without the spaces around it, and where it begins."""

    text: str
    where: Mark


def rows(text: str, file: str) -> Iterator[list[Cell]]:
    """The rows that have anything in them. The separator is the one that the first line has most of.

    A quoted cell may hold separators, line breaks and doubled quotes; a quote that is never closed ends with the text.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    first = text.partition("\n")[0]
    separator = max(SEPARATORS, key=first.count)
    row: list[Cell] = []
    line, start, index = 1, 0, 0
    while index <= len(text):
        where = Mark(file, line, index - start + 1)
        value, end = _cell(text, index, separator)
        breaks = text.count("\n", index, end)
        if breaks:
            line, start = line + breaks, text.rindex("\n", index, end) + 1
        row.append(Cell(value.strip(), where))
        if end >= len(text) or text[end] == "\n":
            if any(cell.text for cell in row):
                yield row
            row, line, start = [], line + 1, end + 1
        index = end + 1


def _cell(text: str, index: int, separator: str) -> tuple[str, int]:
    """The value of the cell that begins at `index`, and where it ends."""
    if not text.startswith('"', index):
        ends = [found for mark in (separator, "\n") if (found := text.find(mark, index)) >= 0]
        end = min(ends, default=len(text))
        return text[index:end], end
    parts: list[str] = []
    at = index + 1
    while True:
        quote = text.find('"', at)
        if quote < 0:
            return "".join(parts) + text[at:], len(text)
        parts.append(text[at:quote])
        if not text.startswith('"', quote + 1):
            rest, end = _cell(text, quote + 1, separator)
            return "".join(parts) + rest, end
        parts.append('"')
        at = quote + 2
