"""`konbit test`."""

import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from konbit.definition.library import bundled
from tests.unit.cli.conftest import Call, one_line_error

CHART = "preparedness/calldown-drill"
HEAVY = ("prefect", "sqlalchemy", "apprise", "fastapi", "alembic")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Definitions of an organization: one flowchart, one scenario, what they name."""
    place = tmp_path / "definitions"
    for part in ("codes", "forms", "messages", "directories"):
        shutil.copytree(bundled() / part, place / part)
    for file in ("roles.yaml", f"{CHART}.yaml", "scenarios/quarterly-drill.yaml"):
        (place / file).parent.mkdir(exist_ok=True)
        shutil.copy(bundled() / file, place / file)
    chart = place / f"{CHART}.yaml"
    lines = [line for line in chart.read_text().splitlines() if not line.startswith("coverage:")]
    chart.write_text("\n".join(lines) + "\n")
    return place


def test_a_folder_whose_scenarios_pass_passes(call: Call, folder: Path) -> None:
    done = call("test", str(folder))
    assert done.exit_code == 0, done.output
    assert "1 of 1 scenarios passed" in done.output
    row = next(line.split() for line in done.output.splitlines() if line.startswith(CHART))
    assert row[1] == "1/1"
    assert row[-1] == "ok"
    assert f"{CHART} not covered: " in done.output


def test_an_unmet_expectation_fails_and_is_named(call: Call, folder: Path) -> None:
    scenario = folder / "scenarios" / "quarterly-drill.yaml"
    scenario.write_text(scenario.read_text() + "  - {run: postponed}\n")
    done = call("test", str(folder))
    assert done.exit_code == 1
    assert "NOT MET quarterly-drill: the run ends postponed" in done.output
    assert "FAILED" in done.output


def test_coverage_below_the_minimum_fails_and_the_declared_one_comes_first(call: Call, folder: Path) -> None:
    assert call("test", str(folder), "--minimum", "10").exit_code == 0
    low = call("test", str(folder), "--minimum", "100")
    assert low.exit_code == 1
    assert "below 100 %" in low.output
    chart = folder / f"{CHART}.yaml"
    chart.write_text(chart.read_text().replace("version: 1\n", "version: 1\ncoverage: 20%\n", 1))
    assert call("test", str(folder), "--minimum", "100").exit_code == 0


def test_junit_is_written_whether_it_passes_or_not(call: Call, folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "results.xml"
    assert call("test", str(folder), "--junit", str(target), "--minimum", "100").exit_code == 1
    root = ET.parse(target).getroot()
    assert (root.get("tests"), root.get("failures")) == ("2", "1")


def test_what_is_wrong_with_a_scenario_or_a_flowchart_fails_with_its_place(call: Call, folder: Path) -> None:
    (folder / "scenarios" / "wrong.yaml").write_text("scenario: wrong\n")
    copy = (folder / "scenarios" / "quarterly-drill.yaml").read_text()
    renamed = copy.replace("scenario: quarterly-drill", "scenario: typo").replace(
        "directory: haiti", "directory: hati"
    )
    (folder / "scenarios" / "typo.yaml").write_text(renamed)
    done = call("test", str(folder))
    assert done.exit_code == 1
    assert "wrong.yaml:1:1: error[missing-key]" in done.output
    assert "hati" in done.output
    assert "1 of 3 scenarios passed" in done.output
    chart = folder / f"{CHART}.yaml"
    chart.write_text(
        chart.read_text().replace("who: global_facilitator, question", "who: global_facilitater, question")
    )
    broken = call("test", str(folder))
    assert broken.exit_code == 1
    assert "unknown-role" in broken.output


def test_a_folder_without_scenarios_is_an_error(call: Call, tmp_path: Path) -> None:
    one_line_error(call("test", str(tmp_path)), "no scenarios")
    one_line_error(call("test", str(tmp_path / "nothing")), "no folder")


@pytest.mark.slow
def test_it_needs_neither_a_database_nor_prefect(folder: Path) -> None:
    script = (
        "import sys\nfrom click.testing import CliRunner\nfrom konbit.cli.main import cli\n"
        "done = CliRunner().invoke(cli, sys.argv[1:], prog_name='konbit')\nassert done.exit_code == 0, done.output\n"
        f"print(sorted(name for name in sys.modules if name in {HEAVY!r}))\n"
    )
    for arguments in (["test", str(folder)], ["plan", CHART, "--definitions", str(folder)]):
        done = subprocess.run(
            [sys.executable, "-c", script, *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip().splitlines()[-1] == "[]"
