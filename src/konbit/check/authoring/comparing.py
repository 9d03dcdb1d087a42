"""What changed between two versions of a flowchart, in words, and whom it concerns."""

from collections.abc import Iterator
from typing import Any, Final

from konbit.check.authoring import wording
from konbit.check.authoring.change import Change, Weight
from konbit.check.authoring.contents import chart_changes, content_changes
from konbit.check.authoring.pairing import Content, Pairs, Spot, content, distinct, pair, roles_of
from konbit.definition.bundle import Bundle
from konbit.definition.step import VERBS

_WORDS: Final = {"title", "actor", "level", "function"}
"""Settings that change what people read, and nothing of what happens."""
_NAMES: Final = {"actor": "who acts", "due": "the deadline from a mark", "mark": "the mark it sets"}
_LISTS: Final = {
    "who": ("addressees", "also goes to", "no longer goes to"),
    "inputs_from": ("addressees", "also asks for inputs from", "no longer asks for inputs from"),
    "to": ("addressees", "is also sent to", "is no longer sent to"),
    "options": ("options", "can now be answered with", "can no longer be answered with"),
    "critical": ("quorum", "also needs", "no longer needs"),
}


def compare(old: Bundle, new: Bundle) -> tuple[Change, ...]:
    """Every difference: of the chart, of its steps in the order of the new version, of texts, forms and roles."""
    pairs = pair(old.flowchart, new.flowchart)
    return (
        *chart_changes(old.flowchart, new.flowchart),
        *_steps(old, new, pairs),
        *content_changes(old, new),
    )


def _steps(old: Bundle, new: Bundle, pairs: Pairs) -> Iterator[Change]:
    for spot in pairs.removed:
        words = f"no longer there: it {wording.step_words(spot.step)}"
        yield Change("step-removed", spot.label, words, "structure", roles_of(spot.step), before=(spot.path,))
    for spot in pairs.added:
        words = f"new, {wording.place_words(spot)}: {wording.step_words(spot.step)}"
        yield Change("step-added", spot.label, words, "structure", roles_of(spot.step), after=(spot.path,))
    was, now = _ladders(old), _ladders(new)
    for one, other in pairs.both:
        yield from _step(
            one, other, content(one.step, was), content(other.step, now), other.key in pairs.moved
        )


def _ladders(bundle: Bundle) -> Content:
    data = bundle.flowchart.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    ladders: Content = data.get("ladders", {})
    return ladders


def _step(old: Spot, new: Spot, was: Content, now: Content, moved: bool) -> Iterator[Change]:  # noqa: FBT001
    roles = distinct([*roles_of(new.step), *roles_of(old.step)])
    places = {"before": (old.path,), "after": (new.path,)}

    def change(kind: str, words: str, weight: Weight = "settings", to: tuple[str, ...] = roles) -> Change:
        return Change(kind, new.label, words, weight, to, **places)

    if moved:
        words = f"moved: now {wording.place_words(new)}, it was {wording.place_words(old)}"
        yield change("step-moved", words, "structure")
    if old.step.verb != new.step.verb:
        words = f"{wording.step_words(new.step)}, it was: {wording.step_words(old.step)}"
        yield change("verb", words, "structure")
        was, now = ({key: one[key] for key in one if key not in VERBS} for one in (was, now))
    for name in [*now, *(name for name in was if name not in now)]:
        before, after = was.get(name), now.get(name)
        if before == after:
            continue
        if name in VERBS and isinstance(before, dict) and isinstance(after, dict):
            for kind, words in _verb(before, after):
                yield change(kind, words, to=_concerned(kind, before, after, roles))
        else:
            yield from (change(kind, words, weight) for kind, words, weight in _setting(name, before, after))


def _concerned(kind: str, before: Content, after: Content, roles: tuple[str, ...]) -> tuple[str, ...]:
    """Whom a change concerns: those who came or went if it is about who is addressed."""
    if kind != "addressees":
        return roles
    was, now = (
        {_role(item) for name in ("who", "inputs_from", "to") for item in one.get(name, [])}
        for one in (before, after)
    )
    return distinct(sorted(was ^ now)) or roles


def _role(item: object) -> str:
    return str(item["role"]) if isinstance(item, dict) else str(item)


def _setting(name: str, old: Any, new: Any) -> Iterator[tuple[str, str, Weight]]:
    """The difference of a setting of the step itself."""
    match name:
        case "within":
            yield "deadline", wording.length_words("the deadline", old, new), "settings"
        case "remind":
            yield "reminders", wording.value_words("the time of reminders", old, new), "settings"
        case "escalate":
            words = f"without an answer goes to {wording.waves_words(new)}, it was {wording.waves_words(old)}"
            yield "waves", words, "settings"
        case "end" if old and new:
            yield "end", f"the run ends as '{new}' instead of '{old}'", "settings"
        case "on":
            for words in wording.list_words(
                old or [],
                new or [],
                "something now follows the outcome",
                "nothing follows any more the outcome",
            ):
                yield "outcomes", words, "outcomes"
        case _:
            weight: Weight = "words" if name in _WORDS else "settings"
            yield name, wording.value_words(_NAMES.get(name, f"`{name}`"), old, new), weight


def _verb(old: Content, new: Content) -> Iterator[tuple[str, str]]:
    """The differences of what a verb is told."""
    for name in [*new, *(name for name in old if name not in new)]:
        before, after = old.get(name), new.get(name)
        if before == after:
            continue
        if name in _LISTS:
            kind, more, less = _LISTS[name]
            yield from ((kind, words) for words in wording.list_words(before or [], after or [], more, less))
        elif name == "waves":
            words = f"calls {wording.waves_words(after)}; it was {wording.waves_words(before)}"
            yield "waves", words
        elif isinstance(before, dict) or isinstance(after, dict):
            yield from _inside(name, before, after)
        elif name in ("message", "question", "cover"):
            yield "message", wording.value_words("its message", before, after)
        else:
            yield name, wording.value_words(f"`{name}`", before, after)


def _inside(name: str, old: Any, new: Any) -> Iterator[tuple[str, str]]:
    """Settings inside settings, such as `need` and `approve`."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        yield name, wording.value_words(f"`{name}`", old, new)
        return
    for key in [*new, *(key for key in old if key not in new)]:
        before, after = old.get(key), new.get(key)
        if before == after:
            continue
        if key in ("within", "lease", "every"):
            yield "deadline", wording.length_words(f"the deadline of `{name}`", before, after)
        elif key == "escalate":
            words = f"`{name}` without an answer goes to {wording.waves_words(after)}"
            yield "waves", f"{words}, it was {wording.waves_words(before)}"
        else:
            yield name, wording.value_words(f"`{name}.{key}`", before, after)
