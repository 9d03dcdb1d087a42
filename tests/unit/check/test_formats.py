"""The formats problems are printed in."""

import json

from konbit.check.formats import render
from konbit.definition.problems import Mark, Problem, Severity
from konbit.definition.source import Source, read

FIRST = Problem(
    "unknown-key",
    "unknown key 'b'",
    Mark("c/a b.yaml", 2, 3),
    hint="did you mean 'a'?",
    allowed=("a", "c"),
    width=1,
)
SECOND = Problem("late", "100% late:\nso, what", Mark("c/a b.yaml", 1, 1), Severity.WARNING)
THIRD = Problem("fyi", "seen", Mark("z.yaml", 2, 1), Severity.NOTE)
ALL = [THIRD, FIRST, SECOND, FIRST]


def source() -> Source:
    found, _ = read("a:\n  b: 1\n", "c/a b.yaml")
    assert found is not None
    return found


def test_text_shows_each_problem_with_its_line() -> None:
    """By place, without doubles, a blank line between; a text stands in for a file that could not be read."""
    assert render(ALL, {"c/a b.yaml": source(), "z.yaml": "\ufeffone\r\ntwo"}, "text") == (
        "c/a b.yaml:1:1: warning[late]: 100% late:\nso, what\n"
        "1 | a:\n"
        "  | ^\n"
        "\n"
        "c/a b.yaml:2:3: error[unknown-key]: unknown key 'b'\n"
        "2 |   b: 1\n"
        "  |   ^\n"
        "    allowed: a, c\n"
        "    fix: did you mean 'a'?\n"
        "\n"
        "z.yaml:2:1: note[fyi]: seen\n"
        "2 | two\n"
        "  | ^\n"
    )


def test_text_without_the_source_has_no_picture() -> None:
    """A file that is not at hand, or a line beyond it."""
    assert render([THIRD], {}, "text") == "z.yaml:2:1: note[fyi]: seen\n"
    assert render([THIRD], {"z.yaml": "one"}, "text") == "z.yaml:2:1: note[fyi]: seen\n"


def test_no_problems_give_no_lines() -> None:
    """Silence for people; an empty list for machines."""
    assert render([], {}, "text") == ""
    assert render([], {}, "github") == ""
    assert json.loads(render([], {}, "json")) == []
    assert json.loads(render([], {}, "sarif"))["runs"][0]["results"] == []


def test_json_has_the_same_keys_in_the_same_order() -> None:
    """A script can rely on every key being there."""
    listed = json.loads(render(ALL, {}, "json"))
    assert [one["code"] for one in listed] == ["late", "unknown-key", "fyi"]
    keys = ["file", "line", "column", "width", "severity", "code", "message", "allowed", "hint"]
    assert all(list(one) == keys for one in listed)
    assert listed[1] == {
        "file": "c/a b.yaml",
        "line": 2,
        "column": 3,
        "width": 1,
        "severity": "error",
        "code": "unknown-key",
        "message": "unknown key 'b'",
        "allowed": ["a", "c"],
        "hint": "did you mean 'a'?",
    }


def test_github_commands_are_escaped() -> None:
    """A percent sign, a line break, a colon or a comma cannot end the command or begin another."""
    odd = Problem("x", "a\n::error::b", Mark("a,b:c%.yaml", 1, 2), width=3)
    assert render([*ALL, odd], {}, "github").split("\n") == [
        "::error file=a%2Cb%3Ac%25.yaml,line=1,col=2,endColumn=4,title=x::a%0A::error::b",
        "::warning file=c/a b.yaml,line=1,col=1,endColumn=1,title=late::100%25 late:%0Aso, what",
        (
            "::error file=c/a b.yaml,line=2,col=3,endColumn=3,title=unknown-key"
            "::unknown key 'b'%0Aallowed: a, c%0Afix: did you mean 'a'?"
        ),
        "::notice file=z.yaml,line=2,col=1,endColumn=1,title=fyi::seen",
        "",
    ]


def test_sarif_has_rules_and_regions() -> None:
    """SARIF 2.1.0: every result names a rule that is listed, a level, a URI and a region."""
    report = json.loads(render(ALL, {}, "sarif"))
    assert report["version"] == "2.1.0"
    run = report["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["fyi", "late", "unknown-key"]
    assert all(rules[one["ruleIndex"]]["id"] == one["ruleId"] for one in run["results"])
    assert [one["level"] for one in run["results"]] == ["warning", "error", "note"]
    place = run["results"][1]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "c/a%20b.yaml"
    assert place["region"] == {"startLine": 2, "startColumn": 3, "endColumn": 4}
    assert run["columnKind"] == "unicodeCodePoints"
