"""What a flowchart says that BPMN has no words for: one sentence for each, so that nobody relies on it."""

from collections.abc import Iterator

from konbit.engine.plan import (
    ChainNode,
    ChildNode,
    ChooseNode,
    EndNode,
    FirstOfNode,
    ForEachNode,
    GotoNode,
    LanesNode,
    Node,
    Plan,
    RequestNode,
    StopNode,
    TableNode,
    WaitNode,
)

GENERAL = (
    "Messages, forms and translations are not part of the BPMN document; names are in one language.",
    "Roles are names of lanes and texts of documentation; nobody is assigned by them.",
    "Conditions keep Konbit's spelling; an engine that takes what is unknown for false decides differently.",
    "Step outcomes are read as STEP.outcome; an engine has to set them when a task ends.",
)


def losses(plan: Plan) -> tuple[str, ...]:
    """The sentences, those about the whole flowchart first."""
    found = list(GENERAL)
    if plan.expires:
        found.append("The run does not expire in BPMN.")
    triggers = plan.bundle.flowchart.triggers
    if triggers.schedule or triggers.manual:
        found.append("Who may start a run, and when it starts by itself, is not in the BPMN document.")
    for node in plan.nodes.values():
        if node.id in plan.positions:
            found.extend(f"{node.id}: {sentence}" for sentence in _of(plan, node))
    return tuple(dict.fromkeys(found))


def _of(plan: Plan, node: Node) -> Iterator[str]:
    yield from _of_any(node)
    yield from _of_people(node)
    match node:
        case ChooseNode() if node.unknown is not None:
            yield "the way for what is unknown is an ordinary flow whose condition an engine has to supply."
        case TableNode():
            yield "the decision table is a task; its rows stand in the documentation."
        case LanesNode() if node.join.kind not in ("all", "none"):
            yield "the join is a complex gateway, which many engines do not run."
        case ForEachNode():
            yield f"the item of each round, {node.variable}, is only named in the documentation."
            if node.open_until is not None:
                yield "items cannot be added once the loop has begun."
        case ChildNode() if not node.wait:
            yield "the other flowchart is waited for, not started and left."
        case ChildNode():
            yield "the parameters handed to the other flowchart, and its results, are left out."
        case WaitNode() if node.signal is not None and node.keep:
            yield "a signal that came before the wait began does not count."
        case FirstOfNode():
            yield "signals that came before the wait began do not count."
        case StopNode():
            yield f"withdrawing {', '.join(node.steps)} is a task without effect."
        case GotoNode():
            yield f"the number of visits, at most {node.at_most}, has to be counted by the engine."
        case EndNode() if _in_subprocess(plan, node):
            yield "the end ends only the subprocess it is in, not the run."


def _of_any(node: Node) -> Iterator[str]:
    if node.follows:
        yield f"it does not wait for {', '.join(node.follows)}."
    if node.only_while is not None:
        yield "the condition under which it runs (only_while) is left out."
    if node.abandon_if is not None:
        yield "the condition on which it is given up (abandon_if) is left out."
    if node.lock is not None:
        yield f"the lock {node.lock} is left out."
    if node.mark is not None:
        yield f"the mark {node.mark} is not set."
    if node.pathway == "ad_hoc":
        yield "the ad hoc pathway looks like the streamlined one."


def _of_people(node: Node) -> Iterator[str]:
    request = node.parts[0] if isinstance(node, ChainNode) else node
    if isinstance(node, ChainNode):
        yield f"its parts ({', '.join(part.id.rpartition('/')[2] for part in node.parts)}) are one task."
    if not isinstance(request, RequestNode):
        return
    if request.rule == "cover":
        yield "how many people of each role must answer is left out."
    if request.enough_when is not None:
        yield f"when it is enough ({request.enough_when.text}) is left out."
    if request.due is not None and request.within is not None:
        yield f"of its two deadlines only the one from its start is drawn, not the one from {request.due[0]}."


def _in_subprocess(plan: Plan, node: Node) -> bool:
    block = plan.positions[node.id][0]
    while block in plan.owners:
        owner = plan.nodes[plan.owners[block]]
        if getattr(owner, "body", None) == block:
            return True
        block = plan.positions[owner.id][0] if owner.id in plan.positions else ""
    return block.startswith("fragment:")
