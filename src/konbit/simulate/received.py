"""What somebody would receive in a simulation: every message with its time, its channel and its step."""

import json
import zoneinfo
from collections.abc import Iterator

from pydantic import JsonValue

from konbit.definition.durations import show
from konbit.errors import InvalidScenario
from konbit.simulate.behaviour import fits
from konbit.simulate.injection import EVERYONE, PERSON, ROLE
from konbit.simulate.record import Simulation
from konbit.simulate.world import Receipt

WORDS = {"ask": "asked", "remind": "reminded", "inform": "told", "alarm": "ALARM"}


def text(simulation: Simulation, who: str) -> str:
    """For each person meant the messages in the order of their arrival, in the time of the event and their number."""
    return "\n".join(_lines(simulation, who)) + "\n"


def _lines(simulation: Simulation, who: str) -> Iterator[str]:
    zone = zoneinfo.ZoneInfo(simulation.zone)
    starts = simulation.scenario.starts
    for person, roles, receipts in received(simulation, who):
        count = f"{len(receipts)} message{'' if len(receipts) == 1 else 's'}"
        yield f"{person} ({', '.join(roles) or 'no role'}): {count}"
        for one in receipts:
            local = f"{one.at.astimezone(zone):%a %d %H:%M}"
            yield (
                f"  {'+' + show(one.at - starts):>9}  {local}  {WORDS.get(one.purpose, one.purpose):<8}  "
                f"[{one.message}] by {one.channel}, {one.step}"
            )


def received(simulation: Simulation, who: str) -> list[tuple[str, tuple[str, ...], list[Receipt]]]:
    """Person, roles and messages of everybody meant; InvalidScenario if `who` means nobody."""
    if who != EVERYONE and not who.startswith((PERSON, ROLE)):
        raise InvalidScenario(f"'{who}' does not say who: write everyone, role:NAME or person:ID")
    by_person: dict[str, list[Receipt]] = {}
    for receipt in simulation.receipts:
        by_person.setdefault(receipt.person, []).append(receipt)
    meant = [person for person in simulation.held if fits(who, person, simulation.held[person])]
    if not meant:
        raise InvalidScenario(f"nobody in the directory of the scenario is {who}")
    return [
        (person, simulation.held[person], sorted(by_person.get(person, []), key=lambda one: one.at))
        for person in sorted(meant)
    ]


def as_json(simulation: Simulation, who: str) -> str:
    """The same as JSON."""
    data: list[JsonValue] = [
        {
            "person": person,
            "roles": list(roles),
            "messages": [
                {
                    "at": one.at.isoformat(),
                    "run": one.run,
                    "step": one.step,
                    "purpose": one.purpose,
                    "message": one.message,
                    "channel": one.channel,
                }
                for one in receipts
            ],
        }
        for person, roles, receipts in received(simulation, who)
    ]
    return json.dumps(data, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
