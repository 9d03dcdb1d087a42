"""A recorded run played again: unchanged it is the same run, changed it is another."""

import datetime as dt
import json
import random
from typing import Any

import pytest

from konbit.definition.durations import parse
from konbit.engine.advance import advance
from konbit.engine.dump import dump
from konbit.engine.effects import OpenRequest
from konbit.engine.events import Answered, AnyEvent, Migrated, Started
from konbit.engine.state import RunState
from konbit.simulate.again.changes import Change, Changes, InvalidChange, fit, read_changes
from konbit.simulate.again.difference import compare, data, difference_of, lines
from konbit.simulate.again.recording import (
    InvalidJournal,
    RecordedRun,
    Recording,
    of_simulation,
    read,
    record,
    write,
)
from konbit.simulate.again.replay import Replay, replay
from konbit.simulate.record import Simulation
from konbit.simulate.stage import Stage
from tests.unit.simulate.playing import SHIPPED, few, haiti, library, play, play_shipped, shipped

CODES = library().codes
ASK = """
steps:
  - id: decide
    ask: {who: chair, question: decide, options: [full, partial]}
    within: 2h
    remind: [30m]
    escalate: [{to: backup, after: 1h}]
    on:
      no_answer: [{inform: {who: [hub], message: undecided}}, {end: undecided}]
  - {id: pause, wait: 1h}
  - id: tell
    inform: {who: [hub], message: decided}
"""


def recorded(name: str) -> tuple[Simulation, Recording]:
    played = play_shipped(name)
    scenario = shipped(name)
    people = Stage(scenario, haiti(), lambda _: played.main.plan, CODES).directory
    return played, of_simulation(played.runs, people)


def small(people: str) -> Recording:
    return of_simulation(play(ASK, f"people: {people}").runs, few())


def changed(recording: Recording, *changes: str) -> tuple[Replay, Replay]:
    given = read_changes(changes)
    fit(given, recording)
    return replay(recording, CODES), replay(recording, CODES, given)


@pytest.mark.parametrize("name", SHIPPED)
def test_replaying_a_shipped_scenario_without_a_change_gives_the_same_journal_and_state(name: str) -> None:
    played, recording = recorded(name)
    again = replay(recording, CODES)

    assert difference_of(recording, again) == ""
    states = {run.id.removeprefix(played.main.id): dump(run.state) for run in played.runs}
    assert {run.id: dump(run.state) for run in again.runs} == {
        run.path: states[run.path] for run in recording.runs
    }
    assert compare(again, replay(recording, CODES)).nothing


@pytest.mark.parametrize("name", ["haiti-2021-08-14", "quarterly-drill"])
def test_a_recording_is_the_same_after_it_was_written_and_read(name: str) -> None:
    _, recording = recorded(name)
    text = write(recording)
    again = read(text, "file.json")

    assert write(again) == text
    assert [run.events for run in again.runs] == [run.events for run in recording.runs]
    assert [run.plan.digest for run in again.runs] == [run.plan.digest for run in recording.runs]
    assert difference_of(again, replay(again, CODES)) == ""


def test_an_exported_journal_holds_no_names_and_no_addresses() -> None:
    _, recording = recorded("haiti-2021-08-14")
    text = write(recording)
    assert "Health lead" not in json.dumps(json.loads(text)["people"])
    assert "hea-a@example.org" not in text
    assert "hooks.example.org" not in text


@pytest.mark.parametrize("seed", range(8))
def test_the_delays_of_a_real_system_are_kept_and_give_the_same_journal(seed: int) -> None:
    """Timers that fire late, answers that are taken late, work that takes time: as in the journal of a real run."""
    recording = _late(
        play(ASK, "people: [{who: person:chair-b, after: 20m, answer: {}}]"), random.Random(seed)
    )
    again = replay(recording, CODES)
    assert difference_of(recording, again) == ""
    assert again.main.state.status == "ended"


def _late(played: Simulation, chance: random.Random) -> Recording:
    """The journal of a run whose system is slow: whatever it does not wait for comes some seconds late."""
    stretched: list[AnyEvent] = []
    state, shift = RunState(), dt.timedelta()
    waiting: dict[str, dt.datetime] = {}
    for event in played.main.journal:
        if event.kind != "timer_fired":
            shift += dt.timedelta(seconds=chance.randrange(9))
        at = event.at + shift
        if event.kind == "timer_fired":
            at = waiting[event.timer] + dt.timedelta(seconds=chance.randrange(9))
            at = max(at, stretched[-1].at)
        if isinstance(event, Started):
            at, shift = event.at, dt.timedelta()
        moved = event.model_copy(update={"at": at})
        stretched.append(moved)
        state, _ = advance(played.main.plan, state, moved)
        waiting |= {timer: due for timer, (due, _) in state.timers.items()}
        shift = at - event.at
    return Recording("late", (RecordedRun("", played.main.plan, tuple(stretched)),), few())


def test_an_answer_taken_after_a_later_timer_keeps_its_place() -> None:
    """The real order of a journal is that in which the run took things; the times may run the other way."""
    recording = small("[{who: everyone, after: 10m, answer: {}}]")
    run = recording.runs[0]
    events = list(run.events)
    place = next(index for index, event in enumerate(events) if isinstance(event, Answered))
    events[place] = events[place].model_copy(update={"at": events[place - 1].at - dt.timedelta(seconds=5)})
    odd = Recording("odd", (RecordedRun("", run.plan, tuple(events)),), few())
    assert difference_of(odd, replay(odd, CODES)) == ""


def test_had_the_deputy_answered() -> None:
    before, after = changed(
        small("[{who: everyone, silent: true}]"), "decide: {person: chair-b, after: 5m, answer: full}"
    )
    found = compare(before, after)

    assert before.main.state.outcome == "undecided"
    assert after.main.state.outcome == "completed"
    assert after.main.state.done["decide"].outcome == "full"
    assert after.main.state.done["decide"].at - after.main.journal[0].at == parse("1h5m")
    assert [
        (one.step, one.before and one.before.outcome, one.after and one.after.outcome) for one in found.steps
    ] == [
        ("decide", "no_answer", "full"),
        ("pause", None, "over"),
    ]
    text = "\n".join(lines(found))
    assert "The run ends completed after 2h5m; it ends undecided after 2h in the record." in text
    assert "decide  full after 1h5m, was: no_answer after 2h" in text
    assert data(found)["nothing"] is False


def test_somebody_who_answers_sooner_moves_what_follows() -> None:
    recording = small("[{who: person:chair-a, after: 50m, answer: {option: full}}]")
    before, after = changed(recording, "decide: {person: chair-a, after: 10m}")
    found = compare(before, after)
    assert after.main.state.done["decide"].outcome == "full", "what they said in the run, only sooner"
    assert found.end[0]
    assert found.end[1]
    assert found.end[0].at - found.end[1].at == parse("40m")
    assert (found.total.before, found.total.after) == (3, 2), "the reminder is not needed"


def test_silence_lets_the_deadline_pass() -> None:
    before, after = changed(
        small("[{who: person:chair-a, after: 5m, answer: {option: full}}]"),
        "decide: {person: chair-a, silent: true}",
    )
    assert after.main.state.outcome == "undecided"
    assert compare(before, after).total.after > compare(before, after).total.before


def test_an_answer_at_a_moment_comes_then_and_at_once_if_they_are_asked_later() -> None:
    recording = small("[{who: everyone, silent: true}]")
    start = recording.runs[0].events[0].at
    when = (start + parse("1h30m")).isoformat()
    _, after = changed(recording, f"decide: {{person: chair-b, at: '{when}', answer: partial}}")
    assert after.main.state.done["decide"].at == start + parse("1h30m")
    early = (start + parse("1m")).isoformat()
    _, after = changed(recording, f"decide: {{person: chair-b, at: '{early}', answer: partial}}")
    assert after.main.state.done["decide"].at == start + parse("1h")


def test_whoever_is_asked_later_answers_later() -> None:
    """The backup took twenty minutes after being asked; a decline at once has them asked at once."""
    recording = small("[{who: person:chair-b, after: 20m, answer: {option: partial}}]")
    before, after = changed(recording, "decide: {person: chair-a, after: 5m, verdict: decline}")
    started = before.main.journal[0].at
    assert before.main.state.done["decide"].at - started == parse("1h20m")
    assert after.main.state.done["decide"].at - started == parse("25m")


def test_a_change_nobody_asks_for_has_no_effect_and_is_named() -> None:
    recording = small("[{who: person:chair-a, after: 5m, answer: {}}]")
    given = read_changes(["decide: {person: chair-b, after: 1m, answer: full}"])
    after = replay(recording, CODES, given)
    assert compare(replay(recording, CODES), after).nothing
    assert given.idle == ["decide: chair-b answers full 1m after being asked"]
    assert list(lines(compare(after, after))) == ["Nothing would have been different."]


def test_a_run_that_is_under_way_is_played_to_its_end() -> None:
    whole = small("[{who: person:chair-b, after: 20m, answer: {option: partial}}]")
    run = whole.runs[0]
    part = Recording("part", (RecordedRun("", run.plan, run.events[:3]),), few())
    again = replay(part, CODES)
    assert difference_of(part, again) == ""
    assert again.main.state.outcome == "undecided", "nobody says any more"


def test_the_change_of_a_child_run_reaches_its_parent() -> None:
    _, recording = recorded("haiti-2021-08-14")
    before, after = changed(recording, "published_data: {person: cf-a, after: 3h}")
    found = {(one.run, one.step): one for one in compare(before, after).steps}
    child, parent = found[("/assessment", "published_data")], found[("", "assessment")]
    assert child.before
    assert child.after
    assert parent.before
    assert parent.after
    assert parent.after.at - parent.before.at > parse("1h")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("decid: {person: chair-a, after: 5m}", "did you mean 'decide'"),
        ("decide: {person: chair-c, after: 5m}", "no person 'chair-c'"),
        ("decide: {person: chair-a, after: 5m, answer: ful}", "did you mean 'full'"),
        ("decide: {person: chair-a}", "once when somebody answers"),
        ("decide: {person: chair-a, silent: true, after: 5m}", "once when somebody answers"),
        ("decide: {person: chair-a, after: soon}", "not a duration"),
        ("decide: {person: chair-a, at: '2021-08-14T02:00'}", "not a moment"),
        ("decide: [", "--change"),
        ("", "expected a mapping"),
    ],
)
def test_a_change_that_cannot_be_made_is_refused_with_what_is_allowed(change: str, words: str) -> None:
    with pytest.raises(InvalidChange, match=words):
        changed(small("[{who: everyone, silent: true}]"), change)


def test_several_changes_may_be_made_to_one_step() -> None:
    given = read_changes(
        ["decide: [{person: a, silent: true}, {person: b, after: 1m}]", "x: {person: c, after: 2m}"]
    )
    assert [(step, change.person) for step, change in given.all] == [
        ("decide", "a"),
        ("decide", "b"),
        ("x", "c"),
    ]


def test_a_change_of_one_execution_leaves_the_others() -> None:
    request = OpenRequest("link[WSH]", "link", {}, None, ("x",), "q", (), dt.datetime.now(dt.UTC), None)
    one = Changes((("link[WSH]", Change(person="p", silent=True)),))
    assert one.of(request, "p")
    assert not Changes((("link[HEA]", Change(person="p", silent=True)),)).of(request, "p")


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda data: data.pop("konbit_journal"), "no journal"),
        (lambda data: data.update(runs=[]), "runs"),
        (lambda data: data["runs"][0].update(path="/x"), "no main run"),
        (lambda data: data["runs"][0]["events"].pop(0), "does not begin"),
        (lambda data: data["runs"][0]["events"][0].update(kind="nonsense"), "events"),
        (lambda data: data["runs"][0]["bundle"].pop("flowchart"), "flowchart"),
    ],
)
def test_a_damaged_file_gives_one_clear_error(damage: Any, words: str) -> None:
    content = json.loads(write(small("[{who: everyone, answer: {}}]")))
    damage(content)
    with pytest.raises(InvalidJournal, match=words):
        read(json.dumps(content), "x.json")
    with pytest.raises(InvalidJournal, match="no JSON"):
        read("{", "x.json")


def test_a_journal_that_does_not_fit_its_plan_is_refused() -> None:
    recording = small("[{who: everyone, answer: {}}]")
    run = recording.runs[0]
    work = next(event for event in run.events if event.kind == "work_done")
    odd = (*run.events[:1], work.model_copy(update={"work": "nothing_of_the_kind"}))
    with pytest.raises(InvalidJournal, match="does not fit its plan"):
        replay(Recording("odd", (RecordedRun("", run.plan, odd),), few()), CODES)


def test_a_run_that_was_moved_to_another_version_cannot_be_replayed() -> None:
    run = small("[{who: everyone, answer: {}}]").runs[0]
    moved = Migrated.model_construct(at=run.events[-1].at, before="", digest="", reason="")
    with pytest.raises(InvalidJournal, match="moved to another version"):
        replay(Recording("odd", (RecordedRun("", run.plan, (*run.events, moved)),), few()), CODES)


def test_a_recording_needs_the_runs_between() -> None:
    run = small("[{who: everyone, answer: {}}]").runs[0]
    bundle = run.plan.bundle
    with pytest.raises(InvalidJournal, match="is missing"):
        record("x", [("", bundle, run.events), ("/a/b", bundle, run.events)], few())
