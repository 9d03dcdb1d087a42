"""YAML text to plain data with a place for every node; nothing here raises on any text.

What is refused, each with its own code: `bad-yaml`, `bad-character`, `tab-indent`, `duplicate-key`, `non-text-key`,
`merge-key`, `yaml-tag`, `many-documents`, `unknown-alias`, `duplicate-anchor`, `alias-loop`, `too-deep`,
`too-many-nodes`, `too-many-problems`, `text-too-long`, `file-too-large`, `not-utf8`.
"""

import functools
from typing import TypeAlias

from konbit.definition.problems import Mark, Problem
from konbit.definition.reader import Node, Plain, Reader
from konbit.definition.scalars import origins
from konbit.definition.syntax import LARGEST_FILE, too_large

__all__ = ["Mark", "Path", "Plain", "Source", "read", "read_bytes"]

Path: TypeAlias = tuple[str | int, ...]


class Source:
    r"""One file that was read: its plain data, its text (line breaks are `\\n`), and where everything stands.

    `data` is shared between aliases of one anchor; treat it as read-only.
    """

    __slots__ = ("_lines", "_root", "data", "file", "text")

    def __init__(self, file: str, data: Plain, text: str, root: Node) -> None:
        self.file = file
        self.data = data
        self.text = text
        self._root = root
        self._lines: list[str] | None = None

    def where(self, path: Path) -> Mark:
        """The place of the value at `path`, or of its nearest ancestor that exists."""
        node = self._find(path)[0]
        return Mark(self.file, node.line, node.column)

    def key(self, path: Path) -> Mark:
        """The place of the key that ends `path`; `where(path)` when the last element is no key."""
        if path:
            parent, found = self._find(path[:-1])
            last = path[-1]
            if found and isinstance(last, str) and last in parent.keys:
                return Mark(self.file, *parent.keys[last])
        return self.where(path)

    def inside(self, path: Path, offset: int) -> Mark:
        """The place of the character at `offset` of the decoded scalar at `path`.

        An offset past the end gives the place after the last character. A value that is no scalar, or an alias
        (`*name`), gives `where(path)`.
        """
        node, found = self._find(path)
        if not found or node.children is not None or node.alias:
            return self.where(path)
        places = origins(self.text, node.start, node.end, node.style, node.text)
        if places is None:
            return self.where(path)
        offset = max(offset, 0)
        if offset < len(places):
            return self._mark(places[offset])
        return self._mark(places[-1] + 1) if places else self.where(path)

    def spelling(self, path: Path) -> str:
        """The scalar at `path` as it was written, decoded but not resolved (`1.10`); "" for anything else."""
        node, found = self._find(path)
        return node.text if found else ""

    def keys(self, path: Path) -> tuple[str, ...]:
        """The keys of the mapping at `path`, in order; () for anything else."""
        node, found = self._find(path)
        return tuple(node.keys) if found else ()

    def width(self, path: Path) -> int:
        """The number of characters that the value at `path` takes on its first line; 1 for a block or a collection."""
        node, found = self._find(path)
        if not found or node.children is not None or node.style in {"|", ">"}:
            return 1
        return max(1, len(self.text[node.start : node.end].split("\n", 1)[0]))

    def line(self, number: int) -> str:
        """The text of a line, counted from 1; "" when there is no such line."""
        if self._lines is None:
            self._lines = self.text.split("\n")
        return self._lines[number - 1] if 1 <= number <= len(self._lines) else ""

    def _find(self, path: Path) -> tuple[Node, bool]:
        """The node at `path` and True, or its nearest ancestor and False."""
        node = self._root
        for step in path:
            children, child = node.children, None
            if isinstance(children, dict) and isinstance(step, str):
                child = children.get(step)
            elif isinstance(children, list) and isinstance(step, int) and 0 <= step < len(children):
                child = children[step]
            if child is None:
                return node, False
            node = child
        return node, True

    def _mark(self, index: int) -> Mark:
        line_start = self.text.rfind("\n", 0, index) + 1
        return Mark(self.file, self.text.count("\n", 0, index) + 1, index - line_start + 1)


def read(text: str, file: str) -> tuple[Source | None, tuple[Problem, ...]]:
    """The source of a YAML text and its problems.

    The source is there in spite of problems that leave the structure clear (a duplicate key: the first one counts), so
    that one pass can report everything; it is None where the text cannot be followed.
    """
    reader = Reader(text, file)
    root = reader.read()
    source = None if root is None else Source(file, root.data, reader.text, root)
    return source, reader.found()


@functools.lru_cache(maxsize=64)
def read_bytes(content: bytes, file: str) -> tuple[Source | None, tuple[Problem, ...]]:
    """As `read`, for the bytes of a file: UTF-8, with or without a byte order mark; what was read lately is not read again."""
    if len(content) > LARGEST_FILE:
        return None, (too_large(file),)
    try:
        return read(content.decode("utf-8"), file)
    except UnicodeDecodeError as error:
        before = content[: error.start].removeprefix(b"\xef\xbb\xbf").decode("utf-8")
        before = before.replace("\r\n", "\n").replace("\r", "\n")
        where = Mark(file, before.count("\n") + 1, len(before) - before.rfind("\n"))
        message = f"the byte 0x{content[error.start]:02x} is not UTF-8"
        return None, (Problem("not-utf8", message, where, hint="save the file as UTF-8"),)
