"""No play of any chart leaves its plan: random sound flowcharts, random people, every construct of the language."""

import json
import random
from pathlib import Path

import pytest
from pydantic import JsonValue

from konbit.definition.codelists import CodeLists
from konbit.definition.library import Library, load
from konbit.domain.directory import Binding, Directory, Endpoint, Person
from konbit.simulate.again.difference import difference_of
from konbit.simulate.again.recording import of_simulation
from konbit.simulate.again.replay import replay
from konbit.simulate.record import Simulation
from konbit.simulate.scenario import Scenario
from konbit.simulate.simulator import plans_of, simulate
from konbit.simulate.times.arithmetic import schedule
from konbit.simulate.times.timing import Schedule
from tests.properties.charts import random_chart
from tests.properties.dice import Seeded

PEOPLE = {
    "chair-a": "chair",
    "chair-b": "chair",
    "lead-a": "cluster_lead",
    "lead-b": "cluster_lead",
    "stand-a": "stand_in",
}
CHILD = {
    "flowchart": "response/child",
    "title": "A child",
    "version": 1,
    "owner": "chair",
    "triggers": {"child": True},
    "expires": {"after": "20d"},
    "steps": [
        {"id": "inner", "ask": {"who": "chair", "question": "q"}, "within": "5h", "on": {"no_answer": []}}
    ],
}
pytestmark = pytest.mark.slow
UNBOUND = ("holding", "open_until")
"""Constructs whose waiting the plan does not count, and says so."""
CUT = ('"stop"', "stop_rest", "completed >= 1")
"""What ends steps early that others may wait for."""


def people() -> Directory:
    places = {"lead-a": "HEA", "lead-b": "WSH"}
    ranks = {"chair-b": 2}
    return Directory(
        people=[Person(id=id, name=id) for id in PEOPLE],
        endpoints=[Endpoint(id=id, person=id, kind="mail", address=f"{id}@example.org") for id in PEOPLE],
        bindings=[
            Binding(role=role, of=places.get(id), person=id, rank=ranks.get(id, 1))
            for id, role in PEOPLE.items()
        ],
    )


def written(chart: dict[str, JsonValue], folder: Path) -> Library:
    (folder / "response").mkdir()
    (folder / "response" / "random.yaml").write_text(json.dumps(chart))
    (folder / "response" / "child.yaml").write_text(json.dumps(CHILD))
    found = load([folder])
    assert not found.problems
    return found


def parameters(chance: random.Random) -> dict[str, JsonValue]:
    drawn: dict[str, JsonValue] = {
        "flag": chance.choice([True, False, None]),
        "size": chance.choice([1, 4, 9, None]),
        "clusters": list(chance.choice(((), ("HEA",), ("HEA", "WSH", "SHL")))),
    }
    return {name: value for name, value in drawn.items() if value is not None}


def played(library: Library, given: dict[str, JsonValue], chance: random.Random) -> Simulation:
    script: list[JsonValue] = []
    for person in PEOPLE:
        one: dict[str, JsonValue] = {"who": f"person:{person}"}
        if chance.random() < 0.6:
            verdict = chance.choice(["accept", "accept", "decline"])
            one |= {"after": f"{chance.randrange(600)}m", "answer": {"verdict": verdict}}
        else:
            one["silent"] = True
        script.append(one)
    scenario = Scenario.model_validate(
        {"scenario": "x", "title": "x", "flowchart": "response/random", "starts": "2021-08-14T13:00:00Z",
         "directory": "d", "parameters": given, "people": script}
    )  # fmt: skip
    return simulate(scenario, people(), plans_of(library), CodeLists())


@pytest.mark.parametrize("seed", range(60))
def test_every_step_ends_within_its_plan(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    chart = random_chart(Seeded(seed))
    text = json.dumps(chart)
    library = written(chart, tmp_path)
    given = parameters(chance)
    plan = schedule(library, "response/random", given)

    assert len({one.key for one in plan.steps}) == len(plan.steps)
    for one in plan.steps:
        assert one.start.least <= one.start.most
        assert one.start.least <= one.end.least <= one.end.most
    assert all(note.endswith("not counted") for note in plan.notes if "lock" in note)
    for _ in range(3):
        late = not any(word in text for word in UNBOUND)
        _within(plan, played(library, given, chance), early=not any(word in text for word in CUT), late=late)


def _within(plan: Schedule, simulation: Simulation, *, early: bool, late: bool) -> None:
    lines = {one.key: one for one in plan.steps}
    start = simulation.scenario.starts
    main = simulation.main
    for key, result in main.state.done.items():
        name, _, suffix = key.partition("[")
        one = lines.get(name)
        if one is None or result.outcome in ("stopped", "failed"):
            continue
        rounds = any(letter.isdigit() for letter in suffix)
        assert not early or result.at - start >= one.end.least, key
        assert not late or rounds or result.at - start <= one.end.most, key
    if main.ended_at is not None and late:
        assert main.ended_at - start <= plan.end.most


@pytest.mark.parametrize("seed", range(100, 130))
def test_every_run_replays_to_itself(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    library = written(random_chart(Seeded(seed)), tmp_path)
    simulation = played(library, parameters(chance), chance)
    recording = of_simulation(simulation.runs, people())
    again = replay(recording, CodeLists())
    assert difference_of(recording, again) == ""
    assert again.main.state == simulation.main.state
