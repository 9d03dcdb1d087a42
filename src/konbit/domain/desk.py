"""What a duty may look at while it is carried out. In production the store stands behind it, in the simulator memory.

A duty reads through the desk and gives back what is to be kept; nothing is written until the event that says it is done is
written too, in the same transaction. So a duty cut off in the middle has done nothing, and is simply carried out again.
"""

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Protocol

from pydantic import JsonValue

from konbit.definition.base import Mode
from konbit.definition.codelists import CodeLists
from konbit.definition.parameters import Value
from konbit.domain.directory import Directory


@dataclasses.dataclass(frozen=True)
class Facts:
    """What a run is about."""

    run: str
    flowchart: str
    mode: Mode
    parameters: Mapping[str, Value]
    now: dt.datetime
    marks: Mapping[str, dt.datetime]


@dataclasses.dataclass(frozen=True)
class Answer:
    """One accepted answer, as the person gave it."""

    id: str
    request: str
    person: str
    form: str
    record: str
    """What it is kept as: observation, offer, cluster_input, ..."""
    data: Mapping[str, JsonValue]
    at: dt.datetime
    slots: tuple[str, ...] = ()
    """The slots the person was asked for: `cluster_lead.HEA`."""


@dataclasses.dataclass(frozen=True)
class Asked:
    """One person asked in a request, and when they answered."""

    person: str
    slots: tuple[str, ...]
    asked_at: dt.datetime
    answered_at: dt.datetime | None
    verdict: str | None
    channel: str | None


@dataclasses.dataclass(frozen=True)
class ReportDocument:
    """A report that was assembled."""

    key: str
    """Unique in its run."""
    kind: str
    number: int
    title: str
    markdown: str
    csv: str = ""
    quarantined: int = 0


@dataclasses.dataclass(frozen=True)
class Done:
    """What carrying out a duty came to: the output for the journal, and the documents to keep with it."""

    output: Mapping[str, JsonValue]
    reports: tuple[ReportDocument, ...] = ()
    balance: Mapping[str, JsonValue] | None = None
    """Needs against offers, as JSON of `konbit.domain.matching.Balance`."""


class Desk(Protocol):
    """What can be looked up for one run."""

    @property
    def facts(self) -> Facts:
        """What the run is about."""
        ...

    @property
    def codes(self) -> CodeLists:
        """The code lists."""
        ...

    def directory(self) -> Directory:
        """The people of the run's country."""
        ...

    def contacted(self) -> list[str]:
        """All whom this run, and the runs it started, have told anything."""
        ...

    def answers(self, request: str) -> Sequence[Answer]:
        """The accepted answers to a request of this run, or to any request of the child run that a step started."""
        ...

    def asked(self, request: str) -> Sequence[Asked]:
        """Who was asked in a request."""
        ...

    def balances(self) -> Sequence[Mapping[str, JsonValue]]:
        """Needs against offers, as matched so far in this run."""
        ...

    def report(self, key: str) -> ReportDocument | None:
        """A report of this run."""
        ...

    def report_number(self, kind: str) -> int:
        """The number the next report of that kind has."""
        ...
