"""The reference page for authors: every example on it is run, and everything in the language is on it."""

import ast
import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
import yaml

from konbit.definition.expressions import UNKNOWN, Expression, Kind, compile_expression, limits
from konbit.definition.expressions.calling import FUNCTIONS
from konbit.definition.expressions.kinds import DURATION, MOMENT, NUMBER, TEXT, TRUTH, Choice, ListOf, Record

PAGE: Final = (Path(__file__).parents[4] / "docs" / "reference" / "expressions.md").read_text(
    encoding="utf-8"
)
CLUSTER: Final = Choice(("WSH", "HEA", "LOG"))
SCOPE: Final[dict[str, Kind]] = {
    "people": NUMBER,
    "severity": NUMBER,
    "country": TEXT,
    "level": Choice(("monitor", "standby", "partial", "full")),
    "confirmed": TRUTH,
    "clusters": ListOf(CLUSTER),
    "figures": ListOf(NUMBER),
    "call": Record({"outcome": TEXT, "answered": NUMBER, "late": NUMBER}),
    "needs": ListOf(Record({"cluster": CLUSTER, "people": NUMBER, "gap": NUMBER})),
    "injured": NUMBER,
    "started": MOMENT,
    "now": MOMENT,
    "waited": DURATION,
}
NAMES: Final[dict[str, object]] = yaml.safe_load(re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[1])
VALUES: Final = NAMES | {"waited": dt.timedelta(minutes=int(str(NAMES["waited"]).removesuffix("m")))}
RESULTS: Final[dict[str, object]] = {"unknown": UNKNOWN, "`true`": True, "`false`": False}


def rows(header: str) -> Iterator[list[str]]:
    """The rows of the tables whose last column is `header`."""
    wanted = False
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if not line.startswith("|"):
            wanted = False
        elif not wanted:
            wanted = cells[-1] == header
        elif not line.startswith("|---"):
            yield cells


EXAMPLES: Final = [(cells[1].strip("`"), cells[2]) for cells in rows("Gives")]
CODES: Final = [(cells[0].strip("`"), cells[1].strip("`")) for cells in rows("What to do")]


def test_the_page_names_exactly_the_scope_of_its_examples() -> None:
    """Every name in the list has a kind here, and the other way round."""
    assert set(NAMES) == set(SCOPE)


@pytest.mark.parametrize(("text", "gives"), EXAMPLES)
def test_every_example_gives_what_the_page_says(text: str, gives: str) -> None:
    """The third column is what the second evaluates to."""
    compiled = compile_expression(text, SCOPE)
    assert isinstance(compiled, Expression), compiled

    result = compiled.evaluate(VALUES)

    expected = RESULTS[gives] if gives in RESULTS else ast.literal_eval(gives.strip("`"))
    assert result == expected
    assert type(result) is type(expected)


@pytest.mark.parametrize(
    ("code", "text"), [row for row in CODES if not row[1].startswith(("more", "nested"))]
)
def test_every_code_is_shown_by_its_example(code: str, text: str) -> None:
    """The example of a finding has this finding."""
    compiled = compile_expression(text, SCOPE)

    assert isinstance(compiled, tuple)
    assert [finding.code for finding in compiled] == [code]


def test_the_page_lists_every_code() -> None:
    """An author can look up whatever the check says."""
    source = Path(limits.__file__).parent
    written = {
        code
        for file in source.glob("*.py")
        for code in re.findall(r'"([a-z]+(?:-[a-z]+)+)"', file.read_text("utf-8"))
    }

    assert written == {code for code, _ in CODES}


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_every_function_has_an_example(name: str) -> None:
    """No function is missing from the page, and each is called in an example that runs."""
    assert any(f"{name}(" in text for text, _ in EXAMPLES)


@pytest.mark.parametrize(
    "sign", ["and", "or", "not", "==", "!=", "<", "<=", ">", ">=", "in", "not in", "+", "-", "*", "/", "if"]
)
def test_every_operator_has_an_example(sign: str) -> None:
    """No operator is missing from the page."""
    assert any(cells[0].startswith(f"`{sign}`") and f"{sign} " in cells[1] for cells in rows("Gives"))


def test_the_page_states_every_limit() -> None:
    """A limit that changes in the code changes on the page."""
    values = [value for name, value in vars(limits).items() if name.startswith("MAX_")]

    assert len(values) == 8
    assert all(re.search(rf"(?<![\d,]){value:,}(?![\d,])", PAGE) for value in values)
