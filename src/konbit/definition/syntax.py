"""What is wrong with a YAML text as text: forbidden characters, tabs, and the parser's refusals in an author's words."""

import re
from collections.abc import Callable, Iterable
from typing import Protocol

import yaml

from konbit.definition.problems import Mark, Problem

LARGEST_FILE = 1024 * 1024
"""In bytes."""

_MOST_SHOWN = 20
# Outside the printable set of YAML 1.2, or (U+0085, U+2028, U+2029) a line break in YAML 1.1 and none in 1.2.
_FORBIDDEN = re.compile(
    "[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_TABS = re.compile(r"^ *\t[ \t]*(?=[^\s#])", re.MULTILINE)
_QUOTE_IT = "put the whole text in quotes"
# The parser's own finding: what we say of it, and how it is mended.
_WORDS = {
    "mapping values are not allowed in this context": ("a ':' stands where no key can be", _QUOTE_IT),
    "could not find expected ':'": ("a key without ':' after it", "write 'key: value'"),
    "did not find expected key": (
        "this does not continue the mapping above",
        "check the indentation, and quotes inside quotes",
    ),
    "did not find expected '-' indicator": ("this does not continue the list above", "check the indentation"),
    "did not find expected ',' or ']'": ("a list in [ ] that does not end", "write ] at its end"),
    "did not find expected ',' or '}'": ("a mapping in { } that does not end", "write } at its end"),
    "found unexpected end of stream": ("a quote that does not end", "close the quote"),
    "found character that cannot start any token": ("a text cannot begin with this character", _QUOTE_IT),
    "block sequence entries are not allowed in this context": (
        "a list item cannot begin here",
        "begin a new line",
    ),
    "found unknown escape character": ("an escape that YAML does not know", "write \\\\ for a backslash"),
    "did not find expected alphabetic or numeric character": ("a name is missing after & or *", _QUOTE_IT),
}
_AT_CONTEXT = {
    "found unexpected end of stream",
    "did not find expected ',' or ']'",
    "did not find expected ',' or '}'",
}


class _Mark(Protocol):
    index: int
    line: int
    column: int


class Event(Protocol):
    """What is read of the parser's events; which of them a handler may read depends on the kind."""

    start_mark: _Mark
    end_mark: _Mark
    anchor: str | None
    tag: str | None
    style: str | None
    value: str


class Parser(Protocol):
    """The parser of PyYAML, as far as it is used."""

    def get_event(self) -> Event | None:
        """The next event; None after the last."""

    def dispose(self) -> None:
        """Lets go of the text."""


new_parser: Callable[[str], Parser] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""A parser for a text: libyaml where PyYAML has it, which is ten times as fast."""


def syntax_problem(error: Exception, text: str, file: str) -> Problem:
    """The problem for an exception of the parser; `bad-yaml`, or `tab-indent` where a tab is the reason."""
    found = getattr(error, "problem", None) or "this is not YAML"
    mark = getattr(error, "problem_mark", None)
    if found in _AT_CONTEXT and getattr(error, "context_mark", None):
        mark = getattr(error, "context_mark", None)
    index = min(getattr(mark, "index", 0), len(text))
    where = _mark(file, text, index)
    if text[index : index + 1] == "\t":
        return _tab(where)
    message, hint = _WORDS.get(found, (found, ""))
    return Problem("bad-yaml", message, where, hint=hint)


def too_large(file: str) -> Problem:
    """The problem of a file over `LARGEST_FILE`."""
    message = f"the file is larger than {LARGEST_FILE:,} bytes"
    return Problem("file-too-large", message, Mark(file, 1, 1), hint="split it into several files")


def refuse_text(text: str, file: str) -> list[Problem]:
    """What keeps a text from being parsed at all: its size, or characters that YAML forbids (the first twenty)."""
    if len(text) > LARGEST_FILE or len(text.encode("utf-8", "surrogatepass")) > LARGEST_FILE:
        return [too_large(file)]
    hint = "remove it, or write it as an escape inside double quotes"
    problems = []
    for match in _FORBIDDEN.finditer(text):
        message = f"the character U+{ord(match.group()):04X} cannot stand in YAML"
        problems.append(Problem("bad-character", message, _mark(file, text, match.start()), hint=hint))
        if len(problems) == _MOST_SHOWN:
            break
    return problems


def has_surrogate(text: str) -> bool:
    """Whether the text holds half of a character, as an escape can make it."""
    return bool(_SURROGATE.search(text))


def with_tabs(
    problems: list[Problem], text: str, file: str, spans: Iterable[tuple[int, int]], *, readable: bool
) -> list[Problem]:
    """The problems and those of tabs that indent, outside the `spans` of texts over several lines.

    A syntax error on the line of such a tab is its consequence and is left out; nothing is said of what follows the
    place where an unreadable text was given up.
    """
    last = max((problem.where.line for problem in problems), default=1)
    tabs: list[Problem] = []
    following = iter(spans)
    span = next(following, None)
    for match in _TABS.finditer(text):
        # Spans and tabs both come in the order of the text, so one walk over both is enough.
        while span and span[1] <= match.start():
            span = next(following, None)
        if span and span[0] < match.start():
            continue
        where = _mark(file, text, text.index("\t", match.start()))
        if len(tabs) == _MOST_SHOWN or not (readable or where.line <= last):
            break
        tabs.append(_tab(where))
    lines = {tab.where.line for tab in tabs}
    return [*tabs, *(one for one in problems if one.code != "bad-yaml" or one.where.line not in lines)]


def _tab(where: Mark) -> Problem:
    return Problem("tab-indent", "a tab stands in the indentation", where, hint="indent with spaces")


def _mark(file: str, text: str, index: int) -> Mark:
    return Mark(file, text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index))
