"""Plan → BPMN: every step an activity, every block one way in and one way out, gateways in pairs."""

import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping

from konbit.definition.base import pick
from konbit.definition.durations import show
from konbit.engine.plan import (
    ROOT,
    STAND_DOWN,
    ChainNode,
    ChildNode,
    ChooseNode,
    Node,
    Plan,
    RequestNode,
    WorkNode,
)
from konbit.render import words
from konbit.render.boxtext import wave_role
from konbit.render.bpmn_model import Element, Flow, Ids, Scope, Tag, duration
from konbit.render.graph import SILENT, untitled
from konbit.render.phrases import say


@dataclasses.dataclass(frozen=True)
class Tail:
    """A loose end: the flow from it to what comes next is not drawn yet."""

    element: Element
    name: str = ""
    condition: str = ""
    side: int = 0
    default: bool = False


Tails = list[Tail]
Limit = tuple[dt.timedelta | None, tuple[str, dt.timedelta] | None]


class Builder:
    """Builds one process."""

    def __init__(self, plan: Plan, language: str, controls: "Controls") -> None:
        self.plan = plan
        self.language = language
        self.controls = controls
        self.ids = Ids()
        self.scope = Scope()
        self.entries: dict[str, Element] = {}
        """Where each step begins, for ways back to it; of a fragment that is used again, the latest copy."""

    def process(self) -> Scope:
        """The whole process; what stands the run down is an event subprocess."""
        self.section(self.scope, ROOT, say_start(self.language))
        if self.plan.blocks[STAND_DOWN].nodes:
            name = words.word("stood_down", self.language)
            inside = Scope()
            id = self.ids.new(f"{self.plan.flowchart}_stand_down")
            self.scope.elements.append(Element(id, "subProcess", name, inside=inside, triggered=True))
            start = Element(self.ids.new("stood_down"), "startEvent", name, signal="stand_down")
            self.section(inside, STAND_DOWN, "", start)
        return self.scope

    def section(self, scope: Scope, block: str, name: str, start: Element | None = None) -> None:
        """A block between a start and an end of its own."""
        outer, self.scope = self.scope, scope
        first = start or Element(self.ids.new("start"), "startEvent", name)
        scope.elements.append(first)
        tails = self.block(block, [Tail(first)])
        if tails:
            self.add(Element(self.ids.new("end"), "endEvent"), tails)
        self.scope = outer

    def add(self, element: Element, tails: Tails) -> Tails:
        """Puts an element behind the loose ends; it is the new loose end."""
        self.scope.elements.append(element)
        for tail in tails:
            self.flow(self.scope, tail, element)
        return [Tail(element)]

    def flow(self, scope: Scope, tail: Tail, target: Element) -> None:
        """Draws a flow."""
        first = not any(flow.source == tail.element.id for flow in scope.flows)
        flow = Flow(
            self.ids.new(f"flow_{tail.element.id}_{target.id}"),
            tail.element.id,
            target.id,
            tail.name,
            "" if tail.default else tail.condition,
            tail.side,
            main=tail.side == 0 and (first or tail.default),
        )
        scope.flows.append(flow)
        if tail.default:
            tail.element.default = flow.id

    def block(self, id: str, tails: Tails) -> Tails:
        """A list of steps; what follows an end is not reached and left out."""
        for node in self.plan.blocks[id].nodes:
            if not tails:
                break
            tails = self.node(node, tails)
        return tails

    def node(self, node: Node, tails: Tails) -> Tails:
        """A step with its deadlines, and what handles its outcomes."""
        before = len(self.scope.elements)
        if len(tails) > 1 and not isinstance(node, ChooseNode):
            tails = self.merged(node, tails)
        build = self.controls.get(type(node), Builder.activity)
        ends = build(self, node, tails)
        self.entries[node.id] = self.scope.elements[before]
        return self.handled(node, ends)

    def merged(self, node: Node, tails: Tails) -> Tails:
        """Several ways to one step meet in a gateway."""
        return self.add(Element(self.ids.new(f"{node.id}_merge"), "exclusiveGateway"), tails)

    def activity(self, node: Node, tails: Tails) -> Tails:
        """A step as one activity."""
        tag: Tag = "serviceTask"
        request = first_request(node)
        if request is not None:
            tag = "userTask"
        elif isinstance(node, WorkNode) and node.who:
            tag = "sendTask"
        elif not isinstance(node, WorkNode | ChainNode):
            tag = "task"
        element = self.element(node, tag)
        ends = self.add(element, tails)
        if request is not None:
            element.documentation = self.said(request)
            self.timers(element, node, request)
        return ends

    def element(self, node: Node, tag: Tag) -> Element:
        """The element of a step, with its title."""
        # Several flowcharts may be read by one engine, where the ids of subprocesses are those of processes.
        wish = f"{self.plan.flowchart}_{node.id}" if tag == "subProcess" else node.id
        return Element(self.ids.new(wish), tag, self.title(node), node.id)

    def title(self, node: Node) -> str:
        """The title of a step; of a message without one, who is told."""
        if isinstance(node, WorkNode) and node.who and untitled(node):
            return words.word("tell", self.language, words.roles(self.plan, node.who, self.language))
        return pick(dict(node.title), self.language)

    def said(self, request: RequestNode) -> str:
        """Who is asked, until when, who next: for the reader of the activity."""
        parts = [words.roles(self.plan, request.who, self.language)]
        parts.append(words.within(request.within, request.due, self.language))
        parts += [
            f"{show(wave.after)}: {wave_role(self.plan, wave, self.language)}"
            for wave in request.waves
            if wave.after
        ]
        return "\n".join(part for part in parts if part)

    def timers(self, element: Element, node: Node, request: RequestNode) -> None:
        """Reminders and waves go beside the step without ending it."""
        label = {after: say("remind", self.language) for after in request.remind}
        for wave in request.waves:
            if wave.after:
                label[wave.after] = wave_role(self.plan, wave, self.language)
        # The earliest is drawn furthest out: so the arrows do not cross.
        for place, (after, name) in enumerate(sorted(label.items())):
            event = Element(
                self.ids.new(f"{node.id}_after_{show(after)}"),
                "boundaryEvent",
                show(after),
                timer=("timeDuration", duration(after.total_seconds())),
                interrupting=False,
            )
            element.boundary.append(event)
            task = Element(self.ids.new(f"{node.id}_ask"), "sendTask", name)
            self.scope.elements.append(task)
            self.flow(self.scope, Tail(event, side=4 + len(label) - place), task)

    def handled(self, node: Node, tails: Tails) -> Tails:
        """Silence interrupts by a timer; other outcomes leave by a gateway behind the step."""
        if not node.handlers or not tails:
            return tails
        activity = tails[0].element
        found: Tails = []
        others: list[tuple[str, str]] = []
        for outcome, block in node.handlers.items():
            event = self.deadline(node, activity) if outcome in SILENT else None
            if event is None:
                others.append((outcome, block))
                continue
            found += self.block(block, [Tail(event, words.outcome(outcome, self.language), side=4)])
        if not others:
            return [*tails, *found]
        gateway = Element(self.ids.new(f"{node.id}_outcome"), "exclusiveGateway")
        self.add(gateway, tails)
        straight = Tail(gateway, default=True)
        for outcome, block in others:
            condition = f"{node.id}.outcome == '{outcome}'"
            found += self.block(block, [Tail(gateway, words.outcome(outcome, self.language), condition, 1)])
        return [straight, *found]

    def deadline(self, node: Node, activity: Element) -> Element | None:
        """The timer that ends a step when its time is over; None if the step cannot have one, or has it already."""
        within, due = limits(node)
        if activity.tag not in ("userTask", "callActivity", "subProcess") or not (within or due):
            return None
        if any(event.interrupting for event in activity.boundary):
            return None
        text = duration(within.total_seconds()) if within else ""
        mark = f"{due[0]} + {duration(due[1].total_seconds())}" if due else ""
        event = Element(
            self.ids.new(f"{node.id}_deadline"),
            "boundaryEvent",
            show(within) if within else f"{due[0]}+{show(due[1])}" if due else "",
            timer=("timeDuration", text) if text else ("timeDate", mark),
        )
        activity.boundary.append(event)
        return event


def first_request(node: Node) -> RequestNode | None:
    """The request a step begins with, if people are asked in it."""
    parts = node.parts if isinstance(node, ChainNode) else (node,)
    return next((part for part in parts if isinstance(part, RequestNode)), None)


def limits(node: Node) -> Limit:
    """Until when a step runs: from its start, and from a mark."""
    request = first_request(node)
    if request is not None:
        return request.within, request.due
    return (node.within if isinstance(node, ChildNode) else None), None


def say_start(language: str) -> str:
    """The name of the start."""
    return words.word("start", language)


Controls = Mapping[type[Node], Callable[..., Tails]]
"""How each control verb is built."""
