"""The work verbs: what a step does. All human verbs rest on one primitive, a request (see `konbit.engine.plan`)."""

import datetime as dt
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from konbit.definition.base import FlowchartId, Model, Name, RoleName
from konbit.definition.durations import Duration


def _expression(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


Expression = Annotated[
    str,
    BeforeValidator(_expression),
    WithJsonSchema(
        {
            "type": ["string", "number", "boolean"],
            "description": "An expression, such as `calldown.uncovered > 0`.",
        }
    ),
]
"""An expression field: see docs/reference/expressions.md."""


class RoleOf(Model):
    """A role, and who of its holders: `{role: cluster_lead, of: cluster}`, `{role: treasurer, not: request}`."""

    role: RoleName
    of: Expression | None = None
    """What it is the role of: a variable of the `for_each` around the step."""
    but: Name | None = Field(default=None, alias="not")
    """Not the person who answered this step: who decides is not who asked."""
    same_as: Name | None = None
    """The person who answered this step is asked first: whoever knows the matter keeps it."""


Addressee = RoleName | RoleOf
Addressees = Annotated[
    list[Addressee], BeforeValidator(lambda value: value if isinstance(value, list) else [value])
]
"""One role or several; `everyone_contacted` stands for all whom this run has told anything."""


class Wave(Model):
    """Who is asked next, and when, for what is still uncovered."""

    to: RoleName
    """`primary`, `backup`, or a role that stands in."""
    after: Duration = Field(default=dt.timedelta())
    message: Name | None = None
    """What this wave is told; the message of the step if it has none of its own."""


class Need(Model):
    """When a call-down is enough."""

    per_role: Literal["all"] | Annotated[int, Field(ge=1, le=50)] = 1
    """How many people a role needs. `all` is a roll call: everybody is called until they answer."""
    critical: list[RoleName] = []
    """The roles without which the call-down ends `uncovered`; without any, every role addressed."""


class Again(Model):
    """When a ladder that has asked everybody starts over, for those who are silent."""

    after: Duration
    """How long after its last wave it starts over; the waves then follow each other as before."""
    at_most: Annotated[int, Field(ge=1, le=10)] = 1
    """How many times it does."""


class Contact(Model):
    """A call-down: reach each role through waves until somebody can act for it."""

    who: Addressees
    message: Name
    form: Name = "availability"
    need: Need = Need()
    waves: list[Wave] = [Wave(to="primary")]
    again: Again | None = None
    """Starts the ladder over for those who are silent; without it they are called once."""


class Ask(Model):
    """A decision, or an action that somebody confirms as done."""

    who: Addressees
    question: Name
    """The message that asks."""
    options: list[Name] = []
    """The outcomes one may choose; `done` if nothing else is given."""
    form: Name | None = None
    """More to fill in than the choice of an option."""

    def outcomes(self) -> list[str]:
        """What the answer can be."""
        return self.options or ["done"]


class Assess(Model):
    """Collect structured observations."""

    who: Addressees
    form: Name = "observation"
    message: Name = "observation_call"
    per: list[Literal["cluster", "adm1", "adm2"]] = ["cluster", "adm2"]
    enough_when: Expression | None = None
    """Ends the collection early: `answered >= 5`; the names are `asked`, `answered`, `declined`, `silent`."""


class Mobilize(Model):
    """Collect offers for the needs that an `assess` step found, and match them."""

    need_from: Name = Field(alias="for")
    """The `assess` step whose needs are to be met."""
    who: Addressees
    form: Name = "offer"
    message: Name = "needs_list"
    enough_when: Expression | None = None


class Approval(Model):
    """Who must approve before it is sent."""

    who: RoleName
    within: Duration
    escalate: list[Wave] = []
    message: Name = "approval_call"


class Report(Model):
    """Ask for inputs, assemble the report, have it approved, send it."""

    kind: Literal["situation_report", "cluster_3w", "needs_note", "drill_score", "handover"]
    inputs_from: Addressees = []
    form: Name = "cluster_input"
    message: Name = "input_call"
    inputs: list[Name] = []
    """Steps whose results go into the report."""
    approve: Approval | None = None
    """Who must approve; with a deadline of its own."""
    to: Addressees = []
    cover: Name = "report_cover"
    """The message the report is sent with."""


class Inform(Model):
    """Tell somebody; no answer is waited for."""

    who: Addressees
    message: Name
    values: dict[Name, Expression] = Field(default={}, alias="with")
    """Values of the run that the message names."""


class Run(Model):
    """A child flowchart: waited for, or started and left."""

    flowchart: FlowchartId
    values: dict[Name, Expression] = Field(default={}, alias="with")
    """Its parameters; those of the same name and type are handed on by themselves."""
    wait: bool = True
