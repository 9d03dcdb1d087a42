"""Collections in braces and brackets: their keys in order on one line, or as a block where the line is too long."""

import bisect
import re
from typing import Final

from konbit.check.authoring.order import Place
from konbit.definition.reader import Node
from konbit.errors import UserError

WIDTH: Final = 120
INDENT: Final = 2
_ANCHOR = re.compile(r"(?:&\S+\s+)+")
_KEY_ENDS = re.compile(r"[ \t]*[:,}]")
_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*'")


class CannotFormat(UserError):
    """This file is written in a way that cannot be laid out anew without changing what it says."""


class Written:
    """A text and where its values stand in it; lines count from 0."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = text.split("\n")
        self.begins = [0]
        for line in self.lines:
            self.begins.append(self.begins[-1] + len(line) + 1)

    def line_of(self, index: int) -> int:
        """The line of a character."""
        return bisect.bisect_right(self.begins, index) - 1

    def is_blank(self, line: int) -> bool:
        """Whether a line holds nothing."""
        return not self.lines[line].strip()

    def is_flow(self, node: Node) -> bool:
        """Whether a collection stands in braces or brackets."""
        if node.children is None or node.alias:
            return False
        anchor = _ANCHOR.match(self.text, node.start)
        return self.text[anchor.end() if anchor else node.start] in "{["

    def is_block(self, node: Node) -> bool:
        """Whether a collection is written by indentation."""
        return node.children is not None and not node.alias and not self.is_flow(node)

    def last_line(self, node: Node) -> int:
        """The last line of a value, without the blank lines that may follow it."""
        if node.children is not None and self.is_block(node):
            inner = node.children.values() if isinstance(node.children, dict) else node.children
            return max((self.last_line(child) for child in inner), default=node.line - 1)
        if node.start >= node.end:
            return node.line - 1
        last = self.line_of(node.end - 1)
        if node.style in ("|", ">") and "+" not in self.lines[self.line_of(node.start)][-3:]:
            while last > node.line - 1 and self.is_blank(last):
                last -= 1
        return last

    def keys(self, node: Node) -> list[tuple[str, str, int, Node]]:
        """The entries of a mapping: the key, how it is spelt, where it ends, its value."""
        assert isinstance(node.children, dict)
        return [(key, *self._key(key, node.keys[key]), child) for key, child in node.children.items()]

    def _key(self, key: str, place: tuple[int, int]) -> tuple[str, int]:
        start = self.begins[place[0] - 1] + place[1] - 1
        quoted = _QUOTED.match(self.text, start)
        end = quoted.end() if quoted else start + len(key)
        if not _KEY_ENDS.match(self.text, end) or (not quoted and self.text[start:end] != key):
            raise CannotFormat(
                f"line {place[0]}: the key '{key[:40]}' is written in a way that cannot be moved"
            )
        return self.text[start:end], end


class Flows:
    """Renders collections that stand in braces or brackets on one line."""

    def __init__(self, written: Written) -> None:
        self.written = written

    def movable(self, node: Node) -> bool:
        """Whether it stands on one line, and every value in it is there to be moved."""
        written = self.written
        if node.alias or node.children is None:
            return node.alias or node.start < node.end
        if written.text[node.start] not in "{[" or written.line_of(node.start) != written.line_of(
            node.end - 1
        ):
            return False
        inner = node.children.values() if isinstance(node.children, dict) else node.children
        return all(self.movable(child) for child in inner)

    def line(self, node: Node, place: Place) -> str:
        """On one line, with the keys in order; as it was written if they are."""
        as_written = self.written.text[node.start : node.end]
        if not self.written.is_flow(node) or not self.movable(node) or not node.children:
            return as_written
        if isinstance(node.children, dict):
            entries = place.sorted(self.written.keys(node))
            values = [self.line(child, place.key(key)) for key, _, _, child in entries]
            parts = [f"{entry[1]}: {value}" for entry, value in zip(entries, values, strict=True)]
            children = [entry[3] for entry in entries]
            same = [entry[0] for entry in entries] == list(node.children)
        else:
            children, same = node.children, True
            parts = values = [self.line(child, place.item()) for child in children]
        written = [self.written.text[child.start : child.end] for child in children]
        if same and values == written:
            return as_written
        both = "{}" if isinstance(node.children, dict) else "[]"
        return f"{both[0]}{', '.join(parts)}{both[1]}"

    def block(self, node: Node, place: Place, indent: int) -> list[str]:
        """As a block; what fits on a line stays on one."""
        margin, lines = " " * indent, []
        if isinstance(node.children, dict):
            for key, spelt, _, child in place.sorted(self.written.keys(node)):
                line = f"{margin}{spelt}: {self.line(child, place.key(key))}"
                if len(line) > WIDTH and self.expandable(child):
                    lines += [f"{margin}{spelt}:", *self.block(child, place.key(key), indent + INDENT)]
                else:
                    lines.append(line)
            return lines
        for child in node.children or []:
            line = f"{margin}- {self.line(child, place.item())}"
            if len(line) > WIDTH and self.expandable(child) and isinstance(child.children, dict):
                first, *rest = self.block(child, place.item(), indent + INDENT)
                lines += [f"{margin}- {first.lstrip()}", *rest]
            else:
                lines.append(line)
        return lines

    def expandable(self, node: Node) -> bool:
        """Whether it can be written as a block."""
        return (
            bool(node.children)
            and self.written.is_flow(node)
            and self.movable(node)
            and self._own_braces(node)
        )

    def _own_braces(self, node: Node) -> bool:
        """False where a pair stands in a list without braces of its own."""
        if isinstance(node.children, list):
            return all(
                child.children is None or child.alias or self.written.is_flow(child)
                for child in node.children
            )
        return True
