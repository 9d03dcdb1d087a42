"""The refusal to go on with a flowchart that has errors: in one line, with the first of them and its place."""

from pathlib import Path

from konbit.check.checker import check
from konbit.definition.library import PHASES, Library
from konbit.definition.problems import Severity
from konbit.errors import InvalidDefinition


def sound(library: Library, id: str) -> None:
    """Refuses to go on with a flowchart that has errors, or names content that has; those of other flowcharts do not matter.

    UnknownFlowchart if there is none of that id; InvalidDefinition with the first error and its place.
    """
    errors = [
        problem
        for problem in library.problems
        if problem.severity is Severity.ERROR and _about(Path(problem.where.file)) in (None, id)
    ]
    if id in library.flowcharts and not errors:
        errors = [one for one in check(library, [id]) if one.severity is Severity.ERROR]
        errors = [one for one in errors if _about(Path(one.where.file)) in (None, id)]
    if errors:
        more = f" (and {len(errors) - 1} more; `konbit check` prints all)" if len(errors) > 1 else ""
        raise InvalidDefinition(f"{errors[0].text()}{more}")
    library.flowchart(id)


def _about(file: Path) -> str | None:
    """The flowchart a file stands for by its place; None for content that flowcharts share."""
    return f"{file.parent.name}/{file.stem}" if file.parent.name in PHASES else None
