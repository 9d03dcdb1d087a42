"""What every play of a scenario has in common: its people, what they are told to do, how they are reached, the plans."""

import dataclasses
import datetime as dt
import functools
from collections.abc import Callable, Mapping
from typing import Literal

from pydantic import JsonValue

from konbit.definition.codelists import CodeLists
from konbit.definition.library import Library
from konbit.domain.desk import Desk, Done
from konbit.domain.directory import ChannelKind, Directory
from konbit.domain.duties import DUTIES
from konbit.engine.compile import compile_plan
from konbit.engine.duties import DutyName
from konbit.engine.effects import DoWork, OpenRequest
from konbit.engine.plan import Plan
from konbit.simulate.behaviour import Script, roles_held
from konbit.simulate.chance import Trait
from konbit.simulate.luck import Odds
from konbit.simulate.population import generate
from konbit.simulate.reach import reach_of
from konbit.simulate.scenario import EVERYONE, Answering, Behaviour, Scenario
from konbit.simulate.world import indexed

Plans = Callable[[str], Plan]
"""Gives the plan of a flowchart by its id."""
Duties = Mapping[DutyName, Callable[[DoWork, Desk], Done]]
Verdict = Literal["accept", "decline", "wrong_person"]
UNSCRIPTED = (Behaviour(who=EVERYONE, answer=Answering()),)


def plans_of(library: Library) -> Plans:
    """The plans of a library, each compiled once."""

    @functools.cache
    def plan(id: str) -> Plan:
        return compile_plan(library.bundle(id), library.flowcharts.get)

    return plan


@dataclasses.dataclass(frozen=True, slots=True)
class Twist:
    """What is otherwise than the scenario has it, to see what difference it makes."""

    silenced: tuple[str, ...] = ()
    """People who never answer."""
    dead: tuple[ChannelKind, ...] = ()
    """Kinds of channels on which nothing arrives."""


AS_IT_IS = Twist()


class Stage:
    """A scenario made ready to be played as often as wanted. People made up by rule are the same in every play."""

    def __init__(
        self,
        scenario: Scenario,
        directory: Directory,
        plans: Plans,
        codes: CodeLists,
        duties: Duties = DUTIES,
    ) -> None:
        known = {person.id for person in directory.people}
        people = generate(scenario.population, scenario.seed, directory) if scenario.population else directory
        self.scenario = scenario
        self.plans = plans
        self.codes = codes
        self.duties = duties
        self.directory = indexed(people)
        self.held = roles_held(people)
        self.script = Script(tuple(scenario.people), self.held)
        self.reach = reach_of(people, scenario.channels, self.held, scenario.mode, scenario.starts)
        self.odds = Odds(scenario, people, self.held)
        self._made_up = {person.id for person in people.people} - known

    def deaths(self, twist: Twist) -> dict[str, dt.datetime]:
        """When each channel dies."""
        found = dict(self.reach.deaths)
        if twist.dead:
            dead = [one.id for one in self.directory.endpoints if one.kind in twist.dead]
            found |= dict.fromkeys(dead, self.scenario.starts)
        return found

    def unscripted(self, person: str, fit: int) -> tuple[Behaviour, ...]:
        """What somebody does whom the script does not name: made-up people answer, the others are silent."""
        return UNSCRIPTED if not fit and person in self._made_up else ()


def said(
    behaviour: Behaviour, opened: OpenRequest, trait: Trait | None
) -> tuple[Verdict, dict[str, JsonValue]]:
    """Verdict and data of an answer."""
    answer = behaviour.answer
    assert answer is not None
    if trait == "declines":
        return "decline", {}
    if trait == "wrong" and len(opened.options) < 2:
        return "wrong_person", {}
    data: dict[str, JsonValue] = dict(answer.data)
    if answer.verdict == "accept" and opened.options:
        chosen = answer.option or opened.options[0]
        others = [option for option in opened.options if option != chosen]
        data["answer"] = others[0] if trait == "wrong" else chosen
    return answer.verdict, data
