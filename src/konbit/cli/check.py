"""`konbit check`: everything that is wrong with the definitions, at once, each with its place."""

import dataclasses
import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from konbit.check.checker import check as find_problems
from konbit.check.formats import Format, render
from konbit.cli.definitions import definitions_option, read_library, select
from konbit.definition.library import Library
from konbit.definition.problems import Mark, Problem, Severity
from konbit.definition.source import Source


@click.command()
@click.argument("targets", nargs=-1, metavar="[PATH | ID]...")
@click.option(
    "--format",
    "shape",
    type=click.Choice(["text", "json", "github", "sarif"]),
    default="text",
    show_default=True,
    help="text for people, json for programs, github and sarif for annotations in reviews.",
)
@click.option(
    "--against",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="FOLDER",
    help="The definitions as they were: find what a change would do to runs that began with them.",
)
@click.option("--strict", is_flag=True, help="Let warnings fail the check as errors do.")
@definitions_option
def check(
    targets: Sequence[str], shape: Format, against: Path | None, folders: Sequence[Path], *, strict: bool
) -> None:
    """Find everything that is wrong with flowcharts and what they name.

    Without arguments all flowcharts are checked. A PATH is a file or a folder of definitions, an ID is a flowchart such as
    response/activation. Every finding says where it is, what was found, what is allowed and how to mend it; `konbit explain
    CODE` says more.

    Exit code 0 if there is no error (with --strict: and no warning), 2 if there is.

    \b
    konbit check
    konbit check response/activation
    konbit check definitions --format github
    konbit check definitions --against /backup/definitions
    """  # noqa: D301 - \b is how click is told to keep lines
    with _uncollected():
        library, ids = select(targets, folders)
        before = read_library([against]) if against is not None else None
        problems = [_from_here(problem) for problem in find_problems(library, ids, before)]
    if ids is not None:
        problems = _of_files(problems, library, ids)
    click.echo(render(problems, _sources(library, problems), shape), nl=False)
    failing = (Severity.ERROR, Severity.WARNING) if strict else (Severity.ERROR,)
    refused = any(problem.severity in failing for problem in problems)
    if shape == "text":
        click.echo(_verdict(problems, len(ids) if ids is not None else len(library.flowcharts)), err=True)
    if refused:
        click.get_current_context().exit(2)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the collector of cycles: it goes through a long chart again and again, for close to half of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _of_files(problems: Iterable[Problem], library: Library, ids: Sequence[str]) -> list[Problem]:
    """What is wrong with other flowcharts is left out; what they share with those asked for stays."""
    others = {
        _short(file)
        for (kind, name), file in library.files.items()
        if kind == "flowchart" and name not in ids
    }
    return [problem for problem in problems if problem.where.file not in others]


def _from_here(problem: Problem) -> Problem:
    where = problem.where
    return dataclasses.replace(problem, where=Mark(_short(where.file), where.line, where.column))


def _short(file: str) -> str:
    """The file as somebody in this folder would name it: editors and reviews find it by that."""
    path = Path(file)
    if path.is_absolute() and path.is_relative_to(Path.cwd()):
        return str(path.relative_to(Path.cwd()))
    return file


def _sources(library: Library, problems: Iterable[Problem]) -> dict[str, Source | str]:
    """What was read, by file; of a file that is no YAML, its text."""
    sources: dict[str, Source | str] = {_short(file): source for file, source in library.sources.items()}
    for problem in problems:
        if problem.where.file not in sources:
            try:
                sources[problem.where.file] = Path(problem.where.file).read_text("utf-8", "replace")
            except OSError:
                sources[problem.where.file] = ""
    return sources


def _verdict(problems: Sequence[Problem], flowcharts: int) -> str:
    looked = f"{flowcharts} flowchart{'' if flowcharts == 1 else 's'} checked"
    counts = [
        f"{number} {severity.value}{'' if number == 1 else 's'}"
        for severity in Severity
        if (number := sum(1 for problem in problems if problem.severity is severity))
    ]
    return f"{looked}: {', '.join(counts) or 'nothing is wrong'}"
