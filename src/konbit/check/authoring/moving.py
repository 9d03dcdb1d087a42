"""Whether a run may go on with another version of its flowchart. Pure: nothing is read, and nothing is moved."""

import dataclasses
import re
from collections.abc import Collection
from typing import Literal

from konbit.check.authoring.change import Change
from konbit.check.authoring.comparing import compare
from konbit.check.authoring.contents import READ
from konbit.check.authoring.pairing import pair
from konbit.check.authoring.position import Position, Relation
from konbit.definition.bundle import Bundle
from konbit.definition.mentions import Path
from konbit.engine.compile import compile_bundle

Fate = Literal["unaffected", "can_move", "must_stay", "needs_decision"]
_PARAMETERS = ("parameter-added", "parameter-removed", "parameter", "expires")
"""What was settled when the run began."""


@dataclasses.dataclass(frozen=True, slots=True)
class Verdict:
    """What may be done with a run, and why.

    `unaffected`: nothing it may still do has changed. `can_move`: only what lies ahead has changed. `must_stay`: steps have
    come, gone or changed where the run has been or is. `needs_decision`: what is under way works otherwise now, and somebody
    must say whether that holds for those who were asked already.
    """

    fate: Fate
    because: tuple[str, ...] = ()


def classify(old: Bundle, new: Bundle, live: Collection[str]) -> Verdict:
    """What may be done with a run of `old` whose frames have the keys `live` (`needs[WSH]`, `situation/approve`)."""
    changes = [change for change in compare(old, new) if not _about_the_chart(change)]
    names = {_step(key) for key in live}
    old_ids, new_ids = compile_bundle(old).ids, compile_bundle(new).ids
    pairs = pair(old.flowchart, new.flowchart)
    here = frozenset(path for path, name in old_ids.items() if name in names)
    there = frozenset(after.path for before, after in pairs.both if before.path in here)
    was, now = Position(old.flowchart, here), Position(new.flowchart, there)
    found = [(change, _relations(change, was, now)) for change in changes]
    if not any(relations & {"live", "ahead"} for _, relations in found):
        return Verdict("unaffected")
    stays = [_told(change) for change, relations in found if _binds(change, relations)]
    stays += [
        f"{before.label}: has another name in the journal"
        for before, after in pairs.both
        if old_ids[before.path] != new_ids[after.path] and was.of(before.path) & {"live", "passed"}
    ]
    if stays:
        return Verdict("must_stay", tuple(stays))
    open_ = [
        _told(change) for change, relations in found if "live" in relations and change.weight == "settings"
    ]
    if open_:
        return Verdict("needs_decision", tuple(open_))
    return Verdict("can_move", tuple(_told(change) for change, _ in found))


def _step(key: str) -> str:
    """The step that a frame belongs to; "" for the frame of a list, which says nothing that its step does not."""
    name = re.split(r"[\[?/#~@]", key)[0]
    return "" if ":" in name else name


def _about_the_chart(change: Change) -> bool:
    """Whether a change says something about the chart and nothing about what a run does."""
    named = bool(change.before or change.after)
    return not named and change.weight == "words" and change.kind in (*READ, "parameter", "ladder")


def _relations(change: Change, was: Position, now: Position) -> frozenset[Relation]:
    """Where a change is, as seen from the run."""
    if change.kind in _PARAMETERS:
        return frozenset({"live"})
    if not change.before and not change.after:
        return frozenset({"ahead"})
    places: list[tuple[Position, Path]] = [(was, path) for path in change.before]
    places += [(now, path) for path in change.after if not change.before or change.weight == "structure"]
    return frozenset().union(*(position.of(path) for position, path in places))


def _binds(change: Change, relations: frozenset[Relation]) -> bool:
    """Whether a change keeps the run where it is: the journal would be folded over other steps than it was written for."""
    if change.weight == "words" or change.kind in ("form", "role"):
        return False
    if change.weight == "structure":
        return bool(relations & {"live", "passed"})
    return "passed" in relations


def _told(change: Change) -> str:
    return f"{change.about}: {change.words}"
