"""A step: one verb, and the framework's five questions around it: who, where, what, how, when."""

import functools
from typing import Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from konbit.definition.base import Function, Level, Model, Name, Pathway, RoleName, Text
from konbit.definition.controls import (
    Branch,
    End,
    ForEach,
    Goto,
    Held,
    Lane,
    Lanes,
    Repeat,
    Table,
    Wait,
    Waiting,
    Way,
)
from konbit.definition.durations import Due, Duration
from konbit.definition.verbs import Ask, Assess, Contact, Expression, Inform, Mobilize, Report, Run, Wave

WORK = ("contact", "ask", "assess", "mobilize", "report", "inform", "run")
CONTROL = ("choose", "table", "lanes", "for_each", "repeat", "wait", "use", "stop", "goto", "end")
VERBS = WORK + CONTROL
HUMAN = ("contact", "ask", "assess", "mobilize", "report")
"""The verbs that wait for people: each needs a deadline and an outcome for silence."""


class Step(Model):
    """One step of a flowchart."""

    id: Name | None = None
    """How expressions, journals and operators speak of it."""
    title: Text | None = None
    actor: RoleName | None = None
    """WHO acts."""
    level: Level | None = None
    """WHERE."""
    function: Function | None = None
    """WHAT kind of coordination it is."""
    pathway: Pathway = "streamlined"
    """HOW: streamlined steps may gate, ad hoc ones only record, notify and offer."""
    within: Duration | None = None
    """WHEN: the deadline, from the step's start."""
    due: Due | None = None
    """WHEN: the deadline, from a mark; the earlier of the two counts."""
    remind: list[Duration] = []
    """When those who have not answered are reminded, from the step's start."""
    escalate: list[Wave] | Name = []
    """Who is asked next when nobody has answered: waves, or the name of a ladder of the flowchart."""
    channels: Literal["in_turn", "at_once"] = "in_turn"
    """Whether a person's channels are tried one after the other, or all at the same time."""
    after: list[Name] = []
    """Steps of other lanes that must have ended, or that will not run any more, before this one starts."""
    only_while: Expression | None = None
    """The step is passed over if this does not hold, and withdrawn when it ceases to; unknown counts as holding."""
    abandon_if: Expression | None = None
    """The step is given up as soon as this holds."""
    holding: Held | None = None
    """A lock: `holding: truck`."""
    mark: str | None = Field(default=None, pattern="^(E0|T0|S0|D0)$")
    """The mark this step sets when it ends."""
    on: dict[Name, list["Step"]] = {}
    """What happens after each outcome, before the next step."""

    contact: Contact | None = None
    ask: Ask | None = None
    assess: Assess | None = None
    mobilize: Mobilize | None = None
    report: Report | None = None
    inform: Inform | None = None
    run: Run | None = None
    choose: list[Branch] | None = None
    table: Table | None = None
    lanes: Lanes | None = None
    for_each: ForEach | None = None
    repeat: Repeat | None = None
    wait: Waiting | None = None
    use: Name | None = None
    """The name of a fragment of the flowchart."""
    stop: list[Name] | None = None
    """Steps that are withdrawn if they are under way."""
    goto: Goto | None = None
    end: End | None = None
    steps: list["Step"] | None = None
    """The body of a `for_each` or `repeat`."""

    @model_validator(mode="after")
    def _one_verb(self) -> "Step":
        found = [verb for verb in VERBS if getattr(self, verb) is not None]
        if len(found) != 1:
            raise PydanticCustomError(
                "one-verb",
                "a step has exactly one verb, found {found}",
                {
                    "found": " and ".join(found) or "none",
                    "allowed": VERBS,
                    "at": (found[1],) if len(found) > 1 else (),
                    "at_key": True,
                },
            )
        if (self.steps is not None) != (found[0] in ("for_each", "repeat")):
            raise PydanticCustomError(
                "misplaced-steps",
                "{verb} {needs}",
                {
                    "verb": found[0],
                    "needs": "needs `steps:`" if self.steps is None else "has no `steps:` of its own",
                },
            )
        return self

    @functools.cached_property
    def verb(self) -> str:
        """What it does."""
        return next(verb for verb in VERBS if getattr(self, verb) is not None)


_NAMES = {"Step": Step, "Lane": Lane}
for _model in (Branch, Lane, Lanes, Way, Wait, Step):
    _model.model_rebuild(_types_namespace=_NAMES)
