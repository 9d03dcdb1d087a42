"""The order of keys, out of the JSON Schema: what an author names keeps the order it was given."""

from collections.abc import Sequence
from functools import cache
from typing import Final, TypeVar

from konbit.definition.flowchart import Flowchart
from konbit.definition.jsonschema import json_schema
from konbit.definition.schema_clauses import Schema

Entry = TypeVar("Entry", bound=tuple[object, ...])
_PREFIX: Final = "#/definitions/"


class Place:
    """Where in a file one is: what the schema says of the value there."""

    def __init__(self, schema: Schema, definitions: Schema) -> None:
        name = str(schema.get("$ref", "")).removeprefix(_PREFIX)
        self._schema: Schema = definitions[name] if name else schema
        self._definitions = definitions

    def key(self, name: str) -> "Place":
        """The place of the value of a key."""
        properties = self._schema.get("properties", {})
        more = self._schema.get("additionalProperties")
        return Place(properties.get(name) or (more if isinstance(more, dict) else {}), self._definitions)

    def item(self) -> "Place":
        """The place of an item of a list."""
        return Place(self._schema.get("items", {}), self._definitions)

    def sorted(self, entries: Sequence[Entry]) -> list[Entry]:
        """The entries of a mapping, which begin with their key, in order; those the author named stay as they are."""
        closed = self._schema.get("additionalProperties") is False and "patternProperties" not in self._schema
        if not closed:
            return list(entries)
        ranks = {key: rank for rank, key in enumerate(self._schema["properties"])}
        return sorted(entries, key=lambda entry: ranks.get(str(entry[0]), len(ranks)))


ANYWHERE: Final = Place({}, {})
"""Of a file without a schema: nothing is put in another order."""


@cache
def of_flowcharts() -> Place:
    """The place of a whole flowchart."""
    schema = json_schema(Flowchart, "")
    return Place(schema, schema["definitions"])
