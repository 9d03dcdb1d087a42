"""Every form, message, role and flowchart that a flowchart names, with the place where it does."""

import dataclasses
from collections.abc import Iterator
from typing import Literal

from konbit.definition.flowchart import Flowchart
from konbit.definition.step import WORK, Step
from konbit.definition.verbs import Addressees, RoleOf, Wave

Kind = Literal["form", "message", "role", "flowchart"]
Path = tuple[str | int, ...]
BUILT_IN_MESSAGES = ("alarm", "reminder")
"""What the engine itself says: to the owner, and to those who have not answered."""
PREPARED_MESSAGES = ("correction", "drill_suspended")
"""What operators send by a command of their own, whatever the flowchart."""
WAVES = ("primary", "backup")
"""Words that stand in a wave for the holders of the role addressed."""
EVERYBODY = "everyone_contacted"
"""Stands for all whom a run has told anything."""


@dataclasses.dataclass(frozen=True, slots=True)
class Mention:
    """A name, what it is the name of, and where it stands in the flowchart."""

    kind: Kind
    name: str
    path: Path


def mentions(flowchart: Flowchart) -> Iterator[Mention]:
    """All mentions, in the order in which they are written; defaults count at the place of their verb."""
    yield Mention("role", flowchart.owner, ("owner",))
    for index, role in enumerate(flowchart.triggers.manual):
        yield Mention("role", role, ("triggers", "manual", index))
    for name, waves in flowchart.ladders.items():
        yield from _waves(waves, ("ladders", name))
    for path, step in walk(flowchart):
        yield from _of_step(step, path)


def walk(flowchart: Flowchart) -> Iterator[tuple[Path, Step]]:
    """Every step with its path, outer steps before what is in them."""
    yield from _walk(flowchart.steps, ("steps",))
    yield from _walk(flowchart.stand_down, ("stand_down",))
    for name, steps in flowchart.fragments.items():
        yield from _walk(steps, ("fragments", name))


def _walk(steps: list[Step], path: Path) -> Iterator[tuple[Path, Step]]:
    for index, step in enumerate(steps):
        here = (*path, index)
        yield here, step
        for below, inner in inner_blocks(step):
            yield from _walk(inner, (*here, *below))


def inner_blocks(step: Step) -> list[tuple[Path, list[Step]]]:
    """The blocks inside a step, each with its path below the step, in the order in which they are compiled."""
    blocks: list[tuple[Path, list[Step]]] = []
    for index, branch in enumerate(step.choose or []):
        ways = {
            "steps": branch.steps if branch.when is not None else None,
            "otherwise": branch.otherwise,
            "unknown": branch.unknown,
        }
        blocks.extend((("choose", index, key), steps) for key, steps in ways.items() if steps is not None)
    for name, lane in (step.lanes.lanes if step.lanes else {}).items():
        blocks.append(
            (("lanes", name), lane) if isinstance(lane, list) else (("lanes", name, "steps"), lane.steps)
        )
    for index, way in enumerate((step.wait.first_of if step.wait else None) or []):
        blocks.append((("wait", "first_of", index, "steps"), way.steps))
    if step.steps is not None:
        blocks.append((("steps",), step.steps))
    blocks.extend((("on", outcome), steps) for outcome, steps in step.on.items())
    return blocks


def _of_step(step: Step, path: Path) -> Iterator[Mention]:
    if step.actor:
        yield Mention("role", step.actor, (*path, "actor"))
    if not isinstance(step.escalate, str):
        yield from _waves(step.escalate, (*path, "escalate"))
    verb = getattr(step, step.verb)
    here = (*path, step.verb)
    for field in ("who", "inputs_from", "to"):
        if step.verb in WORK and hasattr(verb, field):
            yield from _roles(getattr(verb, field), (*here, field))
    for field in ("message", "question", "cover"):
        if isinstance(name := getattr(verb, field, None), str):
            yield Mention("message", name, (*here, field))
    if isinstance(form := getattr(verb, "form", None), str):
        yield Mention("form", form, (*here, "form"))
    if step.contact:
        yield from _waves(step.contact.waves, (*here, "waves"))
        for index, role in enumerate(step.contact.need.critical):
            yield Mention("role", role, (*here, "need", "critical", index))
    if step.report and step.report.approve:
        approve = step.report.approve
        yield Mention("role", approve.who, (*here, "approve", "who"))
        yield Mention("message", approve.message, (*here, "approve", "message"))
        yield from _waves(approve.escalate, (*here, "approve", "escalate"))
    if step.run:
        yield Mention("flowchart", step.run.flowchart, (*here, "flowchart"))


def _roles(who: Addressees, path: Path) -> Iterator[Mention]:
    for index, addressee in enumerate(who):
        if isinstance(addressee, RoleOf):
            yield Mention("role", addressee.role, (*path, index, "role"))
        elif addressee != EVERYBODY:
            yield Mention("role", addressee, (*path, index))


def _waves(waves: list[Wave], path: Path) -> Iterator[Mention]:
    for index, wave in enumerate(waves):
        if wave.to not in WAVES:
            yield Mention("role", wave.to, (*path, index, "to"))
        if wave.message:
            yield Mention("message", wave.message, (*path, index, "message"))
