"""The control verbs: which way the run goes, how often, and what it waits for. Every block has one way in and one way out."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from konbit.definition.base import Model, Name
from konbit.definition.durations import Duration
from konbit.definition.verbs import Expression

if TYPE_CHECKING:
    from konbit.definition.step import Step


class Branch(Model):
    """One way on of a `choose`."""

    when: Expression | None = None
    otherwise: list["Step"] | None = None
    unknown: list["Step"] | None = None
    steps: list["Step"] = []

    @model_validator(mode="after")
    def _one_kind(self) -> "Branch":
        kinds = [self.when is not None, self.otherwise is not None, self.unknown is not None]
        if sum(kinds) != 1 or (self.steps and self.when is None):
            raise PydanticCustomError(
                "bad-branch",
                "a branch is one of three things",
                {"hint": "write `- when: ...` with `steps:`, or `- otherwise: [...]`, or `- unknown: [...]`"},
            )
        return self


class Lane(Model):
    """A lane that runs only under a condition."""

    when: Expression | None = None
    steps: list["Step"]


Join = Annotated[
    str | int,
    BeforeValidator(lambda value: value),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": ["all", "first", "none"]},
                {"type": "integer"},
                {"type": "string", "pattern": r"^\d+%$"},
            ]
        }
    ),
]
"""When to go on: `all`, `first`, `none`, a number, or a share such as `80%`."""


class Lanes(Model):
    """Lists of steps at the same time, each under its name; beside them may stand `wait` and `stop_rest`."""

    __pydantic_extra__: dict[Name, "Lane | list[Step]"]
    model_config = Model.model_config | {"extra": "allow"}

    wait: Join = "all"
    stop_rest: bool = False
    """Set if lanes that are not needed any more are withdrawn."""

    @model_validator(mode="after")
    def _some_lanes(self) -> "Lanes":
        if not self.__pydantic_extra__:
            raise PydanticCustomError(
                "no-lanes",
                "lanes needs at least one lane",
                {"hint": "write `lanes: {health: [...], water: [...]}`"},
            )
        return self

    @property
    def lanes(self) -> "dict[str, Lane | list[Step]]":
        """The lanes by name."""
        return dict(self.__pydantic_extra__)


class ForEach(Model):
    """Run the steps once for each item, all at the same time: `for_each: {cluster: clusters}`."""

    __pydantic_extra__: dict[str, Expression]
    model_config = Model.model_config | {"extra": "allow"}

    wait: Join = "all"
    stop_rest: bool = False
    """Set if items that are not needed any more are withdrawn."""
    enough_when: Expression | None = None
    """Goes on and withdraws the rest as soon as this holds; the names are `count` and `completed`."""
    open_until: Expression | None = None
    """Takes added items until this holds, even if all so far have ended."""

    @model_validator(mode="after")
    def _one_variable(self) -> "ForEach":
        if len(self.__pydantic_extra__) != 1:
            raise PydanticCustomError(
                "bad-for-each",
                "for_each needs exactly one variable, found {found}",
                {
                    "found": ", ".join(self.__pydantic_extra__) or "none",
                    "hint": "write `for_each: {cluster: clusters}`; beside it may stand wait, stop_rest, enough_when, open_until",
                },
            )
        return self

    @property
    def variable(self) -> str:
        """The name each item has inside."""
        return next(iter(self.__pydantic_extra__))

    @property
    def items(self) -> str:
        """The expression that gives the list."""
        return next(iter(self.__pydantic_extra__.values()))


class Repeat(Model):
    """Run the steps again and again: `repeat: {every: 24h, until: ..., at_most: 60}`."""

    every: Duration | None = None
    until: Expression | None = None
    at_most: int = Field(ge=1, le=1000)


class Way(Model):
    """One of several things a `wait` may end with, and what then happens."""

    signal: Name | None = None
    length: Duration | None = Field(default=None, alias="for")
    steps: list["Step"] = []

    @model_validator(mode="after")
    def _one_thing(self) -> "Way":
        if (self.signal is None) == (self.length is None):
            raise PydanticCustomError(
                "bad-way",
                "each way of first_of is a signal or a time",
                {"hint": "write `- {signal: landfall, steps: [...]}` or `- {for: 4h, steps: [...]}`"},
            )
        return self


class Wait(Model):
    """Wait for a time, for a signal, or for the first of several; `wait: 2h` is `wait: {for: 2h}`."""

    length: Duration | None = Field(default=None, alias="for")
    until: Expression | None = None
    """A moment, such as a parameter of type moment."""
    signal: Name | None = None
    keep: bool = True
    """Set to false if a signal that came before the wait began does not count."""
    first_of: list[Way] | None = Field(default=None, min_length=2)

    @model_validator(mode="after")
    def _one_way(self) -> "Wait":
        if sum(value is not None for value in (self.length, self.until, self.signal, self.first_of)) != 1:
            raise PydanticCustomError(
                "bad-wait",
                "a wait is for one thing",
                {
                    "hint": "write `wait: 2h`, `wait: {until: starts_at}`, `wait: {signal: clear}` or `wait: {first_of: [...]}`"
                },
            )
        return self


Waiting = Annotated[Wait, BeforeValidator(lambda value: {"for": value} if isinstance(value, str) else value)]

End = Name
"""The outcome the run ends with."""


class Goto(Model):
    """Go back to an earlier step of the same list."""

    step: Name
    at_most: int = Field(ge=1, le=1000)
    """How often; after that the run goes on to the next step."""


class Holding(Model):
    """A named lock: no two steps that hold it run at the same time in a run."""

    lock: Name
    lease: Duration | None = None
    """After so long the lock is given on even if the step has not ended, and the owner is told."""


Held = Annotated[Holding, BeforeValidator(lambda value: {"lock": value} if isinstance(value, str) else value)]


class Table(Model):
    """A decision table: rows are tried against the inputs, a cell left out fits anything."""

    inputs: dict[Name, Expression] = Field(min_length=1)
    """A name for each column, and the expression it shows."""
    rows: list[dict[Name, str | int | float | bool | list[str | int | float]]] = Field(min_length=1)
    """A cell is a value, a list of values, or a comparison such as `'>= 3'`; `then` is the outcome of the row."""
    hit: Literal["unique", "first", "collect"] = "first"
    """`unique`: two rows that fit are an error. `first`: the first row that fits. `collect`: all that fit."""
    otherwise: Name | None = None
    unknown: Name | None = None

    @model_validator(mode="after")
    def _rows_end(self) -> "Table":
        for number, row in enumerate(self.rows):
            if not isinstance(row.get("then"), str):
                raise PydanticCustomError(
                    "row-without-then",
                    "row {number} has no outcome",
                    {"number": number + 1, "at": ("rows", number), "hint": "add `then: NAME`"},
                )
            extra = [name for name in row if name != "then" and name not in self.inputs]
            if extra:
                raise PydanticCustomError(
                    "unknown-column",
                    "'{found}' is not a column of this table",
                    {
                        "found": extra[0],
                        "allowed": (*self.inputs, "then"),
                        "at": ("rows", number, extra[0]),
                        "at_key": True,
                    },
                )
        return self

    def outcomes(self) -> list[str]:
        """How the table can decide."""
        found = [str(row["then"]) for row in self.rows]
        rest = [name for name in (self.otherwise, self.unknown) if name]
        own = {"collect": ["matched", "none"], "unique": ["ambiguous"], "first": []}[self.hit]
        named = found + rest if self.hit != "collect" else rest
        return list(
            dict.fromkeys(
                [
                    *named,
                    *own,
                    *([] if self.otherwise else ["none"]),
                    *([] if self.unknown else ["undecided"]),
                ]
            )
        )
