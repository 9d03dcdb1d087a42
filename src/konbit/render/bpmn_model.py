"""The parts of BPMN 2.0 that flowcharts are exported to, before they are placed and written."""

import dataclasses
import re
from typing import Literal

Tag = Literal[
    "startEvent",
    "endEvent",
    "userTask",
    "serviceTask",
    "sendTask",
    "task",
    "callActivity",
    "subProcess",
    "exclusiveGateway",
    "parallelGateway",
    "inclusiveGateway",
    "complexGateway",
    "eventBasedGateway",
    "intermediateCatchEvent",
    "boundaryEvent",
]
EVENT, GATEWAY = 36.0, 50.0
TASK = (140.0, 80.0)
TIMERS = 46.0
"""The room each timer takes at the side of an activity."""


@dataclasses.dataclass(eq=False)
class Element:
    """A flow node. `timer`, `message`, `signal` and `terminate` are what an event waits for or does."""

    id: str
    tag: Tag
    name: str = ""
    node: str | None = None
    """The node of the plan it stands for."""
    documentation: str = ""
    timer: tuple[Literal["timeDuration", "timeDate"], str] | None = None
    message: str | None = None
    signal: str | None = None
    terminate: bool = False
    interrupting: bool = True
    """Of a boundary event, or of the start of an event subprocess."""
    called: str = ""
    """Of a call activity: the flowchart."""
    loop: "Loop | None" = None
    inside: "Scope | None" = None
    triggered: bool = False
    """True for an event subprocess: it has no arrows."""
    boundary: list["Element"] = dataclasses.field(default_factory=list)
    default: str | None = None
    """The flow that is taken when no condition holds."""
    activation: str = ""
    """Of a complex gateway."""

    @property
    def size(self) -> tuple[float, float]:
        """Width and height, except of a subprocess: what is in it decides."""
        if self.tag.endswith("Event"):
            return EVENT, EVENT
        if self.tag.endswith("Gateway"):
            return GATEWAY, GATEWAY
        return max(TASK[0], TIMERS * len(self.boundary) + 10), TASK[1]


@dataclasses.dataclass(frozen=True)
class Loop:
    """How often a subprocess runs: once for each item, or again and again."""

    kind: Literal["each", "repeat"]
    count: str = ""
    """Of `each`: how many; of `repeat`: at most how often."""
    condition: str = ""
    """Of `each`: when it is enough; of `repeat`: as long as this holds."""


@dataclasses.dataclass(eq=False)
class Flow:
    """A sequence flow."""

    id: str
    source: str
    target: str
    name: str = ""
    condition: str = ""
    side: int = 0
    main: bool = False


@dataclasses.dataclass(eq=False)
class Scope:
    """What is inside a process or a subprocess."""

    elements: list[Element] = dataclasses.field(default_factory=list)
    flows: list[Flow] = dataclasses.field(default_factory=list)

    def everything(self) -> list[Element]:
        """All elements, also boundary events and those in subprocesses."""
        found: list[Element] = []
        for element in self.elements:
            found += [element, *element.boundary]
            if element.inside is not None:
                found += element.inside.everything()
        return found


class Ids:
    """Ids that XML allows, each given once."""

    def __init__(self) -> None:
        self.used: set[str] = set()

    def new(self, wish: str) -> str:
        """An id as near to `wish` as possible."""
        base = re.sub(r"[^A-Za-z0-9_]+", "_", wish).strip("_") or "x"
        base = base if base[0].isalpha() else f"x_{base}"
        name, number = base, 2
        while name in self.used:
            name, number = f"{base}_{number}", number + 1
        self.used.add(name)
        return name


def duration(seconds: float) -> str:
    """A length of time as ISO 8601 writes it: 5400 is `PT1H30M`."""
    days, rest = divmod(int(seconds), 86400)
    hours, rest = divmod(rest, 3600)
    minutes, left = divmod(rest, 60)
    clock = "".join(
        f"{number}{unit}" for number, unit in ((hours, "H"), (minutes, "M"), (left, "S")) if number
    )
    day = f"{days}D" if days else ""
    return f"P{day}T{clock}" if clock else f"P{day}" if day else "PT0S"
