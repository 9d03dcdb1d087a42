"""Where each rule begins and where it ends: the cases of cases.md."""

import re
from pathlib import Path

import pytest

from tests.unit.check import samples

_CASE = re.compile(r"^## ([^\n]+)\n\nFound: ([^\n]+)\n\n```yaml\n(.*?)\n```$", re.MULTILINE | re.DOTALL)
CASES = {
    name: (text, [] if codes == "nothing" else codes.split(", "))
    for name, codes, text in _CASE.findall((Path(__file__).parent / "cases.md").read_text(encoding="utf-8"))
}


def test_every_case_is_read() -> None:
    headings = re.findall(
        r"^## ", (Path(__file__).parent / "cases.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert len(CASES) == len(headings)


@pytest.mark.parametrize("case", CASES)
def test_the_rule_holds_here(case: str, tmp_path: Path) -> None:
    """What is only unused in a fragment does not count."""
    text, expected = CASES[case]
    found = [
        one.code
        for one in samples.serious(samples.problems(text, tmp_path))
        if not one.code.startswith("unused-")
    ]
    assert sorted(found) == sorted(expected)
