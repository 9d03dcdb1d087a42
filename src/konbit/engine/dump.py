"""The state of a run as JSON and back, exactly: what is read back equals what was written, and gives the same text again.

The journal is the truth; a dump is a short cut past folding it, and a proof that nothing in the state is hidden in objects.
"""

import dataclasses
import datetime as dt
import functools
import json
import types
import typing
from collections.abc import Callable, Mapping

from immutables import Map
from pydantic import JsonValue

from konbit.engine.state import AnyFrame, Frame, RunState

FRAMES: Mapping[str, type[Frame]] = {
    kind.__name__.removesuffix("Frame").lower(): kind for kind in typing.get_args(AnyFrame)
}
"""The kinds of frames by the name they are written under."""
NAMES = {kind: name for name, kind in FRAMES.items()}
KIND = "kind"
Reader = Callable[[typing.Any], object]


def dump(state: RunState) -> str:
    """Canonical JSON: the same state gives the same bytes in every process."""
    return json.dumps(_plain(state), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def load(text: str) -> RunState:
    """Reads back what `dump` wrote."""
    state = _reader(RunState)(json.loads(text))
    assert isinstance(state, RunState)
    return state


def _plain(value: object) -> JsonValue:
    """A value of the state as JSON."""
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    assert dataclasses.is_dataclass(value)
    kind: typing.Any = type(value)
    fields: dict[str, JsonValue] = {name: _plain(getattr(value, name)) for name in _fields(kind)}
    if isinstance(value, Frame):
        fields[KIND] = NAMES[type(value)]
    return fields


@functools.cache
def _fields(kind: typing.Any) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


@functools.cache
def _reader(kind: typing.Any) -> Reader:
    """The function that makes a value of a type out of its JSON."""
    if kind is dt.datetime:
        return dt.datetime.fromisoformat
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return _of_dataclass(kind)
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is Map:
        item = _reader(arguments[1])
        return lambda value: Map({key: item(one) for key, one in value.items()})
    if origin is tuple:
        return _of_tuple(arguments)
    if origin in (typing.Union, types.UnionType):
        return _of_union(arguments)
    return lambda value: value


def _of_tuple(arguments: tuple[object, ...]) -> Reader:
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        each = _reader(arguments[0])
        return lambda value: tuple(each(one) for one in value)
    parts = tuple(_reader(one) for one in arguments)
    return lambda value: tuple(part(one) for part, one in zip(parts, value, strict=True))


def _of_union(arguments: tuple[object, ...]) -> Reader:
    if any(argument in NAMES for argument in arguments):
        return _frame
    others = [argument for argument in arguments if argument is not types.NoneType]
    if len(others) == 1:
        only = _reader(others[0])
        return lambda value: None if value is None else only(value)
    return lambda value: value


def _of_dataclass(kind: type) -> Reader:
    hints = typing.get_type_hints(kind)
    readers = {name: _reader(hints[name]) for name in _fields(kind)}
    return lambda value: kind(**{name: read(value[name]) for name, read in readers.items()})


def _frame(value: Mapping[str, JsonValue]) -> object:
    kind: typing.Any = FRAMES[str(value[KIND])]
    return _reader(kind)(value)
