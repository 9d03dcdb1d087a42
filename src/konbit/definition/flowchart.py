"""A flowchart as written, and what it may name."""

from typing import Annotated

from pydantic import Field

from konbit.definition.base import Code, FlowchartId, Model, Name, RoleName, Scope, Text
from konbit.definition.durations import Duration
from konbit.definition.parameters import Parameter
from konbit.definition.step import Step
from konbit.definition.verbs import Expression, Wave


class Expiry(Model):
    """When a run ends by itself: nothing stays open because somebody forgot it."""

    after: Duration
    outcome: Name = "expired"


class Schedule(Model):
    """When a scheduler starts it, always as a drill."""

    name: Name
    cron: str
    zone: str = "UTC"
    parameters: dict[Name, Code | int | bool | list[str]] = {}


class Triggers(Model):
    """How a run begins."""

    manual: list[RoleName] = []
    """Who may start it by hand."""
    schedule: list[Schedule] = []
    child: bool = False
    """Set if other flowcharts run it."""


class Flowchart(Model):
    """A coordination flowchart."""

    flowchart: FlowchartId
    """Its id: the phase and a name, the same as the path of the file."""
    title: Text
    summary: Text | None = None
    version: int = Field(ge=1)
    scope: Scope = "internal"
    owner: RoleName
    """Who is told when a ladder ends in nobody, a step fails or a deadline passes unheard."""
    based_on: list[str] = []
    languages: list[str] = ["en"]
    """The languages its people read: every message they can be sent must exist in each."""
    triggers: Triggers = Triggers()
    night_drill: bool = False
    """Its drills may wake those who agreed to be woken by drills; everybody else's quiet hours hold in a drill."""
    expires: Expiry | None = None
    parameters: dict[Name, Parameter] = {}
    results: dict[Name, Expression] = {}
    """What it hands to the flowchart that ran it."""
    ladders: dict[Name, list[Wave]] = {}
    """Escalation chains by name, for `escalate: NAME`."""
    fragments: dict[Name, list[Step]] = {}
    """Lists of steps by name, for `use: NAME`."""
    steps: list[Step] = Field(min_length=1)
    stand_down: list[Step] = []
    """What happens when a run is stood down or expires."""
    invariants: dict[Name, Expression] = {}
    """What must hold however a run ends: `konbit rehearse` looks at it at the end of every path; `outcome` is how it ended."""
    coverage: Annotated[str, Field(pattern=r"^(100|\d{1,2})%$")] | None = None
    """How much of its steps and outcomes its scenarios must reach: `konbit test` fails below it."""

    @property
    def phase(self) -> str:
        """preparedness, response or recovery."""
        return self.flowchart.partition("/")[0]

    @property
    def name(self) -> str:
        """The id without its phase."""
        return self.flowchart.partition("/")[2]
