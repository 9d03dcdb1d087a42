"""What of a flowchart was exercised: its steps, the outcomes of its steps, its branches. Computed from what the journal keeps."""

import dataclasses
from collections.abc import Iterable, Sequence

from konbit.definition.mentions import walk
from konbit.definition.step import Step
from konbit.engine.advance import advance
from konbit.engine.compile import ALARM
from konbit.engine.events import AnyEvent
from konbit.engine.plan import ROOT, ChainNode, ChooseNode, ForEachNode, Plan, RequestNode
from konbit.engine.scopes import Charts, outcomes
from konbit.engine.state import RunState

MACHINE = ("failed", "withdrawn", "abandoned", "undecided", "stood_down", "expired")
"""Outcomes that no person gives: they count as part of a flowchart only where it handles them."""


@dataclasses.dataclass(frozen=True)
class Exercised:
    """Steps, outcomes and branches: of a flowchart all there are, of plays those that occurred."""

    steps: frozenset[str] = frozenset()
    outcomes: frozenset[tuple[str, str]] = frozenset()
    """Step and outcome."""
    branches: frozenset[str] = frozenset()
    """Lists of steps: `decide:no_answer`, `second_person:otherwise`, `stand_down`."""

    def __or__(self, other: "Exercised") -> "Exercised":
        return Exercised(
            self.steps | other.steps, self.outcomes | other.outcomes, self.branches | other.branches
        )

    def __and__(self, other: "Exercised") -> "Exercised":
        return Exercised(
            self.steps & other.steps, self.outcomes & other.outcomes, self.branches & other.branches
        )

    def __sub__(self, other: "Exercised") -> "Exercised":
        return Exercised(
            self.steps - other.steps, self.outcomes - other.outcomes, self.branches - other.branches
        )

    @property
    def size(self) -> int:
        """Steps and outcomes together: what a minimum of coverage is about."""
        return len(self.steps) + len(self.outcomes)


@dataclasses.dataclass(frozen=True)
class Coverage:
    """What of a flowchart was exercised, out of all there is."""

    all: Exercised
    reached: Exercised

    @property
    def missing(self) -> Exercised:
        """What was not."""
        return self.all - self.reached

    @property
    def share(self) -> float:
        """The share of steps and outcomes that were exercised, 1 for all."""
        return (self.all & self.reached).size / self.all.size if self.all.size else 1.0

    def suffices(self, plan: Plan) -> bool:
        """True if the minimum that the flowchart declares is reached; it has none unless it says so."""
        declared = plan.bundle.flowchart.coverage
        return declared is None or self.share * 100 >= int(declared.removesuffix("%")) - 1e-9


def declared(plan: Plan, charts: Charts | None = None) -> Exercised:
    """Everything of a flowchart that can be exercised. `charts` looks up the flowcharts it runs, for how they end."""
    flowchart = plan.bundle.flowchart
    own = {step.id: step for _, step in walk(flowchart) if step.id}
    steps = {node.id for node in plan.nodes.values() if node.id == node.step and node.id != ALARM}
    ends: set[tuple[str, str]] = set()
    never: set[str] = set()
    for name in steps:
        node = plan.nodes[name]
        step = own.get(name)
        possible = _possible(plan, name, step, charts) if step is not None else ()
        if step is not None:
            never |= {f"{name}:{one}" for one in set(outcomes(step, charts)) - set(possible)}
        ends |= {
            (name, outcome) for outcome in possible if outcome not in MACHINE or outcome in node.handlers
        }
    return Exercised(frozenset(steps), frozenset(ends), frozenset(plan.blocks) - {ROOT} - never)


def _possible(plan: Plan, name: str, step: Step, charts: Charts | None) -> Sequence[str]:
    """The outcomes that a step can really have: a report without inputs knows no silence, one without approval no refusal."""
    node = plan.nodes[name]
    found = list(outcomes(step, charts))
    if isinstance(node, ChainNode) and step.report is not None:
        if not isinstance(node.parts[0], RequestNode):
            found.remove("no_answer")
        if step.report.approve is None:
            found.remove("not_approved")
    if isinstance(node, ChooseNode) and node.unknown is not None and node.otherwise is not None:
        found.remove("undecided")
    if isinstance(node, ForEachNode) and "undecided" not in node.handlers:
        found.remove("undecided")
    if step.run is not None and step.within is None:
        found.remove("no_answer")
    if step.run is not None and charts is not None:
        child = charts(step.run.flowchart)
        if child is not None and child.steps[-1].end is not None:
            found.remove("completed")
    return found


def of_state(state: RunState, trace: Iterable[str]) -> Exercised:
    """What a run exercised: its results, and the trace of its turns."""
    blocks = {name for kind, _, name in (line.partition(" ") for line in trace) if kind == "block"}
    started = {name for kind, _, name in (line.partition(" ") for line in trace) if kind == "node"}
    ends = {(key.partition("[")[0], result.outcome) for key, result in state.done.items()}
    return Exercised(
        frozenset(started | {step for step, _ in ends}), frozenset(ends), frozenset(blocks) - {ROOT}
    )


def exercised(plan: Plan, journal: Iterable[AnyEvent]) -> Exercised:
    """What a run exercised, out of its journal."""
    state, trace = RunState(), list[str]()
    for event in journal:
        state, _ = advance(plan, state, event, trace)
    return of_state(state, trace)


def coverage(plan: Plan, journals: Iterable[Iterable[AnyEvent]], charts: Charts | None = None) -> Coverage:
    """What these runs of a flowchart exercised of it."""
    everything = declared(plan, charts)
    reached = Exercised()
    for journal in journals:
        reached |= exercised(plan, journal)
    return Coverage(everything, reached & everything)
