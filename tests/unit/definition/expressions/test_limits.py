"""Nothing that is written can make reading it raise, hang or exhaust the stack."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konbit.definition.expressions import UNKNOWN, Expression, Finding, Kind, compile_expression, limits
from konbit.definition.expressions.calling import FUNCTIONS
from konbit.definition.expressions.kinds import DYNAMIC, NUMBER, TEXT, TRUTH, ListOf, Record

SCOPE: dict[str, Kind] = {
    "a": NUMBER,
    "t": TEXT,
    "p": TRUTH,
    "d": DYNAMIC,
    "xs": ListOf(NUMBER),
    "rs": ListOf(Record({"x": NUMBER, "xs": ListOf(NUMBER)})),
}
SIGNS = ["[", "]", "(", ")", ".", ",", "+", "-", "*", "/", "==", "<", "!=", "{", ":", ":=", "**", "'", "\\"]
OTHERS = [
    "and",
    "or",
    "not",
    "in",
    "if",
    "else",
    "for",
    "is",
    "lambda",
    "true",
    "None",
    "c",
    "x",
    "0",
    "3",
    "1.5",
    "'x'",
]
WORDS = st.sampled_from([*SCOPE, *FUNCTIONS, *SIGNS, *OTHERS, "\n"])


def code_of(text: str) -> str:
    """The code of the only finding."""
    found = compile_expression(text, SCOPE)
    assert isinstance(found, tuple)
    assert len(found) == 1
    return found[0].code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a" * 1_001, "expression-too-long"),
        ("(" * 1_000_000, "expression-too-long"),
        ("(" * 25 + "a" + ")" * 25, "expression-too-deep"),
        ("(" * 1_000, "expression-too-deep"),
        ("[" * 500 + "]" * 500, "expression-too-deep"),
        ("-" * 990 + "a", "expression-too-deep"),
        ("not " * 240 + "p", "expression-too-deep"),
        ("a if p else " * 80 + "a", "expression-too-deep"),
        ("d" + ".d" * 490, "expression-too-deep"),
        (" + ".join(["a"] * 30), "expression-too-deep"),
        (" or ".join(["a<1"] * 100), "expression-too-costly"),
        ("[" + ", ".join(["1"] * 101) + "]", "expression-too-costly"),
        ("9" * 1_000, "expression-not-allowed"),
        ("1e999", "expression-not-allowed"),
        ("\x00", "expression-syntax"),
        ("'\x00' == t", "expression-syntax"),
        ("'\ud800' == t", "expression-syntax"),
        ("\ud800", "expression-syntax"),
        ("a\N{NO-BREAK SPACE}> 1", "expression-syntax"),
        ("a\x0c> 1", "expression-syntax"),
        ("x\N{SUPERSCRIPT TWO}", "expression-syntax"),
    ],
)
def test_hostile_text_is_a_finding(text: str, code: str) -> None:
    """Length, depth, size, control characters and broken Unicode are each refused by name."""
    if code == "expression-syntax":
        found = compile_expression(text, SCOPE)
        assert isinstance(found, tuple)
        assert {finding.code for finding in found} == {code}
    else:
        assert code_of(text) == code


def test_the_limits_themselves_are_allowed() -> None:
    """What is exactly at a limit passes."""
    for text in (
        "(" * 24 + "a" + ")" * 24,
        " or ".join(["p"] * 190),
        "[" + ",".join(["1"] * 100) + "]",
        "1" + " " * 999,
    ):
        assert isinstance(compile_expression(text, SCOPE), Expression)


@given(
    st.one_of(
        st.text(max_size=60),
        st.lists(WORDS, max_size=30).map(" ".join),
        st.lists(WORDS, max_size=30).map("".join),
    )
)
def test_any_text_compiles_or_has_findings_within_it(text: str) -> None:
    """Reading never raises, and every finding points into the text."""
    result = compile_expression(text, SCOPE)

    if isinstance(result, Expression):
        result.evaluate({})
    else:
        assert result
        assert all(isinstance(finding, Finding) for finding in result)
        assert all(finding.offset >= 0 for finding in result)
        assert all(finding.offset + finding.width <= len(text) for finding in result)


def evaluate(text: str, **values: object) -> object:
    """The value of a sound expression."""
    expression = compile_expression(text, SCOPE)
    assert isinstance(expression, Expression), expression
    return expression.evaluate(values)


def test_a_quantifier_stops_at_the_budget() -> None:
    """Beyond the number of elements that may be looked at, the answer is unknown."""
    full = [1] * limits.MAX_VISITED

    assert evaluate("count(x for x in xs)", xs=full) == limits.MAX_VISITED
    assert evaluate("count(x for x in xs)", xs=[*full, 1]) is UNKNOWN
    assert evaluate("sum(xs)", xs=[*full, 1]) is UNKNOWN
    assert evaluate("any(x > 1 for x in xs) or p", xs=[*full, 1], p=True) is True


def test_nested_quantifiers_share_one_budget() -> None:
    """A loop inside a loop cannot multiply the work."""
    rows = [{"x": 1, "xs": [2] * 200} for _ in range(100)]

    assert evaluate("any(any(x > 5 for x in r.xs) for r in rs)", rs=rows) is UNKNOWN
    assert evaluate("any(any(x > 5 for x in r.xs) for r in rs)", rs=rows[:40]) is False
    assert evaluate("any(sum(r.xs) > 1000 for r in rs)", rs=rows) is UNKNOWN
    assert evaluate("any(9 in r.xs for r in rs)", rs=rows) is UNKNOWN


def test_numbers_and_texts_have_a_largest_size() -> None:
    """What grows beyond the limits is unknown, not slow."""
    most = limits.MAX_NUMBER

    assert evaluate("a", a=most) == most
    assert evaluate("a", a=most + 1) is UNKNOWN
    assert evaluate("a * a", a=most) is UNKNOWN
    assert evaluate("a", a=float("nan")) is UNKNOWN
    assert evaluate("a", a=float("inf")) is UNKNOWN
    assert evaluate("a", a=10**5_000) is UNKNOWN
    assert evaluate("lower(t)", t="X" * limits.MAX_TEXT) == "x" * limits.MAX_TEXT
    assert evaluate("contains(t, 'x')", t="x" * (limits.MAX_TEXT + 1)) is UNKNOWN
