"""How long the engine takes a step, beside SpiffWorkflow on the same chain.

`make bench` runs this. The figures a step are in `extra_info` of the JSON report.
"""

import time
from collections.abc import Callable

import pytest
from pytest_benchmark.fixture import BenchmarkFixture
from SpiffWorkflow.util.task import TaskState  # type: ignore[import-untyped]  # it has no stubs

from konbit.engine.advance import advance
from konbit.engine.events import Started, WorkDone
from konbit.engine.plan import Plan
from konbit.engine.state import RunState
from tests.differential.both import NOW, plan_of, started
from tests.differential.shapes import Shape

TIMES_FASTER = {10: 2, 100: 10, 400: 10}
"""SpiffWorkflow's cost a step grows with the chart: on a chart of ten steps it is still small."""
DONE = {"people": ["a"]}


def chain(length: int) -> list[Shape]:
    """Steps one after the other."""
    return [Shape("task", f"s{number}") for number in range(length)]


def run_konbit(plan: Plan, events: list[WorkDone]) -> None:
    """A whole run of a chain."""
    state, _ = advance(plan, RunState(), Started(at=NOW, parameters={}, mode="drill"))
    for event in events:
        state, _ = advance(plan, state, event)
    assert state.status == "ended"


def events_of(length: int) -> list[WorkDone]:
    """What happens in a run of a chain."""
    return [WorkDone(at=NOW, work=f"s{number}", output=DONE) for number in range(length)]


def run_spiff(length: int) -> Callable[[], None]:
    """A run of a chain; reading the chart is not counted, as compiling it is not."""
    start = started(chain(length))

    def run() -> None:
        workflow = start()
        while not workflow.is_completed():
            for task in workflow.get_tasks(state=TaskState.READY):
                task.run()

    return run


@pytest.mark.parametrize("length", [10, 100, 400, 10_000])
def test_advance_a_chain(benchmark: BenchmarkFixture, length: int) -> None:
    plan, events = plan_of(chain(length)), events_of(length)
    benchmark.pedantic(run_konbit, args=(plan, events), rounds=5, warmup_rounds=1)
    _a_step(benchmark, length)


@pytest.mark.parametrize("length", [10, 100, 400])
def test_spiffworkflow_on_the_same_chain(benchmark: BenchmarkFixture, length: int) -> None:
    def ready() -> tuple[tuple[Callable[[], None]], dict[str, object]]:
        return (run_spiff(length),), {}

    benchmark.pedantic(lambda run: run(), setup=ready, rounds=3)
    _a_step(benchmark, length)


@pytest.mark.parametrize("length", sorted(TIMES_FASTER))
def test_advance_is_many_times_faster_than_spiffworkflow(length: int) -> None:
    plan, events = plan_of(chain(length)), events_of(length)
    ours = min(_seconds(lambda: run_konbit(plan, events)) for _ in range(5))
    theirs = min(_seconds(run_spiff(length)) for _ in range(3))
    print(f"{length} steps: {ours / length * 1e6:.0f} and {theirs / length * 1e6:.0f} microseconds a step")
    assert theirs > ours * TIMES_FASTER[length]


def test_a_step_costs_the_same_in_a_long_run() -> None:
    costs = {}
    for length in (100, 10_000):
        plan, events = plan_of(chain(length)), events_of(length)
        seconds = min(_seconds(lambda p=plan, e=events: run_konbit(p, e)) for _ in range(5))  # type: ignore[misc]  # bound now
        costs[length] = seconds / length * 1e6
    assert costs[10_000] < costs[100] * 4, costs


def _a_step(benchmark: BenchmarkFixture, length: int) -> None:
    if benchmark.stats is not None:
        benchmark.extra_info["microseconds_a_step"] = benchmark.stats["min"] / length * 1e6


def _seconds(run: Callable[[], None]) -> float:
    # Time of this process alone: what else the machine does is left out.
    began = time.process_time()
    run()
    return time.process_time() - began
