"""Operator commands as Prefect flows: a form with a reason, and one sentence on what became of it as the final state.

The commands themselves are in `konbit.orchestrate.operating`; the flows that Prefect finds are in `flows.operate`.
"""

import dataclasses
import functools
import inspect
from collections.abc import Callable
from typing import Final, ParamSpec

from prefect import Flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from konbit.orchestrate import execute, operating, wiring
from konbit.orchestrate.operating import Operator
from konbit.orchestrate.wiring import Wiring

P = ParamSpec("P")
TAGS: Final = ("konbit", "operator")


@dataclasses.dataclass(frozen=True)
class Desk:
    """What a command works with: the run that is meant, who acts, and the parts of this process."""

    parts: Wiring
    run: str
    who: Operator


def desk(run: str) -> Desk:
    """The desk for a run, named by its id or the beginning of it; the actor is whoever started this flow run."""
    parts = wiring.from_environment()
    found = operating.resolve(parts.store, run)
    return Desk(parts, found.id, Operator(parts.steward, f"prefect:{execute.started_by()}"))


def operation(deed: Callable[P, str]) -> Flow[P, State[None]]:
    """The flow of a command; the sentence that the command gives becomes its state. What does not fit fails with one line."""

    @functools.wraps(deed)
    def body(*args: P.args, **kwargs: P.kwargs) -> State[None]:
        return Completed(name="Done", message=deed(*args, **kwargs))

    # Prefect makes the form of the annotations, which are those of the command.
    body.__annotations__ = {**deed.__annotations__, "return": State}
    return Flow(
        body,
        name=flow_name(deed.__name__),
        description=(inspect.getdoc(deed) or "").partition("\n\nArgs:")[0],
        flow_run_name=f"{deed.__name__.replace('_', '-')} {{run}}",
        retries=0,
        persist_result=False,
    )


def flow_name(command: str) -> str:
    """The name of the flow of a command in Prefect: `operate-add-item`."""
    return f"operate-{command.replace('_', '-')}"


def entrypoint(command: str) -> str:
    """Where Prefect finds it."""
    return f"flows.operate.{command}"
