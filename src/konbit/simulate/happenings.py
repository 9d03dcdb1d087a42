"""How injections change a play."""

import dataclasses
import datetime as dt
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, assert_never

from konbit.engine.effects import DoWork
from konbit.engine.events import (
    Answered,
    AnyEvent,
    Extended,
    ItemAdded,
    OutcomeForced,
    Paused,
    Reassigned,
    Redone,
    Resumed,
    Signalled,
    StoodDown,
)
from konbit.engine.state import RequestFrame
from konbit.simulate.behaviour import fits
from konbit.simulate.injection import Command, Failure, Fall, Injection, Refusal, Start
from konbit.simulate.world import Played, indexed

if TYPE_CHECKING:
    from konbit.simulate.simulator import Simulator

OPERATOR = "operator:scenario"
PARTS = re.compile(r"[/\[]")


@dataclasses.dataclass
class Disturbances:
    """What has broken in so far and still holds."""

    gone: set[str] = dataclasses.field(default_factory=set)
    refusals: list[Refusal] = dataclasses.field(default_factory=list)
    failures: list[tuple[str | None, Failure]] = dataclasses.field(default_factory=list)

    def answer(self, run: Played, event: Answered, held: Mapping[str, tuple[str, ...]]) -> Answered | None:
        """The answer as it comes now: none from somebody who has left, a decline from somebody who refuses."""
        if event.actor == OPERATOR:
            return event
        if event.person in self.gone:
            return None
        if event.verdict == "accept" and self.refusals and refuses(self.refusals, run, event, held):
            return event.model_copy(update={"verdict": "decline", "data": {}})
        return event

    def failure(self, run: Played, work: DoWork) -> str | None:
        """Why the work cannot be done, None if it can."""
        for within, failure in self.failures:
            named = failure.step in (work.work, work.work.partition("[")[0], work.step)
            if named and (within is None or within in PARTS.split(run.id)[1:]):
                return failure.reason
        return None


def refuses(
    refusals: list[Refusal], run: Played, event: Answered, held: Mapping[str, tuple[str, ...]]
) -> bool:
    """Whether somebody declines what they are asked here."""
    roles = (*held.get(event.person, ()), *run.slots[event.request].get(event.person, ()))
    names = {event.request, event.request.partition("[")[0], run.requests[event.request].step}
    return any(
        fits(one.who, event.person, roles) and (not one.on or not names.isdisjoint(one.on))
        for one in refusals
    )


def inject(play: "Simulator", one: Injection) -> None:
    """Lets an injection happen now."""
    if one.signal is not None:
        for run in _target(play, one.within):
            play.send(run, Signalled(at=play.now, actor=OPERATOR, name=one.signal, data=one.data))
    elif one.start is not None:
        _start(play, one.start)
    elif one.leaves is not None or one.returns is not None:
        _leave(play, one.leaves or one.returns or "", away=one.leaves is not None)
    elif one.refuses is not None:
        _refuse(play, one.refuses)
    elif one.channel is not None:
        _channel(play, one.channel)
    elif one.fails is not None:
        _fail(play, one.within, one.fails)
    elif one.command is not None:
        for run in _target(play, one.within):
            event = _commanded(play, run, one.command)
            # As in production, a pause and its end reach the runs that the run has started.
            everyone = isinstance(event, Paused | Resumed)
            for each in [run, *run.descendants()] if everyone else [run]:
                if event is not None and not each.ended:
                    play.send(each, event)


def _target(play: "Simulator", within: str | None) -> Iterator[Played]:
    """The run it is for, if it is under way."""
    runs = (
        play.runs[:1] if within is None else [run for run in play.runs if within in PARTS.split(run.id)[1:]]
    )
    yield from [run for run in runs if not run.ended][-1:]


def _start(play: "Simulator", start: Start) -> None:
    known = play.stage.plans(start.flowchart).parameters
    shared = {name: value for name, value in play.scenario.parameters.items() if name in known}
    play.begin(f"{play.scenario.scenario}/{start.name}", start.flowchart, {**shared, **start.values})


def _named(play: "Simulator", who: str) -> set[str]:
    held = play.stage.held
    return {person.id for person in play.directory.people if fits(who, person.id, held.get(person.id, ()))}


def _leave(play: "Simulator", who: str, *, away: bool) -> None:
    named = _named(play, who)
    play.disturbed.gone = play.disturbed.gone | named if away else play.disturbed.gone - named
    people = [
        person.model_copy(update={"status": "left" if away else "active"}) if person.id in named else person
        for person in play.directory.people
    ]
    play.directory = indexed(play.stage.directory.plain(people))


def _refuse(play: "Simulator", refusal: Refusal) -> None:
    play.disturbed.refusals.append(refusal)
    for run in play.runs:
        for frame in run.state.requests:
            for person in sorted(frame.places):
                event = Answered(
                    at=play.now, actor=person, request=frame.key, person=person, verdict="decline"
                )
                taken = frame.replies.get(person) == "accept"
                if taken and refuses([refusal], run, event, play.stage.held):
                    play.send(run, event)


def _channel(play: "Simulator", fall: Fall) -> None:
    named = _named(play, fall.address_of)
    deaths = dict(play.reach.deaths)
    for endpoint in play.directory.endpoints:
        if endpoint.person in named and fall.kind in (None, endpoint.kind):
            deaths.pop(endpoint.id, None)
            if fall.dies:
                deaths[endpoint.id] = play.now
    lost = play.reach.lost if fall.dies or fall.kind else play.reach.lost - named
    play.reach = dataclasses.replace(play.reach, deaths=deaths, lost=lost)


def _fail(play: "Simulator", within: str | None, failure: Failure) -> None:
    failures = [one for one in play.disturbed.failures if (one[0], one[1].step) != (within, failure.step)]
    play.disturbed.failures = failures if failure.mended else [*failures, (within, failure)]


def _commanded(play: "Simulator", run: Played, one: Command) -> AnyEvent | None:
    """The event of a command; none if it is about a request that is not open."""
    at, step, reason = play.now, one.step or "", one.reason
    match one.do:
        case "stand_down":
            return StoodDown(at=at, actor=OPERATOR, reason=reason)
        case "force":
            return OutcomeForced(
                at=at, actor=OPERATOR, step=step, outcome=one.outcome or "skipped", reason=reason
            )
        case "redo":
            return Redone(at=at, actor=OPERATOR, step=step, reason=reason)
        case "add_item":
            return ItemAdded(at=at, actor=OPERATOR, step=step, item=one.item or "")
        case "answer":
            return _answer(run, one, at)
        case "reassign":
            return Reassigned(
                at=at, actor=OPERATOR, request=step, person=one.person or "", to=one.to or "", reason=reason
            )
        case "pause":
            return Paused(at=at, actor=OPERATOR, reason=reason)
        case "resume":
            return Resumed(at=at, actor=OPERATOR, reason=reason)
        case "extend":
            frame = run.state.live.get(step)
            if not isinstance(frame, RequestFrame):
                return None
            closes_at = (frame.closes_at or at) + one.by
            return Extended(at=at, actor=OPERATOR, request=step, closes_at=closes_at, reason=reason)
        case never:
            assert_never(never)


def _answer(run: Played, one: Command, at: dt.datetime) -> AnyEvent | None:
    opened = run.requests.get(one.step or "")
    if opened is None:
        return None
    data = dict(one.data)
    if one.verdict == "accept" and opened.options:
        data["answer"] = one.option or opened.options[0]
    return Answered(
        at=at,
        actor=OPERATOR,
        request=opened.request,
        person=one.person or "",
        verdict=one.verdict,
        data=data,
        channel="operator",
    )
