"""Spreadsheet files, CSV and XLSX, as rows of cells that know their place."""

import datetime as dt
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from konbit.definition.problems import Mark
from konbit.domain.csv_cells import Cell, rows
from konbit.errors import InvalidDirectory

XLSX = ".xlsx"
LARGEST = 10_000_000
"""Bytes of a file."""
LARGEST_UNPACKED = 100_000_000
"""Bytes of an XLSX file once it is unpacked, which a small file can claim to be many times larger."""


def read(path: Path) -> list[list[Cell]]:
    """The rows that have anything in them; InvalidDirectory for a file that cannot be read or is too large."""
    try:
        if path.stat().st_size > LARGEST:
            raise InvalidDirectory(f"{path} is larger than {LARGEST // 1_000_000} MB")
        content = path.read_bytes()
    except OSError as error:
        raise InvalidDirectory(f"{path} cannot be read: {error.strerror}") from None
    if path.suffix.lower() == XLSX:
        return _xlsx(content, str(path))
    try:
        return list(rows(content.decode("utf-8-sig"), str(path)))
    except UnicodeDecodeError:
        raise InvalidDirectory(f"{path} is not UTF-8; save it as CSV in UTF-8, or as XLSX") from None


def xlsx_bytes(table: Sequence[Sequence[str]]) -> bytes:
    """The rows as an XLSX file in which every cell is a text, so that none is a formula or loses its plus."""
    import openpyxl  # noqa: PLC0415 - it takes a moment, and few commands need it

    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.title = "directory"
    sheet.freeze_panes = "A2"
    for number, row in enumerate(table, start=1):
        for place, text in enumerate(row, start=1):
            cell = sheet.cell(number, place)
            cell.number_format = "@"
            if text:
                cell.value, cell.data_type = text, "s"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _xlsx(content: bytes, file: str) -> list[list[Cell]]:
    import openpyxl  # noqa: PLC0415 - it takes a moment, and few commands need it

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > LARGEST_UNPACKED:
                raise InvalidDirectory(f"{file} is too large once it is unpacked")
        book: Any = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
        sheet: Any = book.worksheets[0]
        found = [
            [Cell(_text(cell, file), Mark(file, number, place)) for place, cell in enumerate(row, start=1)]
            for number, row in enumerate(sheet.iter_rows(), start=1)
        ]
    except InvalidDirectory:
        raise
    except Exception as error:  # noqa: BLE001  the reader raises whatever a broken part makes it stumble over
        raise InvalidDirectory(
            f"{file} is not an XLSX file that can be read ({type(error).__name__})"
        ) from None
    return [_without_tail(row) for row in found if any(cell.text for cell in row)]


def _without_tail(row: list[Cell]) -> list[Cell]:
    """The row up to its last cell with anything in it: sheets are often wider than what is written on them."""
    return row[: 1 + max(place for place, cell in enumerate(row) if cell.text)]


def _text(cell: Any, file: str) -> str:
    """What a person reads in the cell. A formula is refused: what it shows is not what is written."""
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":
        raise InvalidDirectory(f"{file}: the cell {cell.coordinate} holds a formula; paste it as a value")
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time.min else value.isoformat()
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
