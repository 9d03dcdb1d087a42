"""One layout for every file: keys in order, two spaces, comments with the key they stand above, texts untouched.

Lines are moved and indented, never written anew: what an author wrote between two keys goes with the second one. The result
is read back; a file that would not say the same is refused.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from konbit.check.authoring.flows import INDENT, WIDTH, CannotFormat, Flows, Written
from konbit.check.authoring.order import ANYWHERE, Place, of_flowcharts
from konbit.definition.problems import Severity
from konbit.definition.reader import Node, Reader
from konbit.errors import InvalidDefinition

_AFTER_KEY = re.compile(r"^\s*:\s*")


def formatted(text: str, file: str) -> str:
    """The text in the one layout; the same text again if it is laid out so.

    Raises InvalidDefinition for what cannot be read, CannotFormat for what cannot be laid out without a change of meaning.
    """
    reader, root = _read(text, file)
    if not isinstance(root.children, dict) or not root.children or root.alias:
        return text
    written = Written(reader.text)
    if written.is_flow(root):
        return text
    place = of_flowcharts() if {"flowchart", "steps"} <= set(root.children) else ANYWHERE
    result = _Layout(written, place if not _shares(root) else ANYWHERE).file(root)
    _, again = _read(result, file)
    if again.data != root.data:
        raise CannotFormat(f"{file}: it is written in a way that cannot be laid out anew; mend it by hand")
    return result


def _read(text: str, file: str) -> tuple[Reader, Node]:
    reader = Reader(text, file)
    root = reader.read()
    errors = [problem for problem in reader.found() if problem.severity is Severity.ERROR]
    if root is None or errors:
        raise InvalidDefinition(errors[0].text() if errors else f"{file}: it cannot be read")
    return reader, root


def _shares(node: Node) -> bool:
    """Whether a part is used in several places: an anchor must stay before its aliases."""
    children = node.children.values() if isinstance(node.children, dict) else node.children or []
    return node.alias or any(_shares(child) for child in children)


@dataclass(slots=True)
class _Part:
    """An entry or an item: the lines above it, its own, and the comments that hang below it."""

    above: list[str]
    body: list[str] = field(default_factory=list)


class _Layout:
    """Lays out one text."""

    def __init__(self, written: Written, place: Place) -> None:
        self.written = written
        self.flows = Flows(written)
        self.place = place

    def file(self, root: Node) -> str:
        """The whole file; what stands above the first key stays there."""
        lines = self.written.lines
        first = root.line - 1
        head = _single_blanks([line.rstrip() for line in lines[:first]])
        body = self.mapping(root, self.place, 0, first, len(lines))
        return "\n".join([*head, *body]).strip("\n") + "\n"

    def mapping(self, node: Node, place: Place, indent: int, begin: int, end: int) -> list[str]:
        """A mapping as a block; its lines are those from `begin` to before `end`."""
        entries = self.written.keys(node)
        tops = [node.keys[entry[0]][0] - 1 for entry in entries]
        above = _comments(self.written.lines[begin : tops[0]], indent)
        parts = []
        for position, (key, spelt, after, value) in enumerate(entries):
            limit = tops[position + 1] if position + 1 < len(entries) else end
            column = node.keys[key][1] - 1
            own, rest = self.split(value, tops[position], limit, column)
            part = _Part(above, self.entry(spelt, after, value, place.key(key), indent, own))
            parts.append((key, part))
            above = _comments(self.written.lines[rest:limit], indent)
        found: list[str] = []
        for _, part in place.sorted(parts):
            found += [*part.above, *part.body]
        return [*_without_first_blanks(found), *above]

    def split(self, value: Node, top: int, limit: int, column: int) -> tuple[int, int]:
        """The line before which a block inside ends, and the line where the lines above the next entry begin.

        Comments that stand deeper than `column` right after a value belong to it.
        """
        rest = begin = max(self.written.last_line(value), top) + 1
        for line in range(begin, limit):
            text = self.written.lines[line]
            if text.strip() and len(text) - len(text.lstrip()) <= column:
                break
            if text.strip():
                rest = line + 1
        return rest, rest

    def entry(self, spelt: str, after: int, value: Node, place: Place, indent: int, end: int) -> list[str]:
        """One key with its value."""
        written, margin = self.written, " " * indent
        top = written.line_of(after)
        if written.is_block(value):
            head = f"{margin}{spelt}{written.lines[top][after - written.begins[top] :]}".rstrip()
            return [head, *self.inside(value, place, indent + INDENT, top + 1, end)]
        last = max(written.last_line(value), top)
        raw = written.text[after : written.begins[last + 1] - 1].split("\n")
        hanging = _comments(written.lines[last + 1 : end], indent)
        flow = self.flow(f"{margin}{spelt}:", raw, value, place, indent)
        if flow is not None:
            return [*flow, *hanging]
        first = raw[0].rstrip() if len(raw) == 1 else raw[0]
        if top == value.line - 1 and value.start < value.end:
            first = _AFTER_KEY.sub(": ", first, count=1)
        old = after - len(spelt) - written.begins[top]
        return [f"{margin}{spelt}{first}", *_shifted(raw[1:], indent - old), *hanging]

    def flow(self, head: str, raw: list[str], value: Node, place: Place, indent: int) -> list[str] | None:
        """A collection in braces or brackets on one line; None if it is none, or stands on several lines."""
        if not self.written.is_flow(value) or len(raw) != 1 or not self.flows.movable(value):
            return None
        inline = self.flows.line(value, place)
        behind = self.written.lines[value.line - 1][value.end - self.written.begins[value.line - 1] :].strip()
        line = f"{head} {inline}{f'  {behind}' if behind else ''}"
        if len(line) <= WIDTH or not self.flows.expandable(value):
            return [line]
        note = [f"{' ' * indent}{behind}"] if behind else []
        dash = head.endswith("-")
        block = self.flows.block(value, place, indent + INDENT)
        if dash:
            return [*note, f"{head} {block[0].lstrip()}", *block[1:]]
        return [*note, head, *block]

    def inside(self, node: Node, place: Place, indent: int, begin: int, end: int) -> list[str]:
        """A collection that is written by indentation."""
        if isinstance(node.children, dict):
            return self.mapping(node, place, indent, begin, end)
        return self.sequence(node, place, indent, begin, end)

    def sequence(self, node: Node, place: Place, indent: int, begin: int, end: int) -> list[str]:
        """A list as a block."""
        assert isinstance(node.children, list)
        dashes = list(self.dashes(node.children, begin))
        above = _comments(self.written.lines[begin : dashes[0]], indent)
        found: list[str] = []
        for position, child in enumerate(node.children):
            dash = dashes[position]
            limit = dashes[position + 1] if position + 1 < len(dashes) else end
            text = self.written.lines[dash]
            own, rest = self.split(child, dash, limit, len(text) - len(text.lstrip()))
            found += [*above, *self.item(child, place.item(), indent, dash, own)]
            above = _comments(self.written.lines[rest:limit], indent)
        return [*_without_first_blanks(found), *above]

    def dashes(self, children: list[Node], begin: int) -> Iterator[int]:
        """The line of the dash of each item."""
        line = begin
        for child in children:
            while line < child.line - 1 and self.written.lines[line].strip()[:1] in ("", "#"):
                line += 1
            if not self.written.lines[line].lstrip().startswith("-"):
                raise CannotFormat(
                    f"line {line + 1}: a list is written here in a way that cannot be laid out"
                )
            yield line
            line = max(self.written.last_line(child), line) + 1

    def item(self, value: Node, place: Place, indent: int, dash: int, end: int) -> list[str]:
        """One item with its dash."""
        written, margin = self.written, " " * indent
        text = written.lines[dash]
        column = len(text) - len(text.lstrip())
        if written.is_block(value):
            return self.block_item(value, place, indent, dash, end)
        last = max(written.last_line(value), dash)
        raw = written.text[written.begins[dash] + column + 1 : written.begins[last + 1] - 1].split("\n")
        hanging = _comments(written.lines[last + 1 : end], indent)
        flow = self.flow(f"{margin}-", raw, value, place, indent)
        if flow is not None:
            return [*flow, *hanging]
        return [f"{margin}- {raw[0].strip(' ')}".rstrip(), *_shifted(raw[1:], indent - column), *hanging]

    def block_item(self, value: Node, place: Place, indent: int, dash: int, end: int) -> list[str]:
        """An item that is a mapping or a list by indentation."""
        text = self.written.lines[dash]
        behind = text.lstrip()[1:].strip()
        own_line = not behind or behind.startswith(("#", "&"))
        if behind.startswith("&") or not isinstance(value.children, dict):
            raise CannotFormat(f"line {dash + 1}: a list is written here in a way that cannot be laid out")
        begin = dash + 1 if own_line else dash
        lines = self.mapping(value, place, indent + INDENT, begin, end)
        first = next(at for at, line in enumerate(lines) if line.strip()[:1] not in ("", "#"))
        margin = " " * indent
        notes = [margin + line.strip() for line in lines[:first] if line.strip()]
        head = [margin + behind] if own_line and behind else []
        return [*head, *notes, f"{margin}- {lines[first].lstrip()}", *lines[first + 1 :]]


def _comments(lines: list[str], indent: int) -> list[str]:
    """Lines of comments and blank lines, indented anew; the ends of documents stay where they are."""
    kept = []
    for line in lines:
        text = line.strip()
        kept.append(text if not text or text in ("...", "---") else " " * indent + text)
    return _single_blanks(kept)


def _shifted(lines: list[str], by: int) -> list[str]:
    """The lines of a text over several lines, indented as its key is."""
    moved = []
    for line in lines:
        blanks = len(line) - len(line.lstrip(" "))
        moved.append(" " * max(blanks + by, 0) + line.lstrip(" ") if line else "")
    return moved


def _without_first_blanks(lines: list[str]) -> list[str]:
    first = next((at for at, line in enumerate(lines) if line.strip()), len(lines))
    return lines[first:]


def _single_blanks(lines: list[str]) -> list[str]:
    return [line for at, line in enumerate(lines) if line or at == 0 or lines[at - 1]]
