"""A scenario: an event, who answers what and when, what fails, and what must come of it. Frozen models and their rules."""

import datetime as dt
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, JsonValue, PlainSerializer, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from konbit.definition.base import FlowchartId, Mode, Model, Name, Text
from konbit.definition.durations import Duration
from konbit.definition.parameters import Value
from konbit.definition.problems import Problem
from konbit.definition.shape import parse
from konbit.definition.source import read_bytes
from konbit.domain.directory import ChannelKind
from konbit.errors import InvalidScenario
from konbit.simulate.chance import Reply, Shares, Sleep
from konbit.simulate.injection import EVERYONE, PERSON, ROLE, Injection, Place, Who
from konbit.simulate.population import Population

__all__ = ["EVERYONE", "PERSON", "ROLE", "Behaviour", "Chance", "Expectation", "Fate", "Scenario", "Who"]


def _moment(value: object) -> object:
    try:
        found = dt.datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        found = None
    if isinstance(found, dt.datetime) and found.tzinfo is not None:
        return found.astimezone(dt.UTC)
    raise PydanticCustomError(
        "bad-moment",
        "'{found}' is not a moment",
        {
            "found": str(value)[:40],
            "hint": "write it with its offset: 2021-08-14T08:29:00-04:00 or ...T12:29:00Z",
        },
    )


Moment = Annotated[
    dt.datetime,
    BeforeValidator(_moment),
    PlainSerializer(dt.datetime.isoformat, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""A moment with its offset, kept in UTC."""


class Speed(Model):
    """How fast the demo plays it on the real stack; the simulator needs no time."""

    factor: float = Field(default=1, gt=0)


class Answering(Model):
    """What somebody answers; without an option it is the first one the step offers."""

    verdict: Literal["accept", "decline", "wrong_person"] = "accept"
    option: Name | None = None
    data: dict[str, JsonValue] = {}


class Behaviour(Model):
    """What one person, the holders of a role, or everyone does when asked."""

    who: Who
    on: list[Place] = []
    """The steps it is about; without any, every step."""
    after: Duration = dt.timedelta()
    """How long after the message has reached them."""
    reply: Reply | None = None
    """Instead of `after`: a distribution of the time they take, in hours in which they are awake."""
    answer: Answering | None = None
    silent: bool = False

    @model_validator(mode="after")
    def _one_way(self) -> "Behaviour":
        if (self.answer is None) != self.silent:
            raise PydanticCustomError(
                "bad-behaviour",
                "a person answers or is silent",
                {"hint": "write either `answer: {...}` or `silent: true`"},
            )
        if self.reply is not None and (self.after or self.silent):
            raise PydanticCustomError(
                "bad-behaviour",
                "the time of an answer is said once",
                {"hint": "write either `after: 10m` or `reply: {median: 10m, p90: 30m}`"},
            )
        return self


class Chance(Shares):
    """What is left to chance about people: it is drawn anew for each seed, and applies beside what `people` says."""

    who: Who = EVERYONE
    """The entry that names somebody most closely counts: person before role before everyone."""
    spread: float = Field(default=1, ge=1, le=100)
    """How much longer than the `after` of `people` nine of ten answers take at most; with 1 they take just as long."""


class Fate(Model):
    """What happens to a channel outside."""

    address_of: Who
    kind: ChannelKind | None = None
    """Without a kind: every channel of these people."""
    dies: bool = True
    after: Duration = dt.timedelta()
    """Counted from the start; at once if there is none."""


class Expectation(Model):
    """One thing that must have come of it. Times count from the start."""

    step: Place | None = None
    message: Name | None = None
    run: Name | None = None
    """The outcome of the run."""
    alarm: Place | None = None
    """The step about which the owner is told; `any` for whichever."""
    outcome: Name | None = None
    by: Who | None = None
    """Who gave the answer that decided the step."""
    to: Who | list[Who] | None = None
    """Who gets the message; of a list each."""
    within: Name | None = Field(default=None, alias="in")
    """The run it is about, by the name of an injected `start` or of the step that runs it; a run's outcome is else that of
    the main run, and a step or message that of any."""
    before: Duration | None = None
    never: bool = False
    """It must not happen, or not before `before`."""

    @model_validator(mode="after")
    def _one_subject(self) -> "Expectation":
        subjects = [name for name in ("step", "message", "run", "alarm") if getattr(self, name) is not None]
        if len(subjects) != 1:
            raise PydanticCustomError(
                "bad-expectation",
                "an expectation is about one thing, found {found}",
                {"found": " and ".join(subjects) or "none", "allowed": ("step", "message", "run", "alarm")},
            )
        allowed = {"step": ("outcome", "by"), "message": ("to",)}.get(subjects[0], ())
        for name in ("outcome", "by", "to"):
            if getattr(self, name) is not None and name not in allowed:
                raise PydanticCustomError(
                    "bad-expectation",
                    "'{found}' says nothing about a {subject}",
                    {"found": name, "subject": subjects[0], "at": (name,), "at_key": True},
                )
        return self


class Scenario(Model):
    """An event, played through one flowchart."""

    scenario: Annotated[str, Field(pattern="^[a-z0-9][a-z0-9-]{0,63}$")]
    title: Text
    flowchart: FlowchartId
    mode: Mode = "drill"
    starts: Moment
    clock: Speed = Speed()
    directory: Annotated[str, Field(pattern="^[a-z0-9][a-z0-9-]{0,63}$")] | None = None
    """The people: `directories/NAME.csv`; not needed if there is a population."""
    population: list[Population] = []
    """People made up by rule, beside those of the directory."""
    seed: int = Field(default=1, ge=0)
    """What chance follows from; another seed is another night."""
    parameters: dict[Name, Value] = {}
    people: list[Behaviour] = []
    chances: list[Chance] = []
    sleep: Sleep | None = None
    channels: list[Fate] = []
    inject: list[Injection] = []
    """What breaks in, and when."""
    expect: list[Expectation] = []

    @model_validator(mode="after")
    def _some_people(self) -> "Scenario":
        if self.directory is None and not self.population:
            raise PydanticCustomError(
                "missing-key", "a scenario needs people: a `directory`, or a `population`", {}
            )
        return self

    @property
    def by_chance(self) -> bool:
        """True if two seeds can give two courses."""
        drawn = any(one.spread > 1 or shared(one) for one in self.chances)
        dealt = any(shared(one) or one.reply for one in self.population)
        woken = self.sleep is not None and 0 < self.sleep.woken < 1
        return drawn or dealt or woken or any(one.reply for one in self.people)


def shared(shares: Shares) -> bool:
    """True if any of its shares is more than nothing."""
    return any(getattr(shares, name) for name in Shares.model_fields)


def read_scenario(content: bytes, file: str) -> tuple[Scenario | None, tuple[Problem, ...]]:
    """The scenario in the bytes of a YAML file, or None and every problem with its place."""
    source, problems = read_bytes(content, file)
    if source is None or problems:
        return None, problems
    return parse(source, Scenario)


def require_scenario(content: bytes, file: str) -> Scenario:
    """The scenario; InvalidScenario with the first problem if there is any."""
    scenario, problems = read_scenario(content, file)
    if scenario is None:
        raise InvalidScenario("; ".join(problem.text() for problem in problems[:5]))
    return scenario
