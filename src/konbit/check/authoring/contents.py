"""What changed in a flowchart beside its steps: parameters, ladders, messages, forms and roles."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from konbit.check.authoring.change import Change, Weight
from konbit.check.authoring.pairing import Content, distinct, roles_of
from konbit.check.authoring.wording import flat, length_words, list_words, shown, value_words
from konbit.definition.base import Model
from konbit.definition.bundle import Bundle
from konbit.definition.flowchart import Flowchart
from konbit.definition.mentions import Path, mentions, walk

_OF_STEPS = {"steps", "stand_down", "fragments"}
READ = ("title", "summary", "version", "based_on", "scope", "triggers", "languages")
"""Keys that say something about a chart, and nothing about what a run of it does."""
_PART: Final[dict[str, tuple[str, str]]] = {
    "message": ("it no longer sends", "it now sends"),
    "form": ("it no longer asks for", "it now asks for"),
    "role": ("no longer has a part", "now has a part"),
}
"""What is said of content that a chart does not name any more, and of content that it names now."""


def chart_changes(old: Flowchart, new: Flowchart) -> Iterator[Change]:
    """The differences of what stands beside the steps."""
    was, now = _data(old), _data(new)
    for name in [*now, *(name for name in was if name not in now)]:
        before, after = was.get(name), now.get(name)
        if before == after or name in _OF_STEPS:
            continue
        weight: Weight = "words" if name in READ else "settings"
        if name == "parameters":
            yield from _parameters(before or {}, after or {})
        elif name == "expires":
            yield from _expiry(before, after)
        elif name == "ladders":
            yield from _named("ladder", before or {}, after or {}, "words")
        elif isinstance(before, list) and isinstance(after, list) and name in ("languages", "based_on"):
            for words in list_words(before, after, f"{name} now has", f"{name} no longer has"):
                yield Change(name, name, words, weight)
        else:
            concerned = (
                distinct(one for one in (before, after) if isinstance(one, str)) if name == "owner" else ()
            )
            yield Change(name, name, _said(before, after), weight, concerned)
    yield from _named(
        "fragment", dict.fromkeys(old.fragments, ""), dict.fromkeys(new.fragments, ""), "settings"
    )


def _said(old: Any, new: Any) -> str:
    """A value that the name stands beside."""
    if old is None:
        return f"new: {shown(new)}"
    return f"gone (it was {shown(old)})" if new is None else f"now {shown(new)}, it was {shown(old)}"


def _data(model: Model) -> Content:
    return model.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def _expiry(old: Any, new: Any) -> Iterator[Change]:
    was, now = old or {}, new or {}
    if was.get("after") != now.get("after"):
        words = length_words("the time after which a run ends by itself", was.get("after"), now.get("after"))
        yield Change("expires", "expires", words, "settings")
    if was.get("outcome") != now.get("outcome"):
        words = value_words(
            "the outcome of a run that ends by itself", was.get("outcome"), now.get("outcome")
        )
        yield Change("expires", "expires", words, "settings")


def _parameters(old: Content, new: Content) -> Iterator[Change]:
    for name in [*new, *(name for name in old if name not in new)]:
        if name not in old:
            needed = "required" if new[name].get("required") else "optional"
            words = f"a new parameter, {needed}, of type {new[name].get('type', 'text')}"
            yield Change("parameter-added", name, words, "settings")
        elif name not in new:
            yield Change("parameter-removed", name, "no longer a parameter", "settings")
        elif old[name] != new[name]:
            was, now = flat(old[name]), flat(new[name])
            for key in [*now, *(key for key in was if key not in now)]:
                if was.get(key) != now.get(key):
                    weight: Weight = "words" if key.startswith(("title", "help")) else "settings"
                    yield Change(
                        "parameter", name, value_words(f"`{key}`", was.get(key), now.get(key)), weight
                    )


def _named(kind: str, old: Content, new: Content, weight: Weight) -> Iterator[Change]:
    for name in [*new, *(name for name in old if name not in new)]:
        if old.get(name) != new.get(name):
            words = (
                f"a new {kind}"
                if name not in old
                else f"no longer a {kind}"
                if name not in new
                else "reads differently"
            )
            yield Change(kind, name, words, weight)


def content_changes(old: Bundle, new: Bundle) -> Iterator[Change]:
    """The differences of messages, forms and roles, with the steps that name them."""
    parts: list[tuple[str, Mapping[str, Model], Mapping[str, Model]]] = [
        ("message", old.messages, new.messages),
        ("form", old.forms, new.forms),
        ("role", old.roles, new.roles),
    ]
    for kind, was, now in parts:
        for name in [*now, *(name for name in was if name not in now)]:
            before = _data(was[name]) if name in was else None
            after = _data(now[name]) if name in now else None
            if before != after:
                yield from _content(kind, name, before, after, (old, new))


def _content(
    kind: str, name: str, old: Content | None, new: Content | None, bundles: tuple[Bundle, Bundle]
) -> Iterator[Change]:
    before, after = (_places(bundle.flowchart, kind, name) for bundle in bundles)
    roles = (
        (name,)
        if kind == "role"
        else distinct([*_concerned(bundles[1], after), *_concerned(bundles[0], before)])
    )
    places = {"before": tuple(before), "after": tuple(after)}
    if old is None or new is None:
        words = f"a {kind} that {_PART[kind][old is None]}"
        yield Change(kind, name, words, "words", roles, **places)
        return
    was, now = flat(old), flat(new)
    for key in [*now, *(key for key in was if key not in now)]:
        if was.get(key) == now.get(key):
            continue
        part, _, language = key.rpartition(".")
        if kind == "message" and part in ("subject", "body", "sms"):
            yield Change(
                "message-text",
                name,
                _text(part, language, was.get(key), now.get(key)),
                "words",
                roles,
                **places,
            )
        elif kind == "form" and key == "fields":
            for words in _fields(was.get(key) or [], now.get(key) or []):
                yield Change("form", name, words, "settings", roles, **places)
        else:
            weight: Weight = (
                "words" if kind == "message" or key.startswith(("title", "submit")) else "settings"
            )
            yield Change(
                kind, name, value_words(f"`{key}`", was.get(key), now.get(key)), weight, roles, **places
            )


def _text(part: str, language: str, old: object, new: object) -> str:
    if old is None:
        return f"its {part} now exists in {language}"
    if new is None:
        return f"its {part} no longer exists in {language}"
    return f"its {part} in {language} reads differently"


def _fields(old: list[Content], new: list[Content]) -> list[str]:
    was, now = ({str(one["name"]): one for one in fields} for fields in (old, new))
    changed = [name for name in now if name in was and now[name] != was[name]]
    found = [f"the field '{name}' is another" for name in changed]
    names, others = ([str(one["name"]) for one in fields] for fields in (old, new))
    if names != others:
        found += list_words(names, others, "now asks for", "no longer asks for")
    return found or ["the fields are others"]


def _places(flowchart: Flowchart, kind: str, name: str) -> list[Path]:
    """The steps that name something."""
    named = [
        one.path for one in mentions(flowchart) if one.kind == kind and one.name.partition(".")[0] == name
    ]
    return [path for path, _ in walk(flowchart) if any(_own(path, one) for one in named)]


def _own(step: Path, mention: Path) -> bool:
    """Whether a mention stands in the step itself and not in a step inside it."""
    rest = mention[len(step) :]
    inner = rest[:1] in (("on",), ("steps",), ("choose",), ("lanes",)) or rest[:2] == ("wait", "first_of")
    return mention[: len(step)] == step and not inner


def _concerned(bundle: Bundle, places: list[Path]) -> list[str]:
    steps = dict(walk(bundle.flowchart))
    return [role for path in places for role in roles_of(steps[path])]
