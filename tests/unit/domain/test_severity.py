"""Severity: a value belongs to one scale, and scales are never compared with each other."""

import pytest

from konbit.definition.codelists import CodeLists
from konbit.domain.severity import ScaleMismatch, Severity, check_severity, compare
from konbit.errors import UserError


@pytest.mark.parametrize(
    ("first", "second", "expected"), [("Green", "Red", -1), ("Orange", "Orange", 0), ("Red", "Orange", 1)]
)
def test_values_of_one_scale_are_ordered(
    codelists: CodeLists, first: str, second: str, expected: int
) -> None:
    """The order is that of the list."""
    scales = codelists["severity_scales"]

    assert (
        compare(Severity(scale="gdacs", value=first), Severity(scale="gdacs", value=second), scales)
        == expected
    )


def test_orange_of_two_scales_is_not_comparable(codelists: CodeLists) -> None:
    """GDACS Orange and IFRC Orange share a word, not a meaning."""
    with pytest.raises(ScaleMismatch, match="gdacs Orange, ifrc Orange"):
        compare(
            Severity(scale="gdacs", value="Orange"),
            Severity(scale="ifrc", value="Orange"),
            codelists["severity_scales"],
        )


def test_unknown_stands_outside_the_order(codelists: CodeLists) -> None:
    """CAP Unknown is neither more nor less than Minor."""
    scales = codelists["severity_scales"]

    assert (
        compare(Severity(scale="cap", value="Unknown"), Severity(scale="cap", value="Minor"), scales) is None
    )


def test_a_value_of_another_scale_is_refused(codelists: CodeLists) -> None:
    """PAGER writes small letters; GDACS has no yellow."""
    scales = codelists["severity_scales"]

    assert "Green, Orange, Red" in (check_severity(Severity(scale="gdacs", value="yellow"), scales) or "")
    assert "the scales are gdacs" in (check_severity(Severity(scale="richter", value="7"), scales) or "")
    with pytest.raises(UserError, match="not a value of the scale pager"):
        compare(Severity(scale="pager", value="Red"), Severity(scale="pager", value="red"), scales)
