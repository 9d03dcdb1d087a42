"""The steps of two versions of a flowchart, paired: by their ids, and without one by what they do and where they stand."""

import bisect
import dataclasses
import itertools
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

from konbit.definition.flowchart import Flowchart
from konbit.definition.mentions import Path, inner_blocks
from konbit.definition.step import Step

Content: TypeAlias = dict[str, Any]
"""The settings of a step as plain data: JSON by construction."""


@dataclasses.dataclass(frozen=True, slots=True)
class Spot:
    """A step of one version, and where it stands."""

    key: str
    """Its id; without one, what tells it from its neighbours."""
    step: Step
    path: Path
    block: str
    """The list it is in: `steps`, `verify: contradicted`."""
    before: str | None
    """The key of the step before it in that list."""

    @property
    def label(self) -> str:
        """How a change speaks of it."""
        if self.step.id:
            return self.step.id
        name = f"{self.step.verb} {_hint(self.step)}".strip()
        return name if self.block == "steps" else f"{name} in '{self.block}'"


@dataclasses.dataclass(frozen=True, slots=True)
class Pairs:
    """What is in both versions, and what is in one of them alone, in the order of the charts."""

    both: tuple[tuple[Spot, Spot], ...]
    removed: tuple[Spot, ...]
    added: tuple[Spot, ...]
    moved: frozenset[str]
    """The new keys of those that stand in another list, or among others in another order."""


def pair(old: Flowchart, new: Flowchart) -> Pairs:
    """Pairs the steps of two versions."""
    before, after = list(spots(old)), list(spots(new))
    fresh = {spot.key: spot for spot in after}
    both = [(spot, fresh[spot.key]) for spot in before if spot.key in fresh]
    known = {spot.key for spot, _ in both}
    left = [spot for spot in before if spot.key not in known]
    right = [spot for spot in after if spot.key not in known]
    for spot in list(left):
        same = next(
            (one for one in right if not (one.step.id or spot.step.id) and _alike(one, spot)),
            None,
        )
        if same is not None:
            both.append((spot, same))
            left.remove(spot)
            right.remove(same)
    order = {spot.path: number for number, spot in enumerate(after)}
    both.sort(key=lambda one: order[one[1].path])
    return Pairs(tuple(both), tuple(left), tuple(right), frozenset(_moved(both, before)))


def _alike(one: Spot, other: Spot) -> bool:
    return one.block == other.block and one.step.verb == other.step.verb


def spots(flowchart: Flowchart) -> Iterator[Spot]:
    """Every step with its place, outer steps before what is in them."""
    counted: dict[str, Iterator[int]] = {}
    blocks: list[tuple[str, Path, list[Step]]] = [
        ("steps", ("steps",), flowchart.steps),
        ("stand_down", ("stand_down",), flowchart.stand_down),
        *((f"fragment {name}", ("fragments", name), steps) for name, steps in flowchart.fragments.items()),
    ]
    for name, path, steps in blocks:
        yield from _block(name, path, steps, counted)


def _block(name: str, path: Path, steps: list[Step], counted: dict[str, Iterator[int]]) -> Iterator[Spot]:
    before: str | None = None
    for index, step in enumerate(steps):
        key = step.id or f"{name}/{step.verb}:{_hint(step)}"
        number = next(counted.setdefault(key, itertools.count(1)))
        key = key if number == 1 else f"{key} {number}"
        here = (*path, index)
        yield Spot(key, step, here, name, before)
        before = key
        owner = step.id or key
        for below, inner in inner_blocks(step):
            yield from _block(f"{owner}: {_named(below)}", (*here, *below), inner, counted)


def _named(below: Path) -> str:
    """What a block inside a step is called."""
    match below:
        case ("on", outcome):
            return str(outcome)
        case ("choose", int(index), "steps"):
            return f"branch {index + 1}"
        case ("choose", _, name):
            return str(name)
        case ("lanes", name, *_):
            return f"lane {name}"
        case ("wait", _, int(index), _):
            return f"way {index + 1}"
        case _:
            return "each round" if below == ("steps",) else " ".join(map(str, below))


def _hint(step: Step) -> str:
    """What an unnamed step is most likely known by."""
    verb = getattr(step, step.verb)
    for name in ("message", "question", "flowchart", "kind", "signal"):
        if isinstance(found := getattr(verb, name, None), str):
            return found
    return verb if isinstance(verb, str) else ""


def _moved(both: list[tuple[Spot, Spot]], before: list[Spot]) -> Iterator[str]:
    """Those in another list, and of each list as few as explain the other order."""
    order = {spot.path: number for number, spot in enumerate(before)}
    names = {old.key: new.key for old, new in both}
    for old, new in both:
        if _translated(old.block, names) != new.block:
            yield new.key
    stayed = [(old, new) for old, new in both if _translated(old.block, names) == new.block]
    for _, group in itertools.groupby(
        sorted(stayed, key=lambda one: one[1].block), key=lambda one: one[1].block
    ):
        members = sorted(group, key=lambda one: one[1].path)
        kept = _longest([order[old.path] for old, _ in members])
        yield from (new.key for at, (_, new) in enumerate(members) if at not in kept)


def _translated(block: str, names: dict[str, str]) -> str:
    """The name a list of the old version has in the new one: that of its step may have changed."""
    owner, colon, rest = block.rpartition(": ")
    return f"{names.get(owner, owner)}{colon}{rest}" if colon else block


def _longest(numbers: list[int]) -> set[int]:
    """The positions of a longest rising row of different numbers."""
    ends: list[int] = []
    at: list[int] = []
    before: list[int] = []
    for position, number in enumerate(numbers):
        length = bisect.bisect_left(ends, number)
        ends[length : length + 1] = [number]
        at[length : length + 1] = [position]
        before.append(at[length - 1] if length else -1)
    found: set[int] = set()
    position = at[-1] if at else -1
    while position >= 0:
        found.add(position)
        position = before[position]
    return found


def content(step: Step, ladders: Content) -> Content:
    """The settings of a step without the steps inside it; a ladder counts as the waves it stands for."""
    data = step.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    data.pop("steps", None)
    data["on"] = sorted(step.on)
    if isinstance(step.escalate, str):
        data["escalate"] = ladders.get(step.escalate, step.escalate)
    if step.choose is not None:
        data["choose"] = [_branch(branch) for branch in data["choose"]]
    if step.lanes is not None:
        data["lanes"] = {name: _lane(lane) for name, lane in data["lanes"].items()}
    if step.wait is not None and step.wait.first_of:
        data["wait"]["first_of"] = [_bare(way) for way in data["wait"]["first_of"]]
    return data


def _bare(data: Content) -> Content:
    return {key: value for key, value in data.items() if key != "steps"}


def _branch(branch: Content) -> str:
    return str(branch["when"]) if "when" in branch else next(iter(branch), "otherwise")


def _lane(lane: object) -> object:
    return lane.get("when", "") if isinstance(lane, dict) else "" if isinstance(lane, list) else lane


def roles_of(step: Step) -> tuple[str, ...]:
    """The roles a step concerns: who acts, who is addressed, who stands in."""
    verb = getattr(step, step.verb)
    found: list[str] = []
    for name in ("who", "inputs_from", "to"):
        value = getattr(verb, name, None)
        if isinstance(value, list):
            found += [one if isinstance(one, str) else one.role for one in value]
    approve = getattr(verb, "approve", None)
    found += [approve.who] if approve else []
    waves = [
        *_waves(step.escalate),
        *_waves(getattr(verb, "waves", [])),
        *_waves(getattr(approve, "escalate", [])),
    ]
    found += [wave for wave in waves if wave not in ("primary", "backup")]
    found += [step.actor] if step.actor else []
    return distinct(found)


def _waves(value: object) -> list[str]:
    return [wave.to for wave in value] if isinstance(value, list) else []


def distinct(names: Iterable[str]) -> tuple[str, ...]:
    """The roles without what they are of, each once."""
    return tuple(dict.fromkeys(name.partition(".")[0] for name in names))
