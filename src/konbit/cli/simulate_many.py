"""`konbit simulate --runs`: many plays, tables in the terminal, a page for people."""

import concurrent.futures
import dataclasses
import functools
import gc
import multiprocessing
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import click
from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn
from rich.table import Table

from konbit.cli.terminal import console
from konbit.definition.library import Library
from konbit.domain.directory import Directory
from konbit.errors import InvalidScenario
from konbit.simulate.odds import figures, report_html
from konbit.simulate.odds.counting import counting
from konbit.simulate.odds.figures import WINDOWS, after, percent
from konbit.simulate.odds.montecarlo import Batch, Difference, Spread, Study, in_a_row, play, study
from konbit.simulate.odds.tally import LOAD_HOURS, Tally
from konbit.simulate.scenario import Chance, Scenario
from konbit.simulate.simulator import plans_of
from konbit.simulate.stage import Stage

MOST_LISTED = 10


@dataclasses.dataclass(frozen=True)
class Chances:
    """What the options leave to chance, for everyone."""

    silent: str | None
    late: str | None
    declines: str | None
    bounced: str | None
    spread: float | None

    @property
    def given(self) -> dict[str, object]:
        """Those that were given."""
        return {name: value for name, value in dataclasses.asdict(self).items() if value is not None}


SHARES = {
    "silent": "With --runs: of people who never answer, such as 15%.",
    "late": "With --runs: of people who answer too late.",
    "declines": "With --runs: of people who decline.",
    "bounced": "With --runs: of people whom nothing reaches.",
}


def chance_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that leave something to chance, as one argument `chances`."""

    @functools.wraps(command)
    def collected(*args: object, spread: float | None, **words: object) -> None:
        shares = {name: words.pop(name) for name in SHARES}
        command(*args, chances=Chances(**shares, spread=spread), **words)  # type: ignore[arg-type]  # texts, as click gives them

    found: Callable[..., None] = click.option(
        "--spread",
        type=click.FloatRange(min=1, max=100),
        metavar="X",
        help="With --runs: nine of ten answers take at most X times as long as the scenario says.",
    )(collected)
    for name, text in reversed(SHARES.items()):
        found = click.option(f"--{name}", metavar="SHARE", help=text)(found)
    return found


def many(
    scenario: Scenario,
    people: Directory,
    library: Library,
    chances: Chances,
    *,
    seed: int | None,
    runs: int,
    jobs: int,
    html: Path | None,
    as_json: bool,
) -> None:
    """Plays it many times and prints what is likely."""
    scenario = _left_to_chance(scenario, chances)
    stage = Stage(scenario, people, plans_of(library), library.codes, counting())
    gc.collect()
    gc.freeze()  # the definitions live as long as the command: looking through them again and again takes a fifth of the time
    first = scenario.seed if seed is None else seed
    spread = _at_once(stage, jobs) if jobs > 1 else in_a_row(stage)
    with _progress() as progress:
        task = progress.add_task("playing", total=runs)

        def told(done: int, planned: int) -> None:
            progress.update(task, completed=done, total=planned)

        found = study(stage, first, runs, spread, told)
    if html is not None:
        html.write_text(report_html.page(found, scenario), "utf-8")
    if as_json:
        click.echo(figures.as_json(found, scenario), nl=False)
        return
    _print(console(), found, scenario)
    if html is not None:
        click.echo(f"Charts and tables: {html}")


def _progress() -> Progress:
    return Progress(
        "playing",
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(file=sys.stderr),
        transient=True,
        disable=not sys.stderr.isatty(),
    )


def _left_to_chance(scenario: Scenario, chances: Chances) -> Scenario:
    if chances.given:
        try:
            chance = Chance.model_validate(chances.given)
        except ValidationError as error:
            fault = error.errors(include_url=False, include_input=False)[0]
            name = "".join(f"--{part}: " for part in fault["loc"])
            raise click.UsageError(f"{name}{fault['msg']}; write a share such as 15%") from None
        scenario = scenario.model_copy(update={"chances": [*scenario.chances, chance]})
    if not scenario.by_chance:
        raise InvalidScenario(
            f"nothing in the scenario {scenario.scenario} is left to chance, so that every play is the same: give "
            "--silent 15% --spread 3, or write `chances:` or `reply:` in it"
        )
    return scenario


_STAGE: list[Stage] = []
"""What worker processes inherit: plans cannot be handed over in a message."""


def _at_once(stage: Stage, jobs: int) -> Spread:
    """Batches over several processes; the tallies come in the same order as without."""

    def spread(batches: Sequence[Batch]) -> Iterable[Tally]:
        _STAGE[:] = [stage]
        with concurrent.futures.ProcessPoolExecutor(jobs, multiprocessing.get_context("fork")) as pool:
            yield from pool.map(_play, batches)

    return spread


def _play(batch: Batch) -> Tally:
    return play(_STAGE[0], batch)


def _print(out: Console, found: Study, scenario: Scenario) -> None:
    ends = ", ".join(f"{outcome} {percent(share)}" for outcome, share in figures.outcomes(found))
    out.print(f"{scenario.flowchart}, {scenario.scenario}: {found.tally.runs} plays from seed {found.seed}")
    out.print(f"Outcomes: {ends}")
    roles = figures.roles(found)
    if roles:
        _table(
            out,
            "Critical roles covered, counted from the beginning of the call",
            ["Call", "Role", *(f"T+{window} min" for window in WINDOWS)],
            [[one.call, one.role, *map(percent, one.shares)] for one in roles],
            words=2,
        )
    _table(
        out,
        "When steps end, counted from the start",
        ["Step", "Reached", "p10", "p50", "p90", "Outcomes"],
        [
            [
                one.step,
                percent(one.reached),
                after(one.p10),
                after(one.p50),
                after(one.p90),
                _outcomes(one.outcomes),
            ]
            for one in figures.steps(found)
        ],
    )
    burden = figures.load(found)
    out.print(
        f"Messages to one person in the first {LOAD_HOURS} h: mean {burden.mean:.1f}, p95 {burden.p95}, most {burden.most}"
    )
    out.print(
        f"Lost below: of {found.measured}; over {found.compared} plays each, less than {percent(found.doubt)} may be chance"
    )
    _differences(out, "Whose silence hurts most", "Person", found, found.silence[:MOST_LISTED])
    _differences(out, "What a dead kind of channel costs", "Channel", found, found.channels)


def _outcomes(shares: Iterable[tuple[str, float]]) -> str:
    return ", ".join(f"{outcome} {percent(share)}" for outcome, share in shares)


def _differences(out: Console, title: str, word: str, found: Study, rows: Sequence[Difference]) -> None:
    head = [word, "Roles", "Left", "Lost"]
    listed = [
        [
            one.what,
            ", ".join(one.roles),
            percent(found.left(one)),
            percent(found.loss(one)) if found.loss(one) > 0 else "nothing",
        ]
        for one in rows
    ]
    _table(out, title, head, listed, words=2)


def _table(
    out: Console, title: str, head: Sequence[str], rows: Iterable[Sequence[str]], words: int = 1
) -> None:
    """A table whose first columns are words, the others figures but the last of steps."""
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, title_style="bold")
    for place, name in enumerate(head):
        figure = place >= words and name != "Outcomes"
        table.add_column(name, justify="right" if figure else "left", no_wrap=figure)
    for row in rows:
        table.add_row(*row)
    out.print()
    out.print(table)
