"""Which values a set of conditions leaves out."""

from collections.abc import Sequence

import pytest

from konbit.definition.expressions import Expression, Kind, compile_expression, exhaustive
from konbit.definition.expressions.kinds import DYNAMIC, NUMBER, TEXT, TRUTH, Choice, ListOf, Record

SCOPE: dict[str, Kind] = {
    "level": Choice(("monitor", "partial", "full")),
    "call": Record({"outcome": Choice(("covered", "uncovered")), "late": TRUTH}),
    "confirmed": TRUTH,
    "people": NUMBER,
    "output": DYNAMIC,
    "country": TEXT,
    "levels": ListOf(Choice(("a", "b"))),
}


def missing(conditions: Sequence[str]) -> tuple[str | bool, ...] | None:
    """What `exhaustive` says of sound conditions."""
    compiled = []
    for text in conditions:
        expression = compile_expression(text, SCOPE, TRUTH)
        assert isinstance(expression, Expression), expression
        compiled.append(expression)
    return exhaustive(compiled, SCOPE)


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        (["level == 'monitor'", "level in ['partial', 'full']"], ()),
        (["level == 'monitor'", "'full' == level"], ("partial",)),
        (["level != 'monitor'"], ("monitor",)),
        (["level == 'full'", "not (level == 'full')"], ()),
        (["level == 'full' or level == 'partial'"], ("monitor",)),
        (["call.outcome == 'covered'", "call['outcome'] == 'uncovered'"], ()),
        (["call.outcome == 'covered'"], ("uncovered",)),
        (["confirmed", "not confirmed"], ()),
        (["confirmed == true"], (False,)),
        (["not call.late"], (True,)),
        (["people > 5", "confirmed", "not confirmed"], ()),
        (["people > 5", "confirmed"], None),
        (["people > 5", "people <= 5"], None),
        (["country == 'HTI'"], None),
        (["output.sure", "not output.sure"], None),
        (["level == 'full' and confirmed", "level != 'full'"], None),
        (["'a' in levels"], None),
        ([], None),
    ],
)
def test_missing_values_are_named_where_that_can_be_told(
    conditions: Sequence[str], expected: tuple[str | bool, ...] | None
) -> None:
    """Conditions on one choice or truth are tried on every value; anything else is not decided."""
    assert missing(conditions) == expected
