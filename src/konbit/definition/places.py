"""From the location in a pydantic error to the path in the data, by walking the model's core schema.

Pydantic mixes labels of union branches into its locations. Whether an element is a key or a label cannot be told from
the data alone (`ask: {ask: ...}`), so the schema is walked alongside.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

Location: TypeAlias = tuple[int | str, ...]
Schema: TypeAlias = Mapping[str, object]

KEY = "[key]"
"""The element that pydantic adds when the key of a mapping, not its value, is wrong."""
_WRAPPERS = frozenset(
    {
        "model",
        "nullable",
        "default",
        "function-before",
        "function-after",
        "function-wrap",
        "custom-error",
        "dataclass",
    }
)
_FIELDS = frozenset({"model-fields", "typed-dict", "dataclass-args"})
_SAME = frozenset({"list", "set", "frozenset", "generator"})
_NOT_SCHEMAS = frozenset(
    {"metadata", "serialization", "default", "cls", "expected", "members", "config", "ref", "default_factory"}
)
_BY_NAME = frozenset({"fields", "choices"})
_NO_COERCION = frozenset({"int", "float", "bool"})


@dataclass(frozen=True, slots=True)
class Fork:
    """A union on the way: where it stands in the data, its place in the location, and the branch taken."""

    path: Location
    prefix: Location
    label: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where an error is in the data, the schema that was tried there, and the unions that were passed.

    `schema` is that of the container when the last key is not known to it.
    """

    path: Location
    schema: Schema
    forks: tuple[Fork, ...] = ()
    is_key: bool = False


class Walker:
    """Finds the place of a location under one core schema."""

    def __init__(self, schema: Schema) -> None:
        self._references: dict[str, Schema] = {}
        self._root = self._plain(schema)

    def place(self, location: Location) -> Place:
        """The place of `location`; where the schema does not explain it, the elements are taken as they are."""
        start = Place((), self._root)
        return self._walk(start, location, location) or Place(location, {})

    def names(self, schema: Schema) -> tuple[str, ...]:
        """The keys that a mapping of this schema may have, in the order of the model."""
        schema = self._plain(schema)
        fields = schema.get("fields")
        return (
            tuple(_spelled(name, one)[0] for name, one in fields.items())
            if isinstance(fields, Mapping)
            else ()
        )

    def _plain(self, schema: object) -> Schema:
        """The schema without what takes no part in locations."""
        while isinstance(schema, Mapping):
            kind = schema.get("type")
            if kind == "definitions":
                for one in _list(schema.get("definitions")):
                    if isinstance(one, Mapping):
                        self._references[str(one.get("ref"))] = one
                schema = schema.get("schema")
            elif kind == "definition-ref":
                schema = self._references.get(str(schema.get("schema_ref")))
            elif kind in _WRAPPERS:
                schema = schema.get("schema")
            elif kind == "lax-or-strict":
                schema = schema.get("lax_schema")
            elif kind == "json-or-python":
                schema = schema.get("python_schema")
            elif kind == "chain":
                schema = next(iter(_list(schema.get("steps"))), None)
            else:
                return schema
        return {}

    def _walk(self, at: Place, rest: Location, whole: Location) -> Place | None:
        at = replace(at, schema=self._plain(at.schema))
        if not rest:
            return at
        kind, head, rest = at.schema.get("type"), rest[0], rest[1:]
        if kind == "union":
            return self._branch(at, str(head), rest, whole)
        if kind == "tagged-union":
            choices = at.schema.get("choices")
            choice = {str(tag): one for tag, one in choices.items()} if isinstance(choices, Mapping) else {}
            return (
                self._walk(replace(at, schema=choice[str(head)]), rest, whole)
                if str(head) in choice
                else None
            )
        if rest == (KEY,):
            return replace(
                at, path=(*at.path, head), schema=self._plain(at.schema.get("keys_schema")), is_key=True
            )
        if kind in _FIELDS:
            child = _field(at.schema, head) or at.schema.get("extras_schema")
            if child is None:
                return None if rest else replace(at, path=(*at.path, head))
        else:
            child = _item(at.schema, head)
        if not isinstance(child, Mapping):
            return None
        return self._walk(replace(at, path=(*at.path, head), schema=child), rest, whole)

    def _branch(self, at: Place, label: str, rest: Location, whole: Location) -> Place | None:
        """The place under the branch that bears the label; several may, then the first that explains the rest."""
        fork = Fork(at.path, whole[: len(whole) - len(rest) - 1], label)
        at = replace(at, forks=(*at.forks, fork))
        choices = [one if isinstance(one, tuple) else (one, None) for one in _list(at.schema.get("choices"))]
        # Only where the label tells nothing are all branches tried, else nested unions would be tried many times over.
        told = [schema for schema, given in choices if label == given or self._bears(schema, label)]
        for schema in told or [schema for schema, _ in choices]:
            place = self._walk(replace(at, schema=schema), rest, whole)
            if place:
                return place
        return None

    def _bears(self, schema: object, label: str) -> bool:
        """Whether pydantic would name this branch so; labels are made of types and class names."""
        if not isinstance(schema, Mapping):
            return False
        if schema.get("type") == "definition-ref":
            schema = self._references.get(str(schema.get("schema_ref")), {})
        cls = schema.get("cls")
        name = getattr(cls, "__name__", None) or str(schema.get("type"))
        return label.split("[", maxsplit=1)[0] == name


def without_coercion(schema: object) -> object:
    """A core schema that takes numbers and true/false only as such: no number from a text, none from true."""
    if isinstance(schema, dict):
        made: dict[object, object] = {}
        for key, value in schema.items():
            if key in _BY_NAME and isinstance(value, dict):
                made[key] = {name: without_coercion(one) for name, one in value.items()}
            else:
                made[key] = value if key in _NOT_SCHEMAS else without_coercion(value)
        kind = made.get("type")
        if isinstance(kind, str) and kind in _NO_COERCION:
            made["strict"] = True
        return made
    if isinstance(schema, list):
        return [without_coercion(one) for one in schema]
    if isinstance(schema, tuple):
        return tuple(without_coercion(one) for one in schema)
    return schema


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _spelled(name: object, field: object) -> list[str]:
    """The keys a field can be written with; the one to recommend first."""
    alias = field.get("validation_alias") if isinstance(field, Mapping) else None
    if isinstance(alias, str):
        return [alias, str(name)]
    return [*(str(one[0]) for one in _list(alias) if isinstance(one, list) and one), str(name)]


def _field(schema: Schema, key: int | str) -> object:
    fields = schema.get("fields")
    if isinstance(fields, Mapping):
        for name, one in fields.items():
            if key in _spelled(name, one) and isinstance(one, Mapping):
                return one.get("schema")
    return None


def _item(schema: Schema, key: int | str) -> object:
    """The schema of an item of a list or tuple, or of a value of a mapping; None when `key` cannot be one."""
    kind = schema.get("type")
    if kind == "dict":
        return schema.get("values_schema", {"type": "any"})
    if not isinstance(key, int):
        return None
    if kind in _SAME:
        return schema.get("items_schema", {"type": "any"})
    items = _list(schema.get("items_schema")) if kind == "tuple" else []
    return items[min(key, len(items) - 1)] if items else None
