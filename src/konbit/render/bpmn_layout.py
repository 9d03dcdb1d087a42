"""Where the shapes of a BPMN diagram are: the same layers as on the picture, from the left to the right."""

import dataclasses
from collections.abc import Mapping

from konbit.render.bpmn_model import EVENT, TIMERS, Element, Scope
from konbit.render.layout import Item, Link, Place, Placed, Spacing, place
from konbit.render.measure import width, wrap

PADDING = 30.0
TITLE = 30.0
"""The strip with the name of a pool or a lane."""
BELOW = 24.0
"""Under an activity with timers: their circles, and a channel for each of their arrows."""
CHANNEL = 12.0
LABEL = 110.0
"""The room for the name of a flow."""
SPACING = Spacing(cells=36, ranks=56, track=10, lane=24, lane_least=120)
Bounds = tuple[float, float, float, float]
Points = list[tuple[float, float]]


@dataclasses.dataclass
class Drawing:
    """Bounds of shapes, waypoints of flows, bounds of the names of flows, bounds of lanes, and of it all."""

    shapes: dict[str, Bounds]
    flows: dict[str, Points]
    labels: dict[str, Bounds]
    lanes: list[Bounds]
    size: tuple[float, float]


def arrange(scope: Scope, lanes: Mapping[str, int], count: int) -> Drawing:
    """Places a process. `lanes` says in which of `count` lanes an element is; elements it does not know are in the first."""
    inner = {
        element.id: arrange(element.inside, {}, 1) for element in scope.elements if element.inside is not None
    }
    sizes = {element.id: _size(element, inner) for element in scope.elements}
    hosts = {event.id: element for element in scope.elements for event in element.boundary}
    items = [_item(element, sizes[element.id], lanes) for element in scope.elements]
    links = [
        Link(
            hosts[flow.source].id if flow.source in hosts else flow.source,
            flow.target,
            flow.side,
            _label(flow.name),
            main=flow.main,
            aside=flow.source in hosts,
        )
        for flow in scope.flows
    ]
    placed = place(items, links, count, SPACING)
    drawing = Drawing({}, {}, {}, [], (placed.along + 2 * PADDING, placed.across))
    for element in scope.elements:
        _put(drawing, element, placed.boxes[element.id], sizes[element.id], inner.get(element.id))
    _draw_flows(drawing, scope, placed, hosts)
    for start, stop in placed.lanes:
        drawing.lanes.append((0.0, start, drawing.size[0], stop - start))
    return drawing


def _label(name: str) -> tuple[float, float] | None:
    """The extent of the name of a flow, across and along."""
    if not name:
        return None
    lines = wrap(name, 11, LABEL, most=5)
    return 14.0 * len(lines), max(width(line, 11) for line in lines) + 12


def _size(element: Element, inner: Mapping[str, Drawing]) -> tuple[float, float]:
    if element.id not in inner:
        return element.size
    wide, tall = inner[element.id].size
    return max(wide, 140.0), max(tall + TITLE, 100.0)


def _item(element: Element, size: tuple[float, float], lanes: Mapping[str, int]) -> Item:
    """The room of an element: its timers hang below it, and as much is left above so that it stays in the middle."""
    wide, tall = size
    reserve = BELOW + CHANNEL * len(element.boundary) if element.boundary else 0.0
    named = element.tag.endswith(("Event", "Gateway")) and element.name
    along = max(wide, min(width(element.name, 11) + 8, 96.0)) if named else wide
    beside = 32.0 if named else 0.0
    inset = tall / 2 if element.tag.endswith(("Event", "Gateway")) else 12.0
    across = tall + 2 * max(reserve, beside)
    return Item(element.id, across, along, lanes.get(element.id, 0), max(reserve, beside) + inset)


def _put(
    drawing: Drawing, element: Element, at: Place, size: tuple[float, float], inner: Drawing | None
) -> None:
    wide, tall = size
    left = PADDING + at.along + (at.depth - wide) / 2
    top = at.across + (at.breadth - tall) / 2
    drawing.shapes[element.id] = (left, top, wide, tall)
    apart = min((wide - 10) / max(len(element.boundary), 1), TIMERS)
    for number, event in enumerate(element.boundary):
        right = left + wide - 8 - EVENT
        drawing.shapes[event.id] = (
            right - (len(element.boundary) - 1 - number) * apart,
            top + tall - EVENT / 2,
            EVENT,
            EVENT,
        )
    if inner is not None:
        _shift(drawing, inner, left, top + TITLE)


def _shift(drawing: Drawing, inner: Drawing, right: float, down: float) -> None:
    """Puts the drawing of a subprocess where the subprocess is."""
    for id, (left, top, wide, tall) in inner.shapes.items():
        drawing.shapes[id] = (left + right, top + down, wide, tall)
    for id, (left, top, wide, tall) in inner.labels.items():
        drawing.labels[id] = (left + right, top + down, wide, tall)
    for id, points in inner.flows.items():
        drawing.flows[id] = [(left + right, top + down) for left, top in points]


def _draw_flows(drawing: Drawing, scope: Scope, placed: Placed, hosts: Mapping[str, Element]) -> None:
    for number, flow in enumerate(scope.flows):
        points = [(PADDING + along, across) for across, along in placed.routes[number]]
        if flow.source in hosts:
            points = _from_boundary(drawing, points, flow.source, hosts[flow.source])
        drawing.flows[flow.id] = _docked(points, drawing.shapes[flow.source], drawing.shapes[flow.target])
        chip = placed.chips.get(number)
        if chip is not None:
            drawing.labels[flow.id] = (
                PADDING + chip.along - chip.depth / 2,
                chip.across - chip.breadth - 2,
                chip.depth,
                chip.breadth,
            )


def _from_boundary(drawing: Drawing, points: Points, source: str, host: Element) -> Points:
    """Down from the circle of a timer, along a channel of its own, then the way of the arrow."""
    left, top, wide, tall = drawing.shapes[source]
    order = [event.id for event in host.boundary]
    # The outer circles use the channels nearer to the activity: their ways do not cross.
    channel = top + tall + CHANNEL * (len(order) - 1 - order.index(source)) + 4
    turn = points[1][0] if len(points) > 2 else points[0][0] + SPACING.ranks * 0.4
    rest = points[2:] if len(points) > 2 else [(turn, points[-1][1]), points[-1]]
    middle = left + wide / 2
    return [(middle, top + tall), (middle, channel), (turn, channel), *rest]


def _docked(points: Points, source: Bounds, target: Bounds) -> Points:
    """The points, the first and the last moved onto the outlines they belong to."""
    found = list(points)
    if len(found) < 2:
        return [
            (source[0] + source[2], source[1] + source[3] / 2),
            (target[0], target[1] + target[3] / 2),
        ]
    if found[0][1] < source[1] + source[3]:
        found[0] = (source[0] + source[2] if found[1][0] >= found[0][0] else source[0], found[0][1])
    ahead = found[-1][0] >= found[-2][0]
    found[-1] = (target[0] if ahead else target[0] + target[2], found[-1][1])
    return [(round(left, 1), round(top, 1)) for left, top in found]
