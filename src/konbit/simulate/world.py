"""The world of a simulation, in memory: runs and what they keep, and the desk that duties look things up at."""

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence

from pydantic import JsonValue, PrivateAttr

from konbit.definition.base import Mode
from konbit.definition.codelists import CodeLists
from konbit.definition.parameters import Value
from konbit.domain.desk import Answer, Asked, Done, Facts, ReportDocument
from konbit.domain.directory import Binding, Directory, Person
from konbit.engine.duties import RoleRef
from konbit.engine.effects import DoWork, OpenRequest
from konbit.engine.events import Answered, AnyEvent
from konbit.engine.pausing import takes
from konbit.engine.plan import Plan
from konbit.engine.state import RunState


@dataclasses.dataclass(frozen=True, slots=True)
class Receipt:
    """A message that reached somebody."""

    at: dt.datetime
    run: str
    step: str
    purpose: str
    message: str
    person: str
    channel: str


@dataclasses.dataclass(eq=False)
class Played:
    """One run, and everything it keeps."""

    id: str
    plan: Plan
    mode: Mode
    parameters: Mapping[str, Value]
    parent: "Played | None" = None
    parent_key: str = ""
    state: RunState = dataclasses.field(default_factory=RunState)
    journal: list[AnyEvent] = dataclasses.field(default_factory=list)
    works: list[DoWork] = dataclasses.field(default_factory=list)
    """Asked for and not yet carried out."""
    children: list["Played"] = dataclasses.field(default_factory=list)
    requests: dict[str, OpenRequest] = dataclasses.field(default_factory=dict)
    slots: dict[str, dict[str, tuple[str, ...]]] = dataclasses.field(default_factory=dict)
    """By request: person → the slots that name them in any wave."""
    asked: dict[str, dict[str, dt.datetime]] = dataclasses.field(default_factory=dict)
    answers: dict[str, list[Answered]] = dataclasses.field(default_factory=dict)
    """By request; late ones are kept."""
    told: set[str] = dataclasses.field(default_factory=set)
    unreachable: set[tuple[str, str]] = dataclasses.field(default_factory=set)
    reports: dict[str, ReportDocument] = dataclasses.field(default_factory=dict)
    balances: list[Mapping[str, JsonValue]] = dataclasses.field(default_factory=list)
    held: list[AnyEvent | str] = dataclasses.field(default_factory=list)
    """Events and timers that came while the run was paused."""
    ended_at: dt.datetime | None = None

    @property
    def ended(self) -> bool:
        """True if the run is over."""
        return self.state.status == "ended"

    def holds(self, what: AnyEvent | str) -> bool:
        """Whether an event, or a timer that falls due, waits until the run goes on: it is paused."""
        return self.state.paused is not None and (isinstance(what, str) or not takes(self.state, what))

    def descendants(self) -> "list[Played]":
        """All that it has started, directly or not."""
        return [one for child in self.children for one in (child, *child.descendants())]

    def open(self, request: OpenRequest) -> None:
        """Keeps a request that people may answer."""
        self.requests[request.request] = request
        self.slots[request.request] = _slots_of(request)

    def contacted(self) -> set[str]:
        """All whom this run and those it started asked or told anything."""
        found = self.told.union(*self.asked.values())
        return found.union(*(child.contacted() for child in self.children))

    def keep(self, done: Done) -> None:
        """Keeps what a duty came to."""
        self.reports |= {report.key: report for report in done.reports}
        if done.balance is not None:
            self.balances.append(done.balance)

    def accepted(self, request: str) -> list[Answer]:
        """Every accepting answer; from a form that is answered once, the last one of each person."""
        opened = self.requests[request]
        form = self.plan.bundle.forms.get(opened.form or "")
        slots = self.slots[request]
        found = [
            Answer(
                id=f"{request}#{number}",
                request=request,
                person=answer.person,
                form=opened.form or "",
                record=form.record if form else "decision",
                data=answer.data,
                at=answer.at,
                slots=slots.get(answer.person, ()),
            )
            for number, answer in enumerate(self.answers.get(request, ()), start=1)
            if answer.verdict == "accept"
        ]
        return found if form and form.many else list({answer.person: answer for answer in found}.values())


def _slots_of(request: OpenRequest) -> dict[str, tuple[str, ...]]:
    """Person → the slots that name them in any wave."""
    found: dict[str, dict[str, None]] = {}
    for slot in request.slots:
        for wave in slot.waves:
            for person in wave:
                found.setdefault(person, {})[slot.slot] = None
    return {person: tuple(sorted(names)) for person, names in found.items()}


class IndexedDirectory(Directory):
    """A directory that remembers who holds a role: a simulation asks for the same roles again and again."""

    _known: dict[tuple[RoleRef, str | None], dict[str, list[Binding]]] = PrivateAttr(default_factory=dict)

    def holders(self, role: RoleRef, country: str | None) -> dict[str, list[Binding]]:
        """Slot name → bindings in the order of rank."""
        key = (role, country)
        if key not in self._known:
            self._known[key] = super().holders(role, country)
        return {slot: list(bindings) for slot, bindings in self._known[key].items()}

    def plain(self, people: list[Person]) -> Directory:
        """The same directory with other people, remembering nothing."""
        return Directory.model_construct(**{**dict(self), "people": people})


def indexed(directory: Directory) -> IndexedDirectory:
    """The same directory, quicker to ask."""
    if isinstance(directory, IndexedDirectory):
        return directory
    return IndexedDirectory.model_construct(**dict(directory))


@dataclasses.dataclass(frozen=True)
class MemoryDesk:
    """What duties may look at for one run: the twin of the desk on the store."""

    run: Played
    now: dt.datetime
    people: Directory
    codes: CodeLists

    @property
    def facts(self) -> Facts:
        """What the run is about."""
        run = self.run
        return Facts(run.id, run.plan.flowchart, run.mode, run.parameters, self.now, dict(run.state.marks))

    def directory(self) -> Directory:
        """The people."""
        return self.people

    def contacted(self) -> list[str]:
        """All whom this run, and the runs it started, have told anything."""
        return sorted(self.run.contacted())

    def answers(self, request: str) -> Sequence[Answer]:
        """The accepted answers to a request, or to every request of the child run that a step started."""
        if request in self.run.requests:
            return self.run.accepted(request)
        for child in self.run.children:
            if child.parent_key == request:
                return [answer for key in child.answers for answer in child.accepted(key)]
        return []

    def asked(self, request: str) -> Sequence[Asked]:
        """Who was asked in a request, and when they first answered."""
        if request not in self.run.requests:
            return []
        slots = self.run.slots[request]
        first: dict[str, Answered] = {}
        for answer in self.run.answers.get(request, ()):
            first.setdefault(answer.person, answer)
        return [
            Asked(
                person,
                slots.get(person, ()),
                at,
                first[person].at if person in first else None,
                first[person].verdict if person in first else None,
                first[person].channel if person in first else None,
            )
            for person, at in self.run.asked.get(request, {}).items()
        ]

    def balances(self) -> Sequence[Mapping[str, JsonValue]]:
        """Needs against offers, as matched so far."""
        return self.run.balances

    def report(self, key: str) -> ReportDocument | None:
        """A report of this run."""
        return self.run.reports.get(key)

    def report_number(self, kind: str) -> int:
        """The number the next report of that kind has."""
        return 1 + sum(1 for report in self.run.reports.values() if report.kind == kind)
