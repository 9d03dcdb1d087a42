"""How a run stands, for operators: read from its plan and its state, roles and counts only. Knows nothing of Prefect."""

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence

from konbit.domain.calldown import Contact, Tally, tallies
from konbit.engine.plan import Plan
from konbit.engine.state import ChildFrame, RequestFrame, RunState, SlotState, WaitFrame, WorkFrame
from konbit.render.mermaid import mermaid

AskedAt = Mapping[tuple[str, str], dt.datetime]
"""(request, person) → when that person was asked."""
_AT_WORK = (WorkFrame, RequestFrame, WaitFrame, ChildFrame)


@dataclasses.dataclass(frozen=True)
class Silence:
    """A role that was asked and has not answered."""

    step: str
    slot: str
    """The role and what it is of: `cluster_lead.HEA`."""
    wave: str
    """The wave that was asked last: `1 of 3`."""
    since: str
    """When it was asked first, in UTC."""
    critical: bool = False


@dataclasses.dataclass(frozen=True)
class Vacancy:
    """A role of an open request that nobody holds."""

    step: str
    slot: str
    critical: bool = False


@dataclasses.dataclass(frozen=True)
class Exhibits:
    """How a run stands."""

    chart: str | None = None
    """The chart as Mermaid, the current steps marked; without a fence."""
    silent: Sequence[Silence] = ()
    vacant: Sequence[Vacancy] = ()
    """Roles in the open requests that nobody holds: nobody is silent there, nobody was asked."""
    tallies: Sequence[Tally] = ()
    """How each call-down of the run goes."""
    asked: int = 0
    answered: int = 0
    """How many of those asked in the open requests have answered."""


def exhibits_of(
    plan: Plan, state: RunState, asked_at: AskedAt | None = None, contacts: Sequence[Contact] = ()
) -> Exhibits:
    """What operators are shown: the chart, how call-downs go, and who is silent in the open requests."""
    frames = state.requests
    return Exhibits(
        chart=marked(plan, state),
        silent=[silence for frame in frames for silence in _silences(plan, frame, asked_at or {})],
        vacant=[vacancy for frame in frames for vacancy in _vacancies(plan, frame)],
        tallies=tallies(contacts),
        asked=sum(len(frame.places) for frame in frames),
        answered=sum(len(frame.replies) for frame in frames),
    )


def marked(plan: Plan, state: RunState) -> str:
    """The chart of a run as Mermaid: what is done, and where it is now."""
    live = [frame for frame in state.live.values() if isinstance(frame, _AT_WORK)]
    return mermaid(plan, done=list(state.done), current=[plan.nodes[frame.node].step for frame in live])


def _silences(plan: Plan, frame: RequestFrame, asked_at: AskedAt) -> list[Silence]:
    return [
        Silence(
            step=plan.nodes[frame.node].step + frame.suffix,
            slot=name,
            wave=f"{slot.wave + 1} of {len(slot.waves)}",
            since=f"{_since(frame, slot, asked_at):%Y-%m-%d %H:%M} UTC",
            critical=slot.critical,
        )
        for name, slot in sorted(frame.slots.items())
        if not slot.covered and (slot.pending or slot.exhausted) and any(slot.waves)
    ]


def _vacancies(plan: Plan, frame: RequestFrame) -> list[Vacancy]:
    return [
        Vacancy(plan.nodes[frame.node].step + frame.suffix, name, slot.critical)
        for name, slot in sorted(frame.slots.items())
        if not any(slot.waves)
    ]


def _since(frame: RequestFrame, slot: SlotState, asked_at: AskedAt) -> dt.datetime:
    times = [asked_at[(frame.key, person)] for person in slot.pending if (frame.key, person) in asked_at]
    return min(times, default=frame.since)
