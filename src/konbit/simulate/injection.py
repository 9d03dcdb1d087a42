"""What breaks in on a scenario at a time: a second hazard, somebody who leaves, a channel that dies, an operator's command."""

import datetime as dt
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, JsonValue, model_validator
from pydantic_core import PydanticCustomError

from konbit.definition.base import FlowchartId, Model, Name
from konbit.definition.durations import Duration
from konbit.definition.parameters import Value
from konbit.domain.directory import ChannelKind

EVERYONE = "everyone"
PERSON = "person:"
ROLE = "role:"


def _who(value: object) -> object:
    if isinstance(value, str) and (
        value == EVERYONE or any(value.startswith(prefix) and value != prefix for prefix in (PERSON, ROLE))
    ):
        return value
    raise PydanticCustomError(
        "bad-who",
        "'{found}' does not say who",
        {
            "found": str(value)[:70],
            "hint": "write everyone, a role such as role:chair or role:cluster_lead.HEA, or a person such as person:cf-a",
        },
    )


Who = Annotated[str, BeforeValidator(_who)]
"""`everyone`, `role:NAME`, `role:NAME.OF` or `person:ID`."""
Place = Annotated[str, Field(min_length=1, max_length=200)]
"""A step, a part of one, or one execution in a loop: `link`, `situation/approve`, `link[WSH]`."""


class Start(Model):
    """Another run that begins: a second disaster during the first."""

    flowchart: FlowchartId
    values: dict[Name, Value] = Field(default={}, alias="with")
    """Its parameters; the others are those of the scenario where they have the same name."""
    name: Name = Field(alias="as")
    """What timeline and expectations call it."""


class Fall(Model):
    """A channel that dies or comes back."""

    address_of: Who
    kind: ChannelKind | None = None
    """Without a kind: every channel of these people."""
    dies: bool = True


class Failure(Model):
    """Work that cannot be done from now on, such as reading a feed that has stopped; or that can be done again."""

    step: Place
    reason: str = "it cannot be reached"
    mended: bool = False


class Refusal(Model):
    """Somebody takes back what they accepted and declines whatever else they are asked."""

    who: Who
    on: list[Place] = []
    """The steps it is about; without any, every step."""


class Command(Model):
    """What an operator does to a run, with the words of `konbit runs`."""

    do: Literal["stand_down", "answer", "force", "redo", "extend", "reassign", "add_item", "pause", "resume"]
    step: Place | None = None
    """The step, part of a step, or execution it is about; not for stand_down, pause and resume."""
    person: str | None = None
    """For answer and reassign: who was asked."""
    to: str | None = None
    """For reassign: who is asked instead."""
    verdict: Literal["accept", "decline", "wrong_person"] = "accept"
    option: Name | None = None
    data: dict[str, JsonValue] = {}
    outcome: Name | None = None
    """For force."""
    item: str | None = None
    """For add_item."""
    by: Duration = dt.timedelta(hours=1)
    """For extend: how much later the request closes."""
    reason: str = "as the scenario has it"

    @model_validator(mode="after")
    def _complete(self) -> "Command":
        needed = {
            "stand_down": (),
            "answer": ("step", "person"),
            "force": ("step", "outcome"),
            "redo": ("step",),
            "extend": ("step",),
            "reassign": ("step", "person", "to"),
            "add_item": ("step", "item"),
            "pause": (),
            "resume": (),
        }[self.do]
        for name in needed:
            if getattr(self, name) is None:
                raise PydanticCustomError(
                    "missing-key", "{command} needs `{name}`", {"command": self.do, "name": name}
                )
        return self


KINDS = ("signal", "start", "leaves", "returns", "refuses", "channel", "fails", "command")


class Injection(Model):
    """One thing that happens at a time, counted from the start. What falls on the same moment happens in the order written."""

    at: Duration
    within: Name | None = Field(default=None, alias="in")
    """For signal, command and fails: the run it is for, by the name of a `start` or of the step that runs it. Without it the
    main run; a failure counts in every run."""
    signal: Name | None = None
    """A signal, such as a second hazard, reaches the run."""
    data: dict[str, JsonValue] = {}
    """What the signal says."""
    start: Start | None = None
    leaves: Who | None = None
    """They resign or fall out: they answer no more and are asked no more."""
    returns: Who | None = None
    refuses: Refusal | None = None
    channel: Fall | None = None
    fails: Failure | None = None
    command: Command | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> "Injection":
        found = [kind for kind in KINDS if getattr(self, kind) is not None]
        if len(found) != 1:
            raise PydanticCustomError(
                "bad-injection",
                "one thing happens at a time, found {found}",
                {"found": " and ".join(found) or "none", "allowed": KINDS},
            )
        return self

    @property
    def kind(self) -> str:
        """Which of the things it is."""
        return next(kind for kind in KINDS if getattr(self, kind) is not None)
