"""Runs and other versions of their flowchart: nobody is moved who must stay, and what moved folds to the same state again."""

import dataclasses
import datetime as dt

import pytest

from konbit.clock import wall_now
from konbit.definition.bundle import Bundle
from konbit.definition.step import Step
from konbit.engine.dump import dump
from konbit.engine.events import Migrated
from konbit.engine.migration import GONE, move
from konbit.errors import UnknownFlowchart
from konbit.orchestrate import migrating
from konbit.orchestrate.checks import InvalidCommand
from konbit.orchestrate.steward import Steward, directly
from konbit.store.records import Run
from tests.unit.orchestrate.conftest import World

WHY = "the deadline was too short"
ID = "response/activation"


@pytest.fixture
def run(world: World) -> Run:
    begun = world.run()
    world.stand(begun)
    return begun


def changed(world: World, step: str, **values: object) -> Bundle:
    """The present version with another setting in one of its first steps."""
    bundle = world.steward.bundles(ID)
    steps = [one.model_copy(update=values) if one.id == step else one for one in bundle.flowchart.steps]
    return with_steps(bundle, steps)


def with_steps(bundle: Bundle, steps: list[Step]) -> Bundle:
    return bundle.model_copy(update={"flowchart": bundle.flowchart.model_copy(update={"steps": steps})})


def hours(number: float) -> dt.timedelta:
    return dt.timedelta(hours=number)


def test_a_run_keeps_its_version_until_it_is_moved(world: World, run: Run) -> None:
    new = changed(world, "decide", within=hours(5))
    upgraded = dataclasses.replace(world.steward, bundles=lambda _: new)  # its child is gone, too
    world.answer(run, "verify", "cf-1", answer="confirmed")

    upgraded.attempt(run.id, directly)

    with world.store.read() as tx:
        request = tx.requests.get(run.id, "decide")
    assert request is not None
    assert request.closes_at == world.clock.time + hours(1)


def test_what_lies_ahead_is_moved_to_and_the_journal_and_the_audit_say_so(world: World, run: Run) -> None:
    new = changed(world, "decide", within=hours(5))

    assert migrating.judge(world.steward, run.id, new).fate == "can_move"
    judged = migrating.migrate(world.steward, run.id, new, "operator:maria", WHY)

    assert judged.moved
    world.answer(run, "verify", "cf-1", answer="confirmed")
    world.stand(run)
    with world.store.read() as tx:
        request = tx.requests.get(run.id, "decide")
        (moved,) = [e.event for e in tx.journal.read(run.id) if isinstance(e.event, Migrated)]
        (act,) = tx.audit.list(run.id)
        assert tx.runs.get(run.id).digest == new.digest
    assert request is not None
    assert request.closes_at == world.clock.time + hours(5)
    assert (moved.before, moved.digest, moved.reason) == (run.digest, new.digest, WHY)
    assert (act.actor, act.action, act.details["verdict"]) == ("operator:maria", "migrated", "can_move")


def test_the_way_back_is_the_stored_version(world: World, run: Run) -> None:
    new = changed(world, "decide", within=hours(5))
    migrating.migrate(world.steward, run.id, new, "operator:maria", WHY)

    old = migrating.target(world.steward, ID, run.digest[:10])
    assert migrating.migrate(world.steward, run.id, old, "operator:maria", "it was right before").moved

    current, plan, page = world.steward.look(run.id)
    assert (current.digest, plan.digest) == (run.digest, run.digest)
    assert sorted(page.state.live) == ["main", "verify"]
    with pytest.raises(UnknownFlowchart, match="0 stored versions"):
        migrating.target(world.steward, ID, "ffffffffff")


def test_a_dry_run_changes_nothing(world: World, run: Run) -> None:
    before = world.events(run)
    migrating.judge(world.steward, run.id, changed(world, "verify", within=hours(9)))

    assert world.events(run) == before
    with world.store.read() as tx:
        assert tx.plans.versions(ID) == [run.digest]


def test_a_step_that_is_under_way_otherwise_needs_a_decision(world: World, run: Run) -> None:
    new = changed(world, "verify", within=hours(9))

    judged = migrating.migrate(world.steward, run.id, new, "operator:maria", WHY)

    assert (judged.fate, judged.moved) == ("needs_decision", False)
    assert "deadline" in judged.because[0]
    assert world.events(run) == ["started", "work_done"]


def test_decided_to_keep_those_asked_have_the_deadline_they_were_given(world: World, run: Run) -> None:
    new = changed(world, "verify", within=hours(9))

    assert migrating.migrate(world.steward, run.id, new, "operator:maria", WHY, decision="keep").moved

    world.clock.move(hours=2)
    world.stand(run)
    _, _, page = world.steward.look(run.id)
    assert page.state.done["verify"].outcome == "no_answer"


def test_decided_to_ask_again_the_old_request_is_withdrawn(world: World, run: Run) -> None:
    new = changed(world, "verify", within=hours(9))

    assert migrating.migrate(world.steward, run.id, new, "operator:maria", WHY, decision="again").moved
    world.stand(run)

    with world.store.read() as tx:
        (request,) = tx.requests.list_open(run.id)
        old = tx.requests.get(run.id, "verify")
    assert (request.key, request.closes_at) == ("verify[~2]", world.clock.time + hours(9))
    assert old is not None
    assert (old.closed_at, old.digest) == (world.clock.time, run.digest)
    assert world.answer(run, "verify", "cf-1", answer="confirmed") == "late"


def test_a_run_whose_step_is_gone_must_stay(world: World, run: Run) -> None:
    bundle = world.steward.bundles(ID)
    new = with_steps(bundle, [step for step in bundle.flowchart.steps if step.id != "verify"])

    judged = migrating.migrate(world.steward, run.id, new, "operator:maria", WHY)

    assert (judged.fate, judged.moved) == ("must_stay", False)


def test_a_run_that_is_being_advanced_is_left_alone(
    world: World, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrating, "TRIES", 2)
    monkeypatch.setattr(migrating, "PAUSE", 0.0)
    with world.store.begin() as tx:
        assert tx.runs.lease(run.id, "other", wall_now(), dt.timedelta(minutes=1)) is not None

    judged = migrating.migrate(
        world.steward, run.id, changed(world, "decide", within=hours(5)), "operator:maria", WHY
    )

    assert (judged.fate, judged.moved) == ("busy", False)


def test_a_move_without_a_reason_is_refused(world: World, run: Run) -> None:
    with pytest.raises(InvalidCommand, match="say why"):
        migrating.migrate(world.steward, run.id, changed(world, "decide", within=hours(5)), "o", " ")


def test_questions_asked_before_the_move_are_read_by_the_version_that_asked(world: World, run: Run) -> None:
    with world.store.read() as tx:
        row = tx.requests.asked(run.id, "verify")[0].row_id
    migrating.migrate(world.steward, run.id, changed(world, "decide", within=hours(5)), "o", WHY)

    with world.store.read() as tx:
        assert tx.requests.addressee(row).digest == run.digest


def state_of(steward: Steward, run: Run) -> str:
    return dump(steward.look(run.id)[2].state)


def test_what_moved_folds_to_the_same_state_again(world: World, run: Run) -> None:
    migrating.migrate(world.steward, run.id, changed(world, "decide", within=hours(5)), "o", WHY)
    world.answer(run, "verify", "cf-1", answer="confirmed")
    with world.steward.lease(run.id) as lease:
        assert lease is not None
        attempt = world.steward.open(run.id, lease)
        attempt.work_off(directly)
        as_it_went = dump(attempt.page.state)

    assert state_of(world.steward, run) == as_it_went


def test_a_step_under_way_that_the_new_version_lacks_is_withdrawn_and_its_list_goes_on(
    world: World, run: Run
) -> None:
    """The command refuses such a move; the engine has an answer all the same."""
    bundle = world.steward.bundles(ID)
    new = with_steps(bundle, [step for step in bundle.flowchart.steps if step.id != "verify"])
    with world.store.begin() as tx:
        digest = tx.plans.put(new)
    _, old, page = world.steward.look(run.id)

    state, effects = move(old, world.steward.plan(digest), page.state, world.clock.time)

    assert sorted(state.live) == ["decide", "main"]
    assert not [timer for timer in state.timers if timer.startswith("verify")]
    assert [effect.reason for effect in effects if hasattr(effect, "reason")] == [GONE]


def test_a_list_stands_at_its_step_wherever_that_is_now(world: World, run: Run) -> None:
    bundle = world.steward.bundles(ID)
    first = next(step for step in bundle.flowchart.steps if step.id == "call_down")
    before = first.model_copy(update={"id": "before", "on": {}})
    new = with_steps(bundle, [before, *bundle.flowchart.steps])
    assert migrating.migrate(world.steward, run.id, new, "o", WHY).fate in ("unaffected", "can_move")

    _, plan, page = world.steward.look(run.id)
    main = page.state.live["main"]
    assert plan.blocks["main"].nodes[main.index].id == "verify"  # type: ignore[union-attr]  # a list
    world.answer(run, "verify", "cf-1", answer="confirmed")
    assert world.stand(run).message.startswith("decide")
