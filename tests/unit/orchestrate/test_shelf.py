"""A plan is made once, the last used are kept, and one that cannot be made is asked for again."""

from collections.abc import Callable

import pytest

from konbit.definition.library import load
from konbit.engine.compile import compile_plan
from konbit.engine.plan import Plan
from konbit.errors import UnknownFlowchart
from konbit.orchestrate.shelf import Shelf


@pytest.fixture(scope="module")
def plan() -> Plan:
    return compile_plan(load().bundle("response/needs-assessment"))


def test_a_plan_is_made_once(plan: Plan) -> None:
    shelf = Shelf()
    assert shelf.plan("a", lambda: plan) is plan
    assert shelf.plan("a", never) is plan


def test_those_that_were_used_last_are_kept(plan: Plan) -> None:
    shelf, made = Shelf(size=2), list[str]()

    def make(digest: str) -> Callable[[], Plan]:
        def noting() -> Plan:
            made.append(digest)
            return plan

        return noting

    for digest in "abaca":
        shelf.plan(digest, make(digest))
    assert made == ["a", "b", "c"]
    shelf.plan("b", make("b"))
    assert made == ["a", "b", "c", "b"]


def test_what_cannot_be_made_is_not_kept(plan: Plan) -> None:
    shelf = Shelf()
    with pytest.raises(UnknownFlowchart):
        shelf.plan("a", never)
    assert shelf.plan("a", lambda: plan) is plan


def never() -> Plan:
    raise UnknownFlowchart
