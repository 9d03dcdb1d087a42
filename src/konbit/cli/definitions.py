"""Where commands find definitions: the folder that comes with Konbit, folders that were named, single files."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import click

from konbit.definition.library import PHASES, Library, load
from konbit.errors import UnknownFlowchart

Command = TypeVar("Command", bound=Callable[..., object])


def definitions_option(command: Command) -> Command:
    """The option that says where the definitions are."""
    return click.option(
        "--definitions",
        "folders",
        multiple=True,
        envvar="KONBIT_DEFINITIONS",
        type=click.Path(path_type=Path),
        metavar="FOLDER",
        help="Where roles, messages, forms and flowcharts are; those that come with Konbit if it is not given.",
    )(command)


def read_library(folders: Sequence[Path], files: Sequence[Path] = ()) -> Library:
    """The library in the folders; those named must be there."""
    return load([folder for folder in folders if str(folder)], files)


def select(targets: Sequence[str], folders: Sequence[Path]) -> tuple[Library, list[str] | None]:
    """The library and the flowcharts in it that `targets` mean: ids, files, or folders; None stands for all.

    A file or a folder inside a tree of definitions is read with that tree; a file outside of any is read beside the
    definitions that are configured. UnknownFlowchart for what is neither an id nor on the disk.
    """
    paths = [Path(target) for target in targets if _is_path(target)]
    trees = {root: None for path in paths if (root := _root(path)) is not None}
    loose = [path for path in paths if path.is_file() and _root(path) is None]
    library = read_library(list(trees) or folders, loose)
    ids: list[str] = []
    for target in targets:
        found = _ids(library, target)
        if found is None:
            return library, None
        ids.extend(found)
    return library, ids or None


def _is_path(target: str) -> bool:
    return Path(target).exists()


def _root(path: Path) -> Path | None:
    """The tree of definitions that a path is, or is in."""
    if path.is_dir() and any((path / phase).is_dir() for phase in PHASES):
        return path
    for place in path.parents if len(path.parts) > 1 else path.absolute().parents:
        if (place / "roles.yaml").is_file() and any((place / phase).is_dir() for phase in PHASES):
            return place
    return None


def _ids(library: Library, target: str) -> list[str] | None:
    """The flowcharts that a target means; None if it is the whole library."""
    if not _is_path(target):
        return [library.flowchart(target).flowchart] if not _unreadable(library, target) else [target]
    path = Path(target).resolve()
    if path == (_root(Path(target)) or path).resolve() and path.is_dir():
        return None
    here = [
        name
        for (kind, name), file in library.files.items()
        if kind == "flowchart" and Path(file).resolve().is_relative_to(path)
    ]
    if here or any(Path(problem.where.file).resolve().is_relative_to(path) for problem in library.problems):
        return here or None
    if any(Path(file).resolve().is_relative_to(path) for file in library.sources):
        return None
    raise UnknownFlowchart(f"there is no flowchart in {target}")


def _unreadable(library: Library, id: str) -> bool:
    """Whether there is a file for that id which could not be read: its problems are to be printed."""
    return id not in library.flowcharts and any(
        Path(problem.where.file).with_suffix("").as_posix().endswith(f"/{id}") for problem in library.problems
    )
