"""Where a step is being compiled: what its lowering may look at, and what every node of it says."""

import dataclasses
from typing import TypedDict

from konbit.definition.durations import split_due
from konbit.definition.step import Step
from konbit.definition.verbs import Wave
from konbit.engine.compiler import Compiler, Path
from konbit.engine.plan import RequestNode
from konbit.engine.scopes import Scope


class _Common(TypedDict, total=False):
    title: dict[str, str]
    verb: str
    actor: str | None
    level: str | None
    function: str | None
    pathway: str


@dataclasses.dataclass
class Site:
    """Where a step is being compiled."""

    compiler: Compiler
    step: Step
    name: str
    path: Path
    scope: Scope
    handlers: dict[str, str]

    @property
    def common(self) -> _Common:
        """What every node of the step says."""
        title = self.step.title or {"en": self.name.replace("_", " ").capitalize()}
        step = self.step
        return {
            "title": title,
            "verb": step.verb,
            "actor": step.actor,
            "level": step.level,
            "function": step.function,
            "pathway": step.pathway,
        }

    def request(self, id: str, duty: str, rule: str, **given: object) -> RequestNode:
        """A request with the step's deadline and reminders."""
        step = self.step
        fields: dict[str, object] = {
            "remind": tuple(step.remind),
            "within": step.within,
            "due": split_due(step.due) if step.due else None,
            "options": (),
            "at_once": step.channels == "at_once",
        } | given
        return RequestNode(id=id, step=self.name, duty=duty, rule=rule, **self.common, **fields)  # type: ignore[arg-type]  # a table of fields, checked by the dataclass

    def ladder(self, message: str) -> list[Wave]:
        """The waves of a step that asks the holders first and then escalates."""
        return [Wave(to="primary", message=message), *self.escalation]

    @property
    def escalation(self) -> list[Wave]:
        """Who is asked next: the waves of the step, or those of the ladder it names."""
        escalate = self.step.escalate
        ladders = self.compiler.bundle.flowchart.ladders
        return ladders.get(escalate, []) if isinstance(escalate, str) else escalate
