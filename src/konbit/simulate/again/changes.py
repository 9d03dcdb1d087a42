"""What is changed in a run that is played again: who answers what, and when."""

import dataclasses
import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Literal

from pydantic import BeforeValidator, JsonValue, RootModel, model_validator
from pydantic_core import PydanticCustomError

from konbit.definition.base import Model, Name
from konbit.definition.durations import Duration, show
from konbit.definition.problems import did_you_mean
from konbit.definition.shape import parse
from konbit.definition.source import read_bytes
from konbit.engine.effects import OpenRequest
from konbit.engine.events import Answered
from konbit.engine.plan import RequestNode
from konbit.errors import UserError
from konbit.simulate.again.recording import Recording
from konbit.simulate.scenario import Moment


class InvalidChange(UserError):
    """The change cannot be made to this run."""


class Change(Model):
    """What one person does in one step, instead of what they did."""

    person: str
    after: Duration | None = None
    """After they are asked."""
    at: Moment | None = None
    """At a moment; at once if they are asked later than that."""
    answer: Name | None = None
    """The option they choose; that of the run, or the first one there is, if it is left out."""
    verdict: Literal["accept", "decline", "wrong_person"] = "accept"
    data: dict[str, JsonValue] = {}
    """Fields of the form; beside those they filled in in the run."""
    silent: bool = False

    @model_validator(mode="after")
    def _one_way(self) -> "Change":
        if self.silent == (self.after is not None or self.at is not None) or (
            self.after is not None and self.at is not None
        ):
            raise PydanticCustomError(
                "bad-change",
                "a change says once when somebody answers, or that they are silent",
                {"hint": "write `after: 5m`, or `at: 2021-08-15T02:00:00-04:00`, or `silent: true`"},
            )
        return self

    def answers(self, request: OpenRequest, before: Answered | None, now: dt.datetime) -> Iterator[Answered]:
        """What they say when they are asked now; nothing if they are silent."""
        if self.silent:
            return
        at = now + self.after if self.after is not None else max(now, self.at or now)
        data: dict[str, JsonValue] = dict(before.data) if before and before.verdict == self.verdict else {}
        data |= self.data
        if self.verdict == "accept" and request.options and (self.answer or "answer" not in data):
            data["answer"] = self.answer or request.options[0]
        how: dict[str, str] = {"channel": before.channel} if before else {}
        person, verdict = self.person, self.verdict
        yield Answered(
            at=at, actor=person, request=request.request, person=person, verdict=verdict, data=data, **how
        )

    def say(self, step: str) -> str:
        """The change in a line."""
        if self.silent:
            return f"{step}: {self.person} says nothing"
        what = self.answer or ("answers" if self.verdict == "accept" else self.verdict)
        when = (
            f"{show(self.after)} after being asked"
            if self.after is not None
            else f"at {self.at:%Y-%m-%d %H:%M} UTC"
        )
        return f"{step}: {self.person} {'' if what == 'answers' else 'answers '}{what} {when}"


Many = Annotated[list[Change], BeforeValidator(lambda value: value if isinstance(value, list) else [value])]


class _Given(RootModel[dict[str, Many]]):
    """Step → what changes in it."""


@dataclasses.dataclass
class Changes:
    """Every change, by the step it is about: `decide`, a part such as `situation/approve`, or `link[WSH]`."""

    all: tuple[tuple[str, Change], ...]
    made: set[int] = dataclasses.field(default_factory=set)
    """Which were made: their person was asked."""

    def of(self, request: OpenRequest, person: str) -> Change | None:
        """What somebody does who is asked; None if that is not changed."""
        names = (request.request, request.request.partition("[")[0], request.step)
        for number, (step, change) in enumerate(self.all):
            if step in names and change.person == person:
                self.made.add(number)
                return change
        return None

    @property
    def idle(self) -> list[str]:
        """The changes that had no effect, since nobody asked."""
        return [change.say(step) for number, (step, change) in enumerate(self.all) if number not in self.made]


def read_changes(texts: Sequence[str]) -> Changes:
    """The changes in YAML such as `decide: {person: chair-b, after: 5m, answer: full}`; InvalidChange if one is none."""
    found: list[tuple[str, Change]] = []
    for number, text in enumerate(texts, start=1):
        file = "--change" if len(texts) == 1 else f"--change {number}"
        source, problems = read_bytes(text.encode(), file)
        given = None
        if source is not None and not problems:
            given, problems = parse(source, _Given)
        if given is None or problems:
            raise InvalidChange(
                "; ".join(problem.text() for problem in problems[:3]) or f"{file}: nothing is changed"
            )
        found += [(step, change) for step, listed in given.root.items() for change in listed]
    return Changes(tuple(found))


def fit(changes: Changes, recording: Recording) -> None:
    """InvalidChange for a step, a person or an option that the run does not know."""
    nodes = {
        name: node
        for run in recording.runs
        for node in run.plan.nodes.values()
        if isinstance(node, RequestNode)
        for name in (node.id, node.step)
    }
    people = {person.id for person in recording.directory.people} | set(_answering(recording))
    for step, change in changes.all:
        node = nodes.get(step.partition("[")[0])
        if node is None:
            raise InvalidChange(_unknown("step that people answer", step, nodes))
        if people and change.person not in people:
            raise InvalidChange(_unknown("person", change.person, people))
        if change.answer is not None and change.answer not in node.options:
            raise InvalidChange(_unknown(f"option of {step}", change.answer, node.options))


def _answering(recording: Recording) -> Iterator[str]:
    return (event.person for run in recording.runs for event in run.events if isinstance(event, Answered))


def _unknown(kind: str, name: str, known: Iterable[str]) -> str:
    names = sorted(known)
    near = did_you_mean(name, names)
    meant = f"; did you mean '{near}'?" if near else ""
    there = f"; there are: {', '.join(names)}" if len(names) <= 40 else ""
    return f"there is no {kind} '{name}'{meant}{there or ''}"
