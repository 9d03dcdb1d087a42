"""Every path of a flowchart, and what they show: what is covered, where nobody is told, what never ends, what does not hold."""

import dataclasses
from collections.abc import Iterable, Iterator

from konbit.definition.codelists import CodeLists
from konbit.definition.parameters import Value
from konbit.engine import values
from konbit.engine.plan import Plan
from konbit.engine.scopes import Charts
from konbit.simulate.coverage import Coverage, Exercised, declared, of_state
from konbit.simulate.paths.choices import SYMMETRIES, Sources
from konbit.simulate.paths.oracle import Oracle, Search, Taken
from konbit.simulate.paths.rehearsal import Rehearsal

AT_MOST = 5000
"""Paths that are tried unless more are asked for."""
MOST_FAULTS = 20
"""Faults that are told of each kind; more are counted."""


@dataclasses.dataclass(frozen=True)
class PathTaken:
    """A path: what on it was not as expected, and how it ended."""

    surprises: tuple[Taken, ...]
    parameters: dict[str, Value]
    outcome: str | None
    exercised: Exercised

    @property
    def words(self) -> str:
        """What was not as expected, in words."""
        return "; ".join(f"{one.where}: {one.words}" for one in self.surprises) or "everything as expected"


@dataclasses.dataclass(frozen=True)
class Fault:
    """Something wrong, with the first path that shows it."""

    kind: str
    """nobody-told, never-ends or invariant."""
    about: str
    """The step after which nobody was told, what it waits for, or the invariant."""
    path: PathTaken
    paths: int
    """How many paths show it."""


@dataclasses.dataclass(frozen=True)
class Rehearsed:
    """What came of the paths of a flowchart."""

    flowchart: str
    paths: int
    left: int
    """Paths known of and not tried; each may lead to more."""
    complete: int
    """All paths with so many surprises or fewer were tried."""
    coverage: Coverage
    outcomes: dict[str, int]
    """How the paths end, `never` for those that do not."""
    faults: tuple[Fault, ...]
    first: dict[tuple[str, str], PathTaken]
    """For each step and outcome the path with the fewest surprises that reaches it."""

    @property
    def exhausted(self) -> bool:
        """True if there is no other path, up to symmetry."""
        return self.left == 0

    @property
    def bounds(self) -> tuple[str, ...]:
        """What was not tried, honestly."""
        if self.exhausted:
            return SYMMETRIES
        tried = f"{self.paths} paths were tried, {self.left} known ones and those behind them were not"
        surprises = (
            f"every path with at most {self.complete} surprise{'' if self.complete == 1 else 's'} is among them"
            if self.complete > 0
            else "not even every path with one surprise is among them"
        )
        return (f"{tried}; {surprises}", *SYMMETRIES)


def rehearse(plan: Plan, codes: CodeLists, charts: Charts | None, at_most: int = AT_MOST) -> Rehearsed:
    """Tries the paths of a flowchart, at most so many."""
    sources = Sources(plan, codes, charts)
    search = Search(at_most)
    everything = declared(plan, charts)
    reached, outcomes, first = Exercised(), dict[str, int](), dict[tuple[str, str], PathTaken]()
    faults: dict[tuple[str, str], Fault] = {}
    latest: list[Rehearsal] = []

    def go(oracle: Oracle) -> None:
        latest[:] = [Rehearsal(sources, oracle)]
        latest[0].run()

    for oracle in search.paths(go):
        run = latest[0]
        seen = of_state(run.state, run.trace)
        path = PathTaken(tuple(oracle.surprises), dict(run.parameters), run.outcome, seen)
        for found in (seen.outcomes & everything.outcomes) - first.keys():
            first[found] = path
        reached |= seen
        outcomes[run.outcome or "never"] = outcomes.get(run.outcome or "never", 0) + 1
        for kind, about in _wrong(run):
            known = faults.get((kind, about))
            faults[kind, about] = (
                dataclasses.replace(known, paths=known.paths + 1) if known else Fault(kind, about, path, 1)
            )
    return Rehearsed(
        flowchart=plan.flowchart,
        paths=search.explored,
        left=search.left,
        complete=search.complete,
        coverage=Coverage(everything, reached & everything),
        outcomes=dict(sorted(outcomes.items())),
        faults=tuple(faults.values()),
        first=first,
    )


def _wrong(run: Rehearsal) -> Iterator[tuple[str, str]]:
    if run.outcome is None:
        yield "never-ends", run.waits or ""
        return
    if run.silence is not None:
        yield "nobody-told", run.silence
    names = values.Names(run.plan, run.state, run.state.done, "", ())
    for name, expression in run.plan.invariants.items():
        given = {used: names.value(used) for used in expression.names}
        if "outcome" in given and "outcome" not in run.plan.parameters and names.result("outcome") is None:
            given["outcome"] = run.outcome
        if expression.evaluate(given) is False:
            yield "invariant", name


def uncovered(rehearsed: Rehearsed, scenarios: Iterable[Exercised]) -> Exercised:
    """What no scenario exercises of that which a path reaches."""
    seen = Exercised()
    for one in scenarios:
        seen |= one
    return rehearsed.coverage.reached - seen
