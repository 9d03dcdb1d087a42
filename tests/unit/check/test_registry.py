"""Every code that can be printed has a page whose bad example has the problem and whose good example has not."""

import re
from pathlib import Path

import pytest

from konbit.check.catalogue import ENTRIES
from konbit.check.pages import THEMES
from tests.unit.check import samples

ROOT = Path(__file__).parents[3]
_RAISED = re.compile(
    r'(?:Problem|PydanticCustomError|Finding|report|_at|_at_key|_add)\(\s*(?:[a-z_.]+,\s*){0,2}"([a-z0-9]+(?:-[a-z0-9]+)+)"'
)


def test_there_are_at_least_sixty_codes() -> None:
    assert len(ENTRIES) >= 60


@pytest.mark.parametrize("folder", ["definition", "engine"])
def test_what_reading_and_compiling_report_has_a_page(folder: str) -> None:
    """A code in the source of the language that is not registered could not be explained."""
    raised = {
        code
        for file in (ROOT / "src/konbit" / folder).rglob("*.py")
        for code in _RAISED.findall(file.read_text(encoding="utf-8"))
    }
    assert raised, "the pattern finds nothing any more"
    assert raised <= set(ENTRIES), f"without a page: {sorted(raised - set(ENTRIES))}"


@pytest.mark.parametrize("code", ENTRIES)
def test_a_page_says_what_is_wrong_why_and_how_to_mend_it(code: str) -> None:
    entry = ENTRIES[code]
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", code)
    assert entry.theme in THEMES
    assert entry.title
    assert not entry.title.endswith(".")
    assert entry.why.endswith((".", "!"))
    assert entry.fix.endswith(".")


@pytest.mark.parametrize("code", ENTRIES)
def test_the_bad_example_has_the_problem(code: str, tmp_path: Path) -> None:
    found = [one for one in samples.problems(ENTRIES[code].bad, tmp_path) if one.code == code]
    assert found
    assert {one.severity for one in found} == {ENTRIES[code].severity}


@pytest.mark.parametrize("code", ENTRIES)
def test_the_good_example_has_no_problem_but_for_what_a_fragment_leaves_unused(
    code: str, tmp_path: Path
) -> None:
    found = samples.problems(ENTRIES[code].good, tmp_path)
    assert [one.text() for one in samples.serious(found) if not one.code.startswith("unused-")] == []
    assert code not in {one.code for one in found}
