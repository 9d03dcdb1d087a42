"""Problems in what an author wrote: values with a place, never exceptions."""

import difflib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

_TAB_WIDTH = 4
_SNIPPET_WIDTH = 160
_LONGEST_WORD = 80


class Severity(StrEnum):
    """How bad a problem is: an error refuses the file, a warning and a note do not."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A place in a file; line and column count characters from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding: a kebab-case code, what was found, where, what is allowed there and how to mend it.

    `width` is the number of characters to underline, all on the line of `where`.
    """

    code: str
    message: str
    where: Mark
    severity: Severity = Severity.ERROR
    hint: str = ""
    allowed: tuple[str, ...] = ()
    width: int = 1

    def text(self) -> str:
        """The problem on one line: `file:line:column: error[code]: message`."""
        return f"{self.where}: {self.severity}[{self.code}]: {self.message}"


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The problems by place, without doubles."""
    return tuple(sorted(dict.fromkeys(problems), key=lambda one: (one.where, one.code, one.message)))


def did_you_mean(word: str, names: Iterable[str]) -> str | None:
    """The name that was probably meant by `word`, or None when none is near.

    A difference in case, or of hyphen, space and underscore only, always counts as near.
    """
    if not word or len(word) > _LONGEST_WORD:
        return None
    by_plain: dict[str, str] = {}
    for name in names:
        by_plain.setdefault(_plain(name), name)
    plain = _plain(word)
    if plain in by_plain:
        return by_plain[plain]
    near = difflib.get_close_matches(plain, by_plain, n=1, cutoff=0.66)
    return by_plain[near[0]] if near else None


def pretty(problem: Problem, source_line: str) -> str:
    """The problem for a reader: its text, the line with the place underlined, what is allowed, the fix.

    Without the source line (an empty line, or a file that is not at hand) nothing is underlined.
    """
    number = str(problem.where.line)
    margin = " " * len(number)
    lines = [problem.text()]
    if source_line:
        shown, caret = _underlined(source_line, problem.where.column, problem.width)
        lines += [f"{number} | {shown}".rstrip(), f"{margin} | {caret}"]
    if problem.allowed:
        lines.append(f"{margin}   allowed: {', '.join(problem.allowed)}")
    if problem.hint:
        lines.append(f"{margin}   fix: {problem.hint}")
    return "\n".join(lines)


def _plain(word: str) -> str:
    return word.strip().casefold().replace("-", "_").replace(" ", "_")


def _underlined(line: str, column: int, width: int) -> tuple[str, str]:
    """The line as a terminal can show it, and the underline that stands below `column`."""
    begin = min(max(column - 1, 0), len(line))
    first = max(0, begin - _SNIPPET_WIDTH // 2)
    window = line[first : first + _SNIPPET_WIDTH]
    begin -= first
    end = min(max(begin + width, begin + 1), max(len(window), begin + 1))
    cells = [_cell(character) for character in window]
    before = sum(_columns(cell) for cell in cells[:begin])
    under = max(1, sum(_columns(cell) for cell in cells[begin:end]))
    return "".join(cells), " " * before + "^" + "~" * (under - 1)


def _cell(character: str) -> str:
    if character == "\t":
        return " " * _TAB_WIDTH
    # Cc and Cf hold escape sequences and direction marks, which would rewrite the reader's terminal.
    return "\ufffd" if unicodedata.category(character) in {"Cc", "Cf", "Cs"} else character


def _columns(cell: str) -> int:
    """The number of terminal columns of a cell: two for wide characters, none for combining marks."""
    if len(cell) != 1:
        return len(cell)
    if unicodedata.category(cell) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(cell) in {"W", "F"} else 1
