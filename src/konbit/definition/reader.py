"""The events of a YAML text put together as nodes, with every trap of YAML closed; `source` is the way in.

The parser is PyYAML's (libyaml where it is built in). Events are folded with a stack of our own: no recursion, no
construction by tag, and the limits hold before memory is spent.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import yaml

from konbit.definition.problems import Mark, Problem, did_you_mean, in_order
from konbit.definition.scalars import Scalar, resolve
from konbit.definition.syntax import Event, has_surrogate, new_parser, refuse_text, syntax_problem, with_tabs

Plain: TypeAlias = "Scalar | list[Plain] | dict[str, Plain]"

LONGEST_TEXT = 64 * 1024
DEEPEST = 64
MOST_NODES = 200_000
MOST_PROBLEMS = 1000

_NO_KEYS: dict[str, tuple[int, int]] = {}


class _Unreadable(Exception):
    """The rest of the text cannot be followed; the reason is among the problems."""


@dataclass(slots=True, eq=False)
class Node:
    """One value: where it stands, how it was written, what it holds. Indexes count characters of the text."""

    start: int
    end: int
    line: int
    column: int
    data: Plain
    style: str = ""
    text: str = ""
    children: "dict[str, Node] | list[Node] | None" = None
    keys: dict[str, tuple[int, int]] = field(default_factory=lambda: _NO_KEYS)
    alias: bool = False
    size: int = 1
    height: int = 1


@dataclass(slots=True, eq=False)
class _Open:
    """A collection that has begun and not ended; `key` is "" while a key is awaited, None for one to be dropped."""

    node: Node
    anchor: str | None
    awaits_key: bool
    as_key: bool = False
    key: str | None = None


class Reader:
    """Reads one text once; afterwards `found()` gives the problems."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
        self._problems: list[Problem] = []
        self._stack: list[_Open] = []
        self._root: Node | None = None
        self._anchors: dict[str, Node | None] = {}
        self._spans: list[tuple[int, int]] = []
        self._expanded = 0

    def found(self) -> tuple[Problem, ...]:
        """The problems by place, without doubles."""
        return in_order(self._problems)

    def read(self) -> Node | None:
        """The root node; for a text without any node an empty one at the beginning; None when unreadable."""
        try:
            self._problems = refuse_text(self.text, self.file)
            if self._problems:
                raise _Unreadable
            self._fold_events()
        except _Unreadable:
            self._problems = with_tabs(self._problems, self.text, self.file, self._spans, readable=False)
            return None
        self._problems = with_tabs(self._problems, self.text, self.file, self._spans, readable=True)
        return self._root or Node(0, 0, 1, 1, None)

    def _add(
        self, code: str, message: str, at: "Node | tuple[int, int]", hint: str = "", width: int = 1
    ) -> None:
        line, column = (at.line, at.column) if isinstance(at, Node) else at
        if len(self._problems) == MOST_PROBLEMS:
            message = f"more than {MOST_PROBLEMS:,} problems; the rest of the file was not read"
            self._problems.append(Problem("too-many-problems", message, Mark(self.file, line, column)))
            raise _Unreadable
        self._problems.append(Problem(code, message, Mark(self.file, line, column), hint=hint, width=width))

    # -- events ------------------------------------------------------------------------------------------------

    def _fold_events(self) -> None:
        parser = new_parser(self.text)
        handlers: dict[type, Callable[[Event], None]] = {
            yaml.ScalarEvent: self._scalar,
            yaml.AliasEvent: self._alias,
            yaml.MappingStartEvent: self._begin,
            yaml.SequenceStartEvent: self._begin,
            yaml.MappingEndEvent: self._finish,
            yaml.SequenceEndEvent: self._finish,
            yaml.DocumentStartEvent: self._document,
        }
        try:
            while event := parser.get_event():
                handler = handlers.get(type(event))
                if handler:
                    handler(event)
                elif isinstance(event, yaml.StreamEndEvent):
                    break
        except (yaml.YAMLError, ValueError) as error:
            self._problems.append(syntax_problem(error, self.text, self.file))
            raise _Unreadable from None
        finally:
            parser.dispose()

    def _document(self, event: Event) -> None:
        if self._root is not None:
            at = (event.start_mark.line + 1, event.start_mark.column + 1)
            self._add("many-documents", "a second document begins here", at, "keep one document in a file", 3)
            raise _Unreadable

    def _scalar(self, event: Event) -> None:
        start, end, style, text = event.start_mark, event.end_mark, event.style or "", event.value
        node = Node(start.index, end.index, start.line + 1, start.column + 1, text, style, text)
        if start.index >= len(self.text):
            # The parser puts what is implied at the end on a line of its own, which the text need not have.
            node.line = self.text.count("\n") + 1
            node.column = len(self.text) - self.text.rfind("\n")
        if style:
            if start.line != end.line:
                self._spans.append((start.index, end.index))
            if style == '"' and has_surrogate(text):
                self._add("bad-character", "an escape in this text stands for half a character", node)
                raise _Unreadable
        else:
            node.data = resolve(text)
        if len(text) > LONGEST_TEXT:
            self._add(
                "text-too-long", f"this text has {len(text):,} characters, {LONGEST_TEXT:,} are allowed", node
            )
        if event.tag is not None or event.anchor is not None:
            self._properties(event, node)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        if self._stack and self._stack[-1].awaits_key:
            self._key(self._stack[-1], node)
        else:
            self._attach(node)

    def _properties(self, event: Event, node: Node) -> None:
        if event.tag is not None:
            self._add(
                "yaml-tag",
                f"the tag {event.tag[:80]!r} means nothing here",
                node,
                "remove it; a text that begins with ! goes in quotes",
            )
        if event.anchor is not None and event.anchor in self._anchors:
            self._add(
                "duplicate-anchor",
                f"the anchor &{event.anchor[:80]} is set a second time",
                node,
                "give it another name",
                len(event.anchor) + 1,
            )

    def _key(self, top: _Open, node: Node) -> None:
        """Takes a key; a key that cannot be used is None, and its value is read and dropped."""
        top.awaits_key, top.key = False, None
        width = max(1, min(node.end - node.start, len(node.text) + 2))
        if not isinstance(node.data, str):
            shown = node.text or "nothing"
            self._add(
                "non-text-key", f"a key must be text, and {shown} is not", node, f'write "{node.text}"', width
            )
        elif node.text == "<<" and not node.style:
            self._add(
                "merge-key", "merge keys are not part of the language", node, "write the keys out", width
            )
        elif node.text in top.node.keys:
            first = top.node.keys[node.text][0]
            message = f"the key {node.text[:80]!r} is here a second time, the first is on line {first}"
            self._add("duplicate-key", message, node, "remove or rename one of them", width)
        else:
            top.key = node.text
            top.node.keys[node.text] = (node.line, node.column)

    def _begin(self, event: Event) -> None:
        start, mapping = event.start_mark, isinstance(event, yaml.MappingStartEvent)
        data: Plain = {} if mapping else []
        children: dict[str, Node] | list[Node] = {} if mapping else []
        node = Node(
            start.index, start.index, start.line + 1, start.column + 1, data, children=children, keys={}
        )
        if len(self._stack) >= DEEPEST:
            self._too_deep(node)
        if event.tag is not None or event.anchor is not None:
            self._properties(event, node)
        opened = _Open(node, event.anchor, mapping)
        if event.anchor:
            self._anchors[event.anchor] = None
        if self._stack and self._stack[-1].awaits_key:
            self._add("non-text-key", "a key must be text, not a list or a mapping", node)
            self._stack[-1].awaits_key, self._stack[-1].key, opened.as_key = False, None, True
        self._stack.append(opened)

    def _finish(self, event: Event) -> None:
        done = self._stack.pop()
        done.node.end = event.end_mark.index
        if done.anchor:
            self._anchors[done.anchor] = done.node
        if not done.as_key:
            self._attach(done.node)

    def _alias(self, event: Event) -> None:
        mark, name = event.start_mark, event.anchor or ""
        place, width = (mark.line + 1, mark.column + 1), len(name) + 1
        target = self._anchors.get(name)
        if target is None:
            if name in self._anchors:
                self._add(
                    "alias-loop",
                    f"*{name[:80]} stands inside &{name[:80]} itself",
                    place,
                    "write the value out",
                    width,
                )
            else:
                meant = did_you_mean(name, self._anchors)
                hint = f"did you mean *{meant}?" if meant else "set the anchor before the alias"
                self._add("unknown-alias", f"there is no anchor &{name[:80]} above", place, hint, width)
            raise _Unreadable
        node = Node(
            mark.index,
            event.end_mark.index,
            *place,
            target.data,
            target.style,
            target.text,
            target.children,
            target.keys,
            True,
            target.size,
            target.height,
        )
        if len(self._stack) + node.height > DEEPEST + 1:
            self._too_deep(node)
        top = self._stack[-1] if self._stack else None
        if top and top.awaits_key:
            self._add("non-text-key", "a key must be text, not an alias", place, "write the key out", width)
            top.awaits_key, top.key = False, None
        else:
            self._attach(node)

    def _attach(self, node: Node) -> None:
        self._expanded += node.size if node.alias or node.children is None else 1
        if self._expanded > MOST_NODES:
            self._add(
                "too-many-nodes",
                f"the file has more than {MOST_NODES:,} values, aliases counted in full",
                node,
                "use fewer aliases, or several files",
            )
            raise _Unreadable
        if not self._stack:
            self._root = node
            return
        top = self._stack[-1]
        parent = top.node
        if isinstance(parent.children, list) and isinstance(parent.data, list):
            parent.children.append(node)
            parent.data.append(node.data)
        else:
            top.awaits_key = True
            if top.key is None or not isinstance(parent.children, dict) or not isinstance(parent.data, dict):
                return
            parent.children[top.key] = node
            parent.data[top.key] = node.data
        parent.size += node.size
        parent.height = max(parent.height, node.height + 1)

    def _too_deep(self, node: Node) -> None:
        self._add(
            "too-deep", f"the nesting is deeper than {DEEPEST}", node, "move the inner part into a flowchart"
        )
        raise _Unreadable
