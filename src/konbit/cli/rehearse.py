"""`konbit rehearse`: every path of a flowchart, before anyone is called."""

import json
from collections.abc import Iterator
from pathlib import Path

import click
from pydantic import JsonValue

from konbit.check.refusal import sound
from konbit.cli import scenarios
from konbit.cli.definitions import definitions_option, read_library
from konbit.definition.library import Library, bundled
from konbit.engine.plan import Plan
from konbit.simulate.coverage import Exercised, exercised
from konbit.simulate.paths.rehearse import AT_MOST, MOST_FAULTS, Fault, Rehearsed, uncovered
from konbit.simulate.paths.rehearse import rehearse as try_paths
from konbit.simulate.paths.stubs import stubs
from konbit.simulate.scenario import Scenario, require_scenario
from konbit.simulate.simulator import plans_of, simulate

FAULTS = {
    "nobody-told": "nobody is told that this was silent or failed",
    "never-ends": "the run never ends: it waits for this",
    "invariant": "this does not hold at the end",
}


@click.command()
@click.argument("flowchart", metavar="ID")
@click.option(
    "--at-most",
    type=click.IntRange(min=1),
    default=AT_MOST,
    show_default=True,
    metavar="N",
    help="How many paths are tried; those with fewer surprises come first.",
)
@click.option(
    "--scenarios",
    "against",
    is_flag=True,
    help="Play every scenario of this flowchart too, and print stubs for what none of them covers.",
)
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@definitions_option
def rehearse(
    flowchart: str, at_most: int, folders: tuple[Path, ...], *, against: bool, as_json: bool
) -> None:
    """Try every path of a flowchart in virtual time.

    Every source of choice is declared: what people may answer, silence, decisions, work that fails, how child flowcharts end,
    what parameters hold, and the order of arrival where it matters. So each path can be tried, first the expected one, then
    those that leave it once, twice, and so on. What comes of it: which steps, outcomes and branches were reached; paths on
    which nobody is told of a silence, which never end, or at whose end an invariant of the flowchart does not hold; and with
    --scenarios, a stub ready to paste for each outcome that no scenario covers. What was bounded is said.

    Exit code 0 if nothing is wrong and all that a path can reach is covered, 1 if not.

    \b
    konbit rehearse response/activation
    konbit rehearse response/activation --scenarios --at-most 20000
    """  # noqa: D301 - \b is how click is told to keep lines
    library = read_library(folders)
    sound(library, flowchart)
    plan = plans_of(library)(flowchart)
    found = try_paths(plan, library.codes, library.flowcharts.get, at_most)
    missing = found.coverage.missing
    played: list[str] = []
    if against:
        mine = list(_scenarios(flowchart, library, folders))
        played = [scenario.scenario for scenario, _ in mine]
        missing = uncovered(found, (seen for _, seen in mine))
    click.echo(
        json.dumps(_data(found, missing, played), indent=2, sort_keys=True)
        if as_json
        else "\n".join(_lines(plan, found, missing, played if against else None))
    )
    if found.faults or missing.size:
        click.get_current_context().exit(1)


def _scenarios(
    flowchart: str, library: Library, folders: tuple[Path, ...]
) -> Iterator[tuple[Scenario, Exercised]]:
    """The scenarios of a flowchart, and what each exercises of it, in child runs too."""
    plans = plans_of(library)
    for folder in folders or (bundled(),):
        for path in sorted((folder / "scenarios").glob("*.y*ml")):
            scenario = require_scenario(path.read_bytes(), str(path))
            people = scenarios.directory_of(scenario, folders, library)
            seen = Exercised()
            runs = simulate(scenario, people, plans, library.codes, record=False).runs
            for run in runs:
                if run.plan.flowchart == flowchart:
                    seen |= exercised(run.plan, run.journal)
            if seen.size:
                yield scenario, seen


def _lines(plan: Plan, found: Rehearsed, missing: Exercised, played: list[str] | None) -> Iterator[str]:
    ends = ", ".join(f"{outcome} {count}" for outcome, count in found.outcomes.items())
    yield f"{found.flowchart}: {found.paths} paths; they end: {ends}"
    everything, reached = found.coverage.all, found.coverage.reached
    yield (
        f"Reached: {len(reached.steps)} of {len(everything.steps)} steps, {len(reached.outcomes)} of "
        f"{len(everything.outcomes)} outcomes, {len(reached.branches)} of {len(everything.branches)} branches"
    )
    yield "Bounded: " + "\n         ".join(found.bounds)
    for fault in found.faults[:MOST_FAULTS]:
        yield ""
        yield f"{fault.kind}: {fault.about}: {FAULTS[fault.kind]}, on {_paths(fault)}; such as:"
        yield f"  {fault.path.words}"
    if len(found.faults) > MOST_FAULTS:
        yield f"and {len(found.faults) - MOST_FAULTS} more"
    if played is not None:
        yield ""
        yield f"Scenarios: {', '.join(played) or 'none'}"
    whom = "no path reaches" if played is None else "no scenario covers"
    for kind, names in (
        ("step", missing.steps),
        ("outcome", {f"{step}: {outcome}" for step, outcome in missing.outcomes}),
        ("branch", missing.branches),
    ):
        if names:
            yield f"{whom} {kind} {', '.join(sorted(names))}"
    if played is not None:
        for text in stubs(plan, found, missing.outcomes):
            yield "---"
            yield text.rstrip()


def _paths(fault: Fault) -> str:
    return "one path" if fault.paths == 1 else f"{fault.paths} paths"


def _data(found: Rehearsed, missing: Exercised, played: list[str]) -> dict[str, JsonValue]:
    return {
        "flowchart": found.flowchart,
        "paths": found.paths,
        "left": found.left,
        "bounds": list(found.bounds),
        "outcomes": dict(found.outcomes),
        "reached": _counts(found.coverage.reached),
        "all": _counts(found.coverage.all),
        "scenarios": list(played),
        "missing": {
            "steps": [*sorted(missing.steps)],
            "outcomes": [[*pair] for pair in sorted(missing.outcomes)],
            "branches": [*sorted(missing.branches)],
        },
        "faults": [
            {"kind": one.kind, "about": one.about, "paths": one.paths, "such_as": one.path.words}
            for one in found.faults
        ],
    }


def _counts(some: Exercised) -> dict[str, JsonValue]:
    return {"steps": len(some.steps), "outcomes": len(some.outcomes), "branches": len(some.branches)}
