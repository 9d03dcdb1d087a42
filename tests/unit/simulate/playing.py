"""What ships, and small scenarios on small charts."""

import functools
import textwrap
from pathlib import Path

from konbit.definition.codelists import CodeLists
from konbit.definition.library import Library, load
from konbit.domain.directory import Binding, Directory, Endpoint, Person
from konbit.domain.directory_csv import parse_directory
from konbit.engine.plan import Plan
from konbit.notify.address import canonical
from konbit.simulate.record import Simulation
from konbit.simulate.scenario import Scenario, require_scenario
from konbit.simulate.simulator import Plans, plans_of, simulate
from tests.unit.engine.running import plan_of

DEFINITIONS = Path(__file__).parents[3] / "definitions"
SHIPPED = sorted(path.stem for path in (DEFINITIONS / "scenarios").glob("*.yaml"))
HEAD = """\
scenario: example
title: An example
flowchart: response/example
starts: 2021-08-14T13:00:00Z
directory: few
"""
CHART = """\
flowchart: response/{name}
title: A chart
version: 1
owner: owner
parameters:
  country: {{type: country, default: HTI}}
"""


@functools.cache
def library() -> Library:
    """The definitions that ship."""
    return load([DEFINITIONS])


@functools.cache
def haiti() -> Directory:
    """The directory that ships."""
    file = DEFINITIONS / "directories" / "haiti.csv"
    directory, problems = parse_directory(
        file.read_text(encoding="utf-8"), file="haiti.csv", canonical=canonical, roles=library().roles
    )
    assert directory is not None, problems
    return directory


@functools.cache
def plans() -> Plans:
    """Their plans."""
    return plans_of(library())


def shipped(name: str) -> Scenario:
    """A scenario that ships."""
    return require_scenario((DEFINITIONS / "scenarios" / f"{name}.yaml").read_bytes(), f"{name}.yaml")


def play_shipped(name: str, *, paranoid: bool = False, record: bool = True) -> Simulation:
    """Plays a scenario that ships."""
    scenario = shipped(name)
    return simulate(scenario, people_of(scenario), plans(), library().codes, paranoid=paranoid, record=record)


def people_of(scenario: Scenario) -> Directory:
    """The people of a scenario that ships; nobody beside those it makes up."""
    return haiti() if scenario.directory else Directory()


def few() -> Directory:
    """A chair with a backup, a hub, an owner; each with mail, the chair with a webhook too."""
    people = ["chair-a", "chair-b", "hub-a", "owner-a"]
    endpoints = [
        Endpoint(id=f"{one}-mail", person=one, kind="mail", address=f"{one}@example.org") for one in people
    ]
    hook = "https://hooks.example.org/chair-a"
    endpoints.append(
        Endpoint(id="chair-a-webhook", person="chair-a", kind="webhook", address=hook, priority=2)
    )
    return Directory(
        people=[Person(id=one, name=one) for one in people],
        endpoints=endpoints,
        bindings=[
            Binding(role="chair", person="chair-a"),
            Binding(role="chair", person="chair-b", rank=2),
            Binding(role="hub", person="hub-a"),
            Binding(role="owner", person="owner-a"),
        ],
    )


def play(
    chart: str,
    scenario: str,
    *,
    directory: Directory | None = None,
    head: str = HEAD,
    seed: int | None = None,
    **charts: str,
) -> Simulation:
    """Plays a scenario on a chart; `charts` are those it runs, by the name after the phase."""
    compiled: dict[str, Plan] = {"response/example": plan_of(chart, CHART.format(name="example"))}
    compiled |= {f"response/{name}": plan_of(text, CHART.format(name=name)) for name, text in charts.items()}
    text = head + textwrap.dedent(scenario)
    played = require_scenario(text.encode(), "example.yaml")
    return simulate(
        played,
        few() if directory is None else directory,
        compiled.__getitem__,
        CodeLists(),
        seed=seed,
        paranoid=True,
    )
