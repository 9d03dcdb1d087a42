"""Problems: their one-line text, the picture with the underline, and the suggestions."""

import pytest

from konbit.definition.problems import Mark, Problem, Severity, did_you_mean, in_order, pretty

HERE = Mark("charts/a.yaml", 12, 5)


def test_the_text_of_a_problem_is_one_line() -> None:
    """`file:line:column: severity[code]: message`, which editors and people can follow."""
    problem = Problem("unknown-key", "unknown key 'whithin'", HERE)
    assert problem.text() == "charts/a.yaml:12:5: error[unknown-key]: unknown key 'whithin'"
    warned = Problem("late", "a reminder after the deadline", HERE, Severity.WARNING)
    assert warned.text() == "charts/a.yaml:12:5: warning[late]: a reminder after the deadline"


def test_pretty_shows_line_underline_allowed_and_fix() -> None:
    """Everything a reader needs to mend it, in the order they need it."""
    problem = Problem(
        "unknown-key",
        "unknown key 'whithin'",
        HERE,
        hint="did you mean 'within'?",
        allowed=("within", "remind"),
        width=7,
    )
    assert pretty(problem, "    whithin: 2h").split("\n") == [
        "charts/a.yaml:12:5: error[unknown-key]: unknown key 'whithin'",
        "12 |     whithin: 2h",
        "   |     ^~~~~~~",
        "     allowed: within, remind",
        "     fix: did you mean 'within'?",
    ]


@pytest.mark.parametrize(
    ("line", "column", "width", "shown", "under"),
    [
        ("\tx: 1", 2, 1, "    x: 1", "    ^"),
        ("\u6f22\u5b57: x", 5, 1, "\u6f22\u5b57: x", "      ^"),
        ("\u6f22\u5b57: x", 1, 2, "\u6f22\u5b57: x", "^~~~"),
        ("e\u0301: x", 5, 1, "e\u0301: x", "   ^"),
        ("a: b", 5, 3, "a: b", "    ^"),
        ("a: b", 4, 99, "a: b", "   ^"),
        ("a: b", 99, 1, "a: b", "    ^"),
        ("a: \x1b[31m\u202e", 4, 1, "a: \ufffd[31m\ufffd", "   ^"),
    ],
)
def test_the_caret_stands_right(line: str, column: int, width: int, shown: str, under: str) -> None:
    """Tabs take four columns, wide characters two, combining marks none; control characters are not passed on."""
    problem = Problem("x", "m", Mark("f", 1, column), width=width)
    assert pretty(problem, line).split("\n")[1:] == [f"1 | {shown}", f"  | {under}"]


def test_a_long_line_is_cut_around_the_place() -> None:
    """A terminal shows 160 characters of it, with the place among them."""
    picture = pretty(Problem("x", "m", Mark("f", 1, 5001)), "a" * 5000 + "b" + "c" * 5000).split("\n")
    assert len(picture[1]) <= 164
    assert picture[1][picture[2].index("^")] == "b"


def test_without_a_line_nothing_is_underlined() -> None:
    """An empty line, or a file that is not at hand."""
    assert pretty(Problem("x", "m", Mark("f", 1, 1), hint="h"), "") == "f:1:1: error[x]: m\n    fix: h"


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("whithin", "within"),
        ("Within", "within"),
        ("for-each", "for_each"),
        ("for each", "for_each"),
        ("FOREACH", "for_each"),
        ("aks", "ask"),
        ("zzz", None),
        ("", None),
        ("w" * 81, None),
    ],
)
def test_did_you_mean_suggests_only_what_is_near(word: str, meant: str | None) -> None:
    """A slip of the keyboard, case and separators are near; anything else gets no suggestion."""
    assert did_you_mean(word, ["within", "for_each", "ask"]) == meant


def test_did_you_mean_needs_names() -> None:
    """Nothing allowed, nothing meant."""
    assert did_you_mean("a", []) is None


def test_problems_are_ordered_by_place_without_doubles() -> None:
    """File, line, column; equal problems once."""
    late, early = Problem("b", "m", Mark("f", 10, 1)), Problem("a", "m", Mark("f", 9, 3))
    assert in_order([late, early, late]) == (early, late)
