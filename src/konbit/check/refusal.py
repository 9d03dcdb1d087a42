"""The refusal to go on with a flowchart that has errors: in one line, with the first of them and its place."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from konbit.check.checker import check
from konbit.definition.library import PHASES, Library
from konbit.definition.mentions import BUILT_IN_MESSAGES, PREPARED_MESSAGES, mentions
from konbit.definition.problems import Problem, Severity
from konbit.errors import InvalidDefinition

_FOLDERS: Final = {"messages": "message", "forms": "form"}
"""Where content is of which a flowchart uses some alone, and what it holds."""


def sound(library: Library, id: str) -> None:
    """Refuses to go on with a flowchart that has errors, or uses content that has; what it does not use does not matter.

    It uses roles and code lists, the messages and forms that it or a flowchart it runs names, and what every run can send.
    UnknownFlowchart if there is none of that id; InvalidDefinition with the first error and its place.
    """
    counts = _counts(library, id)
    errors = [one for one in library.problems if counts(one)]
    if id in library.flowcharts and not errors:
        errors = [one for one in check(library, [id]) if counts(one)]
    if errors:
        more = f" (and {len(errors) - 1} more; `konbit check` prints all)" if len(errors) > 1 else ""
        raise InvalidDefinition(f"{errors[0].text()}{more}")
    library.flowchart(id)


def _counts(library: Library, id: str) -> Callable[[Problem], bool]:
    used = {file for kind, name in _content(library, id) for file in _files(library, kind, name)}

    def counts(problem: Problem) -> bool:
        file = Path(problem.where.file)
        if problem.severity is not Severity.ERROR:
            return False
        if file.parent.name in PHASES:
            return f"{file.parent.name}/{file.stem}" == id
        return file.parent.name not in _FOLDERS or str(file) in used

    return counts


def _content(library: Library, id: str) -> Iterator[tuple[str, str]]:
    """Kind and name of the content that a flowchart uses, with that of the flowcharts it runs."""
    yield from (("message", name) for name in (*BUILT_IN_MESSAGES, *PREPARED_MESSAGES))
    seen, left = {id}, [id]
    while left:
        flowchart = library.flowcharts.get(left.pop())
        for mention in mentions(flowchart) if flowchart else ():
            if mention.kind in _FOLDERS.values():
                yield mention.kind, mention.name
            elif mention.kind == "flowchart" and mention.name not in seen:
                seen.add(mention.name)
                left.append(mention.name)


def _files(library: Library, kind: str, name: str) -> Iterator[str]:
    """The files that define it; where none does, those that cannot be read as YAML, for it may be in one of them."""
    folder = next(folder for folder, held in _FOLDERS.items() if held == kind)
    there = {
        file: source.data for file, source in library.sources.items() if Path(file).parent.name == folder
    }
    defining = [file for file, data in there.items() if isinstance(data, dict) and _defines(data, kind, name)]
    yield from defining
    if not defining and not (kind == "message" and name in PREPARED_MESSAGES):
        unread = {one.where.file for one in library.problems} - library.sources.keys()
        yield from (file for file in unread if Path(file).parent.name == folder)


def _defines(data: Mapping[str, object], kind: str, name: str) -> bool:
    return name in data if kind == "message" else data.get("form") == name
