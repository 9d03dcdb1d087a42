"""Failure group 21, more people than anybody saw: a run writes to as many as its preflight saw, whatever a later step names."""

import dataclasses
import datetime as dt

import pytest

from konbit.definition.content import Message
from konbit.domain.caution import Caps
from konbit.domain.directory import Binding, Directory, Endpoint, Person
from konbit.engine.events import Reassigned
from konbit.orchestrate.checks import InvalidCommand
from konbit.orchestrate.correcting import correct
from konbit.orchestrate.operating import Operator
from konbit.orchestrate.releasing import release
from konbit.orchestrate.siren import Siren
from konbit.orchestrate.steward import directly
from konbit.orchestrate.watchdog import Watchdog
from konbit.store.records import Run
from konbit.testing.phones import Now
from tests.failures.calls import CALL, CallDown, everybody, number

pytestmark = pytest.mark.slow
CAP = 6
"""The directory has six people, three of them leads; one is the owner and one the deputy."""
ASKED_FIRST = f"""\
steps:
  - id: decide
    ask: {{who: owner, question: what, options: [go, stay]}}
    within: 24h
    on: {{no_answer: []}}
{CALL.partition(chr(10))[2]}"""
TOLD = """\
steps:
  - id: decide
    ask: {who: owner, question: what, options: [go, stay]}
    within: 24h
    on: {no_answer: []}
  - id: tell
    inform: {who: [lead], message: gap}
"""


@pytest.fixture
def capped(calls: CallDown) -> CallDown:
    """Six people, and no more without being told."""
    caps = Caps(recipients=CAP, actual=CAP)
    calls.planner = dataclasses.replace(calls.planner, caps=caps)
    ledger = dataclasses.replace(calls.steward.ledger, planner=calls.planner)
    calls.steward = dataclasses.replace(calls.steward, ledger=ledger, caps=caps)
    return calls


def crowd(leads: int) -> Directory:
    """The six, and so many more leads of the first rank."""
    known = everybody()
    people = [Person(id=f"more-{place}", name=f"Lead {place}") for place in range(leads)]
    ends = [
        Endpoint(id=f"{one.id}-sms", person=one.id, kind="sms", address=f"+120255501{20 + place}")
        for place, one in enumerate(people)
    ]
    roles = [Binding(role="lead", country="HTI", person=one.id, rank=1) for one in people]
    return known.model_copy(
        update={
            "people": [*known.people, *people],
            "endpoints": [*known.endpoints, *ends],
            "bindings": [*known.bindings, *roles],
        }
    )


def texts(calls: CallDown, leads: int) -> int:
    """How many of the many have had any text."""
    return sum(bool(calls.phones.at(f"+120255501{20 + place}")) for place in range(leads))


def grown(calls: CallDown, body: str = ASKED_FIRST, *, leads: int = 8, mode: str = "actual") -> Run:
    """A run that has decided to go on after its directory has grown."""
    run = calls.start(body, mode=mode)
    with calls.store.begin() as tx:
        tx.directory.replace_country(crowd(leads), "HTI")
    with calls.store.begin() as tx:
        (asked,) = tx.requests.asked(run.id, "decide")
        tx.accept_answer(asked.row_id, "accept", {"answer": "go"}, "link", calls.clock.time, "n1")
    calls.go(run)
    return run


def audit(calls: CallDown, run: Run) -> list[str]:
    with calls.store.read() as tx:
        return [line.action for line in tx.audit.list(run.id)]


def test_what_the_preflight_saw_is_not_held(capped: CallDown) -> None:
    capped.start(CALL, directory=crowd(8))
    assert texts(capped, 8) == 8


@pytest.mark.parametrize("mode", ["drill", "actual"])
def test_a_step_that_names_more_than_anybody_saw_is_held_whole_and_the_owner_is_told(
    capped: CallDown, mode: str
) -> None:
    run = grown(capped, mode=mode)
    assert texts(capped, 8) == 0
    assert capped.got("lead-1") == [], "held whole: not even those who would fit"
    (note,) = [text for text in capped.got("owner-1") if "konbit runs release" in text]
    assert f"9 more people, {CAP} allowed" in note
    assert run.id[:8] in note
    assert ("EXERCISE" in note) == (mode == "drill")
    standing = capped.steward.attempt(run.id, directly)
    assert standing.name == "Awaiting release"
    assert standing.message.startswith(f"call: 10 people, {CAP} allowed; konbit runs release {run.id[:8]}")
    assert audit(capped, run).count("held-at-cap") == 1
    capped.go(run)
    assert len([text for text in capped.got("owner-1") if "konbit runs release" in text]) == 1


def test_once_it_is_released_everybody_is_written_to_once_and_the_run_goes_on(capped: CallDown) -> None:
    run = grown(capped)
    done = release(capped.steward, run.id, "operator:ben", "the island has grown")
    assert done == "call: 18 messages to 9 people leave; the run may write to 10"
    capped.go(run)
    assert texts(capped, 8) == 8
    assert {len(capped.phones.at(f"+120255501{20 + place}")) for place in range(8)} == {1}
    assert audit(capped, run)[-1] == "released"
    capped.text("lead-1", "1")
    capped.go(run)
    with pytest.raises(InvalidCommand, match="nothing of run"):
        release(capped.steward, run.id, "operator:ben", "once more")
    assert capped.steward.attempt(run.id, directly).name != "Awaiting release"


def test_what_comes_after_a_release_is_held_again_unless_the_cap_was_widened(capped: CallDown) -> None:
    first = grown(capped)
    release(capped.steward, first.id, "operator:ben", "seen")
    second = Reassigned(
        at=capped.clock.now(),
        actor="operator:ben",
        request="call",
        person="lead-1",
        to="deputy-1",
        reason="x",
    )
    capped.steward.command(first.id, second, "on a boat")
    capped.go(first)
    assert capped.got("deputy-1") == []
    assert capped.steward.attempt(first.id, directly).name == "Awaiting release"
    done = release(capped.steward, first.id, "operator:ben", "the deputy too", up_to=40)
    assert done.endswith("the run may write to 40")
    capped.go(first)
    assert len(capped.got("deputy-1")) == 1


def test_what_is_dropped_never_leaves(capped: CallDown) -> None:
    run = grown(capped, TOLD)
    assert "dropped" in release(capped.steward, run.id, "operator:ben", "a wrong file", drop=True)
    capped.later(run, hours=2)
    assert texts(capped, 8) == 0
    assert audit(capped, run)[-1] == "dropped"


def test_a_drill_beyond_its_cap_is_not_released_by_who_started_it(capped: CallDown) -> None:
    run = grown(capped, mode="drill")
    with pytest.raises(InvalidCommand, match="second person"):
        release(capped.steward, run.id, "prefect:Test", "I know what I do")
    with pytest.raises(InvalidCommand, match="who decides"):
        release(capped.steward, run.id, "prefect: ", "somebody")
    release(capped.steward, run.id, "operator:ben", "announced to all")
    capped.go(run)
    assert texts(capped, 8) == 8


def test_a_request_that_has_closed_takes_what_is_held_with_it(capped: CallDown) -> None:
    run = grown(capped)
    capped.later(run, minutes=61)
    with pytest.raises(InvalidCommand, match="nothing of run"):
        release(capped.steward, run.id, "operator:ben", "too late")
    assert texts(capped, 8) == 0
    assert any("nobody answered for lead" in text for text in capped.got("owner-1"))


def test_a_run_that_is_paused_or_corrected_lets_nothing_leave(capped: CallDown) -> None:
    run = grown(capped)
    Operator(capped.steward, "operator:ben").pause(run.id, "wait")
    capped.go(run)
    with pytest.raises(InvalidCommand, match="paused"):
        release(capped.steward, run.id, "operator:ben", "seen")
    correct(capped.steward, _prepared(capped), run.id, "operator:ben", "a mistake")
    with pytest.raises(InvalidCommand, match="nothing of run"):
        release(capped.steward, run.id, "operator:ben", "seen")


def _prepared(calls: CallDown) -> dict[str, Message]:
    (bundle,) = calls.bundles.values()
    return {"correction": bundle.messages["stand_down"]}


def test_the_watchdog_calls_if_nobody_decides(capped: CallDown) -> None:
    run = grown(capped, TOLD)
    clock = Now(capped.clock.time)
    dog = Watchdog(capped.store, clock, Siren(capped.phones, []), wall=lambda: clock.time)
    assert "held_messages" not in {fault.kind for fault in dog.look()}
    clock.time += dt.timedelta(minutes=16)
    (fault,) = [fault for fault in dog.look() if fault.kind == "held_messages"]
    assert (fault.subject, fault.count) == (run.id, 1)
    assert number("owner-1") not in fault.text
