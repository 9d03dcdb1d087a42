"""From text to Python's syntax tree, with positions in characters; never raises and never takes long."""

import ast
import dataclasses
from typing import Final

from konbit.definition.expressions import limits
from konbit.definition.expressions.findings import Finding
from konbit.definition.expressions.lexer import scan

_SPACES: Final = str.maketrans("\t\r\n", "   ")
_NODES: Final = (ast.expr, ast.comprehension)


@dataclasses.dataclass(frozen=True, slots=True)
class Parsed:
    """The syntax tree of an expression and the way back to its text."""

    text: str
    body: ast.expr
    line: str
    shift: int

    def span(self, node: ast.expr) -> tuple[int, int]:
        """Offset and width of a node, in characters of the text that was given."""
        start = self._characters(node.col_offset)
        return self.shift + start, max(1, self._characters(node.end_col_offset or node.col_offset) - start)

    def quote(self, node: ast.expr) -> str:
        """The words of a node, shortened, for a message."""
        offset, width = self.span(node)
        words = " ".join(self.text[offset : offset + width].split())
        return words if len(words) <= 40 else f"{words[:37]}..."

    def _characters(self, column: int) -> int:
        # ast counts columns in UTF-8 bytes
        return len(self.line.encode()[:column].decode(errors="ignore"))


def parse(text: str) -> Parsed | tuple[Finding, ...]:
    """The syntax tree of `text` when it is within the limits, else the findings."""
    if len(text) > limits.MAX_LENGTH:
        message = f"the expression has {len(text):,} characters; {limits.MAX_LENGTH:,} are allowed"
        return (
            Finding(
                "expression-too-long",
                message,
                limits.MAX_LENGTH,
                len(text) - limits.MAX_LENGTH,
            ),
        )
    findings = scan(text)
    if findings:
        return findings
    # One line, no indentation: what a folded YAML text may add means nothing in an expression.
    line = text.translate(_SPACES)
    shift = len(line) - len(line.lstrip())
    line = line.strip()
    try:
        body = ast.parse(line, mode="eval").body
    except SyntaxError as error:
        return (_syntax_finding(line, shift, error),)
    except (ValueError, OverflowError):
        return (
            Finding(
                "expression-syntax",
                "this cannot be read as an expression",
                shift,
                max(1, len(line)),
            ),
        )
    except (RecursionError, MemoryError):
        return (_too_deep(shift, len(line)),)
    parsed = Parsed(text, body, line, shift)
    return _over_limit(parsed) or parsed


def _syntax_finding(line: str, shift: int, error: SyntaxError) -> Finding:
    offset = min(max((error.offset or 1) - 1, 0), len(line))
    rest = line[offset:].split()
    if not rest:
        return Finding(
            "expression-syntax",
            "the expression ends too early",
            shift + max(0, len(line) - 1),
            1,
        )
    word = rest[0] if len(rest[0]) <= 30 else f"{rest[0][:27]}..."
    message = f"the expression cannot be read from `{word}` on"
    return Finding("expression-syntax", message, shift + offset, len(rest[0]))


def _too_deep(offset: int, width: int) -> Finding:
    message = f"the expression is nested more than {limits.MAX_DEPTH} levels deep"
    return Finding("expression-too-deep", message, offset, width, hint="split it into steps")


def _over_limit(parsed: Parsed) -> tuple[Finding, ...]:
    """Measure depth and cost without recursion, so that no input can exhaust the stack."""
    count = 0
    stack: list[tuple[ast.AST, int]] = [(parsed.body, 1)]
    while stack:
        node, depth = stack.pop()
        if depth > limits.MAX_DEPTH:
            return (_too_deep(parsed.shift, len(parsed.line)),)
        count += 1
        stack.extend((child, depth + 1) for child in ast.iter_child_nodes(node) if isinstance(child, _NODES))
    if count > limits.MAX_NODES:
        message = f"the expression has {count:,} parts; {limits.MAX_NODES} are allowed"
        return (
            Finding(
                "expression-too-costly",
                message,
                parsed.shift,
                len(parsed.line),
                hint="split it into steps",
            ),
        )
    return ()
