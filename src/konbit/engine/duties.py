"""The kinds of work a run asks for, and what each takes and gives.

A duty is carried out by a task (see the top-level `tasks` package); in the simulator by the same pure functions without
Prefect. Its inputs and outputs are JSON, so that the journal can keep them.
"""

from typing import Literal

from pydantic import JsonValue

from konbit.definition.base import Model

DutyName = Literal[
    "contact",
    "ask",
    "assess",
    "mobilize",
    "collect_inputs",
    "approve",
    "match",
    "draft",
    "send",
    "inform",
    "alarm",
]
"""contact, ask, assess, mobilize, collect_inputs and approve recruit: they say who is asked, in which wave. match compares
needs with offers. draft assembles a report, send publishes it. inform and alarm say who is told."""
RECRUITING = ("contact", "ask", "assess", "mobilize", "collect_inputs", "approve")
TELLING = ("inform", "send", "alarm")


class RoleRef(Model):
    """A role, with what it is of if that is known: `cluster_lead` of `HEA`."""

    role: str
    of: str | None = None

    def __str__(self) -> str:
        return f"{self.role}.{self.of}" if self.of else self.role


class Addressed(RoleRef):
    """A role that is addressed, and whom of its holders the run knows already."""

    without: list[str] = []
    """Ids of persons who are not asked for it: they answered what this is to check."""
    first: list[str] = []
    """Ids of persons who are asked before the others: they answered what this goes on from."""


class Recruit(Model):
    """Say who is asked: for each role, who in which wave."""

    who: list[Addressed]
    waves: list[str] = ["primary"]
    """`primary`, `backup` or a role that stands in, in the order of the waves."""
    per_role: int = 1
    """How many each role needs; 0 for all who are asked first."""
    critical: list[str] = []
    country: str | None = None


class Slot(Model):
    """A role to be filled in a request, and the people for it, wave by wave."""

    slot: str
    """The role and what it is of: `cluster_lead.HEA`."""
    need: int = 1
    critical: bool = True
    waves: list[list[str]]
    """Ids of persons; an empty wave has nobody."""


class Roster(Model):
    """What recruiting gives: frozen in the journal, so that later changes of the directory do not change the run."""

    slots: list[Slot]


class Tell(Model):
    """Say who is told."""

    who: list[Addressed]
    country: str | None = None


class Recipients(Model):
    """What telling gives."""

    people: list[str]
    vacant: list[str] = []
    """Roles that nobody holds."""


class Match(Model):
    """Compare the needs found by one request with the offers made to another."""

    needs: str
    offers: str


class Matched(Model):
    """What matching gives: counts; the rows are in the store."""

    needs: int
    met: int
    gaps: int
    held: int = 0
    summary: str = ""


class Draft(Model):
    """Assemble a report."""

    report: str
    step: str
    inputs: dict[str, JsonValue] = {}
    """Results of steps by name, and under `requests` the requests whose answers go in."""
    requests: list[str] = []


class Drafted(Model):
    """What drafting gives."""

    report: str
    """The id of the stored report."""
    number: int
    rows: int = 0
    quarantined: int = 0


class Send(Tell):
    """Publish a report to roles."""

    report: str
