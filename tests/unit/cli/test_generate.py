"""What is generated: complete, and its drift is noticed."""

from pathlib import Path

from click.testing import CliRunner, Result

from konbit.check.catalogue import ENTRIES
from konbit.check.pages import problems_page
from konbit.cli.generate import GENERATED, commands_page, main
from konbit.cli.main import COMMANDS


def generate(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def test_every_command_has_its_place_on_the_page() -> None:
    page = commands_page()
    for name in (*COMMANDS, "runs answer", "runs stand-down", "directory import", "db upgrade"):
        assert f"# konbit {name}\n" in page
    assert "—" not in page


def test_every_finding_has_its_page() -> None:
    page = problems_page()
    assert sorted(line[4:] for line in page.splitlines() if line.startswith("### ")) == sorted(ENTRIES)


def test_a_file_that_has_drifted_is_named_and_mended(tmp_path: Path) -> None:
    (tmp_path / "definitions").mkdir()
    (tmp_path / "pyproject.toml").touch()
    root = ("--root", str(tmp_path))
    first = generate("--check", *root)
    assert first.exit_code == 1
    assert all(name in first.output for name in GENERATED)
    assert generate(*root).exit_code == 0
    assert generate("--check", *root).exit_code == 0
    (tmp_path / "docs/reference/cli.md").write_text("something else")
    again = generate("--check", *root)
    assert again.exit_code == 1
    assert again.output.strip() == "has drifted; run make docs: docs/reference/cli.md"


def test_outside_of_a_checkout_nothing_is_written(tmp_path: Path) -> None:
    assert generate("--root", str(tmp_path)).exit_code != 0
    assert list(tmp_path.iterdir()) == []
