"""`konbit new`, `format`, `diff` and `upgrade`, as somebody calls them."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from konbit.cli.main import COMMANDS, cli
from tests.unit.check.authoring.charts import ROOT
from tests.unit.definition.test_upgrade import OLD, from_0

__all__ = ["from_0"]


def konbit(*arguments: str | Path, answers: str | None = None) -> Result:
    return CliRunner().invoke(cli, [str(one) for one in arguments], input=answers)


@pytest.fixture
def definitions(tmp_path: Path) -> Path:
    """A copy of the shipped definitions that may be written to."""
    return Path(shutil.copytree(ROOT / "definitions", tmp_path / "definitions"))


def test_the_commands_are_known() -> None:
    assert {"new", "format", "diff", "upgrade", "schema"} <= set(COMMANDS)


def test_new_without_questions_writes_a_chart_that_passes_the_check(definitions: Path) -> None:
    done = konbit(
        "new", "response/flood-watch", "--pattern", "decision", "--title", "Flood watch", "--yes",
        "--definitions", definitions,
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert 'en: "Flood watch"' in (definitions / "response/flood-watch.yaml").read_text()
    assert konbit("check", "response/flood-watch", "--strict", "--definitions", definitions).exit_code == 0


def test_new_asks_for_what_it_was_not_given(definitions: Path) -> None:
    given = "drill\nen,fr\nNight drill\nExercice de nuit\nchair\nHTI\n30m\n"
    done = konbit("new", "preparedness/night-drill", "--definitions", definitions, answers=given)
    assert done.exit_code == 0, done.output
    text = (definitions / "preparedness/night-drill.yaml").read_text()
    for part in (
        'en: "Night drill"',
        'fr: "Exercice de nuit"',
        "owner: chair",
        "default: HTI",
        "within: 30m",
    ):
        assert part in text


def test_new_overwrites_nothing(definitions: Path) -> None:
    before = (definitions / "response/activation.yaml").read_bytes()
    done = konbit("new", "response/activation", "--yes", "--definitions", definitions)
    assert done.exit_code == 2
    assert done.output.startswith("error: ")
    assert (definitions / "response/activation.yaml").read_bytes() == before


@pytest.mark.parametrize(
    "arguments",
    [
        ("../outside",),
        ("response/x", "--languages", "de"),
        ("response/x", "--languages", "en,fr"),
        ("response/x", "--within", "soon"),
        ("response/x", "--owner", "no body"),
    ],
)
def test_new_refuses_what_makes_no_chart_and_writes_nothing(
    definitions: Path, arguments: tuple[str, ...]
) -> None:
    before = sorted(definitions.rglob("*"))
    assert konbit("new", *arguments, "--yes", "--definitions", definitions).exit_code != 0
    assert sorted(definitions.rglob("*")) == before


def test_new_says_where_definitions_are_missing(tmp_path: Path) -> None:
    done = konbit("new", "response/x", "--yes", "--definitions", tmp_path)
    assert "--definitions" in done.output


def test_format_writes_a_file_anew_and_check_only_looks(tmp_path: Path) -> None:
    file = tmp_path / "chart.yaml"
    file.write_text("title: X\nflowchart: response/x\nsteps:\n- {end: done}\n")
    before = file.read_text()
    assert konbit("format", "--check", file).exit_code == 1
    assert file.read_text() == before
    assert konbit("format", file).exit_code == 0
    assert file.read_text() == "flowchart: response/x\ntitle: X\nsteps:\n  - {end: done}\n"
    assert konbit("format", "--check", file).exit_code == 0


def test_format_leaves_a_file_that_cannot_be_read_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "chart.yaml"
    file.write_bytes(b"a: \xff\n")
    done = konbit("format", file)
    assert done.exit_code == 2
    assert done.output.startswith("error: ")
    assert file.read_bytes() == b"a: \xff\n"


def test_diff_of_a_file_with_an_id(definitions: Path) -> None:
    file = definitions / "response/activation.yaml"
    file.write_text(file.read_text().replace("within: 60m", "within: 2h"))
    done = konbit("diff", "response/activation", file)
    assert done.exit_code == 0, done.output
    assert "- decide: the deadline is 2h instead of 1h (1h longer)" in done.output
    data = json.loads(konbit("diff", "response/activation", file, "--json").output)
    assert {change["kind"] for change in data["changes"]} == {"deadline"}
    assert "Nothing has changed." in konbit("diff", file, file).output


def test_diff_of_a_file_that_stands_alone_uses_the_configured_definitions(tmp_path: Path) -> None:
    file = tmp_path / "activation.yaml"
    shutil.copy(ROOT / "definitions/response/activation.yaml", file)
    assert "Nothing has changed." in konbit("diff", "response/activation", file).output


def test_diff_refuses_a_file_that_is_no_flowchart(tmp_path: Path) -> None:
    file = tmp_path / "chart.yaml"
    file.write_text("flowchart: response/x\n")
    assert "missing-key" in konbit("diff", "response/activation", file).output


@pytest.mark.usefixtures("from_0")
def test_upgrade_shows_the_difference_and_writes_only_when_told(tmp_path: Path) -> None:
    file = tmp_path / "chart.yaml"
    file.write_text(OLD)
    shown = konbit("upgrade", file)
    assert shown.exit_code == 0, shown.output
    assert "-konbit: 0" in shown.output
    assert "`tell` is called `inform`." in shown.output
    assert file.read_text() == OLD
    assert konbit("upgrade", "--write", file).exit_code == 0
    assert "inform:" in file.read_text()
    assert "up to date" in konbit("upgrade", file).output


@pytest.mark.parametrize("kind", ["flowchart", "roles", "messages", "form", "scenario"])
def test_schema_prints_and_writes_each_kind(kind: str, tmp_path: Path) -> None:
    printed = konbit("schema", kind).output
    assert json.loads(printed)["$schema"].endswith("draft-07/schema#")
    assert konbit("schema", kind, "--output", tmp_path / "s.json").exit_code == 0
    assert (tmp_path / "s.json").read_text() == printed
