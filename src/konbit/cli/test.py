"""`konbit test`: every scenario of a folder of definitions, for the CI of an organization that has only YAML."""

import functools
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from konbit.check.refusal import sound
from konbit.cli import scenarios, terminal
from konbit.cli.definitions import definitions_option, read_library
from konbit.definition.library import Library, bundled
from konbit.domain.directory import Directory
from konbit.errors import KonbitError, UserError
from konbit.simulate.references import check_scenario
from konbit.simulate.scenario import read_scenario
from konbit.simulate.simulator import plans_of
from konbit.simulate.suites import suite
from konbit.simulate.suites.junit import junit
from konbit.simulate.suites.suite import ChartResult, Outcome, SuiteResult

MOST_UNCOVERED = 24
"""Uncovered items named in the terminal; `--all` names every one."""


@click.command()
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@click.option(
    "--junit", "target", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="Write the results as JUnit XML too.",
)  # fmt: skip
@click.option(
    "--minimum", type=click.IntRange(0, 100), metavar="PERCENT",
    help="How much of its steps and outcomes the scenarios must reach of a flowchart that does not say so itself.",
)  # fmt: skip
@click.option("--all", "everything", is_flag=True, help="Name everything that is not covered.")
@definitions_option
def test(
    folder: Path | None,
    target: Path | None,
    minimum: int | None,
    folders: tuple[Path, ...],
    *,
    everything: bool,
) -> None:
    """Play every scenario of a folder of definitions, for a CI.

    It is said whether what they expect has come of it, and what of each flowchart no scenario reaches. DIR holds flowcharts,
    and scenarios in `scenarios/`; without it those that come with Konbit are tested. It is read beside the folders given with
    --definitions, if any. No database and no Prefect are needed.

    Exit code 0 if every expectation is met and coverage is as every flowchart declares it (`coverage: 100%`), 1 if not.

    \b
    konbit test definitions/ --junit results.xml --minimum 100
    """  # noqa: D301 - \b is how click is told to keep lines
    place = folder or (Path(folders[-1]) if folders else bundled())
    if not place.is_dir():
        raise UserError(f"there is no folder {place}")
    others = [one for one in folders if str(one) and one.resolve() != place.resolve()]
    bench = Bench(place, [*others, place])
    files = sorted(place.glob("scenarios/*.y*ml"))
    if not files:
        raise UserError(f"there are no scenarios in {place / 'scenarios'}")
    result = bench.result([bench.play(file) for file in files], minimum)
    if target is not None:
        target.write_bytes(junit(result))
    report(terminal.console(), result, everything=everything)
    if not result.ok:
        click.get_current_context().exit(1)


class Bench:
    """What scenarios are played with."""

    def __init__(self, place: Path, folders: Sequence[Path]) -> None:
        self.place = place
        self.folders = folders
        self.library: Library = read_library(folders)
        self.plans = plans_of(self.library)
        self.fault = functools.cache(self._fault)

    def play(self, file: Path) -> Outcome:
        """One scenario; whatever is wrong with it is in the result."""
        began = time.perf_counter()
        content = file.read_bytes()
        scenario, problems = read_scenario(content, str(file))
        if scenario is None:
            return Outcome(
                file.stem, str(file), "", problem="\n".join(problem.text() for problem in problems)
            )
        unsound = self.fault(scenario.flowchart)
        try:
            if unsound:
                raise UserError(unsound)
            directory = scenarios.directory_of(scenario, self.folders, self.library)
        except KonbitError as error:
            return Outcome(scenario.scenario, str(file), scenario.flowchart, problem=str(error))
        known = {scenario.directory: directory} if scenario.directory else {}
        _, problems = check_scenario(content, str(file), self.library, known)
        if problems:
            words = "\n".join(problem.text() for problem in problems)
            return Outcome(scenario.scenario, str(file), scenario.flowchart, problem=words)
        found = suite.examine(scenario, str(file), directory or Directory(), self.plans, self.library.codes)
        return suite.timed(found, time.perf_counter() - began)

    def result(self, outcomes: Sequence[Outcome], minimum: int | None) -> SuiteResult:
        """The results by flowchart, of those in the folder."""
        root = self.place.resolve()
        own = [
            name
            for (kind, name), file in self.library.files.items()
            if kind == "flowchart" and Path(file).resolve().is_relative_to(root)
        ]
        named = {one.flowchart for one in outcomes if one.flowchart in self.library.flowcharts}
        broken = {id: fault for id in {*own, *named} if (fault := self.fault(id))}
        return suite.gather(outcomes, {*own, *named}, self.library, self.plans, minimum, broken)

    def _fault(self, id: str) -> str:
        """Why a flowchart cannot be played; empty if it can."""
        try:
            sound(self.library, id)
        except KonbitError as error:
            return str(error)
        return ""


def report(console: Console, result: SuiteResult, *, everything: bool) -> None:
    """Prints a line for each flowchart, and what is wrong below."""
    table = Table(box=None, pad_edge=False)
    table.add_column("flowchart")
    for head in ("scenarios", "expectations", "steps", "outcomes", "coverage"):
        table.add_column(head, justify="right")
    table.add_column("")
    for chart in result.charts:
        table.add_row(*_row(chart))
    console.print(table)
    for line in _faults(result):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    for chart in result.charts:
        missing = chart.uncovered
        if missing:
            shown = missing if everything else missing[:MOST_UNCOVERED]
            left = len(missing) - len(shown)
            more = f" and {left} more (--all names them)" if left else ""
            line = f"{chart.flowchart} not covered: {', '.join(shown)}{more}"
            console.print(line, markup=False, highlight=False, soft_wrap=True)
    good = sum(1 for one in result.scenarios if one.verdict == "passed")
    console.print(f"{good} of {len(result.scenarios)} scenarios passed", highlight=False)


def _row(chart: ChartResult) -> tuple[str, ...]:
    checks = [check for one in chart.scenarios for check in one.checks]
    passed = sum(1 for one in chart.scenarios if one.verdict == "passed")
    steps, outcomes, share = "", "", ""
    if chart.covered is not None:
        steps, outcomes = suite.counted(chart.covered.reached, chart.covered.all)
        share = f"{chart.covered.share * 100:.0f} %"
    word = (
        "errors"
        if chart.problem
        else f"below {chart.minimum} %"
        if not chart.enough
        else "ok"
        if chart.ok
        else "FAILED"
    )
    return (
        chart.flowchart,
        f"{passed}/{len(chart.scenarios)}",
        f"{sum(1 for check in checks if check.met)}/{len(checks)}",
        steps,
        outcomes,
        share,
        word,
    )


def _faults(result: SuiteResult) -> Iterator[str]:
    for chart in result.charts:
        if chart.problem:
            yield f"ERROR {chart.flowchart}: {chart.problem}"
    for one in result.scenarios:
        if one.problem:
            yield f"ERROR {one.name} ({one.file}): {one.problem}"
        for check in one.unmet:
            yield f"NOT MET {one.name}: {check.expected} (found: {check.found})"
