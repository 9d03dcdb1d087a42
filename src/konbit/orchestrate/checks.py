"""Whether a command fits a run as it stands: looked at before anything is stored. Pure: a plan and a state go in."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping

from konbit.definition.codelists import CodeLists
from konbit.definition.mentions import walk
from konbit.definition.problems import did_you_mean
from konbit.engine import commands
from konbit.engine.compile import compile_bundle
from konbit.engine.plan import FirstOfNode, ForEachNode, Node, Plan, RepeatNode, UseNode, WaitNode
from konbit.engine.scopes import GUARDED, Charts, outcomes
from konbit.engine.state import BlockFrame, HandlerFrame, JoinFrame, RequestFrame, RunState
from konbit.errors import UserError

SHOWN = 12
"""More names than this help nobody."""


class InvalidCommand(UserError):
    """The command does not fit the run as it stands; nothing was changed."""


def step_node(plan: Plan, step: str) -> Node:
    """The step that a key such as `link` or `link[WSH]` names; InvalidCommand with the one that was meant."""
    steps = {
        node.id: node for node in plan.nodes.values() if node.id == node.step and node.id in plan.positions
    }
    base = step.partition("[")[0]
    if base not in steps:
        raise InvalidCommand(_unknown("step", base, steps))
    return steps[base]


def may_end(plan: Plan, state: RunState, step: str) -> str:
    """What ending a step by hand means now: `now` or `ahead`. InvalidCommand if it has ended or names no execution."""
    node = step_node(plan, step)
    frame = state.live.get(step) or state.live.get(f"{step}?")
    if frame is not None and not isinstance(frame, HandlerFrame | BlockFrame):
        return "now"
    if step in state.done:
        raise InvalidCommand(f"'{step}' has ended: {state.done[step].outcome}; `redo` does it again")
    inside = _inside_loops(plan, node.id)
    if step.count("[") != inside:
        there = _executions(state, node.id)
        known = f"; there are: {_listed(there)}" if there else ""
        if inside:
            raise InvalidCommand(
                f"'{node.id}' runs once for each item: name one, such as {node.id}[...]{known}"
            )
        raise InvalidCommand(f"'{node.id}' is in no loop: name it without an item")
    return "ahead"


def outcome_of(plan: Plan, step: str, outcome: str, charts: Charts) -> None:
    """InvalidCommand unless the step can end so."""
    node = step_node(plan, step)
    compiled = compile_bundle(plan.bundle, charts)
    by_id = {compiled.ids[path]: one for path, one in walk(plan.bundle.flowchart) if path in compiled.ids}
    found = by_id.get(node.id)
    allowed = tuple(dict.fromkeys((*(outcomes(found, charts) if found else ()), *GUARDED)))
    if outcome not in allowed:
        near = did_you_mean(outcome, allowed)
        meant = f"; did you mean '{near}'?" if near else f"; it can end: {', '.join(allowed)}"
        raise InvalidCommand(f"'{node.id}' cannot end '{outcome}'{meant}")


def may_redo(plan: Plan, state: RunState, step: str) -> None:
    """InvalidCommand unless the list that the step is in is under way and has come to it."""
    step_node(plan, step)
    block = commands.list_of(plan, state.live, step)
    if block is None:
        raise InvalidCommand(
            f"'{step}' cannot be done again: the list of steps that it is in is not under way"
        )
    if block.index < plan.positions[step.partition("[")[0]][1]:
        raise InvalidCommand(f"'{step}' has not been reached yet")


def open_request(plan: Plan, state: RunState, step: str) -> RequestFrame:
    """The open request of a step; InvalidCommand if there is none, or more than one."""
    names = {frame.key: plan.nodes[frame.node].step + frame.suffix for frame in state.requests}
    found = [frame for frame in state.requests if step in (frame.key, names[frame.key])]
    if not found:
        there = list(dict.fromkeys(names.values()))
        near = did_you_mean(step, there)
        meant = f"did you mean '{near}'?" if near else f"open are: {_listed(there)}"
        raise InvalidCommand(f"no open request belongs to step '{step}'; {meant}")
    if len(found) > 1:
        raise InvalidCommand(f"'{step}' has several open requests: {', '.join(one.key for one in found)}")
    return found[0]


def later(closes_at: dt.datetime, now: dt.datetime) -> None:
    """InvalidCommand for a deadline that is over already."""
    if closes_at <= now:
        raise InvalidCommand(
            f"the deadline {closes_at:%Y-%m-%d %H:%M} UTC is over: it is {now:%Y-%m-%d %H:%M} UTC"
        )


def was_asked(frame: RequestFrame, person: str) -> None:
    """InvalidCommand unless the person was asked and has not answered."""
    if person not in frame.places:
        raise InvalidCommand(_unknown("person asked", person, frame.places))
    if person in frame.replies:
        raise InvalidCommand(f"'{person}' has answered '{frame.key}' already: {frame.replies[person]}")


def may_add(plan: Plan, state: RunState, step: str, item: str, codes: CodeLists) -> None:
    """InvalidCommand unless the step is a loop that is under way and the item is new to it."""
    node = step_node(plan, step)
    if not isinstance(node, ForEachNode):
        raise InvalidCommand(f"'{node.id}' takes no items: it is no for_each")
    frame = state.live.get(step)
    if not isinstance(frame, JoinFrame) or frame.left:
        raise InvalidCommand(f"the loop '{step}' is not under way")
    known = _items(plan, state, node, frame.suffix)
    if item in known:
        raise InvalidCommand(f"'{step}' has '{item}' already")
    clusters = codes.get("clusters")
    if clusters is not None and known and all(one in clusters for one in known) and item not in clusters:
        raise InvalidCommand(_unknown("cluster", item, clusters.by_code))


def signal_of(plan: Plan, name: str) -> None:
    """InvalidCommand unless something in the flowchart waits for the signal."""
    signals = {node.signal for node in plan.nodes.values() if isinstance(node, WaitNode) and node.signal}
    signals |= {
        way[0] for node in plan.nodes.values() if isinstance(node, FirstOfNode) for way in node.ways if way[0]
    }
    if name not in signals:
        raise InvalidCommand(_unknown("signal", name, sorted(signals)))


def may_pause(state: RunState) -> None:
    """InvalidCommand unless the run is under way and not held."""
    if state.paused is not None:
        raise InvalidCommand(f"the run is paused already, since {state.paused:%Y-%m-%d %H:%M} UTC")
    if state.status != "active":
        raise InvalidCommand(f"the run cannot be paused: it is {state.status.replace('_', ' ')}")


def may_resume(state: RunState) -> None:
    """InvalidCommand unless the run is held."""
    if state.paused is None:
        raise InvalidCommand("the run is not paused")


def _items(plan: Plan, state: RunState, node: ForEachNode, suffix: str) -> list[str]:
    starts = [f"{one.id}{suffix}[" for one in plan.blocks[node.body].nodes] + [f"{node.body}{suffix}["]
    keys = [*state.live, *state.done]
    found = [key[len(start) :].partition("]")[0] for start in starts for key in keys if key.startswith(start)]
    return list(dict.fromkeys(found))


def _inside_loops(plan: Plan, node: str) -> int:
    """How many loops and uses of fragments are around a step: so many items its key has."""
    count = 0
    block = plan.positions[node][0]
    while (owner := plan.owners.get(block)) is not None and owner in plan.positions:
        around = plan.nodes[owner]
        count += isinstance(around, ForEachNode | RepeatNode) and around.body == block
        block = plan.positions[owner][0]
    return count + (_is_fragment(plan, block))


def _is_fragment(plan: Plan, block: str) -> bool:
    return any(isinstance(node, UseNode) and node.block == block for node in plan.nodes.values())


def _executions(state: RunState, node: str) -> list[str]:
    keys = [*state.live, *state.done]
    return sorted({key.rstrip("?") for key in keys if key.startswith(f"{node}[")})


def _unknown(what: str, word: str, names: Mapping[str, object] | Collection[str]) -> str:
    near = did_you_mean(word, names)
    meant = f"did you mean '{near}'?" if near else f"there is: {_listed(names)}"
    return f"there is no {what} '{word}'; {meant}"


def _listed(names: Iterable[str]) -> str:
    found = list(names)
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return (", ".join(found[:SHOWN]) + more) or "none"
