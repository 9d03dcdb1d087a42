"""A flowchart as BPMN 2.0 with its diagram, for modelers such as bpmn.io, and what could not be said in BPMN."""

import dataclasses
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping

from konbit.definition.base import pick
from konbit.engine.plan import Plan
from konbit.render import words
from konbit.render.bpmn_build import Builder
from konbit.render.bpmn_control import CONTROLS
from konbit.render.bpmn_layout import TITLE, Bounds, Drawing, arrange
from konbit.render.bpmn_losses import losses
from konbit.render.bpmn_model import Element, Flow, Scope
from konbit.render.lanes import LEVELS, By, Lane
from konbit.render.phrases import say

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
BPMNDI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
DI = "http://www.omg.org/spec/DD/20100524/DI"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
TARGET = "https://konbit.example.org/flowcharts"
for _prefix, _name in (("bpmn", BPMN), ("bpmndi", BPMNDI), ("dc", DC), ("di", DI), ("xsi", XSI)):
    ET.register_namespace(_prefix, _name)


@dataclasses.dataclass(frozen=True)
class Export:
    """The document, and a sentence for each thing that did not survive."""

    xml: str
    lost: tuple[str, ...]


def bpmn(plan: Plan, *, by: By = "level", language: str = "en", quoted: bool = False) -> Export:
    """The plan as BPMN. `quoted` writes times as Python texts, as SpiffWorkflow wants them, instead of bare ISO 8601."""
    scope = Builder(plan, language, CONTROLS).process()
    lanes, place = _lanes(plan, scope, by, language)
    drawing = arrange(scope, place, len(lanes))
    return Export(_Writer(plan, scope, drawing, language, quoted=quoted).document(lanes, place), losses(plan))


def _lanes(plan: Plan, scope: Scope, by: By, language: str) -> tuple[list[Lane], Mapping[str, int]]:
    """The lanes of the pool. An element without a level of its own stands with what comes before it."""
    keys: dict[str, str] = {}
    for element in scope.elements:
        node = plan.nodes.get(element.node or "")
        own = None if node is None or by == "none" else node.level if by == "level" else node.actor
        before = next(
            (keys[flow.source] for flow in scope.flows if flow.target == element.id and flow.source in keys),
            "",
        )
        keys[element.id] = own or before
        keys.update({event.id: keys[element.id] for event in element.boundary})
    first = next((key for key in keys.values() if key), "")
    keys = {id: key or first for id, key in keys.items()}
    used = list(dict.fromkeys(keys.values()))
    order = [level for level in LEVELS if level in used] if by == "level" else []
    order += [key for key in used if key not in order]
    titles = [
        Lane(key, say(key, language) if by == "level" else words.role(plan, key, language))
        if key
        else Lane("", "")
        for key in order
    ]
    return titles, {id: order.index(key) for id, key in keys.items()}


def process_id(flowchart: str) -> str:
    """The id of a flowchart as a process: `response_activation`."""
    return re.sub(r"[^A-Za-z0-9_]", "_", flowchart)


class _Writer:
    def __init__(self, plan: Plan, scope: Scope, drawing: Drawing, language: str, *, quoted: bool) -> None:
        self.plan = plan
        self.scope = scope
        self.drawing = drawing
        self.language = language
        self.quoted = quoted
        self.process = process_id(plan.flowchart)
        self.pool = f"pool_{self.process}"

    def document(self, lanes: list[Lane], place: Mapping[str, int]) -> str:
        """The whole document."""
        root = ET.Element(
            _tag("definitions"),
            {
                "id": f"definitions_{self.process}",
                "targetNamespace": TARGET,
                "exporter": "Konbit",
                "expressionLanguage": "https://www.python.org/",
            },
        )
        title = pick(dict(self.plan.bundle.flowchart.title), self.language)
        collaboration = ET.SubElement(root, _tag("collaboration"), {"id": f"collaboration_{self.process}"})
        ET.SubElement(
            collaboration, _tag("participant"), {"id": self.pool, "name": title, "processRef": self.process}
        )
        self._events(root)
        process = ET.SubElement(
            root, _tag("process"), {"id": self.process, "name": title, "isExecutable": "true"}
        )
        self._documentation(
            process, f"{self.plan.flowchart}, version {self.plan.version}, {self.plan.digest}"
        )
        named = len(lanes) > 1 or bool(lanes and lanes[0].title)
        if named:
            self._lane_set(process, lanes, place)
        self._scope(process, self.scope)
        self._diagram(root, lanes if named else [])
        ET.indent(root)
        return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"

    def _events(self, root: ET.Element) -> None:
        """The messages and signals that events wait for."""
        for kind in ("message", "signal"):
            names = dict.fromkeys(getattr(one, kind) for one in self.scope.everything())
            for name in names:
                if name is not None:
                    ET.SubElement(root, _tag(kind), {"id": f"{kind}_{process_id(name)}", "name": name})

    def _lane_set(self, process: ET.Element, lanes: list[Lane], place: Mapping[str, int]) -> None:
        lane_set = ET.SubElement(process, _tag("laneSet"), {"id": f"lanes_{self.process}"})
        for number, lane in enumerate(lanes):
            element = ET.SubElement(
                lane_set, _tag("lane"), {"id": f"lane_{self.process}_{number}", "name": lane.title}
            )
            for id, where in place.items():
                if where == number:
                    ET.SubElement(element, _tag("flowNodeRef")).text = id

    def _scope(self, parent: ET.Element, scope: Scope) -> None:
        coming: dict[str, list[str]] = {}
        going: dict[str, list[str]] = {}
        for flow in scope.flows:
            going.setdefault(flow.source, []).append(flow.id)
            coming.setdefault(flow.target, []).append(flow.id)
        for element in scope.elements:
            self._element(parent, element, coming, going, None)
            for event in element.boundary:
                self._element(parent, event, coming, going, element)
        for flow in scope.flows:
            self._flow(parent, flow)

    def _element(
        self,
        parent: ET.Element,
        element: Element,
        coming: Mapping[str, list[str]],
        going: Mapping[str, list[str]],
        host: Element | None,
    ) -> None:
        made = ET.SubElement(parent, _tag(element.tag), _attributes(element, host))
        if element.documentation:
            self._documentation(made, element.documentation)
        for tag, flows in (("incoming", coming), ("outgoing", going)):
            for id in flows.get(element.id, []):
                ET.SubElement(made, _tag(tag)).text = id
        if element.loop is not None:
            self._loop(made, element)
        if element.inside is not None:
            self._scope(made, element.inside)
        self._definition(made, element)
        if element.activation:
            self._expression(made, "activationCondition", element.activation)

    def _definition(self, made: ET.Element, element: Element) -> None:
        """What an event waits for, or does."""
        id = f"{element.id}_definition"
        if element.timer is not None:
            kind, text = element.timer
            timer = ET.SubElement(made, _tag("timerEventDefinition"), {"id": id})
            plain = kind == "timeDuration" and self.quoted
            self._expression(timer, kind, f'"{text}"' if plain else text)
        elif element.message is not None:
            reference = {"id": id, "messageRef": f"message_{process_id(element.message)}"}
            ET.SubElement(made, _tag("messageEventDefinition"), reference)
        elif element.signal is not None:
            reference = {"id": id, "signalRef": f"signal_{process_id(element.signal)}"}
            ET.SubElement(made, _tag("signalEventDefinition"), reference)
        elif element.terminate:
            ET.SubElement(made, _tag("terminateEventDefinition"), {"id": id})

    def _loop(self, made: ET.Element, element: Element) -> None:
        loop = element.loop
        assert loop is not None
        if loop.kind == "each":
            several = ET.SubElement(made, _tag("multiInstanceLoopCharacteristics"), {"isSequential": "false"})
            self._expression(several, "loopCardinality", loop.count)
            if loop.condition:
                self._expression(several, "completionCondition", loop.condition)
            return
        again = ET.SubElement(
            made, _tag("standardLoopCharacteristics"), {"testBefore": "false", "loopMaximum": loop.count}
        )
        self._expression(again, "loopCondition", loop.condition)

    def _flow(self, parent: ET.Element, flow: Flow) -> None:
        attributes = {"id": flow.id, "sourceRef": flow.source, "targetRef": flow.target}
        if flow.name:
            attributes["name"] = flow.name
        made = ET.SubElement(parent, _tag("sequenceFlow"), attributes)
        if flow.condition:
            self._expression(made, "conditionExpression", flow.condition)

    def _expression(self, parent: ET.Element, tag: str, text: str) -> None:
        made = ET.SubElement(parent, _tag(tag), {f"{{{XSI}}}type": "bpmn:tFormalExpression"})
        made.text = text

    def _documentation(self, parent: ET.Element, text: str) -> None:
        ET.SubElement(parent, _tag("documentation")).text = text

    def _diagram(self, root: ET.Element, lanes: list[Lane]) -> None:
        diagram = ET.SubElement(root, f"{{{BPMNDI}}}BPMNDiagram", {"id": f"diagram_{self.process}"})
        plane = ET.SubElement(
            diagram,
            f"{{{BPMNDI}}}BPMNPlane",
            {"id": f"plane_{self.process}", "bpmnElement": f"collaboration_{self.process}"},
        )
        wide, tall = self.drawing.size
        band = TITLE if lanes else 0.0
        _shape(plane, self.pool, (0, 0, wide + TITLE + band, tall), {"isHorizontal": "true"})
        for number in range(len(lanes)):
            left, top, across, down = self.drawing.lanes[number]
            bounds = (left + TITLE, top, across + band, down)
            _shape(plane, f"lane_{self.process}_{number}", bounds, {"isHorizontal": "true"})
        right = TITLE + band
        for element in self.scope.everything():
            left, top, across, down = self.drawing.shapes[element.id]
            more = {"isExpanded": "true"} if element.tag == "subProcess" else {}
            if element.tag == "exclusiveGateway":
                more = {"isMarkerVisible": "true"}
            _shape(plane, element.id, (left + right, top, across, down), more)
        for flow in _flows(self.scope):
            self._edge(plane, flow, right)

    def _edge(self, plane: ET.Element, flow: Flow, right: float) -> None:
        edge = ET.SubElement(plane, f"{{{BPMNDI}}}BPMNEdge", {"id": f"{flow.id}_di", "bpmnElement": flow.id})
        for left, top in self.drawing.flows[flow.id]:
            ET.SubElement(edge, f"{{{DI}}}waypoint", {"x": f"{left + right:.1f}", "y": f"{top:.1f}"})
        label = self.drawing.labels.get(flow.id)
        if label is not None:
            made = ET.SubElement(edge, f"{{{BPMNDI}}}BPMNLabel")
            _bounds(made, (label[0] + right, *label[1:]))


def _flows(scope: Scope) -> Iterator[Flow]:
    yield from scope.flows
    for element in scope.elements:
        if element.inside is not None:
            yield from _flows(element.inside)


def _tag(name: str) -> str:
    return f"{{{BPMN}}}{name}"


def _attributes(element: Element, host: Element | None) -> dict[str, str]:
    found = {"id": element.id}
    if element.name:
        found["name"] = element.name
    if element.default:
        found["default"] = element.default
    if element.called:
        found["calledElement"] = process_id(element.called)
    if element.triggered:
        found["triggeredByEvent"] = "true"
    if host is not None:
        found["attachedToRef"] = host.id
        found["cancelActivity"] = "true" if element.interrupting else "false"
    return found


def _shape(plane: ET.Element, id: str, bounds: Bounds, more: Mapping[str, str]) -> None:
    made = ET.SubElement(plane, f"{{{BPMNDI}}}BPMNShape", {"id": f"{id}_di", "bpmnElement": id, **more})
    _bounds(made, bounds)


def _bounds(parent: ET.Element, bounds: Bounds) -> None:
    left, top, wide, tall = bounds
    ET.SubElement(
        parent,
        f"{{{DC}}}Bounds",
        {"x": f"{left:.1f}", "y": f"{top:.1f}", "width": f"{wide:.1f}", "height": f"{tall:.1f}"},
    )
