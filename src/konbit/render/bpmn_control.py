"""The control verbs as BPMN: gateways in pairs, subprocesses for loops, catching events for waits."""

from konbit.definition.base import pick
from konbit.definition.durations import show
from konbit.engine.plan import (
    ChildNode,
    ChooseNode,
    EndNode,
    FirstOfNode,
    ForEachNode,
    GotoNode,
    Join,
    LanesNode,
    RepeatNode,
    TableNode,
    UseNode,
    WaitNode,
)
from konbit.render import words
from konbit.render.bpmn_build import Builder, Controls, Tail, Tails
from konbit.render.bpmn_model import Element, Loop, Scope, Tag, duration


def choose(builder: Builder, node: ChooseNode, tails: Tails) -> Tails:
    """A decision: an exclusive gateway and the one where its branches meet."""
    gateway = builder.element(node, "exclusiveGateway")
    builder.add(gateway, tails)
    found: Tails = []
    for condition, block in node.branches:
        found += builder.block(block, [Tail(gateway, condition.text, condition.text)])
    if node.unknown is not None:
        name = words.word("unknown", builder.language)
        found += builder.block(node.unknown, [Tail(gateway, name, f"unknown('{node.id}')", 2)])
    otherwise = Tail(gateway, words.word("otherwise", builder.language), default=True)
    found += builder.block(node.otherwise, [otherwise]) if node.otherwise is not None else [otherwise]
    if not found:
        return []
    return builder.add(Element(builder.ids.new(f"{node.id}_join"), "exclusiveGateway"), found)


def lanes(builder: Builder, node: LanesNode, tails: Tails) -> Tails:
    """Lanes at the same time: a parallel gateway, or an inclusive one if lanes have conditions, and its join."""
    conditional = any(condition is not None for _, condition, _ in node.lanes)
    tag: Tag = "inclusiveGateway" if conditional else "parallelGateway"
    split = builder.element(node, tag)
    builder.add(split, tails)
    ends: Tails = []
    for name, condition, block in node.lanes:
        label = name.replace("_", " ")
        text = condition.text if condition is not None else "true" if conditional else ""
        own = builder.block(block, [Tail(split, label, text)])
        if node.join.kind == "none" and own:
            builder.add(Element(builder.ids.new(f"{node.id}_{name}_end"), "endEvent"), own)
        elif node.join.kind != "none" and own:
            ends += (
                own
                if len(own) == 1
                else builder.add(Element(builder.ids.new(f"{node.id}_{name}_merge"), "exclusiveGateway"), own)
            )
    if node.join.kind == "none":
        return [Tail(split, condition="true" if conditional else "")]
    return builder.add(_join(builder, node, tag, len(node.lanes)), ends) if ends else []


def _join(builder: Builder, node: LanesNode, tag: Tag, total: int) -> Element:
    id = builder.ids.new(f"{node.id}_join")
    if node.join.kind == "all":
        return Element(id, tag)
    needed = node.join.needed(total)
    return Element(id, "complexGateway", f"{needed} / {total}", activation=f"activatedIncoming >= {needed}")


def for_each(builder: Builder, node: ForEachNode, tails: Tails) -> Tails:
    """The same for each item: a subprocess with several instances at the same time."""
    element = builder.element(node, "subProcess")
    each = words.word("for_each", builder.language, node.variable.replace("_", " "))
    element.name = f"{element.name} ({each})"
    element.documentation = f"{node.variable}: {node.items.text}"
    enough = node.enough_when.text if node.enough_when is not None else _enough(node.join)
    element.loop = Loop("each", f"len({node.items.text})", enough)
    return _inner(builder, element, node.body, tails)


def _enough(join: Join) -> str:
    match join.kind:
        case "first" | "count":
            return f"numberOfCompletedInstances >= {max(join.number, 1)}"
        case "share":
            return f"numberOfCompletedInstances * 100 >= {join.number} * numberOfInstances"
        case _:
            return ""


def repeat(builder: Builder, node: RepeatNode, tails: Tails) -> Tails:
    """Again and again: a subprocess with a loop marker; the rhythm is a timer at its end."""
    element = builder.element(node, "subProcess")
    until = f"not ({node.until.text})" if node.until is not None else "true"
    element.loop = Loop("repeat", str(node.at_most), until)
    ends = _inner(builder, element, node.body, tails)
    inside = element.inside
    if node.every is not None and inside is not None:
        last = next((one for one in inside.elements if one.tag == "endEvent" and not one.terminate), None)
        if last is not None:
            event = _timer(
                builder, f"{node.id}_every", show(node.every), duration(node.every.total_seconds())
            )
            for flow in inside.flows:
                flow.target = event.id if flow.target == last.id else flow.target
            inside.elements.append(event)
            builder.flow(inside, Tail(event), last)
    return ends


def _inner(builder: Builder, element: Element, block: str, tails: Tails) -> Tails:
    element.inside = Scope()
    ends = builder.add(element, tails)
    builder.section(element.inside, block, "")
    return ends


def _timer(builder: Builder, id: str, name: str, length: str) -> Element:
    return Element(builder.ids.new(id), "intermediateCatchEvent", name, timer=("timeDuration", length))


def wait(builder: Builder, node: WaitNode, tails: Tails) -> Tails:
    """A wait for a time or a signal; with a deadline, whichever comes first."""
    event = builder.element(node, "intermediateCatchEvent")
    if node.length is not None:
        event.timer = ("timeDuration", duration(node.length.total_seconds()))
    elif node.until is not None:
        event.timer = ("timeDate", node.until.text)
    else:
        event.message = node.signal or node.id
    if node.within is None or event.message is None:
        return builder.add(event, tails)
    gateway = Element(builder.ids.new(f"{node.id}_first"), "eventBasedGateway")
    builder.add(gateway, tails)
    builder.add(event, [Tail(gateway)])
    late = _timer(builder, f"{node.id}_deadline", show(node.within), duration(node.within.total_seconds()))
    builder.add(late, [Tail(gateway, side=3)])
    return builder.add(
        Element(builder.ids.new(f"{node.id}_join"), "exclusiveGateway"), [Tail(event), Tail(late)]
    )


def first_of(builder: Builder, node: FirstOfNode, tails: Tails) -> Tails:
    """The first of several: an event-based gateway, and the exclusive one where its ways meet."""
    gateway = builder.element(node, "eventBasedGateway")
    builder.add(gateway, tails)
    found: Tails = []
    for number, (signal, length, block) in enumerate(node.ways, start=1):
        id = builder.ids.new(f"{node.id}_way_{number}")
        event = Element(
            id, "intermediateCatchEvent", signal or (show(length) if length else ""), message=signal
        )
        if length is not None:
            event.timer = ("timeDuration", duration(length.total_seconds()))
        found += builder.block(block, builder.add(event, [Tail(gateway)]))
    if not found:
        return []
    return builder.add(Element(builder.ids.new(f"{node.id}_join"), "exclusiveGateway"), found)


def child(builder: Builder, node: ChildNode, tails: Tails) -> Tails:
    """Another flowchart: a call activity."""
    element = builder.element(node, "callActivity")
    element.called = node.flowchart
    return builder.add(element, tails)


def use(builder: Builder, node: UseNode, tails: Tails) -> Tails:
    """A fragment: a subprocess, written out wherever it is used."""
    return _inner(builder, builder.element(node, "subProcess"), node.block, tails)


def table(builder: Builder, node: TableNode, tails: Tails) -> Tails:
    """A decision table: a task with the rows in its documentation."""
    element = builder.element(node, "task")
    rows = [
        ", ".join(f"{name} {cell}" for name, cell in cells.items()) + f" → {then}"
        for cells, then in node.rows
    ]
    inputs = ", ".join(f"{name} = {expression.text}" for name, expression in node.inputs.items())
    element.documentation = "\n".join([inputs, f"hit: {node.hit}", *rows])
    return builder.add(element, tails)


def goto(builder: Builder, node: GotoNode, tails: Tails) -> Tails:
    """A way back: an exclusive gateway with a flow to an earlier step."""
    element = builder.element(node, "exclusiveGateway")
    target = builder.plan.nodes.get(node.target)
    element.documentation = pick(dict(target.title), builder.language) if target is not None else node.target
    builder.add(element, tails)
    back = builder.entries.get(node.target)
    if back is not None:
        builder.flow(builder.scope, Tail(element, str(node.at_most), f"visits <= {node.at_most}", 2), back)
    return [Tail(element, default=True)]


def end(builder: Builder, node: EndNode, tails: Tails) -> Tails:
    """The end of the run, with its outcome."""
    name = node.outcome.replace("_", " ")
    builder.add(Element(builder.ids.new(node.id), "endEvent", name, node.id, terminate=True), tails)
    return []


CONTROLS: Controls = {
    ChooseNode: choose,
    LanesNode: lanes,
    ForEachNode: for_each,
    RepeatNode: repeat,
    WaitNode: wait,
    FirstOfNode: first_of,
    ChildNode: child,
    UseNode: use,
    TableNode: table,
    GotoNode: goto,
    EndNode: end,
}
"""How each control verb is built."""
