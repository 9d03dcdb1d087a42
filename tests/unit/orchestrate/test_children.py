"""Runs that start runs, over attempts: waited for or left, ended well or not, stood down and paused."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from konbit.definition.library import load
from konbit.engine.events import Paused, Resumed
from konbit.notify.accounts import read_accounts
from konbit.notify.links import Signer, derive_key
from konbit.orchestrate.correcting import correct
from konbit.orchestrate.ledger import Ledger
from konbit.orchestrate.operating import Operator
from konbit.orchestrate.planning import Planner
from konbit.orchestrate.steward import Steward
from konbit.store.database import Store
from konbit.store.records import Run
from tests.unit.orchestrate.conftest import HandClock, World, directory

PATTERNS = Path(__file__).parents[2] / "patterns" / "definitions"
HEAD = "title: T\nversion: 1\nowner: chair\nexpires: {after: 30d}\nparameters: {country: {type: country, required: true}}\n"
PARENT = (
    "flowchart: response/parent\ntriggers: {manual: [chair]}\n"
    + HEAD
    + """steps:
  - {id: left, run: {flowchart: response/child, wait: false}}
  - id: both
    lanes:
      awaited:
        - id: waited
          run: {flowchart: response/child}
          within: 20d
          on: {no_answer: [], failed: [{inform: {who: [members], message: notice}}]}
      asked: [{id: verify, ask: {who: chair, question: question}, within: 4h, on: {no_answer: []}}]
"""
)
CHILD = (
    "flowchart: response/child\ntriggers: {child: true}\n"
    + HEAD
    + "steps:\n  - {id: survey, ask: {who: chair, question: question}, within: 8h, on: {no_answer: []}}\n"
)
LATER = (
    "flowchart: response/later\ntriggers: {manual: [chair]}\n"
    + HEAD
    + """steps:
  - {id: verify, ask: {who: chair, question: question}, within: 4h, on: {no_answer: []}}
  - {id: begun, run: {flowchart: response/child, wait: false}}
  - {id: after, ask: {who: chair, question: question}, within: 9d, on: {no_answer: []}}
"""
)
ABROAD = (
    "flowchart: response/abroad\ntriggers: {manual: [chair]}\n"
    + HEAD
    + """steps:
  - {id: there, run: {flowchart: response/notice, with: {country: "'HTI'"}, wait: false}}
  - {id: here, ask: {who: chair, question: question}, within: 9d, on: {no_answer: []}}
"""
)
NOTICE = (
    "flowchart: response/notice\ntriggers: {child: true}\n"
    + HEAD
    + """steps:
  - {id: tell, inform: {who: [members], message: notice}}
  - {id: survey, ask: {who: chair, question: question}, within: 8h, on: {no_answer: []}}
"""
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    charts = tmp_path / "definitions" / "response"
    charts.mkdir(parents=True)
    (charts / "parent.yaml").write_text(PARENT)
    (charts / "child.yaml").write_text(CHILD)
    (charts / "later.yaml").write_text(LATER)
    (charts / "abroad.yaml").write_text(ABROAD)
    (charts / "notice.yaml").write_text(NOTICE)
    return charts.parent


@pytest.fixture
def small(tmp_path: Path, folder: Path) -> Iterator[World]:
    """A world of a parent with two children, one of which it leaves, and a lane that asks."""
    library = load([PATTERNS, folder])
    assert not library.problems, [problem.text() for problem in library.problems]
    store = Store(f"sqlite:///{tmp_path / 'konbit.sqlite'}", durability="normal")
    store.upgrade()
    with store.begin() as tx:
        tx.directory.replace_country(directory(), "HTI")
    clock = HandClock()
    mail = {"name": "mail", "kind": "mail", "host": "127.0.0.1", "secure": "none", "allow_loopback": True}
    accounts = read_accounts([{**mail, "sender_address": "unit@example.org"}])
    planner = Planner(
        accounts, Signer({1: derive_key("s" * 32, "test", 1)}, 1), "http://127.0.0.1:4280", library.codes
    )
    messages = load().messages
    steward = Steward(
        store,
        Ledger(store, planner, library.bundle),
        library.bundle,
        clock,
        library.codes,
        "test",
        prepared=messages,
    )
    yield World(store, clock, steward)
    store.close()


@dataclasses.dataclass
class Family:
    """A parent whose children have begun."""

    world: World
    parent: Run
    left: Run
    waited: Run

    def now(self, run: Run) -> Run:
        with self.world.store.read() as tx:
            return tx.runs.get(run.id)

    def all_stand(self) -> None:
        """Everybody has an attempt, twice: what one tells the other arrives."""
        for run in (self.parent, self.left, self.waited) * 2:
            if self.now(run).status != "ended":
                self.world.stand(run)

    def stand_down(self, run: Run) -> None:
        self.world.steward.stand_down(run.id, "operator:test", "false alarm")

    def outcomes(self) -> tuple[str | None, ...]:
        return tuple(self.now(run).outcome for run in (self.parent, self.left, self.waited))

    def step(self, name: str) -> str:
        _, _, page = self.world.steward.look(self.parent.id)
        return page.state.done[name].outcome


def born(small: World, mode: str = "drill", chart: str = "response/parent", country: str = "HTI") -> Run:
    return small.steward.request(chart, {"country": country}, mode, "operator:test")


def children_of(small: World, run: Run) -> list[Run]:
    with small.store.read() as tx:
        return list(tx.runs.children(run.id))


@pytest.fixture
def family(small: World) -> Family:
    parent = born(small)
    small.stand(parent)
    with small.store.read() as tx:
        children = {child.parent_key: child for child in tx.runs.children(parent.id)}
    found = Family(small, parent, children["left"], children["waited"])
    found.all_stand()
    return found


def test_a_child_that_is_left_goes_on_when_its_parent_has_ended(family: Family) -> None:
    assert family.step("left") == "started"
    family.world.answer(family.parent, "verify", "chair-1", answer="done")
    family.world.answer(family.waited, "survey", "chair-1", answer="done")
    family.all_stand()
    assert family.outcomes() == ("completed", None, "completed")
    family.world.answer(family.left, "survey", "chair-1", answer="done")
    family.all_stand()
    assert family.now(family.left).outcome == "completed"


def test_standing_a_run_down_means_the_children_it_left_and_its_lanes_too(family: Family) -> None:
    family.stand_down(family.parent)
    family.all_stand()
    assert family.outcomes() == ("stood_down", "stood_down", "stood_down")
    for run in (family.parent, family.left, family.waited):
        _, _, page = family.world.steward.look(run.id)
        assert not list(page.state.requests), "nobody is still asked"
        assert not page.state.timers
    family.world.clock.move(days=31)
    family.all_stand()
    assert family.outcomes() == ("stood_down", "stood_down", "stood_down")


def test_a_parent_whose_time_is_over_leaves_alone_what_it_left(family: Family) -> None:
    family.world.clock.move(days=31)
    assert family.world.stand(family.parent).outcome == "expired" or family.now(family.parent).outcome
    with family.world.store.read() as tx:
        told = [item.event.kind for item in tx.inbox.pending(family.left.id)]
    assert "stood_down" not in told


def test_a_child_that_is_stood_down_hands_that_to_the_step_that_waited(family: Family) -> None:
    family.stand_down(family.waited)
    family.all_stand()
    assert family.step("waited") == "stood_down"
    assert family.now(family.parent).status == "active", "the other lane goes on"


def test_a_child_that_is_late_is_stood_down_and_its_word_comes_too_late(family: Family) -> None:
    family.world.answer(family.parent, "verify", "chair-1", answer="done")
    family.world.stand(family.parent)
    family.world.clock.move(days=20)
    family.world.stand(family.parent)
    assert family.step("waited") == "no_answer"
    family.all_stand()
    assert family.outcomes()[0] == "completed"
    assert family.now(family.waited).outcome is not None


def test_a_child_that_cannot_be_started_fails_its_step_and_not_the_run(small: World, folder: Path) -> None:
    """The parent is pinned to its plan; the chart of the child is gone, or wants what the parent does not know of."""
    (folder / "response/child.yaml").write_text(
        CHILD.replace("HEAD", "").replace(
            "parameters: {", "parameters: {depth: {type: number, required: true}, "
        )
    )
    fresh = load([PATTERNS, folder])
    parent = born(small)
    ledger = dataclasses.replace(small.steward.ledger, bundles=fresh.bundle)
    small.steward = dataclasses.replace(small.steward, ledger=ledger)
    assert small.stand(parent).name == "Awaiting answers", "the lane that asks goes on"
    _, _, page = small.steward.look(parent.id)
    assert page.state.done["waited"].outcome == "failed"
    with small.store.read() as tx:
        assert not tx.runs.children(parent.id)
        said = [line.reason for line in tx.audit.list(parent.id) if line.action == "child-not-started"]
    assert len(said) == 2
    assert "depth" in said[0]


def test_a_child_started_while_a_pause_is_on_its_way_is_held_and_let_go_with_its_parent(small: World) -> None:
    parent = born(small)
    small.stand(parent)
    operator = Operator(small.steward, "operator:test")
    with small.store.begin() as tx:
        # As if the pause had been given before the parent's last step, when it had no children yet.
        event = Paused(at=small.clock.now(), actor="operator:test", reason="wait")
        tx.inbox.put(parent.id, event, "early-pause", small.clock.now())
        children = tx.runs.children(parent.id)
    small.clock.move(minutes=1)
    assert small.stand(parent).name == "Paused"
    assert [small.stand(child).name for child in children] == ["Paused", "Paused"]
    small.clock.move(minutes=1)
    operator.resume(parent.id, "go on")
    for run in (parent, *children):
        assert small.stand(run).name == "Awaiting answers"


@pytest.mark.parametrize("by", ["operator", "activation"])
def test_a_child_that_an_answer_from_before_the_pause_starts_after_it_is_held(small: World, by: str) -> None:
    parent = born(small, chart="response/later")
    small.stand(parent)
    small.clock.move(minutes=1)
    small.answer(parent, "verify", "chair-1", answer="done")
    small.clock.move(minutes=1)
    operator = Operator(small.steward, "operator:test")
    if by == "operator":
        operator.pause(parent.id, "wait")
    else:
        born(small, "actual")
    assert children_of(small, parent) == []
    small.clock.move(minutes=1)
    assert small.stand(parent).name == "Paused"
    (child,) = children_of(small, parent)
    assert small.stand(child).name == "Paused"
    assert small.deliveries(child) == []
    small.clock.move(minutes=1)
    operator.resume(parent.id, "go on")
    assert small.stand(parent).name == "Awaiting answers"
    assert small.stand(child).name == "Awaiting answers"
    assert small.deliveries(child)


def test_a_child_that_is_started_between_a_pause_and_its_end_taken_together_goes_on(small: World) -> None:
    parent = born(small, chart="response/later")
    small.stand(parent)
    small.answer(parent, "verify", "chair-1", answer="done")
    with small.store.begin() as tx:
        for event in (Paused, Resumed):
            small.clock.move(minutes=1)
            now = small.clock.now()
            tx.inbox.put(parent.id, event(at=now, reason="wait"), event.__name__, now)
    assert small.stand(parent).name == "Awaiting answers"
    (child,) = children_of(small, parent)
    assert small.stand(child).name == "Awaiting answers"


def test_a_child_that_somebody_let_go_after_the_pause_is_not_held_again(family: Family) -> None:
    operator = Operator(family.world.steward, "operator:test")
    operator.pause(family.parent.id, "wait")
    assert family.world.stand(family.left).name == "Paused"
    family.world.clock.move(minutes=1)
    operator.resume(family.left.id, "this one is wanted")
    assert family.world.stand(family.left).name == "Awaiting answers"
    assert family.world.stand(family.parent).name == "Paused"
    assert family.world.stand(family.left).name == "Awaiting answers"
    assert family.world.stand(family.waited).name == "Paused"


def test_a_child_that_somebody_holds_after_the_others_may_go_on_stays_held(family: Family) -> None:
    operator = Operator(family.world.steward, "operator:test")
    operator.pause(family.parent.id, "wait")
    family.all_stand()
    operator.resume(family.parent.id, "go on")
    assert family.world.stand(family.left).name == "Awaiting answers"
    family.world.clock.move(minutes=1)
    operator.pause(family.left.id, "not this one")
    assert family.world.stand(family.parent).name == "Awaiting answers"
    assert family.world.stand(family.left).name == "Paused"
    assert family.world.stand(family.waited).name == "Awaiting answers"


def test_a_correction_after_the_end_stands_down_what_the_run_had_left(family: Family) -> None:
    world = family.world
    world.answer(family.parent, "verify", "chair-1", answer="done")
    world.answer(family.waited, "survey", "chair-1", answer="done")
    family.all_stand()
    correct(world.steward, world.steward.prepared, family.parent.id, "operator:test", "it was a mistake")
    world.stand(family.left)
    assert family.outcomes() == ("completed", "stood_down", "completed")
