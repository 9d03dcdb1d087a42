"""JSON Schema of what authors write, by which editors complete, explain and refuse. Draft 7: editors know it best.

It is made out of the models. What a schema cannot say (names that must exist, expressions, translations) is left to the
rules of `konbit.check`. Beside a `$ref` stand annotations only, which draft 7 ignores and editors show.
"""

import datetime as dt
import json
import types
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic import BaseModel, JsonValue, RootModel, WithJsonSchema
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined, to_jsonable_python

from konbit.definition.controls import ForEach, Lane, Lanes
from konbit.definition.durations import show
from konbit.definition.explanations import EXAMPLES, TEXTS, VERB_SNIPPETS
from konbit.definition.schema_clauses import ALIASES, CLAUSES, ORDER, Schema
from konbit.definition.step import Step
from konbit.definition.verbs import Expression

DIALECT: Final = "http://json-schema.org/draft-07/schema#"
EXTRAS: Final[Mapping[type[BaseModel], object]] = {Lanes: Lane | list[Step], ForEach: Expression}
"""What the keys that an author names hold, for the models that take such keys."""
_SCALARS: Final[Mapping[object, str]] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    type(None): "null",
    dt.datetime: "string",
}
_LIMITS: Final = {"ge": "minimum", "le": "maximum", "gt": "exclusiveMinimum"}
_SIZES: Final = {
    "min_length": ("minLength", "minItems", "minProperties"),
    "max_length": ("maxLength", "maxItems"),
}


def json_schema(model: type[BaseModel], title: str) -> Schema:
    """The schema of a file that holds one `model`."""
    builder = _Builder()
    written = builder.body(model)
    return {
        "$schema": DIALECT,
        "title": title,
        **written,
        "definitions": {name: builder.definitions[name] for name in sorted(builder.definitions)},
    }


def schema_text(model: type[BaseModel], title: str) -> str:
    """The schema as the text of a file."""
    return json.dumps(json_schema(model, title), ensure_ascii=False, indent=1) + "\n"


def keys_of(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """The keys of a model as they are written, in the order in which `konbit format` puts them."""
    fields = {field.alias or name: field for name, field in model.model_fields.items()}
    order = ORDER.get(model.__name__, ())
    known = [key for key in order if key in fields]
    rest = [key for key in fields if key not in order]
    return {key: fields[key] for key in [*known[:-2], *rest, *known[-2:]]}


def described(model: type[BaseModel], key: str, field: FieldInfo) -> str:
    """What there is to say about a key; "" if nothing is known of it."""
    return " ".join((TEXTS.get(f"{model.__name__}.{key}") or field.description or "").split())


class _Builder:
    """Walks models; those that are met by name are kept as definitions."""

    def __init__(self) -> None:
        self.definitions: dict[str, Schema] = {}

    def body(self, model: type[BaseModel]) -> Schema:
        """The schema of a model itself."""
        if issubclass(model, RootModel):
            return {"description": _about(model), **self.of(model.model_fields["root"].annotation)}
        fields = keys_of(model)
        extra = EXTRAS.get(model)
        schema: Schema = {
            "type": "object",
            "description": _about(model),
            "properties": {key: self.property(model, key, field) for key, field in fields.items()},
            "required": [key for key, field in fields.items() if field.is_required()],
            "additionalProperties": self.of(extra) if extra else False,
        }
        if model is Step:
            schema["defaultSnippets"] = [
                {"label": verb, "description": TEXTS[f"Step.{verb}"], "body": body}
                for verb, body in VERB_SNIPPETS.items()
            ]
        return schema | CLAUSES.get(model.__name__, {})

    def property(self, model: type[BaseModel], key: str, field: FieldInfo) -> Schema:
        """The schema of one key, with what editors show of it."""
        schema = self.of(field.annotation, field.metadata)
        text = described(model, key, field)
        examples = EXAMPLES.get(f"{model.__name__}.{key}") or schema.get("examples", [])
        schema = {"description": text, "markdownDescription": "", **schema} | {"description": text}
        default = _default(field)
        if default is not None:
            schema["default"] = default
        if examples:
            schema["examples"] = examples
        schema["markdownDescription"] = _markdown(text, key, default, examples, schema.get("enum", ()))
        return schema

    def of(self, kind: object, metadata: Iterable[object] = ()) -> Schema:
        """The schema of a type, of what its annotations ask, and of what its validator takes in its place."""
        notes = list(metadata)
        if get_origin(kind) is Annotated:
            kind, *own = get_args(kind)
            notes = [*own, *notes]
        schema = _narrowed(self._plain(kind), notes)
        for note in notes:
            alias = ALIASES.get(getattr(note, "func", None))
            if alias:
                return alias(self._inlined(schema))
        given = [note.json_schema for note in notes if isinstance(note, WithJsonSchema)]
        return dict(given[0]) if given and given[0] is not None else schema

    def _plain(self, kind: Any) -> Schema:
        origin, arguments = get_origin(kind), get_args(kind)
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return self._reference(kind)
        if kind in _SCALARS:
            return {"type": _SCALARS[kind]}
        if origin is Literal:
            return {"type": "string", "enum": list(arguments)}
        if origin is list:
            return {"type": "array", "items": self.of(arguments[0])}
        if origin is tuple:
            return {"type": "array", "items": [self.of(one) for one in arguments], "minItems": len(arguments)}
        if origin is dict:
            names = self.of(arguments[0])
            named = {"propertyNames": {"pattern": names["pattern"]}} if "pattern" in names else {}
            return {"type": "object", "additionalProperties": self.of(arguments[1]), **named}
        if origin in (Union, types.UnionType):
            return self._either([self.of(one) for one in arguments if one is not type(None)])
        return {}

    def _reference(self, model: type[BaseModel]) -> Schema:
        name = model.__name__
        if name not in self.definitions:
            self.definitions[name] = {}
            self.definitions[name] = self.body(model)
        return {"$ref": f"#/definitions/{name}"}

    def _inlined(self, schema: Schema) -> Schema:
        name = str(schema.get("$ref", "")).rpartition("/")[2]
        return dict(self.definitions[name]) if name else schema

    def _either(self, branches: list[Schema]) -> Schema:
        """One schema for several: keywords of different types stand beside each other, which reads better than `anyOf`."""
        if len(branches) == 1:
            return branches[0]
        whole = [self._inlined(one) for one in branches]
        if any("type" not in one for one in whole):
            return {"anyOf": branches}
        kinds = [
            kind for one in whole for kind in ([one["type"]] if isinstance(one["type"], str) else one["type"])
        ]
        if len(set(kinds)) < len(kinds) or any("enum" in one for one in whole):
            return {"anyOf": branches}
        merged: Schema = {}
        for one in whole:
            merged |= one
        merged.pop("description", None)
        return merged | {"type": kinds}


def _narrowed(schema: Schema, notes: Iterable[object]) -> Schema:
    """With the limits that annotations set."""
    kind = {"string": 0, "array": 1, "object": 2}.get(str(schema.get("type")))
    parts = [part for note in notes for part in (note.metadata if isinstance(note, FieldInfo) else [note])]
    for note in parts:
        for name, keyword in _LIMITS.items():
            if getattr(note, name, None) is not None:
                schema = {**schema, keyword: getattr(note, name)}
        for name, keywords in _SIZES.items():
            if getattr(note, name, None) is not None and kind is not None and kind < len(keywords):
                schema = {**schema, keywords[kind]: getattr(note, name)}
        pattern = getattr(note, "pattern", None)
        if isinstance(pattern, str):
            schema = {**schema, "pattern": pattern}
    return schema


def _default(field: FieldInfo) -> JsonValue:
    """The default if it says something: nothing for what is empty, or a model."""
    value = field.default
    if isinstance(value, dt.timedelta):
        return show(value)
    if value is PydanticUndefined or value is None or value in ([], {}) or isinstance(value, BaseModel):
        return None
    if isinstance(value, list) and any(isinstance(one, BaseModel) for one in value):
        return None
    plain: JsonValue = to_jsonable_python(value)
    return plain


def _about(model: type[BaseModel]) -> str:
    return " ".join((model.__doc__ or "").split())


def _markdown(
    text: str, key: str, default: JsonValue, examples: list[JsonValue], allowed: Iterable[str]
) -> str:
    """The description for the box an editor shows: what it is, what is allowed, what holds without it, an example."""
    parts = [text]
    if allowed:
        parts.append("One of " + ", ".join(f"`{one}`" for one in allowed) + ".")
    if default is not None:
        parts.append(f"Without it: `{json.dumps(default, ensure_ascii=False)}`.")
    if examples:
        shown = json.dumps(examples[0], ensure_ascii=False)
        if isinstance(examples[0], str):
            shown = examples[0]
        parts.append(f"```yaml\n{key}: {shown}\n```")
    return "\n\n".join(parts)
