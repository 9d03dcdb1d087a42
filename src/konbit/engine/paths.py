"""Whether a step can still run: a wait for it that could never end is a deadlock."""

from konbit.engine.plan import ForEachNode, RepeatNode
from konbit.engine.state import AnyFrame, BlockFrame, HandlerFrame, WaitFrame
from konbit.engine.turn import Turn


def ended_or_dead(turn: Turn, step: str, suffix: str) -> bool:
    """True if the step has ended, or no path leads to it any more (dead-path elimination).

    It is looked for in the innermost loop item or fragment around the one who asks that has it.
    """
    around = suffix
    while True:
        key = f"{step}{around}"
        if key in turn.live or f"{key}?" in turn.live:
            return False
        if key in turn.done:
            return True
        ahead = _ahead(turn, step, around)
        if ahead is not None:
            return not ahead
        if not around:
            return True
        around = around[: around.rindex("[")]


def _ahead(turn: Turn, node: str, suffix: str) -> bool | None:
    """Walks outwards: the first block on the way that is under way decides whether the step is still ahead of it.

    None if nothing there is under way or has been.
    """
    while node in turn.plan.positions:
        block, index = turn.plan.positions[node]
        frame = turn.frame(f"{block}{suffix}", BlockFrame)
        if frame is not None:
            return frame.index <= index
        owner = turn.plan.owners.get(block)
        if owner is None:
            return None
        under_way = turn.live.get(f"{owner}{suffix}")
        if under_way is not None:
            return _may_still_start(turn, under_way, block)
        if f"{owner}{suffix}" in turn.done:
            return False
        node = owner
    return None


def _may_still_start(turn: Turn, owner: AnyFrame, block: str) -> bool:
    """Whether a block that is not under way may still be started by the step it is in."""
    if isinstance(owner, HandlerFrame):
        return False
    node = turn.plan.nodes[owner.node]
    undecided = isinstance(owner, WaitFrame) or block in node.handlers.values()
    # The items and rounds of a loop have keys of their own. Elsewhere another branch was taken, or the lane has ended.
    return undecided or isinstance(node, ForEachNode | RepeatNode)
