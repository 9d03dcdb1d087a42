"""A run from request to end, on SQLite and without Prefect: what the attempt, the ledger and the store promise together."""

import datetime as dt
from collections.abc import Sequence

import pytest

from konbit.clock import wall_now
from konbit.domain.desk import Desk, Done
from konbit.domain.duties import DUTIES
from konbit.engine.effects import DoWork
from konbit.errors import InvalidParameter, LeaseLost, RunFinished
from konbit.orchestrate.errand import Carry
from konbit.orchestrate.steward import directly
from tests.unit.orchestrate.conftest import World


class Killed(BaseException):
    """Stands for the death of the process."""


def test_the_same_idempotency_key_gives_the_same_run(world: World) -> None:
    given = {"country": "HTI", "hazard": "EQ", "areas": "HT07"}

    first = world.steward.request("response/activation", given, "drill", "a", idempotency_key="k")
    second = world.steward.request("response/activation", given, "drill", "b", idempotency_key="k")

    assert first.id == second.id


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"hazard": "EQ", "areas": "HT07"}, "parameter 'country' is required"),
        (
            {"country": "HTI", "hazard": "EQ", "areas": "HT07", "levle": "full"},
            "there is no parameter 'levle'",
        ),
        (
            {"country": "HTI", "hazard": "EQ", "areas": "HT07", "level": "huge"},
            "expected one of monitor, standby",
        ),
    ],
)
def test_a_wrong_parameter_begins_nothing(world: World, given: dict[str, object], words: str) -> None:
    with pytest.raises(InvalidParameter, match=words):
        world.steward.request("response/activation", given, "drill", "a")

    with world.store.read() as tx:
        assert tx.runs.list(None, 10) == []


def test_a_run_asks_waits_and_goes_on_when_answered(world: World) -> None:
    run = world.run()

    standing = world.stand(run)
    assert (standing.status, standing.name) == ("waiting", "Awaiting answers")
    assert standing.message == "verify: 0 of 1 answered, reminder 13:35 UTC"
    assert standing.wakes_at == world.clock.time + dt.timedelta(minutes=30)
    assert world.deliveries(run) == [("verify", "ask", "cf-1")]

    assert world.answer(run, "verify", "cf-1", answer="confirmed") == "stored"
    assert world.stand(run).message.startswith("decide: 0 of 1 answered")
    assert world.events(run) == ["started", "work_done", "answered", "work_done"]


def test_silence_escalates_at_its_time_and_not_before(world: World) -> None:
    run = world.run()
    world.stand(run)
    world.answer(run, "verify", "cf-1", answer="confirmed")
    world.stand(run)

    world.clock.move(minutes=19)
    world.stand(run)
    assert ("decide", "ask", "chair-2") not in world.deliveries(run)
    world.clock.move(minutes=1)
    world.stand(run)
    assert ("decide", "ask", "chair-2") in world.deliveries(run)


def test_an_answer_before_the_deadline_counts_although_it_is_taken_after(world: World) -> None:
    run = world.run()
    world.stand(run)
    world.clock.move(minutes=119)
    world.answer(run, "verify", "cf-1", answer="confirmed")
    world.clock.move(hours=5)

    world.stand(run)

    _, _, page = world.steward.look(run.id)
    assert page.state.done["verify"].outcome == "confirmed"


def test_an_answer_after_the_deadline_is_kept_as_late(world: World) -> None:
    run = world.run()
    world.stand(run)
    world.clock.move(hours=2)
    world.stand(run)

    assert world.answer(run, "verify", "cf-1", answer="confirmed") == "late"
    world.stand(run)

    _, _, page = world.steward.look(run.id)
    assert page.state.done["verify"].outcome == "no_answer"
    assert page.state.late == 1


def test_a_second_process_is_told_that_the_run_is_busy(world: World) -> None:
    run = world.run()
    with world.store.begin() as tx:
        assert tx.runs.lease(run.id, "other", wall_now(), dt.timedelta(minutes=1)) is not None

    assert world.stand(run).status == "busy"
    assert world.events(run) == []


def test_a_holder_that_lost_its_lease_writes_nothing(world: World) -> None:
    run = world.run()

    def robbed(works: Sequence[DoWork], carry: Carry) -> None:
        with world.store.begin() as tx:
            thief = tx.runs.lease(run.id, "thief", wall_now() + dt.timedelta(hours=1), dt.timedelta(hours=2))
            assert thief is not None
            tx.runs.release(thief)
        directly(works, carry)

    assert world.steward.attempt(run.id, robbed).status == "busy"
    assert world.events(run) == ["started"]
    assert world.stand(run).name == "Awaiting answers"


@pytest.mark.parametrize("moment", ["before", "after"])
def test_work_cut_off_by_death_is_done_once(world: World, moment: str) -> None:
    run = world.run()
    killed: list[str] = []

    def dying(work: DoWork, desk: Desk) -> Done:
        done = DUTIES["ask"](work, desk)
        if not killed:
            killed.append(work.work)
            raise Killed
        return done

    def executor(works: Sequence[DoWork], carry: Carry) -> None:
        for work in works:
            if moment == "after" and not killed:
                carry(work, DUTIES["ask"])
                killed.append(work.work)
                raise Killed
            carry(work, dying)

    with pytest.raises(Killed):
        world.steward.attempt(run.id, executor)
    world.stand(run)

    assert world.events(run) == ["started", "work_done"]
    assert world.deliveries(run) == [("verify", "ask", "cf-1")]


def test_work_that_fails_ends_its_step_and_tells_the_owner(world: World) -> None:
    run = world.run()

    def failing(works: Sequence[DoWork], carry: Carry) -> None:
        for work in works:
            if work.duty == "alarm":
                carry(work, DUTIES["alarm"])
            else:
                carry.failed(work, "the directory is away")  # type: ignore[attr-defined]

    world.steward.attempt(run.id, failing)

    _, _, page = world.steward.look(run.id)
    assert page.state.done["verify"].outcome == "failed"
    assert ("konbit_alarm", "alarm", "gf-1") in world.deliveries(run)


def test_a_child_runs_on_its_own_plan_and_hands_its_results_back(world: World) -> None:
    run = world.run("response/needs-assessment")
    world.stand(run)
    parent = world.run(clusters=["HEA"])
    world.stand(parent)
    world.answer(parent, "verify", "cf-1", answer="confirmed")
    world.stand(parent)
    world.answer(parent, "decide", "chair-1", answer="partial")
    world.stand(parent)
    for person in ("chair-1", "hea-1", "log-1"):
        world.answer(parent, "call_down", person)
    world.clock.move(hours=1)
    world.stand(parent)

    with world.store.read() as tx:
        (child,) = tx.runs.children(parent.id)
    assert (child.flowchart, child.parent_key, child.mode) == (
        "response/needs-assessment",
        "assessment",
        "drill",
    )
    assert world.stand(child).name == "Awaiting answers"
    for hours in (13, 5):
        world.clock.move(hours=hours)
        world.stand(child)
    with world.store.read() as tx:
        assert tx.runs.get(child.id).outcome == "completed"
    world.stand(parent)
    _, _, page = world.steward.look(parent.id)
    assert page.state.done["assessment"].output["asked"] == 0


def test_stand_down_withdraws_what_is_open_and_tells_those_who_were_asked(world: World) -> None:
    run = world.run()
    world.stand(run)

    world.steward.stand_down(run.id, "operator:test", "false alarm")
    standing = world.stand(run)

    assert (standing.status, standing.outcome) == ("ended", "stood_down")
    assert [person for step, _, person in world.deliveries(run) if step != "verify"] == ["cf-1"]
    assert world.answer(run, "verify", "cf-1", answer="confirmed") == "late"
    with pytest.raises(RunFinished):
        world.steward.stand_down(run.id, "operator:test", "again")


def test_the_journal_folds_to_the_state_and_verifies(world: World) -> None:
    run = world.run()
    world.stand(run)
    world.answer(run, "verify", "cf-1", answer="confirmed")
    world.stand(run)

    _, _, first = world.steward.look(run.id)
    _, _, second = world.steward.look(run.id)

    assert first == second
    with world.store.read() as tx:
        assert tx.journal.verify(run.id) is None


def test_a_lost_lease_is_an_error_of_its_own() -> None:
    assert "took over" in str(LeaseLost())


def test_what_comes_in_while_work_is_done_is_taken_before_the_next_work(world: World) -> None:
    run = world.run()
    done: list[str] = []

    def interrupted(works: Sequence[DoWork], carry: Carry) -> None:
        done.extend(work.duty for work in works)
        directly(works, carry)
        if len(done) == 1:
            world.steward.stand_down(run.id, "operator:test", "a false alarm")

    assert world.steward.attempt(run.id, interrupted).status == "ended"
    assert world.events(run)[1:3] == ["work_done", "stood_down"]
