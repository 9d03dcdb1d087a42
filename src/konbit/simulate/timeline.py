"""The timeline of a simulation: for people in the time of the event and UTC, and as data."""

import collections
import datetime as dt
import json
import zoneinfo
from collections.abc import Iterable, Iterator

from pydantic import JsonValue

from konbit.definition.durations import show
from konbit.simulate.record import Entry, EntryKind, Party, Simulation

WORDS: dict[EntryKind, str] = {
    "start": "starts",
    "ask": "asks",
    "remind": "reminds",
    "inform": "tells",
    "alarm": "ALARM",
    "not_reached": "NOT REACHED",
    "answer": "answers",
    "late": "late answer",
    "unreachable": "unreachable",
    "taken": "frees",
    "confirm": "asks again",
    "closed": "closed",
    "outcome": "outcome",
    "stood_down": "stood down",
    "end": "ENDS",
}
MOST_PARTIES = 12
"""People named on one line; more are counted."""


def timeline(simulation: Simulation) -> str:
    """What happens, line by line: time since the start, local time, UTC, what, step, who by role; then the expectations."""
    return "\n".join([*_head(simulation), "", *_lines(simulation), "", *_foot(simulation)]) + "\n"


def load(simulation: Simulation) -> dict[str, int]:
    """Person → the number of messages that reach them, the most burdened first."""
    counts = collections.Counter(receipt.person for receipt in simulation.receipts)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _head(simulation: Simulation) -> Iterator[str]:
    scenario = simulation.scenario
    yield simulation.title
    start, utc = _both(scenario.starts, simulation.zone)
    yield f"{scenario.flowchart}, {scenario.mode}, starts {scenario.starts:%Y-%m-%d} {utc} UTC ({start} {simulation.zone})"


def _lines(simulation: Simulation) -> Iterator[str]:
    several = len(simulation.runs) > 1
    width = min(34, max((len(_step(entry, several)) for entry in simulation.entries), default=0))
    day: dt.date | None = None
    zone = zoneinfo.ZoneInfo(simulation.zone)
    for entry in simulation.entries:
        if entry.kind == "closed":
            continue
        local = entry.at.astimezone(zone)
        if local.date() != day:
            day = local.date()
            yield f"-- {day:%A %Y-%m-%d}, {simulation.zone}"
        here, utc = _both(entry.at, simulation.zone)
        since = "+" + show(entry.at - simulation.scenario.starts)
        word = WORDS["inform" if entry.kind == "alarm" and entry.who else entry.kind]
        yield f"{since:>9}  {here} {utc}Z  {word:<11}  {_step(entry, several):<{width}}  {_what(entry)}".rstrip()


def _both(moment: dt.datetime, zone: str) -> tuple[str, str]:
    return f"{moment.astimezone(zoneinfo.ZoneInfo(zone)):%H:%M}", f"{moment.astimezone(dt.UTC):%H:%M}"


def _step(entry: Entry, several: bool) -> str:  # noqa: FBT001 - a column, not a switch of behaviour
    child = entry.run.partition("/")[2] if several else ""
    return f"{child}: {entry.step}" if child and entry.step else entry.step or child


def _what(entry: Entry) -> str:
    people = _people(entry.who)
    match entry.kind:
        case "ask":
            return f"wave {entry.wave} [{entry.what}] {people}"
        case "remind" | "inform" | "taken" | "confirm" | "not_reached":
            return f"[{entry.what}] {people}"
        case "alarm" if entry.who:
            return f"[{entry.what}] {people}"
        case "answer" | "late":
            return f"{people}: {entry.what}"
        case "unreachable":
            return people
        case _:
            return entry.what


def _people(who: tuple[Party, ...]) -> str:
    shown = [f"{'+'.join(party.roles[:2]) or 'no role'} ({party.person})" for party in who[:MOST_PARTIES]]
    more = [f"and {len(who) - MOST_PARTIES} more"] if len(who) > MOST_PARTIES else []
    return ", ".join(shown + more)


def _foot(simulation: Simulation) -> Iterator[str]:
    lasted = simulation.main.ended_at
    took = f" after {show(lasted - simulation.scenario.starts)}" if lasted else ""
    outcome = simulation.outcome
    yield (
        f"Outcome: {outcome}{took}."
        if outcome
        else "It does not end: it waits for something that never comes."
    )
    burden = list(load(simulation).items())
    most = ", ".join(f"{person} {count}" for person, count in burden[:5])
    yield f"Messages: {len(simulation.receipts)} to {len(burden)} people; most to {most or 'nobody'}."
    if not simulation.checks:
        yield "No expectations."
        return
    met = sum(1 for one in simulation.checks if one.met)
    yield f"Expectations: {met} of {len(simulation.checks)} met."
    for one in simulation.checks:
        mark = "  ok " if one.met else "  NOT"
        yield f"{mark} {one.expected}: {one.found}"


def data(simulation: Simulation) -> dict[str, JsonValue]:
    """The same as JSON."""
    scenario = simulation.scenario
    return {
        "scenario": scenario.scenario,
        "flowchart": scenario.flowchart,
        "mode": scenario.mode,
        "starts": scenario.starts.isoformat(),
        "zone": simulation.zone,
        "outcome": simulation.outcome,
        "ended_at": simulation.main.ended_at.isoformat() if simulation.main.ended_at else None,
        "ok": simulation.ok,
        "runs": [
            {
                "run": run.id,
                "flowchart": run.plan.flowchart,
                "digest": run.plan.digest,
                "outcome": run.state.outcome,
            }
            for run in simulation.runs
        ],
        "entries": [_entry(entry) for entry in simulation.entries],
        "messages": dict(load(simulation)),
        "checks": [
            {"expected": one.expected, "met": one.met, "found": one.found} for one in simulation.checks
        ],
    }


def _entry(entry: Entry) -> dict[str, JsonValue]:
    who: Iterable[Party] = entry.who
    return {
        "at": entry.at.isoformat(),
        "run": entry.run,
        "kind": entry.kind,
        "step": entry.step,
        "what": entry.what,
        "wave": entry.wave,
        "who": [{"person": party.person, "roles": list(party.roles)} for party in who],
    }


def as_json(simulation: Simulation) -> str:
    """The data as text: the same simulation gives the same bytes."""
    return json.dumps(data(simulation), ensure_ascii=False, indent=2, sort_keys=True) + "\n"
