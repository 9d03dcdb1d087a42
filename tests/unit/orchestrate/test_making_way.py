"""Drills make way for actual activations, whoever started which: with their children, abroad, and when they begin too late."""

import pytest

from konbit.orchestrate.operating import Operator
from tests.unit.orchestrate.conftest import World
from tests.unit.orchestrate.test_children import Family, born, children_of, family, folder, small

__all__ = ["family", "folder", "small"]


def test_an_activation_holds_the_drill_with_its_children_and_lanes_and_they_go_on_with_it(
    family: Family,
) -> None:
    world = family.world
    actual = born(world, "actual")
    family.all_stand()
    for run in (family.parent, family.left, family.waited):
        assert world.stand(run).name == "Paused"
    assert world.stand(actual).name == "Awaiting answers"
    Operator(world.steward, "operator:test").resume(family.parent.id, "the activation was small")
    family.all_stand()
    for run in (family.parent, family.left, family.waited):
        assert world.stand(run).name == "Awaiting answers"


def test_an_activation_holds_a_child_whose_drill_has_ended(family: Family) -> None:
    world = family.world
    world.answer(family.parent, "verify", "chair-1", answer="done")
    world.answer(family.waited, "survey", "chair-1", answer="done")
    family.all_stand()
    assert family.now(family.parent).status == "ended"
    born(world, "actual")
    assert world.stand(family.left).name == "Paused"


def test_a_drill_that_begins_while_an_activation_is_open_tells_nobody_anything(small: World) -> None:
    actual = born(small, "actual")
    small.stand(actual)
    drill = born(small)
    assert small.stand(drill).name == "Paused"
    assert small.deliveries(drill) == []
    with small.store.read() as tx:
        assert tx.audit.list(drill.id)[-1].action == "suspended"
        assert all(child.mode == "actual" for child in tx.runs.children(actual.id))
    Operator(small.steward, "operator:test").resume(drill.id, "wanted all the same")
    assert small.stand(drill).name == "Awaiting answers"


@pytest.mark.parametrize("time", ["quiet", "emergency"])
def test_a_drill_that_another_starts_abroad_is_held_while_an_activation_is_open_there(
    small: World, time: str
) -> None:
    during = time == "emergency"
    if during:
        small.stand(born(small, "actual"))
    abroad = born(small, chart="response/abroad", country="PHL")
    assert small.stand(abroad).name != "Paused"
    (there,) = children_of(small, abroad)
    assert small.stand(there).name == ("Paused" if during else "Awaiting answers")
    assert bool(small.deliveries(there)) is not during
    with small.store.read() as tx:
        assert ("suspended" in [line.action for line in tx.audit.list(there.id)]) is during


def test_an_activation_holds_the_drill_that_one_abroad_has_started_there(small: World) -> None:
    abroad = born(small, chart="response/abroad", country="PHL")
    small.stand(abroad)
    (there,) = children_of(small, abroad)
    assert small.stand(there).name == "Awaiting answers"
    born(small, "actual")
    assert small.stand(there).name == "Paused"
    assert small.stand(abroad).name != "Paused"


def test_drills_make_way_for_an_activation_that_one_abroad_starts(family: Family) -> None:
    world = family.world
    abroad = born(world, "actual", "response/abroad", "PHL")
    assert world.stand(family.parent).name == "Awaiting answers"
    world.stand(abroad)
    assert len(children_of(world, abroad)) == 1
    for run in (family.parent, family.left, family.waited):
        assert world.stand(run).name == "Paused"


def test_a_drill_let_go_on_is_not_held_again_by_what_the_activation_itself_starts(family: Family) -> None:
    world = family.world
    actual = born(world, "actual", "response/later")
    world.stand(actual)
    assert world.stand(family.parent).name == "Paused"
    Operator(world.steward, "operator:test").resume(family.parent.id, "wanted all the same")
    assert world.stand(family.parent).name == "Awaiting answers"
    world.answer(actual, "verify", "chair-1", answer="done")
    world.stand(actual)
    assert len(children_of(world, actual)) == 1
    assert world.stand(family.parent).name == "Awaiting answers"


def test_a_drill_begins_when_the_activation_has_ended(small: World) -> None:
    actual = born(small, "actual")
    small.stand(actual)
    small.steward.stand_down(actual.id, "operator:test", "over")
    small.stand(actual)
    assert small.stand(born(small)).name == "Paused", "what it started is still being ended"
    with small.store.read() as tx:
        children = tx.runs.children(actual.id)
    for child in children:
        assert small.stand(child).status == "ended"
    assert small.stand(born(small)).name == "Awaiting answers"
