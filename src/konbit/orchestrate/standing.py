"""How a run stands, in words an operator reads: the name and the message of its Prefect state."""

import datetime as dt

from konbit.engine.plan import Plan, WaitNode
from konbit.engine.requests import counts
from konbit.engine.state import ChildFrame, RunState, WaitFrame
from konbit.orchestrate.errand import Standing


def standing_of(plan: Plan, state: RunState, now: dt.datetime) -> Standing:
    """The standing of a run of which only waits are left."""
    if state.status == "ended":
        outcome = state.outcome or "completed"
        return Standing(
            "ended", outcome.replace("_", " ").capitalize(), f"{len(state.done)} steps", outcome=outcome
        )
    if state.paused is not None:
        return Standing("waiting", "Paused", _held(plan, state, now))
    wakes_at = state.next_timer
    if state.requests:
        return Standing("waiting", "Awaiting answers", _answers(plan, state, now), wakes_at)
    children = [frame for frame in state.live.values() if isinstance(frame, ChildFrame)]
    if children:
        names = ", ".join(sorted(frame.flowchart for frame in children))
        return Standing("waiting", "Awaiting child run", names, wakes_at)
    waits = [frame for _, frame in sorted(state.live.items()) if isinstance(frame, WaitFrame)]
    if waits:
        node = plan.nodes[waits[0].node]
        signal = node.signal if isinstance(node, WaitNode) else None
        return Standing("waiting", "Waiting", f"for {signal or 'its time'}{_until(wakes_at)}", wakes_at)
    return Standing("waiting", "Waiting", f"for its next round{_until(wakes_at)}", wakes_at)


def _held(plan: Plan, state: RunState, now: dt.datetime) -> str:
    """`since 14:30 UTC; 2 timers are due; verify: 0 of 1 answered`."""
    assert state.paused is not None
    parts = [f"since {state.paused:%Y-%m-%d %H:%M} UTC"]
    due = sum(1 for at, _ in state.timers.values() if at <= now)
    if due:
        parts.append(f"{due} {'timer is' if due == 1 else 'timers are'} due when it goes on")
    if state.requests:
        parts.append(_answers(plan, state, now).partition(",")[0])
    return "; ".join(parts)


def _answers(plan: Plan, state: RunState, now: dt.datetime) -> str:
    """`12 of 40 answered, next wave 14:30`, for all requests that are open."""
    asked = answered = 0
    for frame in state.requests:
        numbers = counts(frame)
        asked += int(str(numbers["asked"]))
        answered += len(frame.replies)
    times = sorted(
        (at, timer)
        for timer, (at, _) in state.timers.items()
        if at >= now and "#" in timer and not timer.startswith("run#")
    )
    steps = ", ".join(sorted({plan.nodes[frame.node].step for frame in state.requests})[:4])
    text = f"{steps}: {answered} of {asked} answered"
    if times:
        at, timer = times[0]
        what = {"wave": "next wave", "remind": "reminder", "deadline": "deadline"}.get(
            timer.rpartition("#")[2].partition(":")[0], "next"
        )
        text += f", {what} {at:%H:%M} UTC"
    return text


def _until(at: dt.datetime | None) -> str:
    return f", until {at:%Y-%m-%d %H:%M} UTC" if at else ""
