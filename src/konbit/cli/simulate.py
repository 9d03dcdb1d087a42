"""`konbit simulate`: a scenario in virtual time, once or many times."""

from pathlib import Path

import click

from konbit.check.refusal import sound
from konbit.cli import scenarios
from konbit.cli.definitions import definitions_option, read_library
from konbit.cli.simulate_many import Chances, chance_options, many
from konbit.definition.library import Library
from konbit.domain.directory import Directory
from konbit.errors import InvalidScenario
from konbit.simulate import received, timeline
from konbit.simulate.scenario import Scenario
from konbit.simulate.simulator import plans_of
from konbit.simulate.simulator import simulate as play


@click.command()
@click.argument("flowchart", metavar="ID", required=False)
@click.option(
    "--scenario",
    "named",
    required=True,
    metavar="FILE",
    help="A scenario file, or the name of one that Konbit has.",
)
@click.option(
    "--seed", type=click.IntRange(min=0), help="What chance follows from; else the seed of the scenario."
)
@click.option("--who", metavar="WHO", help="Show what person:ID, role:NAME or everyone would receive.")
@click.option(
    "--runs", type=click.IntRange(min=1), metavar="N", help="Play it N times, and say what is likely."
)
@click.option(
    "--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="With --runs: processes."
)
@click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    help="With --runs: write the charts and tables to this file.",
)
@chance_options
@click.option("--json", "as_json", is_flag=True, help="Print what happened as JSON.")
@definitions_option
def simulate(  # noqa: PLR0913 - the options of a command
    flowchart: str | None,
    named: str,
    seed: int | None,
    who: str | None,
    runs: int | None,
    jobs: int,
    html: Path | None,
    chances: Chances,
    folders: tuple[Path, ...],
    *,
    as_json: bool,
) -> None:
    """Play a scenario through a flowchart, without sending anything.

    The engine is that of real runs; weeks pass at once. The timeline shows who is asked and told what, who answers, what each
    step came to, and whether what the scenario expects has come of it. With --runs it is played many times: how likely roles
    are covered in time, how long steps take, whose silence hurts most, what a dead channel costs.

    Exit code 0 if every expectation is met (with --runs: always), 1 if one is not.

    \b
    konbit simulate response/activation --scenario haiti-2021-08-14
    konbit simulate --scenario haiti-2021-08-14 --who role:cluster_lead
    konbit simulate --scenario haiti-2021-08-14 --runs 1000 --silent 15% --spread 3 --html likely.html
    """  # noqa: D301 - \b is how click is told to keep lines
    scenario = _scenario(flowchart, named, folders)
    library = read_library(folders)
    sound(library, scenario.flowchart)
    people = scenarios.directory_of(scenario, folders, library)
    if runs is not None:
        if who is not None:
            raise click.UsageError("--who shows one play; leave --runs out")
        many(scenario, people, library, chances, seed=seed, runs=runs, jobs=jobs, html=html, as_json=as_json)
        return
    if html is not None or jobs > 1 or chances.given:
        raise click.UsageError("--html, --jobs and the shares belong to --runs")
    if not _once(scenario, people, library, seed, who, as_json=as_json):
        click.get_current_context().exit(1)


def _scenario(flowchart: str | None, named: str, folders: tuple[Path, ...]) -> Scenario:
    """The scenario, which must be about the flowchart if one is named."""
    scenario = scenarios.read(named, folders)
    if flowchart not in (None, scenario.flowchart):
        raise InvalidScenario(
            f"the scenario {scenario.scenario} is about {scenario.flowchart}, not {flowchart}"
        )
    return scenario


def _once(
    scenario: Scenario,
    people: Directory,
    library: Library,
    seed: int | None,
    who: str | None,
    *,
    as_json: bool,
) -> bool:
    """Plays it once and prints it; whether every expectation is met."""
    simulation = play(scenario, people, plans_of(library), library.codes, seed=seed)
    if who is not None:
        click.echo(received.as_json(simulation, who) if as_json else received.text(simulation, who), nl=False)
    else:
        click.echo(timeline.as_json(simulation) if as_json else timeline.timeline(simulation), nl=False)
    return simulation.ok
