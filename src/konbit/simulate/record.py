"""What was seen while a scenario was played: the entries of the timeline, the messages, and what came of it."""

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Literal

from konbit.definition.base import pick
from konbit.definition.codelists import CodeLists
from konbit.engine.effects import CloseRequest, DoWork, Finish, Notify
from konbit.engine.events import Answered, AnyEvent, Started, StoodDown, Unreachable
from konbit.engine.state import RequestFrame, RunState
from konbit.simulate.expectations import Check, check
from konbit.simulate.reach import Arrival
from konbit.simulate.scenario import Scenario
from konbit.simulate.world import Played, Receipt

EntryKind = Literal[
    "start",
    "ask",
    "remind",
    "inform",
    "alarm",
    "not_reached",
    "answer",
    "late",
    "unreachable",
    "taken",
    "confirm",
    "closed",
    "outcome",
    "stood_down",
    "end",
]


@dataclasses.dataclass(frozen=True, slots=True)
class Party:
    """A person by what they are here: the slots they are asked for, or the roles they hold."""

    person: str
    roles: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline."""

    at: dt.datetime
    run: str
    kind: EntryKind
    step: str
    """The execution: `link[WSH]`; empty for the run itself."""
    what: str
    """The message, the answer, the outcome or the reason."""
    who: tuple[Party, ...] = ()
    wave: int | None = None
    """The wave that is asked, from 1."""


@dataclasses.dataclass(frozen=True)
class Simulation:
    """What came of a scenario."""

    scenario: Scenario
    zone: str
    """Of the affected country."""
    title: str
    runs: tuple[Played, ...]
    """The run and those it started, in the order of their start."""
    entries: tuple[Entry, ...]
    receipts: tuple[Receipt, ...]
    checks: tuple[Check, ...]
    held: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    """Person → the roles they hold."""

    @property
    def main(self) -> Played:
        """The run of the scenario's flowchart."""
        return self.runs[0]

    @property
    def outcome(self) -> str | None:
        """How it ended; None if it waits for something that never comes."""
        return self.main.state.outcome if self.main.ended else None

    @property
    def ok(self) -> bool:
        """True if every expectation is met."""
        return all(one.met for one in self.checks)


class Witness:
    """Writes down what happens. Without `record` only the messages, which everything else can be counted from."""

    def __init__(self, held: Mapping[str, tuple[str, ...]], *, record: bool) -> None:
        self.held = held
        self.record = record
        self.entries: list[Entry] = []
        self.receipts: list[Receipt] = []
        self.alarms: list[tuple[dt.datetime, str, str]] = []

    def simulation(self, scenario: Scenario, codes: CodeLists, runs: list[Played]) -> Simulation:
        """What came of it, expectations checked."""
        country = (
            codes["countries"].get(str(scenario.parameters.get("country"))) if "countries" in codes else None
        )
        return Simulation(
            scenario=scenario,
            zone=(country.fact("zone") if country else "") or "UTC",
            title=pick(scenario.title, "en"),
            runs=tuple(runs),
            entries=tuple(self.entries),
            receipts=tuple(self.receipts),
            checks=check(scenario, runs, self.receipts, self.alarms, self.held),
            held=self.held,
        )

    def happened(self, run: Played, event: AnyEvent, before: RunState) -> None:
        """The engine has taken an event: the steps that ended by it are written down."""
        if not self.record:
            return
        if isinstance(event, Started):
            self._add(event.at, run, "start", "", run.plan.flowchart)
        elif isinstance(event, StoodDown):
            self._add(event.at, run, "stood_down", "", event.reason or "stood down")
        after = run.state.done
        if len(after) == len(before.done):
            return
        ended = sorted(key for key in after if key not in before.done)
        for key in ended:
            node = run.plan.nodes.get(key.partition("[")[0])
            if node is not None and node.id == node.step and node.verb != "inform":
                self._add(event.at, run, "outcome", key, after[key].outcome)

    def told(
        self, run: Played, effect: Notify, arrivals: Mapping[str, Arrival | None], now: dt.datetime
    ) -> None:
        """Messages were sent to people, and reached them or not."""
        parties: dict[bool, list[Party]] = {True: [], False: []}
        for person, arrival in arrivals.items():
            if arrival is not None:
                receipt = Receipt(
                    arrival.at, run.id, effect.step, effect.purpose, effect.message, person, arrival.channel
                )
                self.receipts.append(receipt)
            if self.record:
                roles = self._roles(run, effect.request, person)
                parties[arrival is not None].append(Party(person, roles))
        wave = effect.wave + 1 if effect.purpose == "ask" else None
        for reached, who in parties.items():
            if who:
                kind: EntryKind = effect.purpose if reached else "not_reached"  # type: ignore[assignment]  # purposes are kinds of entries
                self.entries.append(Entry(now, run.id, kind, effect.key, effect.message, tuple(who), wave))

    def work(self, run: Played, work: DoWork, now: dt.datetime) -> None:
        """Work is about to be carried out; only alarms are worth a line."""
        if work.duty == "alarm":
            self.alarms.append((now, run.id, str(work.inputs.get("step"))))
            if self.record:
                self._add(now, run, "alarm", str(work.inputs.get("step")), str(work.inputs.get("reason")))

    def answered(self, run: Played, event: Answered) -> None:
        """Somebody answered, in time or late."""
        if not self.record:
            return
        late = event.request not in run.state.live
        said = event.verdict if event.verdict != "accept" else str(event.data.get("answer", "accept"))
        self._add(event.at, run, "late" if late else "answer", event.request, said, event.person)

    def unreachable(self, run: Played, event: Unreachable) -> None:
        """Every channel of somebody has failed."""
        if self.record:
            self._add(event.at, run, "unreachable", event.request, "every channel has failed", event.person)

    def closed(self, run: Played, effect: CloseRequest, now: dt.datetime) -> None:
        """A request is closed."""
        if self.record:
            self._add(now, run, "closed", effect.request, effect.reason)

    def finished(self, run: Played, effect: Finish, now: dt.datetime) -> None:
        """A run has ended."""
        if self.record:
            self._add(now, run, "end", "", effect.outcome)

    def _add(
        self, at: dt.datetime, run: Played, kind: EntryKind, step: str, what: str, person: str | None = None
    ) -> None:
        who = (Party(person, self._roles(run, step, person)),) if person is not None else ()
        self.entries.append(Entry(at, run.id, kind, step, what, who))

    def _roles(self, run: Played, request: str | None, person: str) -> tuple[str, ...]:
        """The slots somebody is asked for so far, or the roles they hold."""
        frame = run.state.live.get(request or "")
        if isinstance(frame, RequestFrame) and person in frame.places:
            return frame.places[person]
        return run.slots.get(request or "", {}).get(person) or self.held.get(person, ())
