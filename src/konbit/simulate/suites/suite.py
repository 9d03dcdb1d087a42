"""The tests of a folder of definitions: every scenario played, every expectation looked at, coverage counted by flowchart."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from konbit.definition.codelists import CodeLists
from konbit.definition.library import Library
from konbit.domain.directory import Directory
from konbit.engine.events import AnyEvent
from konbit.errors import KonbitError
from konbit.simulate.coverage import Coverage, Exercised, coverage
from konbit.simulate.expectations import Check
from konbit.simulate.scenario import Scenario
from konbit.simulate.simulator import simulate
from konbit.simulate.stage import Plans

Verdict = Literal["passed", "failed", "error"]


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What came of one scenario."""

    name: str
    file: str
    flowchart: str
    """Empty if the file does not say."""
    checks: tuple[Check, ...] = ()
    ended: str | None = None
    """The outcome of the run; None if it did not end."""
    journals: tuple[tuple[str, tuple[AnyEvent, ...]], ...] = ()
    """The flowchart and the events of each run that took part."""
    problem: str = ""
    """Why it could not be played."""
    seconds: float = 0.0

    @property
    def unmet(self) -> list[Check]:
        """The expectations that are not met."""
        return [one for one in self.checks if not one.met]

    @property
    def verdict(self) -> Verdict:
        """A scenario that expects nothing proves nothing, but does not fail."""
        return "error" if self.problem else "failed" if self.unmet else "passed"


@dataclasses.dataclass(frozen=True)
class ChartResult:
    """One flowchart: the scenarios that are about it, and what all scenarios reached of it."""

    flowchart: str
    scenarios: tuple[Outcome, ...]
    covered: Coverage | None
    """None if the flowchart has errors."""
    minimum: int | None
    """In percent; None if nothing is asked for."""
    problem: str = ""

    @property
    def enough(self) -> bool:
        """True if the minimum is reached."""
        if self.minimum is None:
            return True
        return self.covered is not None and self.covered.share * 100 >= self.minimum - 1e-9

    @property
    def ok(self) -> bool:
        """True if every scenario passed and coverage is enough."""
        return self.enough and not self.problem and all(one.verdict == "passed" for one in self.scenarios)

    @property
    def uncovered(self) -> list[str]:
        """What no scenario reached, as `step` or `step: outcome`; of a step that was not reached its outcomes are not listed."""
        if self.covered is None:
            return []
        missing = self.covered.missing
        ends = sorted(f"{step}: {end}" for step, end in missing.outcomes if step not in missing.steps)
        return [*sorted(missing.steps), *ends]


@dataclasses.dataclass(frozen=True)
class SuiteResult:
    """Everything that was tested."""

    charts: tuple[ChartResult, ...]
    strays: tuple[Outcome, ...]
    """Files that name no flowchart of the folder."""

    @property
    def ok(self) -> bool:
        """True if nothing failed."""
        return all(one.ok for one in self.charts) and not self.strays

    @property
    def scenarios(self) -> list[Outcome]:
        """All of them."""
        return [one for chart in self.charts for one in chart.scenarios] + list(self.strays)


def examine(scenario: Scenario, file: str, directory: Directory, plans: Plans, codes: CodeLists) -> Outcome:
    """Plays one scenario."""
    try:
        played = simulate(scenario, directory, plans, codes, record=False)
    except KonbitError as error:
        return Outcome(scenario.scenario, file, scenario.flowchart, problem=str(error))
    return Outcome(
        scenario.scenario,
        file,
        scenario.flowchart,
        checks=played.checks,
        ended=played.outcome,
        journals=tuple((run.plan.flowchart, tuple(run.journal)) for run in played.runs),
    )


def timed(outcome: Outcome, seconds: float) -> Outcome:
    """The same, with the time it took."""
    return dataclasses.replace(outcome, seconds=seconds)


def gather(
    outcomes: Sequence[Outcome],
    flowcharts: Iterable[str],
    library: Library,
    plans: Plans,
    minimum: int | None,
    broken: Mapping[str, str],
) -> SuiteResult:
    """The results by flowchart. `minimum` is for those that declare none; `broken` says which have errors, and one of them."""
    charts = []
    known = sorted(flowcharts)
    for id in known:
        own = tuple(one for one in outcomes if one.flowchart == id)
        if id in broken:
            charts.append(ChartResult(id, own, None, None, broken[id]))
            continue
        journals = [events for one in outcomes for flowchart, events in one.journals if flowchart == id]
        plan = plans(id)
        declared = plan.bundle.flowchart.coverage
        least = int(declared.removesuffix("%")) if declared is not None else minimum
        charts.append(ChartResult(id, own, coverage(plan, journals, library.flowcharts.get), least))
    strays = tuple(one for one in outcomes if one.flowchart not in known)
    return SuiteResult(tuple(charts), strays)


def counted(reached: Exercised, everything: Exercised) -> tuple[str, str]:
    """Steps and outcomes as `12/14`."""
    both = reached & everything
    return (
        f"{len(both.steps)}/{len(everything.steps)}",
        f"{len(both.outcomes)}/{len(everything.outcomes)}",
    )
