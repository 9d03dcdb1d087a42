"""The duties: pure functions from what is asked and what the desk shows to what is to be kept.

Tasks call them in production, the simulator calls them without Prefect.
"""

from collections.abc import Callable, Sequence

from konbit.definition.codelists import adm2_cells
from konbit.domain import directory, records, reports
from konbit.domain.desk import Desk, Done
from konbit.domain.matching import match as match_offers
from konbit.domain.needs import Need, derive_needs
from konbit.domain.observations import NeedsPicture, consolidate
from konbit.engine.duties import DutyName, Matched, Recruit, Tell
from konbit.engine.effects import DoWork

DAYS = 3
"""Daily needs are counted for three days: what the first shipments must last."""


def recruit(work: DoWork, desk: Desk) -> Done:
    """Who is asked, in which wave."""
    duty = Recruit.model_validate(_only(work, Recruit))
    roster = directory.recruit(duty, desk.directory(), desk.facts.now)
    return Done(roster.model_dump(mode="json"))


def tell(work: DoWork, desk: Desk) -> Done:
    """Who is told."""
    told = directory.recipients(Tell.model_validate(_only(work, Tell)), desk.directory(), desk.contacted())
    return Done(told.model_dump(mode="json"))


def alarm(work: DoWork, desk: Desk) -> Done:
    """Who hears that something has gone wrong: holders and deputies."""
    told = directory.alarmed(Tell.model_validate(_only(work, Tell)), desk.directory())
    return Done(told.model_dump(mode="json"))


def match(work: DoWork, desk: Desk) -> Done:
    """Needs against offers: the balance is kept, its counts go into the journal."""
    needs = needs_of(desk, str(work.inputs["needs"]))
    items = desk.codes.require("relief_items")
    answers = desk.answers(str(work.inputs["offers"]))
    offers = [offer for answer in answers if (offer := records.offer(answer, items)) is not None]
    balance = match_offers(needs, offers)
    met = sum(1 for row in balance.rows if not row.gap)
    matched = Matched(
        needs=len(balance.rows),
        met=met,
        gaps=len(balance.rows) - met,
        held=len(balance.held),
        summary=f"{met} of {len(balance.rows)} needs met, {len(balance.held)} offers held",
    )
    return Done(matched.model_dump(mode="json"), balance=balance.model_dump(mode="json"))


def needs_of(desk: Desk, request: str) -> tuple[Need, ...]:
    """The needs that the observations of a request come to."""
    return derive_needs(reported_of(desk, request), desk.codes.require("relief_items"), days=DAYS)


def picture_of(desk: Desk, *requests: str) -> NeedsPicture:
    """What is known of each cluster and place the run is about: never zero where nobody reported."""
    clusters = desk.facts.parameters.get("clusters")
    return _picture(desk, requests, clusters if isinstance(clusters, list) else [])


def reported_of(desk: Desk, *requests: str) -> NeedsPicture:
    """The same, of what somebody reported on alone: no cell says that there is no information."""
    return _picture(desk, requests, [])


def _picture(desk: Desk, requests: Sequence[str], clusters: Sequence[str]) -> NeedsPicture:
    facts = desk.facts
    observations = [
        observation
        for request in requests
        for answer in desk.answers(request)
        if answer.record == "observation" and (observation := records.observation(answer, facts.run))
    ]
    areas = facts.parameters.get("areas")
    asked = areas if isinstance(areas, list) and (clusters or observations) else []
    return consolidate(observations, clusters, adm2_cells(asked, desk.codes))


def draft(work: DoWork, desk: Desk) -> Done:
    """Assembles a report out of what the run has collected."""
    return reports.draft(work, desk, picture_of)


def _only(work: DoWork, model: type[Recruit] | type[Tell]) -> dict[str, object]:
    return {name: value for name, value in work.inputs.items() if name in model.model_fields}


DUTIES: dict[DutyName, Callable[[DoWork, Desk], Done]] = {
    "contact": recruit,
    "ask": recruit,
    "assess": recruit,
    "mobilize": recruit,
    "collect_inputs": recruit,
    "approve": recruit,
    "match": match,
    "draft": draft,
    "send": tell,
    "inform": tell,
    "alarm": alarm,
}
"""Every duty by name."""
