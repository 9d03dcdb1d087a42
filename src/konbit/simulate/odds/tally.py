"""What many plays of a scenario come to, counted: tallies of parts of the plays add up to the tally of all."""

import dataclasses
import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator

from konbit.engine.plan import RequestNode
from konbit.simulate.simulator import Simulator
from konbit.simulate.world import Played, Receipt

LOAD_HOURS = 72
"""The first days, in which people are asked most."""
SILENT = ("no_answer", "uncovered")
"""How a step ends that nobody answered."""


@dataclasses.dataclass
class Ends:
    """How and when something ended: minutes after the start, and outcomes."""

    minutes: Counter[int] = dataclasses.field(default_factory=Counter)
    outcomes: Counter[str] = dataclasses.field(default_factory=Counter)

    def add(self, minutes: int, outcome: str) -> None:
        """Counts one."""
        self.minutes[minutes] += 1
        self.outcomes[outcome] += 1

    def merge(self, other: "Ends") -> None:
        """Takes in what another counted."""
        self.minutes.update(other.minutes)
        self.outcomes.update(other.outcomes)


@dataclasses.dataclass
class Cover:
    """How long after a call began something was covered, in how many calls."""

    opened: int = 0
    minutes: Counter[int] = dataclasses.field(default_factory=Counter)

    def by(self, minutes: int) -> int:
        """In how many calls it was covered so many minutes after the call began."""
        return sum(count for after, count in self.minutes.items() if after <= minutes)

    def merge(self, other: "Cover") -> None:
        """Takes in what another counted."""
        self.opened += other.opened
        self.minutes.update(other.minutes)


@dataclasses.dataclass
class Burden:
    """Messages to one person in the first days: in how many plays any, how many in all, at most in one."""

    plays: int = 0
    messages: int = 0
    most: int = 0


@dataclasses.dataclass
class Tally:
    """The counts of many plays. They do not grow with the number of plays, only with what can happen."""

    runs: int = 0
    events: int = 0
    ends: Ends = dataclasses.field(default_factory=Ends)
    """Of the main run."""
    endless: int = 0
    steps: dict[str, Ends] = dataclasses.field(default_factory=dict)
    """By step, in the order in which they first ended; of a loop its last item. Steps of child runs as `child: step`."""
    roles: dict[tuple[str, str], Cover] = dataclasses.field(default_factory=dict)
    """Critical roles by call and slot."""
    calls: dict[str, Cover] = dataclasses.field(default_factory=dict)
    """Calls by step: all critical roles together."""
    load: Counter[int] = dataclasses.field(default_factory=Counter)
    """Messages to one person in one play: how often so many."""
    people: dict[str, Burden] = dataclasses.field(default_factory=dict)
    asked: int = 0
    heard: int = 0
    """Requests that ended, and those of them that somebody answered."""
    met: Counter[str] = dataclasses.field(default_factory=Counter)
    """Expectations by their words: in how many plays they were met."""

    def add(self, play: Simulator) -> None:
        """Counts one play."""
        starts = play.scenario.starts
        self.runs += 1
        self.events += sum(len(run.journal) for run in play.runs)
        main = play.runs[0]
        if main.ended_at is None:
            self.endless += 1
        else:
            self.ends.add(_minutes(main.ended_at - starts), main.state.outcome or "completed")
        for run in play.runs:
            self._steps(run, starts)
            self._requests(run)
        self._messages(play.witness.receipts, starts + dt.timedelta(hours=LOAD_HOURS))

    def merge(self, other: "Tally") -> None:
        """Takes in the tally of other plays."""
        self.runs += other.runs
        self.events += other.events
        self.endless += other.endless
        self.asked += other.asked
        self.heard += other.heard
        self.ends.merge(other.ends)
        self.load.update(other.load)
        self.met.update(other.met)
        for step, ends in other.steps.items():
            self.steps.setdefault(step, Ends()).merge(ends)
        for key, cover in other.roles.items():
            self.roles.setdefault(key, Cover()).merge(cover)
        for name, cover in other.calls.items():
            self.calls.setdefault(name, Cover()).merge(cover)
        for person, burden in other.people.items():
            mine = self.people.setdefault(person, Burden())
            mine.plays += burden.plays
            mine.messages += burden.messages
            mine.most = max(mine.most, burden.most)

    @property
    def coverage(self) -> float:
        """The share of critical roles covered within the hour, over all plays; without a call, of requests answered."""
        if not self.roles:
            return self.heard / self.asked if self.asked else 0.0
        return sum(cover.by(60) for cover in self.roles.values()) / (len(self.roles) * max(1, self.runs))

    @property
    def all_covered(self) -> float:
        """The share of plays in which every critical role was covered within the hour."""
        return max((cover.by(60) for cover in self.calls.values()), default=0) / max(1, self.runs)

    def _steps(self, run: Played, starts: dt.datetime) -> None:
        last: dict[str, tuple[dt.datetime, str]] = {}
        nodes = run.plan.nodes
        for key, result in run.state.done.items():
            step = key.partition("[")[0]
            node = nodes.get(step)
            if node is None or node.id != node.step or node.verb == "inform":
                continue
            if isinstance(node, RequestNode):
                self.asked += 1
                self.heard += result.outcome not in SILENT
            found = last.get(step)
            if found is None or (result.at, result.outcome) > found:
                last[step] = (result.at, result.outcome)
        name = run.id.partition("/")[2]
        for step, (at, outcome) in sorted(last.items(), key=lambda item: (item[1][0], item[0])):
            ends = self.steps.setdefault(f"{name}: {step}" if name else step, Ends())
            ends.add(_minutes(at - starts), outcome)

    def _requests(self, run: Played) -> None:
        for request, opened in run.requests.items():
            node = run.plan.nodes.get(request.partition("[")[0])
            if not isinstance(node, RequestNode) or node.rule != "cover":
                continue
            slots = {slot.slot: slot.need for slot in opened.slots if slot.critical}
            times = dict(_covered(run, request, slots))
            for slot in slots:
                cover = self.roles.setdefault((request, slot), Cover())
                cover.opened += 1
                if slot in times:
                    cover.minutes[_minutes(times[slot] - opened.opened_at)] += 1
            call = self.calls.setdefault(request, Cover())
            call.opened += 1
            if slots and len(times) == len(slots):
                call.minutes[_minutes(max(times.values()) - opened.opened_at)] += 1

    def _messages(self, receipts: Iterable[Receipt], until: dt.datetime) -> None:
        counts = Counter(receipt.person for receipt in receipts if receipt.at < until)
        self.load.update(counts.values())
        for person, count in counts.items():
            burden = self.people.setdefault(person, Burden())
            burden.plays += 1
            burden.messages += count
            burden.most = max(burden.most, count)


def _covered(run: Played, request: str, slots: dict[str, int]) -> Iterator[tuple[str, dt.datetime]]:
    """When each slot had the people it needs, for those that kept them until the call closed."""
    done = run.state.done.get(request)
    accepted: dict[str, dict[str, dt.datetime]] = {slot: {} for slot in slots}
    places = run.slots[request]
    for answer in run.answers.get(request, ()):
        if done is not None and answer.at > done.at:
            break
        for slot in places.get(answer.person, ()):
            if slot not in accepted:
                continue
            if answer.verdict == "accept":
                accepted[slot].setdefault(answer.person, answer.at)
            else:
                accepted[slot].pop(answer.person, None)
    for slot, need in slots.items():
        times = sorted(accepted[slot].values())
        if len(times) >= need:
            yield slot, times[need - 1]


def _minutes(length: dt.timedelta) -> int:
    """Whole minutes begun: what ends 30 seconds after the first quarter of an hour is not within it."""
    return -int(-length.total_seconds() // 60)
