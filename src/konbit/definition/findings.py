"""One pydantic error as one problem in an author's words; errors of several union branches as one."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import get_args

from pydantic_core import ErrorDetails
from pydantic_core.core_schema import ErrorType

from konbit.definition.places import Location, Place
from konbit.definition.problems import Problem, did_you_mean
from konbit.definition.scalars import resolve
from konbit.definition.source import Path, Source

_BUILT_IN = frozenset(get_args(ErrorType))
_CODE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST_SHOWN = 60

_EXPECTED = {
    "text": ("string_type", "string_sub_type", "url_type", "uuid_type"),
    "a whole number": ("int_type", "int_parsing", "int_from_float"),
    "a number": ("float_type", "float_parsing", "decimal_type", "decimal_parsing"),
    "true or false": ("bool_type", "bool_parsing"),
    "a list": ("list_type", "tuple_type", "set_type", "frozen_set_type", "iterable_type"),
    "a mapping": ("dict_type", "mapping_type", "model_type", "model_attributes_type", "dataclass_type"),
    "nothing": ("none_required",),
    "a date": ("date_type",),
    "a date and time": ("datetime_type",),
    "a time": ("time_type",),
    "a duration": ("time_delta_type",),
}
_WRONG_TYPE = {error: name for name, errors in _EXPECTED.items() for error in errors}
# What is asked, by the error's type; the braces are filled from the error's context.
_RULES = {
    "greater_than": "more than {gt}",
    "greater_than_equal": "{ge} or more",
    "less_than": "less than {lt}",
    "less_than_equal": "{le} or less",
    "multiple_of": "a multiple of {multiple_of}",
    "string_too_short": "{min_length} characters or more",
    "string_too_long": "{max_length} characters or fewer",
    "string_pattern_mismatch": "text that matches {pattern}",
    "too_short": "{min_length} items or more",
    "too_long": "{max_length} items or fewer",
    "finite_number": "a finite number",
}
_TRUE, _FALSE = {"yes", "on", "y"}, {"no", "off", "n"}


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem on its way: with the union branches it came through, and whether the value fits the branch at all."""

    problem: Problem
    place: Place
    expected: tuple[str, ...] = ()
    level: int = 0


def finding(
    source: Source, place: Place, error: ErrorDetails, context: Mapping[str, object], names: tuple[str, ...]
) -> Finding:
    """The finding for one error; `names` are the keys that are known at the place."""
    kind = error["type"]
    if kind not in _BUILT_IN:
        return Finding(_custom(source, place, error, context), place)
    if kind == "extra_forbidden":
        return Finding(_unknown_key(source, place.path, names), place, level=1)
    if kind == "missing":
        name = place.path[-1] if place.path else ""
        return Finding(
            _at(source, place.path[:-1], "missing-key", f"the key '{name}' is missing"), place, level=1
        )
    if kind in _WRONG_TYPE:
        expected = (_WRONG_TYPE[kind],)
        return Finding(_wrong_type(source, place.path, error["input"], expected), place, expected, 2)
    if kind in {"literal_error", "enum"}:
        allowed = _choices(place)
        return Finding(_not_among(source, place, error["input"], allowed), place, allowed, 2)
    if kind in {"union_tag_invalid", "union_tag_not_found"}:
        return Finding(_tag(source, place, error["input"]), place, level=2)
    return Finding(_bad_value(source, place, error, context), place)


def collapsed(findings: Iterable[Finding], source: Source, depth: int = 0) -> list[Finding]:
    """The findings with one branch left of each union: that which fits what was found best."""
    kept: list[Finding] = []
    unions: dict[Location, dict[str, list[Finding]]] = {}
    for one in findings:
        if len(one.place.forks) <= depth:
            kept.append(one)
        else:
            fork = one.place.forks[depth]
            unions.setdefault(fork.prefix, {}).setdefault(fork.label, []).append(one)
    for branches in unions.values():
        path = next(iter(next(iter(branches.values())))).place.forks[depth].path
        kept += _chosen([collapsed(branch, source, depth + 1) for branch in branches.values()], path, source)
    return kept


def without_consequences(findings: list[Finding]) -> list[Problem]:
    """The problems, less the missing keys that were only misspelt: the unknown key already says so."""
    misspelt = {
        (one.place.path[:-1], one.problem.hint) for one in findings if one.problem.code == "unknown-key"
    }
    return [
        one.problem
        for one in findings
        if one.problem.code != "missing-key"
        or (one.place.path[:-1], _meant(one.place.path[-1:])) not in misspelt
    ]


def _meant(path: Location) -> str:
    return f"did you mean '{path[0]}'?" if path else ""


def _chosen(branches: list[list[Finding]], path: Location, source: Source) -> list[Finding]:
    """The branch with the fewest misfits; when the value fits none at all, one problem that names them all."""

    def refused(branch: list[Finding]) -> bool:
        return any(one.level == 2 and one.place.path == path for one in branch)

    best = min(
        branches,
        key=lambda branch: (
            refused(branch),
            sum(one.level == 1 and one.place.path[:-1] == path for one in branch),
            len(branch),
        ),
    )
    if not refused(best) or len(branches) == 1:
        return best
    here = [one for branch in branches for one in branch if one.place.path == path]
    expected = tuple(dict.fromkeys(name for one in here for name in one.expected))
    values = tuple(dict.fromkeys(name for one in here if one.problem.allowed for name in one.expected))
    found = source.spelling(path)
    if values and found:
        meant = did_you_mean(found, values)
        problem = replace(
            here[0].problem, code="bad-value", message=f"{_shown(source, path, found)} is not allowed here"
        )
        problem = replace(problem, allowed=expected, hint=f"did you mean '{meant}'?" if meant else "")
    else:
        first = next((one for one in here if not one.problem.allowed), here[0])
        message = first.problem.message.split(", expected ")[0] + f", expected {_either(expected)}"
        problem = replace(first.problem, code="wrong-type", message=message, allowed=(), hint="")
    return [Finding(problem, here[0].place, expected, 2)]


def _at(
    source: Source, path: Path, code: str, message: str, hint: str = "", allowed: tuple[str, ...] = ()
) -> Problem:
    return Problem(code, message, source.where(path), hint=hint, allowed=allowed, width=source.width(path))


def _at_key(
    source: Source, path: Path, code: str, message: str, hint: str, allowed: tuple[str, ...]
) -> Problem:
    width = len(str(path[-1])) if path else 1
    return Problem(code, message, source.key(path), hint=hint, allowed=allowed, width=max(1, width))


def _unknown_key(source: Source, path: Path, names: tuple[str, ...]) -> Problem:
    name = str(path[-1])
    siblings = source.keys(path[:-1])
    meant = did_you_mean(name, [one for one in names if one not in siblings])
    hint = f"did you mean '{meant}'?" if meant else ""
    return _at_key(source, path, "unknown-key", f"unknown key '{name[:_LONGEST_SHOWN]}'", hint, names)


def _wrong_type(source: Source, path: Path, value: object, expected: tuple[str, ...]) -> Problem:
    message = f"found {_shown(source, path, value)}, expected {_either(expected)}"
    return _at(source, path, "wrong-type", message, _mend(source.spelling(path), value, expected[0]))


def _mend(spelling: str, value: object, expected: str) -> str:
    if value is None:
        return "write a value, or remove the key"
    if expected == "text" and spelling and len(spelling) <= _LONGEST_SHOWN:
        return f'put it in quotes: "{spelling}"'
    if not isinstance(value, str):
        return ""
    if expected == "true or false":
        word = value.casefold()
        return "write true" if word in _TRUE else "write false" if word in _FALSE else ""
    if expected in {"a number", "a whole number"} and isinstance(resolve(value), int | float):
        return "remove the quotes"
    return f"write [{value}]" if expected == "a list" and value.isidentifier() else ""


def _choices(place: Place) -> tuple[str, ...]:
    listed = place.schema.get("expected") or place.schema.get("members")
    values = listed if isinstance(listed, list) else []
    return tuple(str(one.value if isinstance(one, Enum) else one) for one in values)


def _not_among(source: Source, place: Place, value: object, allowed: tuple[str, ...]) -> Problem:
    meant = did_you_mean(value, allowed) if isinstance(value, str) else None
    hint = f"did you mean '{meant}'?" if meant else ""
    message = f"{_shown(source, place.path, value)} is not allowed here"
    if place.is_key:
        return _at_key(source, place.path, "bad-value", message, hint, allowed)
    return _at(source, place.path, "bad-value", message, hint, allowed)


def _tag(source: Source, place: Place, value: object) -> Problem:
    """A union whose branch is told by one key, or by a function that looks at the keys."""
    choices, key = place.schema.get("choices"), place.schema.get("discriminator")
    allowed = tuple(str(one) for one in choices) if isinstance(choices, Mapping) else ()
    if not isinstance(value, Mapping):
        return _wrong_type(source, place.path, value, ("a mapping",))
    if isinstance(key, str):
        if key in value:
            inner = Place((*place.path, key), {})
            return _not_among(source, inner, value[key], allowed)
        return _at(
            source,
            place.path,
            "missing-key",
            f"the key '{key}' is missing",
            f"write {key}: and one of these",
            allowed,
        )
    for name in value:
        meant = did_you_mean(str(name), allowed)
        if meant:
            path = (*place.path, str(name))
            return _at_key(
                source, path, "unknown-key", f"unknown key '{name}'", f"did you mean '{meant}'?", allowed
            )
    return _at(
        source, place.path, "missing-key", "none of the keys that say what this is was found", "", allowed
    )


def _bad_value(source: Source, place: Place, error: ErrorDetails, context: Mapping[str, object]) -> Problem:
    kind, value = error["type"], error["input"]
    if kind in {"value_error", "assertion_error"}:
        message = str(context.get("error", "")) or f"{_shown(source, place.path, value)} is not allowed here"
    elif kind in _RULES:
        message = f"found {_shown(source, place.path, value)}, expected {_RULES[kind].format(**context)}"
    else:
        reason = error["msg"][:1].lower() + error["msg"][1:]
        message = f"{_shown(source, place.path, value)} is refused: {reason}"
    if place.is_key:
        return _at_key(source, place.path, "bad-value", message, "", ())
    return _at(source, place.path, "bad-value", message)


def _custom(source: Source, place: Place, error: ErrorDetails, context: Mapping[str, object]) -> Problem:
    """An error of our own validators; anything in its context that is not as documented is left out."""
    code = error["type"] if _CODE.fullmatch(error["type"]) else "bad-value"
    at, allowed, hint = context.get("at"), context.get("allowed"), context.get("hint")
    path = (*place.path, *(at if isinstance(at, tuple | list) else ()))
    names = tuple(str(one) for one in allowed) if isinstance(allowed, tuple | list | set | frozenset) else ()
    value = error["input"]
    meant = did_you_mean(value, names) if isinstance(value, str) and not hint else None
    hint = f"did you mean '{meant}'?" if meant else str(hint or "")
    make: Callable[..., Problem] = _at_key if place.is_key or context.get("at_key") is True else _at
    problem = make(source, path, code, error["msg"], hint=hint, allowed=names)
    offset, width = context.get("offset"), context.get("width")
    if isinstance(offset, int):
        problem = replace(problem, where=source.inside(path, offset), width=1)
    return replace(problem, width=max(1, width)) if isinstance(width, int) else problem


def _shown(source: Source, path: Path, value: object) -> str:
    """What was found, with its spelling."""
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    spelling = source.spelling(path) or str(value)
    if len(spelling) > _LONGEST_SHOWN:
        spelling = spelling[:_LONGEST_SHOWN] + "..."
    if isinstance(value, str):
        return f"the text {spelling!r}"
    return f"{spelling}" if isinstance(value, bool) else f"the number {spelling}"


def _either(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
