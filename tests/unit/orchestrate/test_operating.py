"""What operators do to runs: each act is looked at first, takes effect once, and leaves a line with its reason."""

import datetime as dt
import importlib
from collections.abc import Callable

import pytest

from konbit.definition.library import load
from konbit.domain.delivery import DeliveryState, Outcome, Quota
from konbit.engine.migration import replay
from konbit.errors import RunFinished
from konbit.notify.retry import next_step
from konbit.orchestrate import deployments, sending
from konbit.orchestrate.checks import InvalidCommand
from konbit.orchestrate.correcting import correct
from konbit.orchestrate.operating import COMMANDS, Operator
from konbit.store.records import Run
from tests.unit.orchestrate.conftest import World

pytestmark = pytest.mark.slow

WHY = "the power is out in Jeremie"
Deed = Callable[[Operator, str], str]


@pytest.fixture
def run(world: World) -> Run:
    begun = world.run()
    world.stand(begun)
    return begun


@pytest.fixture
def who(world: World) -> Operator:
    return Operator(world.steward, "operator:maria")


def outcome(world: World, run: Run, step: str) -> str:
    _, _, page = world.steward.look(run.id)
    return page.state.done[step].outcome


def acts(world: World, run: Run) -> list[tuple[str, str, str]]:
    with world.store.read() as tx:
        return [(act.actor, act.action, act.reason) for act in tx.audit.list(run.id)]


def to_call_down(world: World, run: Run) -> None:
    """Answers what comes first, so that the call-down is under way."""
    world.answer(run, "verify", "cf-1", answer="confirmed")
    world.stand(run)
    world.answer(run, "decide", "chair-1", answer="partial")
    world.stand(run)


def test_a_deadline_is_moved_and_the_old_one_is_gone(world: World, who: Operator, run: Run) -> None:
    who.extend(run.id, "verify", WHY, by=dt.timedelta(hours=3))
    world.stand(run)
    world.clock.move(hours=3)
    world.stand(run)

    with world.store.read() as tx:
        request = tx.requests.get(run.id, "verify")
    assert request is not None
    assert request.closes_at == world.clock.time + dt.timedelta(hours=2)
    assert acts(world, run) == [("operator:maria", "extended", WHY)]
    world.clock.move(hours=2)
    world.stand(run)
    assert outcome(world, run, "verify") == "no_answer"


def test_a_step_under_way_is_skipped_and_its_request_withdrawn(world: World, who: Operator, run: Run) -> None:
    who.skip(run.id, "verify", WHY)
    standing = world.stand(run)

    assert outcome(world, run, "verify") == "skipped"
    assert standing.message.startswith("decide")
    with world.store.read() as tx:
        assert [request.key for request in tx.requests.list_open(run.id)] == ["decide"]


def test_a_step_ahead_is_given_its_outcome_beforehand(world: World, who: Operator, run: Run) -> None:
    assert "when it is reached" in who.force(run.id, "decide", "standby", WHY)
    world.answer(run, "verify", "cf-1", answer="confirmed")
    standing = world.stand(run)

    assert (standing.status, standing.outcome) == ("ended", "standby")


def test_a_step_is_done_again_with_a_new_request(world: World, who: Operator, run: Run) -> None:
    world.answer(run, "verify", "cf-1", answer="confirmed")
    world.stand(run)

    who.redo(run.id, "verify", WHY)
    world.stand(run)

    with world.store.read() as tx:
        assert [request.key for request in tx.requests.list_open(run.id)] == ["verify[~2]"]


def test_somebody_else_is_asked_instead(world: World, who: Operator, run: Run) -> None:
    who.reassign(run.id, "verify", "cf-1", "hub-1", WHY)
    world.stand(run)

    assert ("verify", "ask", "hub-1") in world.deliveries(run)
    assert world.answer(run, "verify", "hub-1", answer="confirmed") == "stored"
    world.stand(run)
    assert outcome(world, run, "verify") == "confirmed"


@pytest.mark.parametrize(
    ("deed", "words"),
    [
        (lambda who, it: who.skip(it, "verfy", WHY), "did you mean 'verify'"),
        (lambda who, it: who.force(it, "verify", "confirmd", WHY), "did you mean 'confirmed'"),
        (lambda who, it: who.force(it, "verify", "purple", WHY), "confirmed, contradicted, no_answer"),
        (lambda who, it: who.extend(it, "decide", WHY, by=dt.timedelta(hours=1)), "open are: verify"),
        (
            lambda who, it: who.extend(it, "verify", WHY, until=dt.datetime(2021, 8, 14, 13, tzinfo=dt.UTC)),
            "is over",
        ),
        (lambda who, it: who.extend(it, "verify", WHY), "by how much"),
        (lambda who, it: who.redo(it, "call_down", WHY), "has not been reached"),
        (lambda who, it: who.redo(it, "interim", WHY), "not under way"),
        (
            lambda who, it: who.reassign(it, "verify", "hub-1", "gf-1", WHY),
            "there is no person asked 'hub-1'",
        ),
        (lambda who, it: who.reassign(it, "verify", "cf-1", "nobody", WHY), "there is nobody 'nobody'"),
        (lambda who, it: who.reassign(it, "verify", "cf-1", "cf-1", WHY), "is the one who was asked"),
        (lambda who, it: who.add_item(it, "verify", "WSH", WHY), "takes no items"),
        (lambda who, it: who.signal(it, "anything", WHY), "there is no signal 'anything'"),
        (lambda who, it: who.resume(it, WHY), "not paused"),
        (lambda who, it: who.skip(it, "verify", "  "), "say why"),
        (lambda who, it: who.answer(it, "verify", "cf-1", "maybe", WHY), "confirmed, contradicted"),
        (lambda who, it: who.answer(it, "verify", "hub-1", "confirmed", WHY), "was not asked"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence_and_changes_nothing(
    world: World, who: Operator, run: Run, deed: Deed, words: str
) -> None:
    with pytest.raises(InvalidCommand, match=words):
        deed(who, run.id)

    with world.store.read() as tx:
        assert not tx.inbox.pending(run.id)
    assert acts(world, run) == []


def test_a_step_that_has_ended_is_not_skipped_but_done_again(world: World, who: Operator, run: Run) -> None:
    world.answer(run, "verify", "cf-1", answer="confirmed")
    world.stand(run)

    with pytest.raises(InvalidCommand, match="has ended: confirmed; `redo`"):
        who.skip(run.id, "verify", WHY)


def test_a_run_that_has_ended_takes_no_commands(world: World, who: Operator, run: Run) -> None:
    who.stand_down(run.id, WHY)
    world.stand(run)

    for deed in (who.pause, who.resume):
        with pytest.raises(RunFinished, match="has ended"):
            deed(run.id, WHY)


def test_a_decision_given_by_telephone_is_recorded(world: World, who: Operator, run: Run) -> None:
    who.answer(run.id, "verify", "cf-1", "confirmed", WHY)
    world.stand(run)

    assert outcome(world, run, "verify") == "confirmed"
    assert acts(world, run) == [("operator:maria", "answer-for", WHY)]


def test_while_a_run_is_paused_nothing_fires_and_nobody_is_asked(
    world: World, who: Operator, run: Run
) -> None:
    who.pause(run.id, WHY)
    standing = world.stand(run)
    before = world.deliveries(run)
    world.clock.move(hours=5)

    assert (standing.name, standing.wakes_at) == ("Paused", None)
    assert "4 timers are due when it goes on" in world.stand(run).message
    assert world.deliveries(run) == before
    assert not world.steward.stirred(run.id), "a paused run is not woken by its timers"
    with world.store.read() as tx:
        assert not tx.timers.due_runs(world.clock.time)
        assert tx.runs.get(run.id).paused_at is not None


def test_an_answer_during_a_pause_is_taken_and_counts_when_the_run_goes_on(
    world: World, who: Operator, run: Run
) -> None:
    who.pause(run.id, WHY)
    world.stand(run)
    world.clock.move(hours=5)
    assert world.answer(run, "verify", "cf-1", answer="confirmed") == "stored"
    assert world.steward.stirred(run.id)
    assert "verify: 1 of 1 answered" in world.stand(run).message
    assert world.events(run)[-1] == "answered", "it is in the journal at once"

    who.resume(run.id, WHY)
    standing = world.stand(run)

    assert outcome(world, run, "verify") == "confirmed", "although the deadline passed in the pause"
    assert standing.message.startswith("decide: 0 of 1 answered")


def test_timers_that_fell_due_in_a_pause_fire_in_order_after_what_came_in(
    world: World, who: Operator, run: Run
) -> None:
    who.pause(run.id, WHY)
    world.stand(run)
    world.clock.move(minutes=50)
    who.skip(run.id, "decide", WHY)
    who.resume(run.id, WHY)
    world.stand(run)

    with world.store.read() as tx:
        events = [entry.event for entry in tx.journal.read(run.id)]
    kinds = [event.kind for event in events]
    assert kinds[2:] == ["paused", "resumed", "outcome_forced", "timer_fired", "timer_fired"]
    assert [event.timer for event in events if event.kind == "timer_fired"] == [
        "verify#remind:0",
        "verify#wave:1",
    ]


def test_a_deadline_extended_in_a_pause_holds(world: World, who: Operator, run: Run) -> None:
    who.pause(run.id, WHY)
    world.stand(run)
    world.clock.move(hours=3)
    who.extend(run.id, "verify", WHY, by=dt.timedelta(hours=2))
    world.stand(run)
    who.resume(run.id, WHY)
    world.stand(run)

    with world.store.read() as tx:
        assert [request.key for request in tx.requests.list_open(run.id)] == ["verify"]


def test_a_decline_in_a_pause_asks_the_next_only_when_the_run_goes_on(
    world: World, who: Operator, run: Run
) -> None:
    to_call_down(world, run)
    who.pause(run.id, WHY)
    world.stand(run)
    world.answer(run, "call_down", "hea-1", "decline")
    world.stand(run)
    assert ("call_down", "ask", "hea-2") not in world.deliveries(run)

    who.resume(run.id, WHY)
    world.stand(run)

    assert ("call_down", "ask", "hea-2") in world.deliveries(run)


def test_standing_down_a_paused_run_ends_it(world: World, who: Operator, run: Run) -> None:
    who.pause(run.id, WHY)
    world.stand(run)
    who.stand_down(run.id, WHY)

    assert world.stand(run).outcome == "stood_down"


def test_a_pause_reaches_the_runs_it_started(world: World, who: Operator, run: Run) -> None:
    to_call_down(world, run)
    for person in ("chair-1", "hea-1", "log-1"):
        world.answer(run, "call_down", person)
    world.clock.move(hours=1)
    world.stand(run)
    with world.store.read() as tx:
        (child,) = tx.runs.children(run.id)
    world.stand(child)

    assert "and 1 that it started" in who.pause(run.id, WHY)
    assert world.stand(run).name == world.stand(child).name == "Paused"
    who.resume(run.id, WHY)
    assert "Paused" not in (world.stand(run).name, world.stand(child).name)


def test_a_run_that_was_paused_folds_to_the_same_state(world: World, who: Operator, run: Run) -> None:
    who.pause(run.id, WHY)
    world.stand(run)
    world.clock.move(hours=1)
    who.resume(run.id, WHY)
    world.stand(run)

    _, plan, page = world.steward.look(run.id)
    with world.store.read() as tx:
        events = [entry.event for entry in tx.journal.read(run.id)]
    assert replay(lambda _: plan, plan.digest, events)[1] == page.state


class Prefect:
    """Flow runs as the clock sees them."""

    def __init__(self, known: set[str]) -> None:
        self.known = known

    def create(self, run: Run) -> str:
        self.known.add(f"new-{run.id}")
        return f"new-{run.id}"

    def wake(self, flow_run_id: str) -> bool:
        return False

    def revive(self, flow_run_id: str, reason: str) -> bool:
        return False

    def settle(self, flow_run_id: str) -> bool:
        return False

    def states(self, flow_run_ids: object) -> dict[str, tuple[str, dt.datetime]]:
        return {one: ("SCHEDULED", dt.datetime.now(dt.UTC)) for one in self.known}

    def awake(self, since: object) -> dict[str, tuple[str, dt.datetime]]:
        return {}


def test_a_run_whose_flow_run_is_lost_gets_another(world: World, who: Operator, run: Run) -> None:
    with world.store.begin() as tx:
        tx.runs.set_flow_run(run.id, "lost")
    flows = Prefect(set())

    assert f"new-{run.id}" in who.adopt(run.id, WHY, flows)
    assert "nothing to do" in who.adopt(run.id, WHY, flows)
    assert acts(world, run) == [("operator:maria", "adopted", WHY)]


def test_a_correction_goes_to_exactly_those_who_were_told_even_after_the_end(
    world: World, who: Operator, run: Run
) -> None:
    who.force(run.id, "decide", "standby", WHY)
    world.answer(run, "verify", "cf-1", answer="confirmed")
    world.stand(run)
    sent(world)
    told = {person for _, _, person in world.deliveries(run)}

    done = correct(world.steward, load().messages, run.id, "operator:maria", WHY)

    assert set(done.people) == told == {"cf-1", "hea-1", "log-1", "hub-1", "gf-1"}
    assert "chair-1" not in told, "who was never asked or informed"
    corrected = [person for step, _, person in world.deliveries(run) if step == "correction"]
    assert sorted(corrected) == sorted(told)
    with pytest.raises(InvalidCommand, match="corrected already"):
        correct(world.steward, load().messages, run.id, "operator:maria", WHY)
    correct(world.steward, load().messages, run.id, "operator:maria", WHY, again=True)
    assert len([1 for step, _, _ in world.deliveries(run) if step == "correction"]) == 2 * len(told)


def test_correcting_a_run_that_goes_on_stands_it_down(world: World, run: Run) -> None:
    sent(world)
    correct(world.steward, load().messages, run.id, "operator:maria", WHY)

    assert world.stand(run).outcome == "stood_down"


def test_nobody_is_told_of_a_stand_down_who_was_told_nothing(world: World, who: Operator, run: Run) -> None:
    to_call_down(world, run)
    sent(world)
    asked = {person for _, _, person in world.deliveries(run)}
    who.stand_down(run.id, WHY)
    world.stand(run)
    world.stand(run)

    with world.store.read() as tx:
        rows = tx.deliveries.list(run.id)
    over = {row.person for row in rows if row.purpose == "inform"}
    assert over == asked
    assert "gf-1" not in over


def test_those_only_informed_by_a_child_hear_of_the_stand_down(world: World, who: Operator, run: Run) -> None:
    to_call_down(world, run)
    for person in ("chair-1", "hea-1", "log-1"):
        world.answer(run, "call_down", person)
    world.clock.move(hours=1)
    world.stand(run)
    with world.store.read() as tx:
        (child,) = tx.runs.children(run.id)
    world.stand(child)
    sent(world)
    with world.store.read() as tx:
        told = {row.person for one in (run, child) for row in tx.deliveries.list(one.id)}
        assert set(tx.requests.contacted(run.id)) == told


def sent(world: World) -> None:
    """What is due has left."""
    outbox = sending.Outbox(world.store, next_step)
    now = world.clock.time
    quotas = [Quota(name, 1000) for name in ("mail", "hooks")]
    rows = outbox.claim("test", now, now, dt.timedelta(minutes=1), quotas)
    taken = [Outcome(row.id, row.generation, DeliveryState.ACCEPTED, None, "", row.unknowns) for row in rows]
    outbox.record(taken, now, now)


def test_prefect_has_every_command_as_a_flow_whose_form_asks_for_a_run_and_a_reason() -> None:
    package = importlib.import_module("flows.operate")
    entries = {entry.flow: entry for entry in deployments.operator_entries()}

    for command in COMMANDS:
        flow = getattr(package, command)
        entry = entries.pop(flow.name)
        # An audit changes nothing, and asks for no reason.
        wanted = {"run"} if command == "audit" else {"run", "reason"}
        assert wanted <= set(flow.parameters.required)
        assert all(field.get("description") for field in flow.parameters.properties.values())
        assert (entry.entrypoint, list(entry.tags)) == (f"flows.operate.{command}", ["konbit", "operator"])
    assert not entries
