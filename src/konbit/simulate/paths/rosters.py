"""People for a rehearsal: every role has a holder and somebody for each wave."""

from collections.abc import Iterator, Mapping

from konbit.engine.duties import Roster, Slot
from konbit.engine.effects import DoWork
from konbit.engine.plan import RequestNode


def roster(node: RequestNode, work: DoWork, people: int) -> Roster:
    """Who is asked: for a collection `people` slots, so that its counts can make a difference."""
    need = node.per_role or 1
    waves = [rule.to for rule in node.waves] or ["primary"]
    critical = set(node.critical)
    slots: list[Slot] = []
    for name in dict.fromkeys(_slots(node, work, people)):
        weighs = not critical or name in critical or name.partition(".")[0] in critical
        slots.append(
            Slot(
                slot=name,
                need=need,
                critical=weighs,
                waves=[[f"{name}#{wave}{number}" for number in range(1, need + 1)] for wave in waves],
            )
        )
    return Roster(slots=slots)


def _slots(node: RequestNode, work: DoWork, people: int) -> Iterator[str]:
    asked = work.inputs.get("who")
    for who in asked if isinstance(asked, list) else ():
        if not isinstance(who, Mapping):
            continue
        role, of = str(who.get("role")), who.get("of")
        if of is not None:
            yield f"{role}.{of}"
            continue
        named = [one for one in node.critical if one.partition(".")[0] == role and "." in one]
        yield from named
        if node.rule == "collect":
            yield from (f"{role}.{number}" for number in range(1, people + 1))
        elif named:
            yield f"{role}.other"
        else:
            yield role
