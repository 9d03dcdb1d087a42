"""Every YAML block of the documentation is loaded and every shell block is played: what a page shows is so."""

import re
from pathlib import Path

import pytest
import yaml

from konbit.definition.library import Library, Messages, bundled, load
from konbit.definition.problems import pretty
from konbit.definition.shape import parse
from konbit.definition.source import read_bytes
from konbit.notify.accounts import read_accounts
from konbit.notify.mailboxes import read_mailboxes
from konbit.simulate.scenario import require_scenario
from tests.docs.snippets import ROOT, Snippet, pages, play, snippets

ALL = [snippet for page in pages() for snippet in snippets(page)]
KINDS = ("yaml", "console", "sh", "text", "csv", "mermaid", "json", "")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
FEW = 13
"""How many shell blocks may be shown without being played."""


def load_beside(snippet: Snippet, folder: Path) -> Library:
    """The definitions that come with Konbit, and the flowchart of a page."""
    file = folder / "snippet.yaml"
    file.write_text(snippet.text, encoding="utf-8")
    return load([bundled()], [file])


def assert_excerpt(snippet: Snippet) -> None:
    """The lines stand in the file as they are on the page; `# ...` stands for lines left out."""
    source = (ROOT / snippet.value).read_text(encoding="utf-8")
    for part in snippet.text.split("# ...\n"):
        assert part.strip("\n") in source, f"{snippet}: not in {snippet.value}:\n{part}"


@pytest.mark.parametrize("snippet", [one for one in ALL if one.kind == "yaml"], ids=str)
def test_yaml_can_be_loaded(snippet: Snippet, tmp_path: Path) -> None:
    """By the reader that production has for what it is: a flowchart, messages, a scenario, channel accounts, mailboxes."""
    if snippet.directive == "from":
        return assert_excerpt(snippet)
    source, problems = read_bytes(snippet.text.encode(), str(snippet))
    assert source is not None, problems
    keys = source.data
    assert isinstance(keys, dict)
    if "scenario" in keys:
        assert require_scenario(snippet.text.encode(), str(snippet)).people
    elif "flowchart" in keys:
        library = load_beside(snippet, tmp_path)
        assert keys["flowchart"] in library.flowcharts, [problem.text() for problem in library.problems]
    elif "accounts" in keys:
        assert read_accounts(yaml.safe_load(snippet.text)["accounts"])
    elif "mailboxes" in keys:
        assert read_mailboxes(yaml.safe_load(snippet.text)["mailboxes"])
    elif all(isinstance(value, dict) and "subject" in value for value in keys.values()):
        messages, problems = parse(source, Messages)
        assert messages, [pretty(problem, "") for problem in problems]
    else:
        pytest.fail(f"{snippet}: nobody knows what this is; say where it is from, or add it here")
    return None


@pytest.mark.slow
@pytest.mark.parametrize(
    "page",
    [page for page in pages() if any(one.played for one in snippets(page))],
    ids=lambda page: page.name,
)
def test_what_a_page_says_to_type_works(page: Path, tmp_path: Path) -> None:
    """In one shell, in an empty home, in the order of the page; what it shows as output is printed."""
    problems = play(list(snippets(page)), tmp_path)

    assert not problems, "\n\n".join(problems)


def test_few_shell_blocks_are_not_played_and_each_says_why() -> None:
    """What cannot be played in a test can be wrong without anybody noticing."""
    left_out = [snippet for snippet in ALL if snippet.directive == "not run"]

    assert len(left_out) <= FEW, [str(snippet) for snippet in left_out]
    assert all(len(snippet.value.split()) >= 3 for snippet in left_out)


def test_blocks_say_what_they_are() -> None:
    """A block of a kind that nobody checks would rot."""
    assert not [str(snippet) for snippet in ALL if snippet.kind not in KINDS]
    assert {snippet.kind for snippet in ALL} >= {"yaml", "console"}


def test_links_between_pages_lead_somewhere() -> None:
    """Relative links name a file that is there."""
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages()
        for target in LINK.findall(page.read_text(encoding="utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]

    assert not broken, broken


def test_every_page_can_be_reached_from_the_index() -> None:
    """A page that nothing leads to is not read."""
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    decisions = (ROOT / "docs" / "decisions" / "README.md").read_text(encoding="utf-8")
    missing = [
        page.name
        for page in (ROOT / "docs").rglob("*.md")
        if page.name != "index.md" and page.name not in index and page.name not in decisions
    ]

    assert not missing, missing


def test_yaml_of_pages_is_yaml_for_everybody() -> None:
    """Other readers of YAML take it too."""
    for snippet in ALL:
        if snippet.kind == "yaml":
            yaml.safe_load(snippet.text)
