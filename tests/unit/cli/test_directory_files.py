"""directory import, export, duplicates and merge: between the database and a spreadsheet, with a report before."""

import datetime as dt
import json
import stat
import warnings
import zipfile
from pathlib import Path

import openpyxl
import pytest

from konbit.cli import spreadsheet
from konbit.definition.library import bundled
from konbit.errors import InvalidDirectory
from tests.unit.cli.conftest import Call, one_line_error

HAITI = bundled() / "directories" / "haiti.csv"
SMALL = """\
person,name,organization,organization_name,zone,quiet_hours,role,country,mail,sms,consent,consent_until
a,Chair A,u,=Unit,America/Port-au-Prince,22:00-06:00,chair,HTI,a@example.org,+1 202-555-0101,activation drill,2027-01-31
b,Deputy B,u,,UTC,,chair_deputy,HTI,b@example.org,,,
"""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.csv"
    path.write_text(SMALL)
    return path


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_an_exported_directory_can_be_imported_again_and_changes_nothing(
    call: Call, furnished: Path, tmp_path: Path, ending: str
) -> None:
    del furnished
    path = tmp_path / f"out.{ending}"
    assert call("directory", "export", "--country", "HTI", "--to", str(path)).exit_code == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = call("directory", "import", str(path), "--country", "HTI", "--dry-run", "--json")
    report = json.loads(again.stdout)
    assert report["changes"] == {
        "people": {"added": 0, "changed": 0, "unchanged": 48, "left": 0},
        "changed": {},
        "added": [],
        "left": [],
        "besides": [],
    }
    assert call("directory", "import", str(path), "--country", "HTI").exit_code == 0
    first = call("directory", "export", "--country", "HTI")
    assert ",'+12025550101," in first.stdout


@pytest.mark.slow
def test_a_dry_run_says_what_would_change_and_which_cells_are_refused(
    call: Call, home: Path, small: Path
) -> None:
    del home
    call("db", "upgrade")
    assert call("directory", "import", str(small), "--country", "HTI").exit_code == 0
    small.write_text(
        SMALL.replace("Port-au-Prince", "Toronto")
        .replace("b@example.org", "a@example.org")
        .replace("+1 202-555-0101", "+1 202-555-01")
        + "c,New C,u,,UTC,,chair,HTI,not a mail,,,\nd,New D,,,UTC,,chair,HTI,d@example.org,,,\n"
    )
    done = call("directory", "import", str(small), "--country", "HTI", "--dry-run", "--json")
    report = json.loads(done.stdout)
    assert done.exit_code == 2
    assert [(one["row"], one["column"], one["code"]) for one in report["refused"]] == [
        (2, 71, "bad-sms"),
        (4, 27, "bad-mail"),
    ]
    assert report["changes"]["added"] == ["d"]
    assert report["changes"]["changed"] == {"b": ["addresses"]}
    assert "202-555" not in done.output
    assert "a@example.org" not in done.output
    told = call("directory", "import", str(small), "--country", "HTI", "--dry-run")
    assert (
        "HTI: people: 1 added, 1 changed, 0 unchanged, 1 no longer in the file; 2 rows refused" in told.stdout
    )
    assert json.loads(call("directory", "check", "--country", "HTI", "--json").stdout)
    one_line_error(call("directory", "import", str(small), "--country", "DOM"), "HTI")


@pytest.mark.slow
def test_duplicates_are_offered_and_merged_only_when_somebody_says_so(
    call: Call, home: Path, small: Path
) -> None:
    del home
    small.write_text(SMALL.replace("b@example.org", "A@EXAMPLE.ORG".lower()))
    call("db", "upgrade")
    assert (
        "a and b: they share an address"
        in call("directory", "import", str(small), "--country", "HTI", "--dry-run").stdout
    )
    call("directory", "import", str(small), "--country", "HTI")
    assert call("directory", "duplicates", "--country", "HTI").stdout == "a and b: they share an address\n"
    offered = call("directory", "merge", "a", "b")
    assert offered.stdout == "would merge b into a: 1 address and every role; add --yes to do it\n"
    assert json.loads(call("directory", "duplicates", "--country", "HTI", "--json").stdout) != []
    assert (
        call("directory", "merge", "a", "b", "--yes").stdout == "merged b into a: 1 address and every role\n"
    )
    assert json.loads(call("directory", "duplicates", "--country", "HTI", "--json").stdout) == []
    one_line_error(call("directory", "import", str(small), "--country", "HTI"), "b was merged into a")


def test_a_formula_in_a_sheet_is_refused_with_its_cell(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["person", "name", "role"])
    book.active.append(["a", "=1+1", "chair"])
    book.save(tmp_path / "x.xlsx")
    with pytest.raises(InvalidDirectory, match="the cell B2 holds a formula"):
        spreadsheet.read(tmp_path / "x.xlsx")


def test_numbers_days_and_empty_cells_of_a_sheet_are_read_as_people_see_them(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["person", None, 1.0, 2.5, True, None])
    book.active.append([None, None])
    book.active.append([dt.date(2027, 1, 31), "x"])
    book.save(tmp_path / "x.xlsx")
    found = spreadsheet.read(tmp_path / "x.xlsx")
    assert [[cell.text for cell in row] for row in found] == [
        ["person", "", "1", "2.5", "true"],
        ["2027-01-31", "x"],
    ]
    assert [(cell.where.line, cell.where.column) for cell in found[1]] == [(3, 1), (3, 2)]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04broken", b"\xff\xfe\x00"])
def test_what_is_no_spreadsheet_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(content)
    with warnings.catch_warnings(), pytest.raises(InvalidDirectory, match="not an XLSX file"):
        spreadsheet.read(path)


def test_a_sheet_that_unpacks_to_more_than_it_says_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spreadsheet, "LARGEST_UNPACKED", 1000)
    with zipfile.ZipFile(tmp_path / "x.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "0" * 2000)
    with pytest.raises(InvalidDirectory, match="too large"):
        spreadsheet.read(tmp_path / "x.xlsx")


def test_a_sheet_keeps_a_text_that_looks_like_a_formula_as_text(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(spreadsheet.xlsx_bytes([["=1+1", "+12025550101", "@x", ""]]))
    cells = next(openpyxl.load_workbook(path).active.iter_rows())
    assert [(cell.value, cell.data_type) for cell in cells[:3]] == [
        ("=1+1", "s"),
        ("+12025550101", "s"),
        ("@x", "s"),
    ]
