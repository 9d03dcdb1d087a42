"""The page of patterns says what the tests play."""

from tests.patterns.cases import PATTERNS
from tests.patterns.page import PAGE, page


def test_the_page_is_what_the_cases_give() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tests.patterns.page"


def test_every_pattern_has_its_section_and_its_line() -> None:
    text = page()
    for pattern in PATTERNS:
        assert f"\n## {pattern.number} {pattern.name}\n" in text
        assert f"| {pattern.number} | [{pattern.name}](#" in text
