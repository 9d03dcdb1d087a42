"""What the validators of the models ask, said in JSON Schema, and the order in which keys are written."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias, get_args

from konbit.definition import base, controls, durations, verbs
from konbit.definition.step import VERBS

Schema: TypeAlias = dict[str, Any]
"""A JSON Schema: JSON by construction."""
Alias: TypeAlias = Callable[[Schema], Schema]
"""Makes the schema of what an author may write out of the schema of what is kept."""

LANGUAGE_NAMES: Final = {
    "en": "English",
    "fr": "French",
    "ht": "Haitian Creole",
    "es": "Spanish",
    "fil": "Filipino",
}
_LENGTH = r"(?:\d+w)?(?:\d+d)?(?:\d+h)?(?:\d+m)?(?:\d+s)?"
NAME: Final[Schema] = {
    "type": "string",
    "pattern": "^[a-z][a-z0-9_]{0,63}$",
    "patternErrorMessage": "A name has small letters, digits and _, and starts with a letter.",
}
ROLE: Final[Schema] = {
    "type": "string",
    "pattern": r"^[a-z][a-z0-9_]*(\.[A-Za-z0-9_-]+)?$",
    "patternErrorMessage": "Write a role such as chair, or a role of something such as cluster_lead.HEA.",
    "examples": ["chair", "cluster_lead.HEA"],
}
FLOWCHART_ID: Final[Schema] = {
    "type": "string",
    "pattern": "^(preparedness|response|recovery)/[a-z][a-z0-9]*(-[a-z0-9]+)*$",
    "patternErrorMessage": "Write phase/name, such as response/activation.",
    "examples": ["response/activation"],
}
DURATION: Final[Schema] = {
    "type": "string",
    "pattern": rf"^(?=.){_LENGTH}$",
    "patternErrorMessage": "Write weeks, days, hours, minutes or seconds: 30m, 2h, 1h30m, 7d.",
    "examples": ["30m", "2h", "1h30m", "7d"],
}
DUE: Final[Schema] = {
    "type": "string",
    "pattern": rf"^({'|'.join(durations.MARKS)})(\+{_LENGTH})?$",
    "patternErrorMessage": "Write a mark and a duration, such as T0+72h; the marks are E0, T0, S0, D0.",
    "examples": ["T0+72h", "E0+1h"],
}
EXPRESSION: Final[Schema] = {
    "type": ["string", "number", "boolean"],
    "examples": ["calldown.uncovered > 0", "decide.answer == 'full'", "country == 'HTI'"],
}
TEXT: Final[Schema] = {
    "type": ["string", "object"],
    "minProperties": 1,
    "properties": {
        code: {"type": "string", "description": f"The text in {name}."}
        for code, name in LANGUAGE_NAMES.items()
    },
    "patternProperties": {"^[a-z]{2,3}(-[A-Za-z0-9]+)*$": {"type": "string"}},
    "additionalProperties": False,
    "examples": [{"en": "Water", "fr": "Eau", "ht": "Dlo"}],
}
JOIN: Final[Schema] = {
    "type": ["string", "integer"],
    "pattern": r"^(all|first|none|\d+%?)$",
    "patternErrorMessage": "Write all, first, none, a number such as 3, or a share such as 80%.",
    "examples": ["all", "first", "none", 3, "80%"],
}


def _or_text(text: Schema) -> Alias:
    """The collection, or a text in its place."""

    def short(written: Schema) -> Schema:
        kept = {key: value for key, value in written.items() if key != "description"}
        if "oneOf" in kept:
            kept["oneOf"] = [{"type": "string"}, *kept["oneOf"]]
        return {**kept, **text, "type": ["string", "object"]}

    return short


def _one_or_several(written: Schema) -> Schema:
    items = written["items"]
    kinds = items["type"] if isinstance(items["type"], list) else [items["type"]]
    return {**items, "type": [*kinds, "array"], "items": items}


def _is(schema: Schema) -> Alias:
    return lambda _: dict(schema)


def _validator(annotated: object) -> object:
    """The function by which an annotated type is known."""
    return next(item.func for item in get_args(annotated)[1:] if hasattr(item, "func"))


ALIASES: Final[Mapping[object, Alias]] = {
    _validator(base.Name): _is(NAME),
    _validator(base.RoleName): _is(ROLE),
    _validator(base.FlowchartId): _is(FLOWCHART_ID),
    _validator(base.Text): _is(TEXT),
    _validator(durations.Duration): _is(DURATION),
    _validator(durations.Due): _is(DUE),
    _validator(verbs.Expression): _is(EXPRESSION),
    _validator(verbs.Addressees): _one_or_several,
    _validator(controls.Join): _is(JOIN),
    _validator(controls.Waiting): _or_text(DURATION),
    _validator(controls.Held): _or_text(NAME),
}
"""By the validator that takes what was written."""


def _one_of(*keys: str) -> Schema:
    return {"oneOf": [{"type": "object", "required": [key]} for key in keys]}


def _an_own_key(*known: str) -> Schema:
    """At least one key that the author names."""
    return {"propertyNames": {"pattern": NAME["pattern"]}, "not": {"propertyNames": {"enum": list(known)}}}


CLAUSES: Final[Mapping[str, Schema]] = {
    "Step": {
        "dependencies": {
            "steps": {"anyOf": [{"required": ["for_each"]}, {"required": ["repeat"]}]},
            "for_each": ["steps"],
            "repeat": ["steps"],
        },
        **_one_of(*VERBS),
    },
    "Branch": {"dependencies": {"steps": ["when"]}, **_one_of("when", "otherwise", "unknown")},
    "Way": _one_of("signal", "for"),
    "Wait": _one_of("for", "until", "signal", "first_of"),
    "Table": {
        "allOf": [
            {
                "properties": {
                    "rows": {"items": {"required": ["then"], "properties": {"then": {"type": "string"}}}}
                }
            }
        ]
    },
    "Lanes": _an_own_key("wait", "stop_rest"),
    "ForEach": _an_own_key("wait", "stop_rest", "enough_when", "open_until"),
    "Behaviour": _one_of("answer", "silent"),
    "Injection": _one_of("signal", "start", "leaves", "returns", "refuses", "channel", "fails", "command"),
    "Expectation": _one_of("step", "message", "run", "alarm"),
}
"""What holds between the keys of a model, by its name. `oneOf` has `required` lists alone: messages stay readable."""

_WHEN = ("actor", "level", "function", "pathway", "within", "due", "remind", "escalate", "channels")
ORDER: Final[Mapping[str, tuple[str, ...]]] = {
    "Step": (
        "id",
        "title",
        *VERBS,
        *_WHEN,
        "after",
        "only_while",
        "abandon_if",
        "holding",
        "mark",
        "steps",
        "on",
    ),
    "Parameter": ("type", "of", "required", "default", "title", "help"),
}
"""The order of keys where it is not that of the model; keys that are not named come before the last two."""
