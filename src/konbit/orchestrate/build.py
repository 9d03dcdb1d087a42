"""Flowcharts as Prefect flows: name, run form, version and description come out of the definition.

A flow built from data needs its home said: `flows.response.activation` is handed out by the package `flows.response`,
and that is what deployments name.
"""

import functools
from collections.abc import Callable
from typing import Any, cast

from prefect import Flow
from prefect.client.schemas.objects import State
from prefect.futures import PrefectFuture
from prefect.runtime import flow_run as current
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

from konbit.definition.base import pick
from konbit.definition.flowchart import Flowchart
from konbit.definition.library import Library
from konbit.engine.compile import compile_plan
from konbit.errors import InvalidDefinition
from konbit.orchestrate import execute
from konbit.orchestrate.admission import run_name as run_name_of
from konbit.orchestrate.artifacts import fenced
from konbit.orchestrate.execute import Stewardship, Tasks
from konbit.orchestrate.signature import (
    CONFIRM,
    CONFIRM_HELP,
    CONFIRM_TITLE,
    MODE,
    MODE_HELP,
    MODE_TITLE,
    described,
    dress,
    help_of,
    signature,
    title_of,
)
from konbit.render.mermaid import mermaid

Chart = Callable[[Flowchart], str]
"""Draws a flowchart as Mermaid."""
Stewards = Callable[[], Stewardship]
Body = Callable[..., State[None]]
KonbitFlow = Flow[..., State[None]]
WORKERS = 8
"""Tasks of one attempt that run at the same time."""
VERSION_LENGTH = 16
"""Digits of the digest that name the version of a flow."""


def library() -> Library:
    """The definitions of this installation."""
    from konbit.orchestrate import wiring  # noqa: PLC0415 - flows can be built from another library

    return wiring.from_environment().library


def flow(
    phase: str,
    name: str,
    tasks: Tasks,
    definitions: Library | None = None,
    chart: Chart | None = None,
    steward: Stewards = execute.stewardship,
) -> KonbitFlow:
    """The flow of a flowchart; `name` is its attribute in `flows.<phase>`. AttributeError if there is none.

    AttributeError, because a package hands the flows out as its attributes. `steward` is asked in each attempt.
    """
    definitions = definitions or library()
    flowchart = definitions.flowcharts.get(flowchart_id(phase, name))
    if flowchart is None or name != attribute(flowchart.name):
        known = ", ".join(names(phase, definitions)) or "none"
        raise AttributeError(f"there is no flowchart '{name}' in flows.{phase}; there are: {known}")

    def body(**_parameters: object) -> State[None]:
        return execute.run(flowchart.flowchart, tasks, steward)

    return _built(body, flowchart, definitions, chart or drawn(definitions))


def names(phase: str, definitions: Library | None = None) -> list[str]:
    """The attributes that `flows.<phase>` has: one for each flowchart of the phase."""
    flowcharts = (definitions or library()).flowcharts.values()
    return sorted(attribute(flowchart.name) for flowchart in flowcharts if flowchart.phase == phase)


def attribute(name: str) -> str:
    """The name of a flowchart as a Python attribute: `calldown-drill` is `calldown_drill`."""
    return name.replace("-", "_")


def flowchart_id(phase: str, name: str) -> str:
    """The id of the flowchart behind an attribute."""
    return f"{phase}/{name.replace('_', '-')}"


def flow_name(flowchart: Flowchart) -> str:
    """The name of the flow in Prefect, which allows no slash: `response-activation`."""
    return flowchart.flowchart.replace("/", "-")


def entrypoint(flowchart: Flowchart) -> str:
    """Where Prefect finds the flow: `flows.response.activation`."""
    return f"flows.{flowchart.phase}.{attribute(flowchart.name)}"


def drawn(definitions: Library) -> Chart:
    """Draws the flowcharts of a library; a flowchart with errors, which cannot be drawn, gives an empty text."""

    def draw(flowchart: Flowchart) -> str:
        try:
            return mermaid(compile_plan(definitions.bundle(flowchart.flowchart), definitions.flowcharts.get))
        except InvalidDefinition:
            return ""

    return draw


def description(flowchart: Flowchart, chart: Chart | None = None) -> str:
    """What the page of the deployment says, in Markdown: the summary, and the chart if it can be drawn."""
    title = f"**{pick(flowchart.title)}**"
    parts = [
        title,
        pick(flowchart.summary) if flowchart.summary else "",
        fenced(picture) if chart and (picture := chart(flowchart)) else "",
    ]
    return "\n\n".join(part.strip() for part in parts if part.strip()) + "\n"


def _built(body: Body, flowchart: Flowchart, definitions: Library, chart: Chart) -> KonbitFlow:
    body.__name__ = body.__qualname__ = attribute(flowchart.name)
    body.__module__ = f"flows.{flowchart.phase}"
    codes = definitions.codes
    doc = f"{pick(flowchart.title)}.\n\n{described(flowchart.parameters, codes, _confirm(flowchart))}\n"
    dress(body, signature(flowchart.parameters, codes), doc)
    runner = cast("TaskRunner[PrefectFuture[Any]]", ThreadPoolTaskRunner(max_workers=WORKERS))
    made: KonbitFlow = Flow(
        body,
        name=flow_name(flowchart),
        version=definitions.bundle(flowchart.flowchart).digest[:VERSION_LENGTH],
        description=description(flowchart, chart),
        flow_run_name=functools.partial(run_name, flowchart.name),
        task_runner=runner,
        retries=0,
        # A run keeps the plan it began with: what its parameters must be today is no longer its concern.
        # Those of a new run are checked by the server's schema and when the run begins.
        validate_parameters=False,
        persist_result=False,
    )
    _label(made, flowchart, definitions)
    return made


def _label(made: KonbitFlow, flowchart: Flowchart, definitions: Library) -> None:
    """Puts the titles into the run form; Prefect would show the bare names."""
    for name, parameter in flowchart.parameters.items():
        field = made.parameters.properties[name]
        field["title"] = title_of(name, parameter)
        field["description"] = help_of(parameter, definitions.codes)
    made.parameters.properties[MODE] |= {"title": MODE_TITLE, "description": MODE_HELP}
    made.parameters.properties[CONFIRM] |= {"title": CONFIRM_TITLE, "description": _confirm(flowchart)}


def _confirm(flowchart: Flowchart) -> str:
    """What stands under the field for the name of an actual run, with a name such as it has."""
    kinds = {parameter.type for name, parameter in flowchart.parameters.items() if name == "country"}
    return CONFIRM_HELP.format(name=run_name_of(flowchart.flowchart, {"country": "HTI"} if kinds else {}))


def run_name(name: str) -> str:
    """What a run is called in Prefect: `activation HTI EQ drill`."""
    given = current.get_parameters()
    telling = [given.get(part) for part in ("country", "hazard")]
    return " ".join([name, *(str(part) for part in telling if part), str(given.get(MODE) or "drill")])
