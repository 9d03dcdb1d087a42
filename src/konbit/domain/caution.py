"""When one person is not enough: the full level for real, and drills that would reach very many. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from konbit.definition.base import Mode
from konbit.domain.delivery import DRILL_AUDIENCES
from konbit.domain.directory import Directory

Ground = Literal["full_actual", "large_drill"]
"""Why a run waits for a second person."""
GROUNDS: Mapping[Ground, str] = {
    "full_actual": "an actual run at the full level",
    "large_drill": "a drill that would reach more people than drills may without it",
}
LEVEL = "level"
FULL = "full"


@dataclass(frozen=True)
class Caps:
    """How many people a drill may reach, and how many SMS segments one message to each of them may take, without approval."""

    recipients: int = 500
    segments: int = 1500
    actual: int = 5000
    """To how many people an actual run may write that did not say so before it began."""

    def people(self, mode: Mode, said: int | None) -> int:
        """To how many people a run may write: as many as it said before it began, or as its mode may without saying."""
        return max(self.recipients if mode == "drill" else self.actual, said or 0)


@dataclass(frozen=True)
class Size:
    """How many people a run can reach at most, and how many SMS segments its longest message to each of them takes."""

    recipients: int
    segments: int


def grounds(mode: Mode, parameters: Mapping[str, object], size: Size, caps: Caps) -> list[Ground]:
    """Why the run needs a second person; empty if it needs none."""
    if mode == "actual":
        return ["full_actual"] if parameters.get(LEVEL) == FULL else []
    over = size.recipients > caps.recipients or size.segments > caps.segments
    return ["large_drill"] if over else []


def size_of(directory: Directory, roles: Iterable[str], mode: Mode, segments: Mapping[str, int]) -> Size:
    """The most that a run can reach which addresses these roles.

    `segments` says how many an SMS takes in each language; a language that is not in it counts as the longest.
    """
    wanted = set(roles)
    held = {binding.person for binding in directory.bindings if binding.role in wanted}
    active = {person.id: person for person in directory.people if person.status == "active"}
    fit = [
        endpoint
        for endpoint in directory.endpoints
        if endpoint.person in held and endpoint.person in active and endpoint.state in ("ok", "suspect")
        if mode == "actual" or (endpoint.allow_drill and endpoint.audience in DRILL_AUDIENCES)
    ]
    longest = max(segments.values(), default=1)
    texts = {endpoint.person for endpoint in fit if endpoint.kind == "sms"}
    return Size(
        recipients=len({endpoint.person for endpoint in fit}),
        segments=sum(
            segments.get(active[person].languages[0] if active[person].languages else "en", longest)
            for person in texts
        ),
    )


def same_person(one: str, other: str) -> bool:
    """Whether two actors of the audit are one: `operator:ana` at a terminal is `prefect:Ana` in the UI."""
    return _name(one) == _name(other)


def _name(actor: str) -> str:
    return actor.partition(":")[2].strip().casefold() or actor.strip().casefold()
