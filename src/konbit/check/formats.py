"""Problems for readers and machines: text, JSON, GitHub workflow commands, SARIF 2.1.0."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, TypeAlias
from urllib.parse import quote

from konbit.definition.problems import Problem, Severity, in_order, pretty
from konbit.definition.source import Source

Format: TypeAlias = Literal["text", "json", "github", "sarif"]
Sources: TypeAlias = Mapping[str, Source | str]
"""What was read by file name; for a file that could not be read as YAML, its text."""

_SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_GITHUB_LEVEL = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def render(problems: Sequence[Problem], sources: Sources, format: Format) -> str:
    """The problems by place in one of the formats, ending with a line break; "" for none in text and github."""
    return _FORMATS[format](in_order(problems), sources)


def _text(problems: Sequence[Problem], sources: Sources) -> str:
    shown = [pretty(problem, _line(problem, sources)) for problem in problems]
    return "\n\n".join(shown) + "\n" if shown else ""


def _json(problems: Sequence[Problem], _: Sources) -> str:
    listed = [
        {
            "file": problem.where.file,
            "line": problem.where.line,
            "column": problem.where.column,
            "width": problem.width,
            "severity": problem.severity.value,
            "code": problem.code,
            "message": problem.message,
            "allowed": list(problem.allowed),
            "hint": problem.hint,
        }
        for problem in problems
    ]
    return json.dumps(listed, ensure_ascii=False, indent=2) + "\n"


def _github(problems: Sequence[Problem], _: Sources) -> str:
    lines = []
    for problem in problems:
        where = problem.where
        properties = {
            "file": where.file,
            "line": str(where.line),
            "col": str(where.column),
            "endColumn": str(where.column + problem.width - 1),
            "title": problem.code,
        }
        shown = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
        lines.append(f"::{_GITHUB_LEVEL[problem.severity]} {shown}::{_data(_full(problem))}\n")
    return "".join(lines)


def _sarif(problems: Sequence[Problem], _: Sources) -> str:
    codes = sorted({problem.code for problem in problems})
    rules = [{"id": code, "shortDescription": {"text": code.replace("-", " ")}} for code in codes]
    run = {
        "tool": {"driver": {"name": "konbit", "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "results": [_sarif_result(problem, codes) for problem in problems],
    }
    report = {"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(report, ensure_ascii=False, indent=2) + "\n"


def _sarif_result(problem: Problem, codes: Sequence[str]) -> dict[str, object]:
    where = problem.where
    region = {"startLine": where.line, "startColumn": where.column, "endColumn": where.column + problem.width}
    place = {"artifactLocation": {"uri": quote(where.file)}, "region": region}
    return {
        "ruleId": problem.code,
        "ruleIndex": codes.index(problem.code),
        "level": problem.severity.value,
        "message": {"text": _full(problem)},
        "locations": [{"physicalLocation": place}],
    }


def _line(problem: Problem, sources: Sources) -> str:
    source = sources.get(problem.where.file, "")
    if isinstance(source, Source):
        return source.line(problem.where.line)
    lines = source.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return lines[problem.where.line - 1] if problem.where.line <= len(lines) else ""


def _full(problem: Problem) -> str:
    """All of a problem but its place, for formats with one field for the text."""
    parts = [problem.message]
    if problem.allowed:
        parts.append(f"allowed: {', '.join(problem.allowed)}")
    if problem.hint:
        parts.append(f"fix: {problem.hint}")
    return "\n".join(parts)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


_FORMATS: dict[Format, Callable[[Sequence[Problem], Sources], str]] = {
    "text": _text,
    "json": _json,
    "github": _github,
    "sarif": _sarif,
}
