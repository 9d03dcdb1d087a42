"""A library: the definitions found in one folder or several, with their sources and what is wrong with them.

A folder holds `roles.yaml`, `messages/`, `forms/`, `codes/`, and flowcharts under `preparedness/`, `response/`, `recovery/`.
Reading never raises for what an author wrote: problems are values, and what can be read is there all the same.
"""

import dataclasses
import importlib.resources
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import RootModel

from konbit.definition.base import Model, Name
from konbit.definition.bundle import Bundle
from konbit.definition.codelists import CodeList, CodeLists, parse_codelist
from konbit.definition.content import Form, Message, Role
from konbit.definition.flowchart import Flowchart
from konbit.definition.mentions import BUILT_IN_MESSAGES, mentions
from konbit.definition.problems import Mark, Problem, in_order
from konbit.definition.shape import parse
from konbit.definition.source import Source, read_bytes
from konbit.errors import InvalidDefinition, KonbitError, UnknownFlowchart

PHASES = ("preparedness", "response", "recovery")
M = TypeVar("M", bound=Model)


class Roles(RootModel[dict[Name, Role]]):
    """The file of roles."""


class Messages(RootModel[dict[Name, Message]]):
    """A file of messages."""


@dataclasses.dataclass(frozen=True)
class Library:
    """Definitions by name. `problems` are those of reading and of shape; what rules find is in `konbit.check`."""

    flowcharts: dict[str, Flowchart]
    forms: dict[str, Form]
    messages: dict[str, Message]
    roles: dict[str, Role]
    codes: CodeLists
    sources: dict[str, Source]
    """By file."""
    files: dict[tuple[str, str], str]
    """(kind, name) → the file it is in."""
    problems: tuple[Problem, ...]

    def flowchart(self, id: str) -> Flowchart:
        """The flowchart of that id; UnknownFlowchart with what there is if there is none."""
        found = self.flowcharts.get(id)
        if found is None:
            raise UnknownFlowchart(
                f"there is no flowchart '{id}'; there are: {', '.join(sorted(self.flowcharts)) or 'none'}"
            )
        return found

    def bundle(self, id: str) -> Bundle:
        """The flowchart with the forms, messages and roles it names."""
        flowchart = self.flowchart(id)
        named = {(mention.kind, mention.name.partition(".")[0]) for mention in mentions(flowchart)}
        named |= {("message", name) for name in BUILT_IN_MESSAGES}
        return Bundle(
            flowchart=flowchart,
            forms={name: form for name, form in sorted(self.forms.items()) if ("form", name) in named},
            messages={
                name: message for name, message in sorted(self.messages.items()) if ("message", name) in named
            },
            roles={name: role for name, role in sorted(self.roles.items()) if ("role", name) in named},
        )

    def source_of(self, id: str) -> Source:
        """The source of a flowchart."""
        return self.sources[self.files[("flowchart", id)]]


def bundled() -> Path:
    """The definitions that come with Konbit: inside the installed package, or beside it in a checkout."""
    packaged = Path(str(importlib.resources.files("konbit"))) / "_bundled" / "definitions"
    return packaged if packaged.is_dir() else Path(__file__).resolve().parents[3] / "definitions"


class _Reader:
    """Reads folders and single files into the parts of a library."""

    def __init__(self) -> None:
        self.flowcharts: dict[str, Flowchart] = {}
        self.forms: dict[str, Form] = {}
        self.messages: dict[str, Message] = {}
        self.roles: dict[str, Role] = {}
        self.codes: dict[str, CodeList] = {}
        self.sources: dict[str, Source] = {}
        self.files: dict[tuple[str, str], str] = {}
        self.problems: list[Problem] = []

    def folder(self, root: Path) -> None:
        """Reads everything a folder holds."""
        for path in sorted(root.glob("*.y*ml")):
            if path.stem == "roles":
                self.read_roles(path)
        for path in sorted(root.glob("codes/*.y*ml")):
            self.read_codes(path)
        for path in sorted(root.glob("messages/*.y*ml")):
            self.read_messages(path)
        for path in sorted(root.glob("forms/*.y*ml")):
            self.read_form(path)
        for phase in PHASES:
            for path in sorted(root.glob(f"{phase}/*.y*ml")):
                self.read_flowchart(path, f"{phase}/{path.stem}")

    def source(self, path: Path) -> Source | None:
        """Reads one file."""
        try:
            content = path.read_bytes()
        except OSError as error:
            self.problems.append(
                Problem("unreadable-file", error.strerror or str(error), Mark(str(path), 1, 1))
            )
            return None
        source, problems = read_bytes(content, str(path))
        self.problems.extend(problems)
        if source is not None:
            self.sources[str(path)] = source
        return source

    def read_roles(self, path: Path) -> None:
        """Reads the file of roles."""
        if source := self.source(path):
            found, problems = parse(source, Roles)
            self.problems.extend(problems)
            for name, role in (found.root if found else {}).items():
                self._keep("role", name, path, source.key((name,)), self.roles, role)

    def read_messages(self, path: Path) -> None:
        """Reads a file of messages."""
        if source := self.source(path):
            found, problems = parse(source, Messages)
            self.problems.extend(problems)
            for name, message in (found.root if found else {}).items():
                self._keep("message", name, path, source.key((name,)), self.messages, message)

    def read_form(self, path: Path) -> None:
        """Reads a form."""
        if source := self.source(path):
            form, problems = parse(source, Form)
            self.problems.extend(problems)
            if form:
                self._keep("form", form.form, path, source.where(("form",)), self.forms, form)

    def read_codes(self, path: Path) -> None:
        """Reads a code list."""
        if source := self.source(path):
            try:
                codes = parse_codelist(source.data)
            except KonbitError as error:
                self.problems.append(Problem("bad-code-list", str(error), source.where(())))
            else:
                self.codes[codes.codes] = codes

    def read_flowchart(self, path: Path, expected: str | None = None) -> None:
        """Reads a flowchart; in a library its id is where its file is."""
        source = self.source(path)
        if source is None:
            return
        flowchart, problems = parse(source, Flowchart)
        self.problems.extend(problems)
        if flowchart is None:
            return
        where = source.where(("flowchart",))
        if expected is not None and flowchart.flowchart != expected:
            message = f"the id '{flowchart.flowchart}' does not fit the file, which stands for '{expected}'"
            self.problems.append(
                Problem(
                    "misplaced-flowchart", message, where, allowed=(expected,), width=len(flowchart.flowchart)
                )
            )
        self._keep("flowchart", flowchart.flowchart, path, where, self.flowcharts, flowchart)

    def _keep(self, kind: str, name: str, path: Path, where: Mark, into: dict[str, M], value: M) -> None:
        if name in into:
            first = self.files[(kind, name)]
            self.problems.append(
                Problem(
                    "defined-twice",
                    f"the {kind} '{name}' is already defined in {first}",
                    where,
                    width=len(name),
                )
            )
            return
        into[name] = value
        self.files[(kind, name)] = str(path)

    def library(self) -> Library:
        """What was read."""
        return Library(
            self.flowcharts,
            self.forms,
            self.messages,
            self.roles,
            CodeLists(self.codes.values()),
            self.sources,
            self.files,
            in_order(self.problems),
        )


def load(folders: Sequence[Path] = (), files: Sequence[Path] = ()) -> Library:
    """Reads folders of definitions (the bundled ones if none is given), and single flowcharts beside them."""
    reader = _Reader()
    for folder in folders or [bundled()]:
        if not folder.is_dir():
            raise InvalidDefinition(f"there is no folder {folder}")
        reader.folder(folder)
    for file in files:
        reader.read_flowchart(file)
    return reader.library()
