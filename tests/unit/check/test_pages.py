"""The reference page is what the rules say."""

import re
from pathlib import Path

from konbit.check.catalogue import ENTRIES
from konbit.check.pages import problems_page

PAGE = Path(__file__).parents[3] / "docs/reference/problems.md"


def test_the_page_is_up_to_date() -> None:
    """After a change of a rule: `python -m konbit.check.pages > docs/reference/problems.md`."""
    assert PAGE.read_text(encoding="utf-8") == problems_page()


def test_the_page_has_one_section_for_each_code() -> None:
    assert re.findall(r"^### (\S+)$", problems_page(), re.MULTILINE) != []
    assert sorted(re.findall(r"^### (\S+)$", problems_page(), re.MULTILINE)) == sorted(ENTRIES)


def test_every_link_of_the_contents_leads_to_a_section() -> None:
    assert set(re.findall(r"\]\(#(\S+?)\)", problems_page())) == set(ENTRIES)


def test_a_section_has_both_examples() -> None:
    section = problems_page().split("### no-deadline\n")[1].split("\n### ")[0]
    assert ENTRIES["no-deadline"].bad in section
    assert ENTRIES["no-deadline"].good in section
