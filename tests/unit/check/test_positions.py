"""The files in tests/broken: each has the problems its first line names, at those places, and no others."""

import re
from pathlib import Path

import pytest

from konbit.check.catalogue import ENTRIES
from konbit.definition.problems import Problem, Severity
from tests.unit.check import samples

BROKEN = Path(__file__).parents[2] / "broken"
_EXPECTED = re.compile(r"([a-z0-9-]+) @ (\d+):(\d+)")


def read(code: str) -> str:
    content = (BROKEN / f"{code}.yaml").read_bytes()
    return content.decode("latin-1" if b"# encoding: latin-1" in content else "utf-8")


def place(problem: Problem) -> tuple[str, int, int]:
    return problem.code, problem.where.line, problem.where.column


def test_there_is_one_file_for_each_code() -> None:
    assert {file.stem for file in BROKEN.glob("*.yaml")} == set(ENTRIES)


@pytest.mark.parametrize("code", ENTRIES)
def test_a_broken_file_has_exactly_these_problems_at_these_places(code: str, tmp_path: Path) -> None:
    """A first line that ends with `...` names some of many; a note counts only in the file of its own code."""
    text = read(code)
    first = text.split("\n", 1)[0]
    assert first.startswith("# expect: ")
    expected = [(name, int(line), int(column)) for name, line, column in _EXPECTED.findall(first)]
    assert code in [name for name, _, _ in expected]
    found = [
        place(one)
        for one in samples.problems(text, tmp_path)
        if one.severity != Severity.NOTE or one.code == code
    ]
    if first.endswith(", ..."):
        assert set(expected) <= set(found)
    else:
        assert found == expected


@pytest.mark.parametrize("code", ENTRIES)
def test_the_underline_stays_on_its_line(code: str, tmp_path: Path) -> None:
    text = read(code)
    files = samples.parts(text)
    for problem in samples.problems(text, tmp_path):
        path = Path(problem.where.file).relative_to(tmp_path).as_posix()
        if path not in files:
            continue
        lines = files[path].split("\n")
        assert 1 <= problem.where.line <= len(lines)
        assert problem.where.column - 1 + problem.width <= len(lines[problem.where.line - 1]) + 1
