"""Laws of the language, on expressions made at random."""

import operator
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from hypothesis import assume, given
from hypothesis import strategies as st

from konbit.definition.expressions import UNKNOWN, Expression, Kind, compile_expression
from konbit.definition.expressions.kinds import NUMBER, TEXT, TRUTH, ListOf, Record

SCOPE: Final[dict[str, Kind]] = {
    "a": NUMBER,
    "b": NUMBER,
    "s": TEXT,
    "t": TEXT,
    "p": TRUTH,
    "q": TRUTH,
    "r": TRUTH,
    "xs": ListOf(NUMBER),
    "ts": ListOf(TEXT),
    "rs": ListOf(Record({"n": NUMBER, "ok": TRUTH})),
    "rec": Record({"n": NUMBER, "ok": TRUTH}),
}


class Row(dict[str, Any]):
    """A record that Python itself reads with a point."""

    __getattr__ = dict.__getitem__


INTS = st.integers(-5, 5)
WORDS = st.sampled_from(["", "x", "y", "xy", "X"])
ROWS = st.fixed_dictionaries({"n": INTS, "ok": st.booleans()}).map(Row)
KNOWN = {
    "a": INTS,
    "b": st.integers(-5, 5) | st.sampled_from([0.5, -2.5]),
    "s": WORDS,
    "t": WORDS,
    "p": st.booleans(),
    "q": st.booleans(),
    "r": st.booleans(),
    "xs": st.lists(INTS, min_size=1, max_size=4),
    "ts": st.lists(WORDS, max_size=4),
    "rs": st.lists(ROWS, max_size=4),
    "rec": ROWS,
}
VALUES = st.fixed_dictionaries(KNOWN)
HIDDEN = st.sets(st.sampled_from(sorted(KNOWN)))
COMPARE = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
Text: TypeAlias = st.SearchStrategy[str]


def joined(*parts: Text | str) -> Text:
    """Texts drawn one after the other and put side by side."""
    return st.tuples(*(part if isinstance(part, st.SearchStrategy) else st.just(part) for part in parts)).map(
        "".join
    )


def number_atoms(extra: tuple[str, ...] = ()) -> Text:
    """Numbers without operators."""
    names = [
        "a",
        "b",
        "rec.n",
        "rec['n']",
        "size(xs)",
        "size(s)",
        "sum(xs)",
        "min(xs)",
        "max(xs)",
        "count(rs)",
        "xs[0]",
    ]
    return st.sampled_from([*names, *extra])


def numbers(extra: tuple[str, ...] = ()) -> Text:
    """Numbers, composed."""
    return st.recursive(
        number_atoms(extra),
        lambda of: st.one_of(
            joined("(", of, st.sampled_from([" + ", " - ", " * "]), of, ")"),
            joined("(", of, " / 2)"),
            joined("-", of),
            joined("max(", of, ", ", of, ")"),
            joined("(", of, " if ", st.sampled_from(["p", "q"]), " else ", of, ")"),
        ),
        max_leaves=4,
    )


def atoms(extra: tuple[str, ...] = (), numeric: tuple[str, ...] = ()) -> Text:
    """Conditions without `and`, `or` and `not`."""
    number = numbers(numeric)
    return st.one_of(
        st.sampled_from(["p", "q", "r", "rec.ok", *extra]),
        joined(number, " ", COMPARE, " ", INTS.map(str)),
        joined(number, st.sampled_from([" < ", " == "]), number, " <= ", number),
        joined("s ", COMPARE, " t"),
        joined("s ", st.sampled_from(["in", "not in"]), " ts"),
        joined("a ", st.sampled_from(["in", "not in"]), " [1, 2, b]"),
        st.sampled_from(["contains(s, t)", "starts_with(s, lower(t))", "a in xs", "s in ['x', 'y']"]),
    )


def quantified() -> Text:
    """Conditions over lists of records."""
    inner = atoms(("c.ok",), ("c.n",))
    condition = st.one_of(st.just(""), joined(" if ", inner))
    return st.one_of(
        joined(st.sampled_from(["any", "all"]), "(", inner, " for c in rs", condition, ")"),
        joined("count(c for c in rs", condition, ") ", COMPARE, " 1"),
        joined("sum(", numbers(("c.n",)), " for c in rs", condition, ") ", COMPARE, " 1"),
    )


CONDITIONS = st.recursive(
    st.one_of(atoms(), quantified()),
    lambda of: st.one_of(
        joined("(", of, st.sampled_from([" and ", " or "]), of, ")"),
        joined("(not ", of, ")"),
        joined("(", of, " if ", of, " else ", of, ")"),
        joined("((", of, ") == ", st.sampled_from(["p", "q", "true", "false"]), ")"),
    ),
    max_leaves=4,
)
FUNCTIONS: Final[dict[str, object]] = {
    "true": True,
    "false": False,
    "size": len,
    "count": lambda items: sum(1 for _ in items),
    "lower": str.lower,
    "contains": operator.contains,
    "starts_with": str.startswith,
    **{function.__name__: function for function in (any, all, sum, min, max)},
}


def expression(text: str) -> Expression:
    """The expression; one that is the same in every run, or too large, is drawn again."""
    result = compile_expression(text, SCOPE)
    if isinstance(result, tuple):
        assert {finding.code for finding in result} <= {
            "always-true",
            "never-true",
            "expression-too-long",
            "expression-too-costly",
            "expression-too-deep",
        }, (text, result)
    assume(isinstance(result, Expression))
    assert isinstance(result, Expression)
    return result


def partly(values: Mapping[str, object], hidden: set[str]) -> dict[str, object]:
    """The values without those that are hidden, half of them missing, half of them None."""
    kept: dict[str, object] = {name: value for name, value in values.items() if name not in hidden}
    return kept | {name: None for name in hidden if name < "r"}


@given(CONDITIONS | numbers(), VALUES)
def test_known_values_give_what_python_gives(text: str, values: dict[str, Any]) -> None:
    """On values that are all known, the language means what the same words mean in Python."""
    # Python is the reference interpreter: the text was made here, from the grammar above.
    reference = eval(text, {"__builtins__": {}, **FUNCTIONS, **values})

    assert expression(text).evaluate(values) == reference


@given(CONDITIONS | numbers(), VALUES, HIDDEN)
def test_learning_more_never_overturns_an_answer(text: str, values: dict[str, Any], hidden: set[str]) -> None:
    """What is known from some of the values stays so when the others come in."""
    compiled = expression(text)
    early = compiled.evaluate(partly(values, hidden))

    assert early is UNKNOWN or early == compiled.evaluate(values)


@given(CONDITIONS, CONDITIONS, VALUES, HIDDEN)
def test_the_laws_of_logic_hold_with_unknowns(
    one: str, other: str, values: dict[str, Any], hidden: set[str]
) -> None:
    """De Morgan, commutativity and double negation, in three values."""

    def value(text: str) -> object:
        return expression(text).evaluate(partly(values, hidden))

    assert value(f"not ({one} and {other})") is value(f"not {one} or not {other}")
    assert value(f"not ({one} or {other})") is value(f"not {one} and not {other}")
    assert value(f"{one} and {other}") is value(f"{other} and {one}")
    assert value(f"{one} or {other}") is value(f"{other} or {one}")
    assert value(f"not (not {one})") is value(one)


@given(st.tuples(st.sampled_from([True, False, None]), st.sampled_from([True, False, None])))
def test_and_or_not_follow_the_tables_of_three_values(pair: tuple[bool | None, bool | None]) -> None:
    """`and` is the least and `or` the greatest of false < unknown < true; `not` turns the order round."""
    rank = {False: 0, None: 1, True: 2}
    one, other = pair
    values = {"p": one, "q": other}

    def ranked(text: str) -> int:
        result = expression(text).evaluate(values)
        return 1 if result is UNKNOWN else rank[result is True]

    assert ranked("p and q") == min(rank[one], rank[other])
    assert ranked("p or q") == max(rank[one], rank[other])
    assert ranked("not p") == 2 - rank[one]


@given(st.lists(st.sampled_from([True, False, None]), min_size=2, max_size=5))
def test_any_and_all_are_or_and_and_over_a_list(answers: list[bool | None]) -> None:
    """A quantifier gives what its conditions give when they are written out."""
    rows = [{"n": 1, "ok": answer} for answer in answers]

    def value(text: str) -> object:
        return expression(text).evaluate({"rs": rows})

    places = range(len(answers))
    assert value("any(c.ok for c in rs)") is value(" or ".join(f"rs[{place}].ok" for place in places))
    assert value("all(c.ok for c in rs)") is value(" and ".join(f"rs[{place}].ok" for place in places))
