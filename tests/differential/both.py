"""Runs a chart in both engines and counts which step was done how often."""

import collections
import datetime as dt
from collections.abc import Callable, Sequence

from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState

from konbit.definition.bundle import Bundle
from konbit.definition.flowchart import Flowchart
from konbit.engine.advance import advance
from konbit.engine.compile import compile_plan
from konbit.engine.events import Started, WorkDone
from konbit.engine.plan import Plan
from konbit.engine.state import RunState
from konbit.render.bpmn import bpmn, process_id
from tests.differential.shapes import SIZE, Shape, steps_of

NOW = dt.datetime(2021, 8, 14, 13, tzinfo=dt.UTC)
MOST_STEPS = 20_000
CHART = "response/random"
DATA = {"size": SIZE, "true": True, "false": False}
"""What expressions look at: SpiffWorkflow reads them as Python, which spells truth otherwise."""


def plan_of(shapes: Sequence[Shape]) -> Plan:
    """The plan of the chart."""
    flowchart = Flowchart.model_validate(
        {
            "flowchart": CHART,
            "title": "Random",
            "version": 1,
            "owner": "chair",
            "parameters": {"size": {"type": "number"}},
            "steps": steps_of(shapes),
        }
    )
    return compile_plan(Bundle(flowchart=flowchart, forms={}, messages={}, roles={}))


def in_konbit(shapes: Sequence[Shape]) -> collections.Counter[str]:
    """How often each step was done here."""
    plan = plan_of(shapes)
    state, _ = advance(plan, RunState(), Started(at=NOW, parameters={"size": SIZE}, mode="drill"))
    done: collections.Counter[str] = collections.Counter()
    while state.status != "ended":
        work = state.work[0]
        done[work.node] += 1
        assert done.total() < MOST_STEPS
        state, _ = advance(plan, state, WorkDone(at=NOW, work=work.key, output={"people": ["a"]}))
    return done


def started(shapes: Sequence[Shape]) -> Callable[[], BpmnWorkflow]:
    """Starts a run of the chart, exported as `konbit render --format bpmn` does, in SpiffWorkflow; it is read once."""
    parser = BpmnParser()
    parser.add_bpmn_str(bpmn(plan_of(shapes), quoted=True).xml.encode(), filename="chart.bpmn")
    spec, inner = parser.get_spec(process_id(CHART)), parser.get_subprocess_specs(process_id(CHART))

    def start() -> BpmnWorkflow:
        workflow = BpmnWorkflow(spec, inner)
        for task in workflow.get_tasks():
            task.data.update(DATA)
        return workflow

    return start


def in_spiff(shapes: Sequence[Shape]) -> collections.Counter[str]:
    """How often each step was done there."""
    workflow = started(shapes)()
    done: collections.Counter[str] = collections.Counter()
    names = {shape.name for shape in _flat(shapes) if shape.kind == "task"}
    while not workflow.is_completed():
        ready = workflow.get_tasks(state=TaskState.READY)
        assert ready, "SpiffWorkflow has nothing to do and has not ended"
        for task in ready:
            if task.state == TaskState.READY:
                task.run()
                done[task.task_spec.name] += task.task_spec.name in names
    return +done


def _flat(shapes: Sequence[Shape]) -> list[Shape]:
    return [
        one for shape in shapes for one in (shape, *(_flat([x for block in shape.blocks for x in block])))
    ]
