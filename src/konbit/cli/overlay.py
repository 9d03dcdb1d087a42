"""How a run stands, as what is laid over its drawing. Imported by `konbit render --run` alone: it opens the database."""

from konbit.cli.runs_parts import opened, resolve
from konbit.engine.plan import Plan
from konbit.engine.state import ChildFrame, RequestFrame, RunState, WaitFrame, WorkFrame
from konbit.render.live import Live

_AT_WORK = (WorkFrame, RequestFrame, WaitFrame, ChildFrame)


def standing(name: str) -> tuple[Plan, Live]:
    """The plan and the state of the run of that id; UnknownRun if there is none."""
    with opened() as parts:
        run = resolve(parts.store, name)
        _, plan, page = parts.steward.look(run.id)
    return plan, live_of(plan, page.state)


def live_of(plan: Plan, state: RunState) -> Live:
    """What has ended and how, and what is under way and how far it is; parts of a step count as the step."""
    current: dict[str, str] = {}
    for _, frame in sorted(state.live.items()):
        if isinstance(frame, _AT_WORK) and frame.node in plan.nodes:
            # Figures alone: a drawing has one of several languages.
            far = f"{len(frame.replies)}/{len(frame.places)}" if isinstance(frame, RequestFrame) else ""
            current[plan.nodes[frame.node].step + frame.suffix] = far
    done = {
        key: result.outcome
        for key, result in state.done.items()
        if (node := plan.nodes.get(key.partition("[")[0])) is not None and node.id == node.step
    }
    return Live(done, current)
