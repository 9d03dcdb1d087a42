"""The simulator and the real stack are twins: the same scenario gives the same journal, but for the time that work takes.

For one chart of each phase, and a small one with every way of waiting, a short scenario is played twice: in virtual time,
and by people who read real messages and fill real forms in, on a stack with a fast clock. Every event, every message with its
wave and its reader, and every outcome must be the same. The real run may be later by LAG seconds of this machine for each
answer and each timer before, and never earlier. The real journal, replayed without a change, is the same journal.
"""

import collections
import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from konbit.cli.demo_stage import cues
from konbit.cli.scenarios import read
from konbit.cli.whatif_store import recording_of
from konbit.domain.directory import Directory
from konbit.engine.advance import advance
from konbit.engine.effects import Notify
from konbit.engine.events import Answered, AnyEvent, ChildEnded, TimerFired, Unreachable, WorkDone, WorkFailed
from konbit.engine.plan import WorkNode
from konbit.engine.state import RunState
from konbit.simulate.again.difference import difference_of
from konbit.simulate.again.recording import RecordedRun, Recording, of_simulation
from konbit.simulate.again.replay import replay
from konbit.simulate.scenario import Scenario
from konbit.simulate.simulator import plans_of, simulate
from tests.acceptance.stacks import FOLDERS, Crowd, Site, awake, up

pytestmark = [pytest.mark.acceptance, pytest.mark.prefect, pytest.mark.timeout(900)]
LAG = 5.0
"""Seconds of real time from one thing to the next on a busy machine: a message leaves, a page is filled in, the run wakes."""
EARLY = dt.timedelta(seconds=1)
"""Times in the store are rounded."""
Fact = tuple[str, ...]
"""Something that happened, without its time."""


@pytest.mark.parametrize("name", ["twin-drill", "twin-needs", "twin-deactivation"])
def test_the_simulator_and_the_real_stack_write_the_same_journal(name: str, tmp_path: Path) -> None:
    scenario = read(name, FOLDERS)
    with up(tmp_path / "home", factor=scenario.clock.factor) as site:
        directory = awake(site.parts, site.stage.import_directory(site.parts, scenario, FOLDERS))
        simulated = _simulated(site, scenario, directory)
        real = _real(site, scenario, directory)

    assert [run.path for run in real.runs] == [run.path for run in simulated.runs]
    for one, other in zip(simulated.runs, real.runs, strict=True):
        _same(list(_facts(one)), list(_facts(other)), scenario.clock.factor)
    again = replay(real, site.parts.library.codes)
    assert difference_of(real, again) == "", "a real run, replayed without a change, is the same run"


def _simulated(site: Site, scenario: Scenario, people: Directory) -> Recording:
    library = site.parts.library
    played = simulate(scenario, people, plans_of(library), library.codes)
    assert [check.expected for check in played.checks if not check.met] == []
    return of_simulation(played.runs, people)


def _real(site: Site, scenario: Scenario, directory: Directory) -> Recording:
    script = cues(site.parts, scenario, directory)
    with Crowd(site, script) as crowd:
        run = site.parts.steward.request(
            scenario.flowchart, scenario.parameters, scenario.mode, "operator:test"
        )
        site.ends(run.id)
        assert [deed.trouble for deed in crowd.deeds if deed.trouble] == []
    return recording_of(site.parts.store, site.run(run.id))


def _facts(run: RecordedRun) -> Iterator[tuple[dt.timedelta, Fact]]:
    """What happened in a run, with the time since its start: events, messages by reader, outcomes.

    Production counts as contacted whose message has left. Somebody who was only told something a moment before may or may
    not be: of those who are told as `everyone_contacted` only those are compared who had been asked.
    """
    state = RunState()
    start = run.events[0].at
    asked: set[str] = set()
    for event in run.events:
        before = state
        state, effects = advance(run.plan, state, event)
        since = event.at - start
        yield since, _named(run, event)
        for effect in effects:
            if isinstance(effect, Notify):
                asked |= set(effect.people) if effect.purpose == "ask" else set()
                for person in effect.people:
                    if person in asked or not _to_everyone(run, effect.key):
                        yield since, (effect.purpose, effect.key, str(effect.wave), effect.message, person)
        for key in state.done:
            if key not in before.done:
                yield since, ("outcome", key, state.done[key].outcome, str(state.done[key].output.get("by")))
    yield run.events[-1].at - start, ("ended", str(state.status), str(state.outcome))


def _to_everyone(run: RecordedRun, key: str) -> bool:
    node = run.plan.nodes[key.partition("[")[0]]
    return isinstance(node, WorkNode) and any(one.role == "everyone_contacted" for one in node.who)


def _named(run: RecordedRun, event: AnyEvent) -> Fact:
    match event:
        case WorkDone() if _to_everyone(run, event.work):
            return (event.kind, event.work)
        case WorkDone():
            return (event.kind, event.work, json.dumps(event.output, sort_keys=True))
        case WorkFailed():
            return (event.kind, event.work, event.reason)
        case Answered():
            return (event.kind, event.request, event.person, event.verdict, str(event.data.get("answer")))
        case Unreachable():
            return (event.kind, event.request, event.person)
        case TimerFired():
            return (event.kind, event.timer)
        case ChildEnded():
            return (event.kind, event.child, event.outcome)
        case _:
            return (event.kind,)


def _same(
    simulated: list[tuple[dt.timedelta, Fact]], real: list[tuple[dt.timedelta, Fact]], factor: float
) -> None:
    """The same facts, each about as late as the answers and timers before it make it."""
    expected = collections.Counter(fact for _, fact in simulated)
    found = collections.Counter(fact for _, fact in real)
    assert sorted((expected - found).elements()) == [], "only in the simulator"
    assert sorted((found - expected).elements()) == [], "only in production"
    lag = dt.timedelta(seconds=LAG * factor)
    when: dict[Fact, list[dt.timedelta]] = collections.defaultdict(list)
    for at, fact in real:
        when[fact].append(at)
    hops = 1
    for at, fact in simulated:
        hops += fact[0] in ("answered", "timer_fired")
        late = when[fact].pop(0) - at
        assert -EARLY <= late <= lag * hops, f"{fact} is {late} later in production than in the simulator"
