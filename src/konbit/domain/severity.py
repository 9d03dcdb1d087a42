"""Severity with its scale: Orange of GDACS, of PAGER and of the IFRC are three different things."""

from konbit.definition.base import Model
from konbit.definition.codelists import CodeItem, CodeList
from konbit.errors import UserError


class ScaleMismatch(UserError):
    """Two severities of different scales cannot be compared."""


class Severity(Model):
    """A value on one severity scale, such as Orange on `gdacs`."""

    scale: str
    value: str


def check_severity(severity: Severity, scales: CodeList) -> str | None:
    """What is wrong with a severity, or None: its scale must be listed and have its value."""
    scale = scales.get(severity.scale)
    if scale is None:
        known = ", ".join(item.code for item in scales.items)
        return f"'{severity.scale}' is not a severity scale; the scales are {known}."
    allowed = [*_values(scale, "values"), *_values(scale, "unordered")]
    if severity.value not in allowed:
        return f"'{severity.value}' is not a value of the scale {severity.scale}: {', '.join(allowed)}."
    return None


def compare(first: Severity, second: Severity, scales: CodeList) -> int | None:
    """-1, 0 or 1 as `first` is less, as or more severe; None where a value stands outside the order.

    `ScaleMismatch` where the scales differ, `UserError` where a scale or a value does not exist.
    """
    if first.scale != second.scale:
        raise ScaleMismatch(
            f"Severities of different scales cannot be compared: {first.scale} {first.value}, "
            f"{second.scale} {second.value}."
        )
    for severity in (first, second):
        problem = check_severity(severity, scales)
        if problem:
            raise UserError(problem)
    order = _values(scales.by_code[first.scale], "values")
    if first.value not in order or second.value not in order:
        return None
    left, right = order.index(first.value), order.index(second.value)
    return (left > right) - (left < right)


def _values(scale: CodeItem, key: str) -> list[str]:
    values = scale.facts.get(key, [])
    return [str(value) for value in values] if isinstance(values, list) else []
