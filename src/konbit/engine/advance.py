"""`advance(plan, state, event) -> (state, effects)`: the one function that production, the simulator and the tests share.

It is pure and total: any event in any state gives a state; what does not fit (a timer cancelled meanwhile, an answer to a
closed request, work already done) changes nothing but what the journal keeps.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from konbit.engine import acknowledging, commands, control, guards, pausing, requests, ways, work
from konbit.engine.duties import Roster
from konbit.engine.effects import Effect
from konbit.engine.events import (
    Answered,
    AnyEvent,
    ChildEnded,
    Event,
    Extended,
    ItemAdded,
    Migrated,
    OutcomeForced,
    Paused,
    Reassigned,
    Redone,
    Resumed,
    Seen,
    Signalled,
    Started,
    StoodDown,
    TimerFired,
    Unreachable,
    WorkDone,
    WorkFailed,
)
from konbit.engine.plan import (
    ROOT,
    STAND_DOWN,
    ChainNode,
    ChildNode,
    ChooseNode,
    EndNode,
    FirstOfNode,
    ForEachNode,
    GotoNode,
    LanesNode,
    Plan,
    RepeatNode,
    RequestNode,
    StopNode,
    TableNode,
    UseNode,
    WaitNode,
    WorkNode,
)
from konbit.engine.state import (
    BlockFrame,
    ChainFrame,
    ChildFrame,
    HandlerFrame,
    JoinFrame,
    RepeatFrame,
    RequestFrame,
    RunState,
    WaitFrame,
    WorkFrame,
)
from konbit.engine.stopping import stop_all, stop_left
from konbit.engine.turn import Kinds, Turn, block_left, handler_left

EXPIRES = "run#expires"
"""The timer that ends a run everybody forgot."""

KINDS = Kinds(
    starters={
        RequestNode: requests.start,
        WorkNode: work.start,
        ChainNode: control.chain,
        ChooseNode: control.choose,
        LanesNode: control.lanes,
        ForEachNode: control.for_each,
        RepeatNode: control.repeat,
        WaitNode: control.wait,
        ChildNode: control.child,
        EndNode: control.end,
        TableNode: ways.table,
        UseNode: ways.use,
        FirstOfNode: ways.first_of,
        StopNode: ways.stop,
        GotoNode: ways.goto,
    },
    leavers={
        BlockFrame: block_left,
        HandlerFrame: handler_left,
        ChainFrame: control.chain_left,
        JoinFrame: control.join_left,
        RepeatFrame: control.repeat_left,
    },
    guard=guards.guard,
    look=guards.look,
)


def advance(
    plan: Plan, state: RunState, event: AnyEvent, trace: list[str] | None = None
) -> tuple[RunState, tuple[Effect, ...]]:
    """What the run is after the event, and what it asks of the world. `trace` takes the ids of the blocks and nodes started."""
    if state.status == "ended":
        return state, ()
    turn = Turn(plan, state, event.at, KINDS, trace)
    HAPPENINGS[type(event)](turn, event)
    return turn.run()


def fold(plan: Plan, events: Iterable[AnyEvent]) -> RunState:
    """The state after all these events."""
    state = RunState()
    for event in events:
        state, _ = advance(plan, state, event)
    return state


def _started(turn: Turn, event: Started) -> None:
    if turn.state.status != "new":
        return
    turn.change(mode=event.mode, parameters=event.parameters, marks=turn.state.marks.update(event.marks))
    if turn.plan.expires is not None:
        turn.set_timer(EXPIRES, event.at + turn.plan.expires[0], ROOT)
    turn.start_root(ROOT, "active")


def _work_done(turn: Turn, event: WorkDone) -> None:
    frame = turn.frame(event.work, WorkFrame)
    node = turn.plan.nodes[frame.node] if frame is not None else None
    if frame is None or node is None:
        return
    try:
        if isinstance(node, RequestNode):
            requests.opened(turn, node, frame, Roster.model_validate(event.output))
        elif isinstance(node, WorkNode):
            work.done(turn, node, frame, event.output)
    except ValidationError:
        work.failed(turn, node, frame, "what it gave cannot be read")


def _answered(turn: Turn, event: Answered) -> None:
    frame = turn.frame(event.request, RequestFrame)
    if frame is not None and event.person in frame.places:
        requests.answered(turn, frame, event)
    else:
        turn.change(late=turn.state.late + 1)


def _timer_fired(turn: Turn, event: TimerFired) -> None:
    if event.timer not in turn.timers or turn.state.paused is not None:
        return
    _, key = turn.timers[event.timer]
    turn.timers = turn.timers.delete(event.timer)
    if event.timer == EXPIRES:
        _stand_down(turn, turn.plan.expires[1] if turn.plan.expires else "expired", "expired")
        return
    name, _, number = event.timer.rpartition("#")[2].partition(":")
    if name == "lease":
        guards.lease_over(turn, key)
        return
    match turn.live.get(key), name:
        case RequestFrame() as frame, "wave":
            requests.wave_due(turn, frame, int(number))
        case RequestFrame() as frame, "remind":
            requests.remind(turn, frame, int(number))
        case RequestFrame() as frame, "nudge":
            acknowledging.nudge(turn, frame, number)
        case RequestFrame() as frame, "lapse":
            requests.lapsed(turn, frame, number)
        case RequestFrame() as frame, "deadline":
            requests.deadline(turn, frame)
        case WaitFrame(), "way":
            ways.take_way(turn, key, int(number))
        case WaitFrame() as frame, _:
            control.wait_over(turn, frame, "over")
        case ChildFrame() as frame, _:
            control.child_late(turn, frame)
        case RepeatFrame(), _:
            control.next_round(turn, key)


def _signalled(turn: Turn, event: Signalled) -> None:
    taken = False
    for key, frame in sorted(turn.live.items()):
        if not isinstance(frame, WaitFrame):
            continue
        node = turn.plan.nodes[frame.node]
        if frame.signal == event.name:
            control.wait_over(turn, frame, "signalled")
            taken = True
        elif isinstance(node, FirstOfNode):
            number = next((index for index, way in enumerate(node.ways) if way[0] == event.name), None)
            if number is not None:
                ways.take_way(turn, key, number)
                taken = True
    if not taken:
        turn.change(signals=turn.state.signals.set(event.name, event.at))


def _stand_down(turn: Turn, outcome: str, reason: str) -> None:
    # A run at its end may still have lanes that run out; they can be withdrawn, and only alarms are left alone.
    alarms_only = all(isinstance(one, WorkFrame) and one.duty == "alarm" for one in turn.live.values())
    if turn.state.status == "standing_down" or (turn.state.status == "ending" and alarms_only):
        return
    stop_all(turn, reason)
    turn.change(outcome=outcome, paused=None)
    turn.start_root(STAND_DOWN, "standing_down")


def _work_failed(turn: Turn, event: WorkFailed) -> None:
    frame = turn.frame(event.work, WorkFrame)
    if frame is not None:
        work.failed(turn, turn.plan.nodes[frame.node], frame, event.reason)


def _unreachable(turn: Turn, event: Unreachable) -> None:
    frame = turn.frame(event.request, RequestFrame)
    if frame is not None:
        requests.unreachable(turn, frame, event.person)


def _seen(turn: Turn, event: Seen) -> None:
    frame = turn.frame(event.request, RequestFrame)
    if frame is not None:
        acknowledging.seen(turn, frame, event)


def _child_ended(turn: Turn, event: ChildEnded) -> None:
    frame = turn.frame(event.child, ChildFrame)
    if frame is not None:
        control.child_ended(turn, frame, event.outcome, dict(event.results))


def _stood_down(turn: Turn, event: StoodDown) -> None:
    # Whoever stands a run down means all of it; when it ends by itself, what was started and left goes on.
    stop_left(turn, event.reason or "stood down")
    _stand_down(turn, "stood_down", event.reason or "stood down")


def _migrated(turn: Turn, event: Migrated) -> None:
    """Nothing by itself: `konbit.engine.migration.move` knows both plans."""


HAPPENINGS: Mapping[type[Event], Callable[[Turn, Any], None]] = {
    Started: _started,
    WorkDone: _work_done,
    WorkFailed: _work_failed,
    Answered: _answered,
    Seen: _seen,
    Unreachable: _unreachable,
    TimerFired: _timer_fired,
    Signalled: _signalled,
    ChildEnded: _child_ended,
    StoodDown: _stood_down,
    ItemAdded: commands.add_item,
    OutcomeForced: commands.force_outcome,
    Redone: commands.redo,
    Extended: commands.extend,
    Reassigned: commands.reassign,
    Paused: pausing.pause,
    Resumed: pausing.resume,
    Migrated: _migrated,
}
"""What each kind of event does to a run."""
