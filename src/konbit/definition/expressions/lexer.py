"""The first look at an expression: only characters and words of the language get through to Python's parser.

This keeps escapes, comments, odd quotes and deep nesting away from `ast.parse`, and names the remedy.
"""

import dataclasses
import itertools
import re
from typing import Final

from konbit.definition.expressions import limits
from konbit.definition.expressions.findings import Finding

_TOKEN: Final = re.compile(
    r"""
    (?P<space>[ \t\r\n]+)
  | (?P<text>'[^'\\\x00-\x1f]*' | "[^"\\\x00-\x1f]*")
  | (?P<number>(?:0|[1-9][0-9]*(?:_[0-9]+)*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![\w.]))
  | (?P<badnumber>[0-9][\w.]*)
  | (?P<name>[^\W\d]\w*)
  | (?P<dot>\.(?=\s*[^\W\d]))
  | (?P<bad>\*\* | // | && | \|\| | := | -> | <> | => | === | =(?!=) | !(?!=) | [^\s\w=!<>+\-*/()\[\],])
  | (?P<operator>== | != | <= | >= | [<>+\-*/,])
  | (?P<open>[(\[])
  | (?P<close>[)\]])
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_ADVICE: Final = {
    ".": "write the name of a field after the point, and digits before it in a number: 0.5",
    "**": "write the product out: a * a",
    "//": "use `/`",
    "&&": "use `and`",
    "&": "use `and`",
    "||": "use `or`",
    "|": "use `or`",
    "!": "use `not`",
    "=": "use `==` to compare",
    "===": "use `==` to compare",
    "<>": "use `!=`",
    "=>": "use `>=`",
    "≥": "use `>=`",
    "≤": "use `<=`",
    "≠": "use `!=`",
    "\N{MULTIPLICATION SIGN}": "use `*`",
    "÷": "use `/`",
    "\N{MINUS SIGN}": "use `-`",
    "?": "write `a if condition else b`",
    "{": "write the name without braces",
    "}": "write the name without braces",
    "#": "put comments in the YAML, outside the expression",
    "\\": "texts have no escapes; use the other quote sign around a text that contains one",
    "%": "write a share as a number: 0.8",
    "$": "write the name alone",
    "`": "put texts in straight quotes: 'text'",
    "\N{LEFT SINGLE QUOTATION MARK}": "put texts in straight quotes: 'text'",
    "\N{RIGHT SINGLE QUOTATION MARK}": "put texts in straight quotes: 'text'",
    "\N{LEFT DOUBLE QUOTATION MARK}": "put texts in straight quotes: 'text'",
    "\N{RIGHT DOUBLE QUOTATION MARK}": "put texts in straight quotes: 'text'",
    "«": "put texts in straight quotes: 'text'",
    "»": "put texts in straight quotes: 'text'",
}
_UPPER_WORDS: Final = frozenset({"AND", "OR", "NOT", "IN", "IF", "ELSE"})
_KEYWORDS: Final = frozenset({"and", "or", "not", "in", "if", "else", "for", "is"})
_DURATION: Final = re.compile(r"([0-9]+)(m|min|h|d)\Z")
_DURATION_CALLS: Final = {"m": "minutes", "min": "minutes", "h": "hours", "d": "days"}
_PAIRS: Final = {")": "(", "]": "["}


@dataclasses.dataclass(frozen=True, slots=True)
class Token:
    """A word or sign of an expression and where it stands."""

    sort: str
    text: str
    offset: int


def scan(text: str) -> tuple[Finding, ...]:
    """Every character-level mistake in `text`; nothing else of it is looked at."""
    tokens = [
        Token(match.lastgroup or "", match.group(), match.start())
        for match in _TOKEN.finditer(text)
        if match.lastgroup != "space"
    ]
    findings = [finding for token in tokens if (finding := _check_token(token)) is not None]
    if not tokens:
        return (_syntax("there is no expression here", Token("", "", 0)),)
    findings += _check_neighbours(tokens)
    findings += _check_brackets(tokens)
    return tuple(sorted(findings, key=lambda finding: finding.offset))


def _check_token(token: Token) -> Finding | None:
    if token.sort == "badnumber":
        return _bad_number(token)
    if token.sort == "name" and token.text in _UPPER_WORDS:
        word = token.text.lower()
        return _not_allowed(f"`{token.text}` is not a word of the language", token, f"write `{word}`")
    if token.sort not in {"bad", "other"}:
        return None
    if token.text in {"'", '"'}:
        return _syntax("a text starts here and does not end on this line", token)
    if token.text in _ADVICE:
        return _not_allowed(
            f"`{token.text}` cannot be used in an expression",
            token,
            _ADVICE[token.text],
        )
    shown = f"`{token.text}`" if token.text.isprintable() else "a character that cannot be seen"
    return _syntax(f"{shown} (U+{ord(token.text[0]):04X}) cannot be used in an expression", token)


def _bad_number(token: Token) -> Finding:
    duration = _DURATION.match(token.text)
    hint = "write digits, with a point before the decimals: 1200 or 0.5"
    if token.text.isdigit():
        hint = "write numbers without commas and without zeros before them: 10000"
    if duration:
        hint = f"write {_DURATION_CALLS[duration[2]]}({int(duration[1])})"
    return _syntax(f"`{_short(token.text)}` is not a number", token, hint)


def _check_neighbours(tokens: list[Token]) -> list[Finding]:
    found = []
    if tokens[-1].sort in {"operator", "dot"} or tokens[-1].text in _KEYWORDS:
        found.append(
            _syntax(f"the expression ends after `{tokens[-1].text}`", tokens[-1], "write what follows")
        )
    for before, token in itertools.pairwise(tokens):
        touching = before.offset + len(before.text) == token.offset
        if token.sort == "text" and before.sort == "text":
            found.append(
                _syntax(
                    "two texts stand side by side",
                    token,
                    "put a comma or an operator between them",
                )
            )
        elif token.sort == "text" and before.sort == "name" and touching and before.text not in _KEYWORDS:
            found.append(_not_allowed(f"a text cannot be marked with `{_short(before.text)}`", before))
    return found


def _check_brackets(tokens: list[Token]) -> list[Finding]:
    opened: list[Token] = []
    for token in tokens:
        if token.sort == "open":
            opened.append(token)
            if len(opened) > limits.MAX_DEPTH:
                message = f"the expression is nested more than {limits.MAX_DEPTH} levels deep"
                return [
                    Finding(
                        "expression-too-deep",
                        message,
                        token.offset,
                        1,
                        hint="split it into steps",
                    )
                ]
        elif token.sort == "close":
            if not opened or opened[-1].text != _PAIRS[token.text]:
                return [_syntax(f"`{token.text}` closes a bracket that is not open", token)]
            opened.pop()
    return [_syntax(f"`{token.text}` is never closed", token) for token in opened]


def _short(text: str) -> str:
    return text if len(text) <= 30 else f"{text[:27]}..."


def _syntax(message: str, token: Token, hint: str = "") -> Finding:
    return Finding("expression-syntax", message, token.offset, len(token.text), hint=hint)


def _not_allowed(message: str, token: Token, hint: str = "") -> Finding:
    return Finding("expression-not-allowed", message, token.offset, len(token.text), hint=hint)
