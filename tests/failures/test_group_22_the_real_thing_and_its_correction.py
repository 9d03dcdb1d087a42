"""Failure group 22: a drill runs when a real activation starts; a correction reaches exactly those contacted.

And the second person: a full actual activation and a very large drill wait for one, whatever restarts in between.
"""

import dataclasses
import datetime as dt

import pytest

from konbit.domain.caution import Caps
from konbit.domain.delivery import Accepted, Quota
from konbit.notify.retry import next_step
from konbit.orchestrate.approving import approve
from konbit.orchestrate.checks import InvalidCommand
from konbit.orchestrate.clock_service import ClockService
from konbit.orchestrate.correcting import correct
from konbit.orchestrate.lookout import Lookout
from konbit.orchestrate.operating import Operator
from konbit.store.database import StoreFailed
from konbit.store.outbox import SqlOutbox
from konbit.store.records import Run
from tests.unit.orchestrate.conftest import World, bundles, database, library, world
from tests.unit.orchestrate.test_clock import Flows

pytestmark = pytest.mark.slow

__all__ = ["bundles", "database", "library", "world"]
GIVEN = {"country": "HTI", "hazard": "EQ", "areas": ["HT07"], "clusters": ["HEA", "LOG"]}


def actual(world: World, level: str = "partial", **more: object) -> Run:
    return world.steward.request(
        "response/activation", {**GIVEN, "level": level, **more}, "actual", "operator:ana"
    )


def told(world: World, run: Run, step: str) -> list[str]:
    return sorted(person for where, _, person in world.deliveries(run) if where == step)


def test_a_real_activation_suspends_the_drills_of_its_country_and_tells_who_was_in_them(world: World) -> None:
    drill = world.run()
    assert world.stand(drill).name == "Awaiting answers"
    _sent(world, 9)
    real = actual(world)
    assert world.stand(drill).name == "Paused"
    assert told(world, drill, "drill_suspended") == ["cf-1"]
    with world.store.read() as tx:
        assert tx.audit.list(drill.id)[-1].action == "suspended"
        waiting = [row for row in tx.deliveries.list(drill.id) if row.step == "verify"]
    assert {row.state.value for row in waiting} == {"accepted"}
    assert world.stand(real).name == "Awaiting answers"


def test_a_suspended_drill_is_resumed_or_stood_down_by_an_operator(world: World) -> None:
    resumed, ended = world.run(), world.run()
    for drill in (resumed, ended):
        world.stand(drill)
        assert "verify" in [step for step, _, _ in world.deliveries(drill)]
    actual(world)
    for drill in (resumed, ended):
        assert world.stand(drill).name == "Paused"
    operator = Operator(world.steward, "operator:ben")
    operator.resume(resumed.id, "the activation was small")
    operator.stand_down(ended.id, "another time")
    assert world.stand(resumed).name == "Awaiting answers"
    assert world.stand(ended).status == "ended"


def test_drills_of_other_countries_and_other_actual_runs_go_on(world: World) -> None:
    elsewhere = world.run(country="PHL", areas=["PH01"])
    world.stand(elsewhere)
    first = actual(world)
    world.stand(first)
    actual(world)
    assert world.stand(elsewhere).name != "Paused"
    assert world.stand(first).name == "Awaiting answers"


def test_a_full_actual_activation_reaches_nobody_until_a_second_person_approves_it(world: World) -> None:
    drill = world.run()
    world.stand(drill)
    run = actual(world, "full")
    assert (world.stand(run).name, world.deliveries(run)) == ("Awaiting approval", [])
    assert world.stand(drill).name == "Awaiting answers"
    for same in ("operator:ana", "prefect:Ana", "prefect: "):
        with pytest.raises(InvalidCommand):
            approve(world.steward, run.id, same, "I am sure")
    assert world.stand(run).name == "Awaiting approval"
    approve(world.steward, run.id, "prefect:ben", "the chair called me")
    assert world.stand(run).name == "Awaiting answers"
    assert world.stand(drill).name == "Paused"
    with world.store.read() as tx:
        assert [act.action for act in tx.audit.list(run.id)] == ["approval-asked", "approved"]


def test_the_database_itself_refuses_that_one_person_is_both(world: World) -> None:
    run = actual(world, "full")
    with pytest.raises(StoreFailed), world.store.begin() as tx:
        tx.approvals.decide(run.id, "approved", "operator:ana", world.clock.now(), "past all checks")
    assert world.stand(run).name == "Awaiting approval"


def test_the_clock_wakes_a_run_once_it_is_approved_and_not_before(world: World) -> None:
    flows = Flows()
    clock = ClockService(world.steward, flows)
    run = actual(world, "full")
    clock.stir()
    with world.store.read() as tx:
        placed = tx.runs.get(run.id).flow_run_id
    flows.told.clear()
    clock.stir()
    assert flows.told == []
    approve(world.steward, run.id, "operator:ben", "seen")
    assert world.steward.stirred(run.id)
    clock.stir()
    assert flows.told == [("wake", placed)]
    world.stand(run)
    flows.told.clear()
    clock.stir()
    assert flows.told == []


def test_a_drill_held_while_it_waits_for_a_second_person_keeps_nobody_busy(world: World) -> None:
    """Its pause lies in its inbox until it may begin: neither the clock nor a worker looks at it again and again."""
    world.stand(actual(world))
    world.steward = dataclasses.replace(world.steward, caps=Caps(1, 99))
    drill, flows, lookout = world.run(), Flows(), Lookout(world.steward)
    clock = ClockService(world.steward, flows)
    clock.stir()
    flows.told.clear()
    with world.store.read() as tx:
        assert [item.event.kind for item in tx.inbox.pending(drill.id)] == ["paused"]
    assert drill.id not in {run.id for run in lookout.stirred()}
    clock.stir()
    assert flows.told == []
    assert world.stand(drill).name == "Awaiting approval"
    approve(world.steward, drill.id, "operator:ben", "seen")
    assert [run.id for run in lookout.stirred()] == [drill.id]
    clock.stir()
    assert [deed for deed, _ in flows.told] == ["wake"]
    assert world.stand(drill).name == "Paused"
    assert world.deliveries(drill) == []
    assert lookout.stirred() == []


def test_a_run_that_is_refused_ends_and_has_told_nobody(world: World) -> None:
    run = actual(world, "full")
    world.steward.stand_down(run.id, "operator:ana", "a slip")
    standing = world.stand(run)
    assert (standing.status, standing.name) == ("ended", "Refused")
    assert world.deliveries(run) == []
    with pytest.raises(InvalidCommand):
        approve(world.steward, run.id, "operator:ben", "too late")


def test_a_drill_that_would_reach_too_many_waits_for_a_second_person(world: World) -> None:
    """The cap of this world is nine people; the activation chart can reach eight of Haiti, then ten."""
    small = world.run()
    assert world.stand(small).name == "Awaiting answers"
    with world.store.begin() as tx:
        known = tx.directory.snapshot("HTI")
        more = [known.people[0].model_copy(update={"id": f"more-{number}"}) for number in range(3)]
        ways = [
            known.endpoints[0].model_copy(
                update={"id": f"e-{one.id}", "person": one.id, "address": f"{one.id}@example.org"}
            )
            for one in more
        ]
        roles = [known.bindings[0].model_copy(update={"person": one.id, "rank": 5}) for one in more]
        tx.directory.replace_country(
            known.model_copy(
                update={
                    "people": [*known.people, *more],
                    "endpoints": [*known.endpoints, *ways],
                    "bindings": [*known.bindings, *roles],
                }
            ),
            "HTI",
        )
    large = world.run()
    standing = world.stand(large)
    assert (standing.name, "second person" in standing.message) == ("Awaiting approval", True)
    with world.store.read() as tx:
        (asked,) = tx.approvals.of(large.id)
    assert asked.details["recipients"] == 12
    approve(world.steward, large.id, "operator:ben", "announced to all")
    assert world.stand(large).name == "Awaiting answers"


def _sent(world: World, number: int) -> None:
    """As if a sender had handed over so many of what is due."""
    outbox, now = SqlOutbox(world.store, next_step), world.clock.now()
    held = outbox.claim("w", now, now, dt.timedelta(seconds=90), [Quota("mail", number)])
    outbox.record([next_step(one, Accepted(), now) for one in held], now, now)


def test_a_correction_reaches_exactly_those_to_whom_something_left(world: World) -> None:
    """Two were asked: the message of one had left, that of the other had not."""
    run = world.run()
    world.stand(run)
    _sent(world, 9)
    world.answer(run, "verify", "cf-1", answer="confirmed")
    world.stand(run)
    assert {person for _, _, person in world.deliveries(run)} == {"cf-1", "chair-1"}
    done = correct(world.steward, world.steward.prepared, run.id, "operator:ben", "a slip")
    assert done.people == ("cf-1",)
    assert told(world, run, "correction") == ["cf-1"]
    assert world.stand(run).status == "ended"


def test_who_may_have_been_reached_is_told_of_the_correction_too(world: World) -> None:
    run = world.run()
    world.stand(run)
    outbox, now = SqlOutbox(world.store, next_step), world.clock.now()
    (held,) = outbox.claim("w", now, now, dt.timedelta(seconds=90), [Quota("mail", 9)])
    done = correct(world.steward, world.steward.prepared, run.id, "operator:ben", "a slip")
    assert done.people == (held.person_id,)


def test_a_run_that_has_reached_nobody_is_not_corrected_and_nothing_leaves_any_more(world: World) -> None:
    run = world.run()
    world.stand(run)
    with pytest.raises(InvalidCommand, match="told nobody"):
        correct(world.steward, world.steward.prepared, run.id, "operator:ben", "a slip")
