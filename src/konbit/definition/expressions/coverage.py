"""Whether the conditions of a choice leave a value out."""

from collections.abc import Mapping, Sequence

from konbit.definition.expressions.context import Scope
from konbit.definition.expressions.expression import Expression
from konbit.definition.expressions.kinds import TRUTH, Choice, Kind, Record


def exhaustive(conditions: Sequence[Expression], scope: Scope) -> tuple[str | bool, ...] | None:
    """The values that no condition takes, empty when all are taken, None when that cannot be told.

    Decided by trying every value: for conditions on one name or field that is a choice or a truth value.
    Other conditions beside them can only take more, so they do not matter once those on one name take all.
    """
    by_path: dict[str, list[Expression]] = {}
    for condition in conditions:
        if len(condition.paths) == 1:
            by_path.setdefault(next(iter(condition.paths)), []).append(condition)
    for path, about in by_path.items():
        values = _values(path, scope)
        if values is None:
            continue
        missing = tuple(value for value in values if not _taken(about, path, value))
        if not missing or len(about) == len(conditions):
            return missing
    return None


def _values(path: str, scope: Scope) -> tuple[str | bool, ...] | None:
    kinds: Mapping[str, Kind] = scope
    *parents, last = path.split(".")
    for parent in parents:
        kind = kinds.get(parent)
        if not isinstance(kind, Record):
            return None
        kinds = kind.fields
    match kinds.get(last):
        case Choice(options):
            return options
        case kind if kind == TRUTH:
            return (True, False)
        case _:
            return None


def _taken(conditions: Sequence[Expression], path: str, value: object) -> bool:
    values = value
    for part in reversed(path.split(".")):
        values = {part: values}
    return any(isinstance(values, dict) and condition.evaluate(values) is True for condition in conditions)
