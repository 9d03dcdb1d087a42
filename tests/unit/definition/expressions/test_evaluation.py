"""What expressions give on known values, on missing ones and on values of the wrong kind."""

import copy
import datetime as dt
import timeit
from collections import OrderedDict

import pytest

from konbit.definition.expressions import UNKNOWN, Expression, Kind, compile_expression
from konbit.definition.expressions.kinds import (
    DURATION,
    DYNAMIC,
    MOMENT,
    NUMBER,
    TEXT,
    TRUTH,
    Choice,
    ListOf,
    Record,
)

CLUSTER = Choice(("WSH", "HEA", "LOG"))
SCOPE: dict[str, Kind] = {
    "people": NUMBER,
    "nothing": NUMBER,
    "country": TEXT,
    "no_text": TEXT,
    "yes": TRUTH,
    "no": TRUTH,
    "maybe": TRUTH,
    "level": Choice(("partial", "full")),
    "clusters": ListOf(CLUSTER),
    "patchy": ListOf(CLUSTER),
    "answers": ListOf(TRUTH),
    "figures": ListOf(NUMBER),
    "gaps": ListOf(NUMBER),
    "empty": ListOf(NUMBER),
    "no_list": ListOf(NUMBER),
    "needs": ListOf(Record({"cluster": CLUSTER, "people": NUMBER, "gap": NUMBER})),
    "call": Record({"outcome": TEXT, "answered": NUMBER, "late": NUMBER}),
    "no_record": Record({"x": NUMBER}),
    "now": MOMENT,
    "started": MOMENT,
    "far": MOMENT,
    "waited": DURATION,
    "output": DYNAMIC,
    "none": DYNAMIC,
}
NOON = dt.datetime(2026, 1, 2, 12, tzinfo=dt.UTC)
VALUES: dict[str, object] = {
    "people": 12_000,
    "nothing": None,
    "country": "HTI",
    "yes": True,
    "no": False,
    "maybe": None,
    "level": "full",
    "clusters": ["WSH", "HEA"],
    "patchy": ["WSH", None],
    "answers": [True, None],
    "figures": (3, 1.5),
    "gaps": [4, None],
    "empty": [],
    "needs": [
        {"cluster": "WSH", "people": 800, "gap": 3},
        {"cluster": "HEA", "people": 500, "gap": 0},
        {"cluster": "LOG", "people": None},
    ],
    "call": {"outcome": "covered", "answered": 5},
    "now": NOON,
    "started": NOON - dt.timedelta(hours=3),
    "far": dt.datetime.max.replace(tzinfo=dt.UTC),
    "waited": dt.timedelta(minutes=90),
    "output": {"rows": [{"n": 2}, {"n": 3}], "name": "flood", "ok": True, "sure": False},
}


def evaluate(text: str, values: dict[str, object] | None = None) -> object:
    """The value of a sound expression."""
    expression = compile_expression(text, SCOPE)
    assert isinstance(expression, Expression), expression
    return expression.evaluate(VALUES if values is None else values)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("people > 10_000 and 'WSH' in clusters", True),
        ("people / 5 - 2 * 100", 2200.0),
        ("-people", -12_000),
        ("1 < size(clusters) <= 2", True),
        ("1 < people < 5", False),
        ("level == 'full' and level != 'partial'", True),
        ("level in ['full']", True),
        ("people in [1, 12000.0]", True),
        ("'LOG' in clusters", False),
        ("'LOG' not in clusters", True),
        ("now - started", dt.timedelta(hours=3)),
        ("now - started > hours(2)", True),
        ("started + hours(1.5) < now", True),
        ("waited == minutes(90) and waited < days(1)", True),
        ("hours(1) + waited - minutes(30)", dt.timedelta(hours=2)),
        ("call.outcome == 'covered' and call['answered'] >= 5", True),
        ("needs[1].people", 500),
        ("'many' if people > 100 else 'few'", "many"),
        ("size(country)", 3),
        ("sum(figures)", 4.5),
        ("sum(empty)", 0),
        ("min(figures)", 1.5),
        ("max(people, 3, 5)", 12_000),
        ("max([now, started])", NOON),
        ("count(needs)", 3),
        ("any([yes, no])", True),
        ("all([yes, no])", False),
        ("any(x > 5 for x in empty)", False),
        ("all(x > 5 for x in empty)", True),
        ("sum(n.people for n in needs if n.cluster != 'LOG')", 1300),
        ("any(n.gap > 2 for n in needs)", True),
        ("all(n.gap > 2 for n in needs)", False),
        ("count(n for n in needs if n.people > 600 and n.cluster != 'LOG')", 1),
        ("max(n.people for n in needs if n.cluster in ['WSH', 'HEA'])", 800),
        ("any(any(n.cluster == c for c in clusters) for n in needs)", True),
        ("lower(country)", "hti"),
        ("contains(country, 'T')", True),
        ("starts_with(country, 'T')", False),
        ("[people, 1]", [12_000, 1]),
        ("output.rows[1].n * 2", 6),
        ("sum(r.n for r in output.rows)", 5),
        ("output.name == 'flood' and output.ok", True),
        ("output.rows[0].n < output.rows[1].n", True),
        ("'flood' in [output.name]", True),
        ("output.name in ['flood', 'drought']", True),
        ("output.name in [country, 'drought']", False),
        ("output.rows[0].n in figures", False),
        ("people > -5", True),
        ("size(output.rows)", 2),
        ("now - output.when if has(output.when) else hours(0)", dt.timedelta(0)),
    ],
)
def test_known_values_give_known_results(text: str, value: object) -> None:
    """Every operator and function does what the reference page says."""
    result = evaluate(text)

    assert result == value
    assert type(result) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        "nothing",
        "nothing + 1",
        "-nothing",
        "nothing > 3",
        "nothing == people",
        "1 < nothing < 5",
        "not maybe",
        "maybe and yes",
        "maybe or no",
        "maybe == false",
        "1 if maybe else 2",
        "people / 0",
        "people / (people - 12000)",
        "no_text == 'x'",
        "lower(no_text)",
        "contains(country, no_text)",
        "nothing in [1, 2]",
        "people in [1, nothing]",
        "'HEA' in patchy",
        "'HEA' not in patchy",
        "people in no_list",
        "size(no_list)",
        "sum(gaps)",
        "min(gaps)",
        "max(people, nothing)",
        "min(empty)",
        "max(x for x in empty)",
        "all(answers)",
        "any([no, maybe])",
        "any(x > 9 for x in gaps)",
        "all(x > 3 for x in gaps)",
        "count(n for n in needs if n.people > 1)",
        "sum(n.people for n in needs)",
        "call.late",
        "no_record.x > 1",
        "needs[7].people",
        "needs[2].people > 1",
        "far + days(1)",
        "none.x[0]",
        "output.name.x",
        "output.name[0]",
        "output.rows.n",
        "output.name > 3",
        "output.name == output.ok",
        "output.ok < output.sure",
        "output.name + output.name",
        "output.rows == output.rows[0]",
        "not output.name",
        "sum(r.name for r in output.rows)",
        "max(output.name, 3)",
        "any(x for x in output.name)",
    ],
)
def test_what_is_not_known_gives_unknown(text: str) -> None:
    """What is missing, of the wrong kind or impossible to compute is unknown, never an error or a no."""
    assert evaluate(text) is UNKNOWN


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("maybe and no", False),
        ("no and maybe", False),
        ("maybe or yes", True),
        ("yes or maybe", True),
        ("5 < people < nothing", UNKNOWN),
        ("nothing < people < 5", False),
        ("'WSH' in patchy", True),
        ("'WSH' not in patchy", False),
        ("people in [nothing, 12000]", True),
        ("nothing in empty", False),
        ("any(answers)", True),
        ("any(x > 3 for x in gaps)", True),
        ("all(x > 9 for x in gaps)", False),
        ("any(n.gap > 5 for n in needs if n.cluster != 'LOG')", False),
        ("any(no for n in needs if n.people > 1)", False),
        ("all(yes for n in needs if n.people > 1)", True),
        ("count(gaps)", 2),
        ("has(nothing)", False),
        ("has(call.late)", False),
        ("has(call.answered)", True),
        ("has(no_record.x)", False),
        ("is_known(people / 0)", False),
        ("not is_known(maybe or yes)", False),
    ],
)
def test_the_known_parts_decide_where_they_can(text: str, value: object) -> None:
    """Unknown does not spread past a part that settles the answer."""
    assert evaluate(text) is value or evaluate(text) == value


WRONG = [
    None,
    True,
    7,
    "x",
    b"x",
    1.5,
    float("nan"),
    10**400,
    [],
    [[]],
    [{}],
    {},
    {"outcome": 3},
    (None,),
    object(),
    NOON,
    NOON.replace(tzinfo=None),
    NOON.date(),
    dt.timedelta.max,
    UNKNOWN,
]
TEXTS = [
    "people * 2 > 1",
    "country == 'x'",
    "yes and no or maybe",
    "level == 'full'",
    "'WSH' in clusters",
    "people in figures",
    "sum(figures) > 1",
    "max(figures) > 1",
    "any(answers)",
    "any(n.gap > 0 and n.cluster == 'WSH' for n in needs)",
    "count(n for n in needs if n.people > 1)",
    "call.outcome == 'covered'",
    "now - started > waited",
    "far + waited > now",
    "waited + waited > waited",
    "output.a[0]['b'] > 1",
    "output + none == 3",
    "output in none",
    "size(output)",
    "contains(country, lower(no_text))",
]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("value", WRONG, ids=lambda value: f"{type(value).__name__}-{str(value)[:12]}")
def test_no_value_makes_evaluation_raise(text: str, value: object) -> None:
    """Whatever a name holds, an expression gives a value of its kind or unknown."""
    result = evaluate(text, dict.fromkeys(SCOPE, value))

    assert result is UNKNOWN or isinstance(result, bool | int)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("people == 1", True),
        ("yes", 1),
        ("country", 5),
        ("level", "unheard of"),
        ("now", NOON.replace(tzinfo=None)),
        ("figures", "12"),
        ("call", [1]),
        ("people in figures", [True]),
    ],
)
def test_a_value_of_the_wrong_kind_is_unknown(text: str, value: object) -> None:
    """No coercion: a truth is not a number, a naive moment no moment, a stray text no choice."""
    assert evaluate(text, dict.fromkeys(SCOPE, value)) is UNKNOWN


def test_any_mapping_is_a_record() -> None:
    """Records and values need not be plain dicts."""
    assert evaluate("call.answered", OrderedDict(call=OrderedDict(answered=3))) == 3


def test_evaluation_leaves_the_values_alone() -> None:
    """The variable of a quantifier is put into no mapping of the caller."""
    values = copy.deepcopy(VALUES)
    evaluate("any(n.gap > 2 for n in needs)", values)

    assert values == VALUES


def test_unknown_is_one_value_and_never_a_condition() -> None:
    """It survives copying, prints as a word, and cannot be mistaken for no."""
    assert copy.deepcopy(UNKNOWN) is UNKNOWN
    assert copy.copy(UNKNOWN) is UNKNOWN
    assert repr(UNKNOWN) == str(UNKNOWN) == "unknown"
    with pytest.raises(TypeError, match="neither true nor false"):
        bool(UNKNOWN)


def test_an_expression_is_equal_to_its_copy_and_to_the_same_text_read_again() -> None:
    """Plans that hold expressions can be compared and sent to another process."""
    one, same, other = (
        compile_expression(text, SCOPE) for text in ("people > 1", "people > 1", "people > 2")
    )

    assert one == same == copy.copy(one)
    assert hash(one) == hash(same)
    assert one != other
    assert isinstance(one, Expression)
    assert copy.copy(one).evaluate(VALUES) is True


def test_evaluation_costs_about_a_microsecond() -> None:
    """The bound is ten times the target, so that a busy machine does not fail it."""
    expression = compile_expression("people > 10000 and people >= 3 and 'WSH' in clusters", SCOPE)
    assert isinstance(expression, Expression)

    best = min(timeit.repeat(lambda: expression.evaluate(VALUES), number=1_000, repeat=5)) / 1_000

    assert best < 10e-6
