"""The typed parameters of a flowchart: what the run form of the Prefect UI and `konbit activate --set` take."""

import datetime as dt
from collections.abc import Mapping
from typing import Literal

from konbit.definition.base import Code, Model, Text
from konbit.errors import InvalidParameter

ParameterType = Literal[
    "text",
    "number",
    "truth",
    "country",
    "hazard",
    "place",
    "places",
    "cluster",
    "clusters",
    "choice",
    "moment",
]
Value = str | int | float | bool | list[str] | None
"""What a parameter may hold: JSON scalars, or a list of codes. A moment is text in ISO 8601 with an offset."""


class Parameter(Model):
    """One parameter of a flowchart."""

    type: ParameterType = "text"
    title: Text | None = None
    help: Text | None = None
    required: bool = False
    default: Value = None
    of: list[Code] = []
    """The choices of a `choice`."""

    @property
    def many(self) -> bool:
        """True if it holds a list of codes."""
        return self.type in ("places", "clusters")


def accept(name: str, parameter: Parameter, value: object) -> Value:
    """The value as the parameter's type, from JSON or from the text of `--set`; InvalidParameter if it does not fit."""
    if value is None or value == "":
        if parameter.required:
            raise InvalidParameter(f"parameter '{name}' is required: {_expected(parameter)}")
        return parameter.default if parameter.default is not None else ([] if parameter.many else None)
    accepted = _converted(parameter, value)
    if accepted is None:
        raise InvalidParameter(f"parameter '{name}': found {value!r}, expected {_expected(parameter)}")
    return accepted


def accepted(parameters: Mapping[str, Parameter], given: Mapping[str, object]) -> dict[str, Value]:
    """The values of all parameters; InvalidParameter for one that is unknown, missing or of the wrong type."""
    unknown = [name for name in given if name not in parameters]
    if unknown:
        there_are = ", ".join(parameters) or "none"
        raise InvalidParameter(f"there is no parameter '{unknown[0]}'; there are: {there_are}")
    return {name: accept(name, parameter, given.get(name)) for name, parameter in parameters.items()}


def _expected(parameter: Parameter) -> str:
    if parameter.type == "choice":
        return f"one of {', '.join(parameter.of)}"
    return {
        "number": "a number",
        "truth": "true or false",
        "country": "a country as ISO 3166 alpha-3, such as HTI",
        "hazard": "a GLIDE hazard code, such as EQ",
        "place": "a P-code, such as HT07",
        "places": "P-codes separated by commas, such as HT07,HT08",
        "cluster": "a cluster code, such as WSH",
        "clusters": "cluster codes separated by commas, such as WSH,SHL",
        "moment": "a date and time with its offset, such as 2021-08-14T08:29:00-04:00",
    }.get(parameter.type, "a text")


def _converted(parameter: Parameter, value: object) -> Value:
    if parameter.many:
        items = [part.strip() for part in value.split(",")] if isinstance(value, str) else value
        if isinstance(items, list | tuple) and all(isinstance(item, str) and item for item in items):
            return [str(item) for item in items]
        return None
    if parameter.type == "number":
        return _number(value)
    if parameter.type == "truth":
        return value if isinstance(value, bool) else {"true": True, "false": False}.get(str(value).lower())
    if not isinstance(value, str):
        return None
    if parameter.type == "choice" and value not in parameter.of:
        return None
    return _moment(value) if parameter.type == "moment" else value


def _moment(value: str) -> str | None:
    """The text if it is a moment with its offset from UTC."""
    try:
        moment = dt.datetime.fromisoformat(value)
    except ValueError:
        return None
    return value if moment.tzinfo is not None else None


def _number(value: object) -> int | float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value
    try:
        return float(value) if isinstance(value, str) and "." in value else int(str(value))
    except ValueError:
        return None
