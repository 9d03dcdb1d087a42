"""docs/reference/dependencies.md against pyproject.toml."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reference" / "dependencies.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
SECTIONS: dict[str, list[str]] = {
    "## To run": PROJECT["dependencies"],
    **{f"(`konbit[{extra}]`)": names for extra, names in PROJECT["optional-dependencies"].items()},
}


def name_of(requirement: str) -> str:
    """The package that a requirement names."""
    return re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0]


def section(heading: str) -> str:
    """The part of the page under a heading."""
    return PAGE[PAGE.index(heading) :].partition("\n## ")[0]


def rows(text: str) -> dict[str, str]:
    """Package → what it is for."""
    return {
        name: purpose.strip()
        for name, purpose in re.findall(r"^\| ([\w.-]+) \| ([^|]*)\|", text, re.MULTILINE)
    }


@pytest.mark.parametrize("heading", SECTIONS)
def test_each_dependency_has_its_line_and_no_line_is_left_over(heading: str) -> None:
    """In the order of the file, so that a missing one is seen at a glance."""
    declared = [name_of(name) for name in SECTIONS[heading]]
    lines = {name: purpose for name, purpose in rows(section(heading)).items() if name != "package"}

    assert list(lines) == declared
    assert all(lines.values())


def test_each_dependency_is_in_the_lock() -> None:
    """With its hashes: `make setup` installs nothing that was not looked at."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    locked = {name.lower() for name in re.findall(r"^([\w-]+)(?:\[[^]]+\])?==", lock, re.MULTILINE)}
    declared = {name_of(one).lower().replace(".", "-") for names in SECTIONS.values() for one in names}

    assert declared <= locked
