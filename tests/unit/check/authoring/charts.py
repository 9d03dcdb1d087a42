"""Charts for the tests of authoring: the shipped ones, and ways to write them badly that change nothing of what they say."""

import functools
import itertools
import json
import random
from pathlib import Path

from konbit.definition.bundle import Bundle
from konbit.definition.flowchart import Flowchart
from konbit.definition.library import Library, load
from konbit.definition.reader import Node, Reader
from konbit.definition.shape import parse
from konbit.definition.source import Plain, read

ROOT = Path(__file__).parents[4]
SHIPPED = sorted((ROOT / "definitions").glob("[pr]*ry/*.yaml")) + sorted(
    (ROOT / "definitions").glob("[pr]*s*e*/*.yaml")
)
PATHS = sorted({path for path in SHIPPED if path.parent.name in ("preparedness", "response", "recovery")})


@functools.cache
def library() -> Library:
    return load([ROOT / "definitions"])


def bundle(text: str) -> Bundle:
    """The bundle of a chart with the shipped roles, messages and forms."""
    source, problems = read(text, "example.yaml")
    assert source is not None, problems
    chart, found = parse(source, Flowchart)
    assert chart is not None, found
    whole = library()
    charts = {**whole.flowcharts, chart.flowchart: chart}
    return Library(
        charts, whole.forms, whole.messages, whole.roles, whole.codes, whole.sources, whole.files, ()
    ).bundle(chart.flowchart)


def data(text: str) -> Plain:
    source, problems = read(text, "example.yaml")
    assert source is not None, problems
    assert not problems
    return source.data


def badly_written(text: str, seed: int) -> str:
    """The same data, written by somebody in a hurry: keys shuffled, other indents, comments and blank lines anywhere."""
    root = Reader(text, "example.yaml").read()
    assert root is not None
    hand = _Hand(random.Random(seed))
    return "\n".join(["# note 0", *hand.block(root, ""), *hand.note(""), "# note 100000"]) + "\n\n"


class _Hand:
    """Writes nodes as chance has it."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.numbers = itertools.count(1)

    def note(self, margin: str) -> list[str]:
        """Sometimes a comment, sometimes blank lines."""
        found = [f"{margin}# note {next(self.numbers)}"] if self.chance.random() < 0.2 else []
        return [*found, *([""] * self.chance.choice((0, 0, 0, 1, 3)))]

    def behind(self) -> str:
        """Sometimes a comment behind a value."""
        return f"  # note {next(self.numbers)}" if self.chance.random() < 0.1 else ""

    def flow(self, node: Node) -> str:
        """On one line."""
        if isinstance(node.children, dict):
            return "{" + ", ".join(f"{key}: {self.flow(child)}" for key, child in self.shuffled(node)) + "}"
        if isinstance(node.children, list):
            return "[" + ", ".join(self.flow(child) for child in node.children) + "]"
        return json.dumps(node.data, ensure_ascii=False)

    def shuffled(self, node: Node) -> list[tuple[str, Node]]:
        """The entries of a mapping in any order; what its author named keeps its order."""
        assert isinstance(node.children, dict)
        entries = list(node.children.items())
        if set(node.children) & {"id", "steps", "who", "type", "inform", "within"}:
            self.chance.shuffle(entries)
        return entries

    def block(self, node: Node, margin: str) -> list[str]:
        """On lines of its own."""
        if isinstance(node.children, dict):
            lines = []
            for key, child in self.shuffled(node):
                lines += [*self.note(margin), *self.entry(key, child, margin)]
            return lines
        assert isinstance(node.children, list)
        return [line for child in node.children for line in [*self.note(margin), *self.item(child, margin)]]

    def entry(self, key: str, child: Node, margin: str) -> list[str]:
        """A key and its value."""
        if not child.children or self.chance.random() < 0.4:
            return [f"{margin}{key}:{self.chance.choice((' ', '   '))}{self.flow(child)}{self.behind()}"]
        deeper = margin + " " * self.chance.choice((1, 2, 3, 4))
        same = isinstance(child.children, list) and self.chance.random() < 0.3
        return [f"{margin}{key}:{self.behind()}", *self.block(child, margin if same else deeper)]

    def item(self, child: Node, margin: str) -> list[str]:
        """An item of a list."""
        if not isinstance(child.children, dict) or not child.children or self.chance.random() < 0.2:
            return [f"{margin}- {self.flow(child)}{self.behind()}"]
        inner = self.block(child, margin + "  ")
        first = next(at for at, line in enumerate(inner) if line.strip()[:1] not in ("", "#"))
        above = [margin + line.strip() for line in inner[:first]]
        return [*above, f"{margin}- {inner[first].lstrip()}", *inner[first + 1 :]]
