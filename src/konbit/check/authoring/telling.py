"""Changes as a text, by those whom they concern."""

from collections.abc import Iterable, Sequence

from pydantic import JsonValue

from konbit.check.authoring.change import Change
from konbit.definition.base import pick
from konbit.definition.bundle import Bundle


def told(old: Bundle, new: Bundle, changes: Sequence[Change], language: str = "en") -> str:
    """The whole difference: first what concerns everybody, then each role by its title, in the order of the chart."""
    head = f"{new.flowchart.flowchart}: version {old.flowchart.version} → {new.flowchart.version}"
    if old.flowchart.flowchart != new.flowchart.flowchart:
        head = f"{old.flowchart.flowchart} → {new.flowchart.flowchart}"
    if not changes:
        return f"{head}\nNothing has changed.\n"
    lines = [head]
    lines += _section("For everybody:", (change for change in changes if not change.roles))
    for role in dict.fromkeys(role for change in changes for role in change.roles):
        lines += _section(
            f"For {_title(role, old, new, language)}:", (change for change in changes if role in change.roles)
        )
    return "\n".join(lines) + "\n"


def _section(head: str, changes: Iterable[Change]) -> list[str]:
    lines = [f"  - {change.about}: {change.words}" for change in changes]
    return ["", head, *lines] if lines else []


def _title(role: str, old: Bundle, new: Bundle, language: str) -> str:
    for bundle in (new, old):
        if role in bundle.roles:
            return f"{pick(bundle.roles[role].title, language)} ({role})"
    return "everyone contacted" if role == "everyone_contacted" else role


def as_json(old: Bundle, new: Bundle, changes: Sequence[Change]) -> JsonValue:
    """The whole difference as data."""
    return {
        "old": {"flowchart": old.flowchart.flowchart, "version": old.flowchart.version, "digest": old.digest},
        "new": {"flowchart": new.flowchart.flowchart, "version": new.flowchart.version, "digest": new.digest},
        "changes": [
            {
                "kind": change.kind,
                "about": change.about,
                "words": change.words,
                "weight": change.weight,
                "roles": list(change.roles),
            }
            for change in changes
        ],
    }
