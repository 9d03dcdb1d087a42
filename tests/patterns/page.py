"""Writes docs/reference/patterns.md: `python -m tests.patterns.page`. A test compares the page with what this gives."""

from pathlib import Path

from konbit.render.mermaid import mermaid
from tests.patterns.cases import PATTERNS, Pattern, Played
from tests.patterns.play import FOLDER, plan_of

PAGE = FOLDER.parents[1] / "docs" / "reference" / "patterns.md"
INTRODUCTION = """# Workflow patterns

What Konbit's language can say, measured against the 43 control-flow patterns of Russell, ter Hofstede, van der Aalst and
Mulyar (2006). Each pattern that runs is a chart in `tests/patterns`, played in a test with the events that stand here;
each that is refused has the problem that `konbit check` reports for it, and the reason.

In *what comes of it*, the steps that have ended stand in order; a question mark is a step that waits until it may start;
`[WSH]` is the item of a loop, `[1]` its round, `[~2]` a later visit after a way back.

This page is generated; do not edit it.
"""
PEOPLE = """## People and exceptions

| pattern | how | tested in |
|---|---|---|
| role-based allocation | `who: treasurer` | test_people.py |
| deferred allocation | the directory is looked at when the step starts | test_people.py |
| separation of duties | `who: {role: treasurer, not: request}` | test_people.py |
| retain familiar | `who: {role: treasurer, same_as: request}` | test_people.py |
| escalation | `escalate:` with waves, or the name of a ladder | test_people.py |
| delegation, reallocation | the command that hands a request to somebody else; a decline asks the next at once | test_people.py |
| skip, force, pre-do | the command that ends a step, also before it is reached | test_people.py |
| redo | the command that has a step done again | test_people.py |
| withdraw | `stop`, `abandon_if`, standing down | test_people.py |
| work failure | `on: {failed: [...]}`; without it the owner is told | test_exceptions.py |
| deadline expiry | `on: {no_answer: [...]}`, compulsory | test_exceptions.py |
| resource unavailable | the ladder moves on at once; a vacant role takes the way of silence | test_exceptions.py |
| external trigger | `wait: {signal: ...}`, `first_of`, added items | test_exceptions.py |
| constraint violation | `abandon_if` with `on: {abandoned: [...]}` | test_exceptions.py |

Each command is an event with an actor and a reason, and so a line of the run's journal.
"""
NEEDS = {"must": "must run", "should": "should run", "could": "could run", "refused": "refused"}


def page() -> str:
    """The text of the page."""
    parts = [INTRODUCTION, _contents(), *(_section(pattern) for pattern in PATTERNS), PEOPLE]
    return "\n".join(parts)


def _contents() -> str:
    lines = ["| # | pattern | need | written as |", "|---|---|---|---|"]
    for one in PATTERNS:
        written = f"refused: `{one.code}`" if one.code else one.written
        lines.append(f"| {one.number} | [{one.name}](#{_anchor(one)}) | {one.need} | {written} |")
    return "\n".join(lines) + "\n"


def _anchor(pattern: Pattern) -> str:
    kept = "".join(letter for letter in pattern.name.lower() if letter.isalnum() or letter in " -")
    return f"{pattern.number}-{kept.replace(' ', '-')}"


def _section(pattern: Pattern) -> str:
    (file,) = FOLDER.glob(f"{pattern.number:02d}-*.yaml")
    parts = [
        f"## {pattern.number} {pattern.name}\n",
        f"{pattern.use} ({NEEDS[pattern.need]})\n",
        f"Refused with `{pattern.code}`. {pattern.written}\n" if pattern.code else f"{pattern.written}\n",
        f"```yaml\n{_body(file)}```\n",
    ]
    if pattern.plays:
        parts.append(f"```mermaid\n{mermaid(plan_of(file.name))}```\n")
        parts.append(_plays(pattern.plays))
    return "\n".join(parts)


def _body(file: Path) -> str:
    """The chart without the head that every chart has."""
    return file.read_text(encoding="utf-8").partition("expires: {after: 30d}\n\n")[2]


def _plays(plays: tuple[Played, ...]) -> str:
    lines = ["| what happens | what comes of it |", "|---|---|"]
    for play in plays:
        given = [f"given {name}: {_shown(value)}" for name, value in play.given.items()]
        events = "; ".join([*given, *play.events]) or "the run starts"
        ends = [f"ended: {play.path}" if play.path else "nothing has ended"]
        ends += [f"open: {play.open}"] if play.open else []
        ends += [f"the run ends: {play.outcome}"] if play.outcome else []
        lines.append(f"| {events} | {'; '.join(ends)} |")
    return "\n".join(lines) + "\n"


def _shown(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
