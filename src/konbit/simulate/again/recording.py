"""A run as it was recorded: its journal and those of the runs it started, with the bundles they are pinned to."""

import dataclasses
import json
from collections.abc import Iterable, Sequence

from pydantic import Field, JsonValue, TypeAdapter, ValidationError

from konbit.definition import bundle as bundles
from konbit.definition.base import Model
from konbit.definition.bundle import Bundle
from konbit.domain.directory import Binding, Directory, Person
from konbit.engine.compile import compile_plan
from konbit.engine.events import AnyEvent, Started
from konbit.engine.plan import Plan
from konbit.errors import KonbitError, UserError
from konbit.simulate.world import Played

FORMAT = 1
"""The version of the file."""


class InvalidJournal(UserError):
    """The file is no exported journal of a run, or its runs do not fit together."""


@dataclasses.dataclass(frozen=True)
class RecordedRun:
    """One run: `path` is empty for the one that was asked for, and `/assessment` for one that its step started."""

    path: str
    plan: Plan
    events: tuple[AnyEvent, ...]

    @property
    def parent(self) -> str | None:
        """The path of the run that started it."""
        return self.path.rpartition("/")[0] if self.path else None

    @property
    def key(self) -> str:
        """Its name in the run that started it."""
        return self.path.rpartition("/")[2]


@dataclasses.dataclass(frozen=True)
class Recording:
    """A run and those it started, parents first; and who held which role, to know whom else one would have asked."""

    name: str
    runs: tuple[RecordedRun, ...]
    directory: Directory

    def plan(self, flowchart: str) -> Plan | None:
        """The plan of a flowchart that is part of it."""
        return next((run.plan for run in self.runs if run.plan.flowchart == flowchart), None)


class _Run(Model):
    path: str
    bundle: dict[str, JsonValue]
    events: list[AnyEvent] = Field(min_length=1)


class _File(Model):
    konbit_journal: int
    run: str
    runs: list[_Run] = Field(min_length=1)
    people: list[dict[str, JsonValue]] = []
    bindings: list[Binding] = []


_READER: TypeAdapter[_File] = TypeAdapter(_File)


def record(
    name: str, runs: Iterable[tuple[str, Bundle, Sequence[AnyEvent]]], directory: Directory
) -> Recording:
    """A recording of journals by the path of their run; InvalidJournal if they do not fit together.

    A run that has not started yet is left out.
    """
    found = [(path, bundle, tuple(events)) for path, bundle, events in runs if events]
    charts = {bundle.flowchart.flowchart: bundle.flowchart for _, bundle, _ in found}
    made = tuple(
        RecordedRun(path, compile_plan(bundle, charts.get), events)
        for path, bundle, events in sorted(found, key=_path)
    )
    paths = [run.path for run in made]
    if not made or made[0].path or len(set(paths)) < len(paths):
        raise InvalidJournal("the journal has no main run, or two of the same place")
    for run in made:
        if not isinstance(run.events[0], Started):
            raise InvalidJournal(f"the journal of {run.plan.flowchart} does not begin with its start")
        if run.parent is not None and run.parent not in paths:
            raise InvalidJournal(f"the run that started {run.path} is missing")
    return Recording(name, made, directory)


def _path(run: tuple[str, Bundle, tuple[AnyEvent, ...]]) -> tuple[int, str]:
    return run[0].count("/"), run[0]


def of_simulation(runs: Sequence[Played], directory: Directory) -> Recording:
    """What a simulation recorded of its main run and those that its steps started, in the form of a real one."""
    main = runs[0]
    places = {id(main): ""}
    for run in runs[1:]:
        if id(run.parent) in places:
            places[id(run)] = f"{places[id(run.parent)]}/{run.parent_key}"
    family = [(places[id(run)], run.plan.bundle, run.journal) for run in runs if id(run) in places]
    return record(main.id, family, directory)


def write(recording: Recording) -> str:
    """The recording as JSON: who is asked by id and role, what they answered, no names and no addresses."""
    data = {
        "konbit_journal": FORMAT,
        "run": recording.name,
        "runs": [
            {
                "path": run.path,
                "bundle": json.loads(run.plan.bundle.dump()),
                "events": [event.model_dump(mode="json") for event in run.events],
            }
            for run in recording.runs
        ],
        "people": [
            {"id": person.id, "zone": person.zone, "status": person.status}
            for person in recording.directory.people
        ],
        "bindings": [
            one.model_dump(mode="json", exclude_defaults=True) for one in recording.directory.bindings
        ],
    }
    return json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def read(text: str, file: str) -> Recording:
    """Reads what `write` wrote; InvalidJournal for anything else."""
    try:
        data = json.loads(text)
    except ValueError as error:
        raise InvalidJournal(f"{file}: this is no JSON ({error})") from None
    if not isinstance(data, dict) or data.get("konbit_journal") != FORMAT:
        raise InvalidJournal(f"{file}: this is no journal that `konbit whatif RUN --export FILE` wrote")
    try:
        found = _READER.validate_python(data)
        people = [Person.model_validate({"name": one.get("id"), **one}) for one in found.people]
        runs = [(run.path, bundles.load(json.dumps(run.bundle)), run.events) for run in found.runs]
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise InvalidJournal(f"{file}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    except KonbitError as error:
        raise InvalidJournal(f"{file}: {error}") from None
    return record(found.run, runs, Directory(people=people, bindings=found.bindings))
