"""What breaks in on a scenario: each kind does what it says, at its time, and nothing else."""

import datetime as dt

from konbit.simulate.record import Simulation
from tests.unit.simulate.playing import play

ASK = """\
steps:
  - id: decide
    ask: {who: chair, question: what, options: [full, partial]}
    within: 1h
    escalate: [{to: backup, after: 20m}]
    on: {no_answer: [{inform: {who: owner, message: silent}}, {end: undecided}]}
stand_down: [{inform: {who: everyone_contacted, message: stopped}}]
"""
STORM = """\
steps:
  - id: watch
    wait: {first_of: [{signal: storm, steps: [{end: storm}]}, {for: 3d, steps: [{end: calm}]}]}
"""


def answers(simulation: Simulation) -> list[tuple[int, str, str]]:
    return [
        (int((one.at - simulation.scenario.starts).total_seconds()) // 60, one.who[0].person, one.what)
        for one in simulation.entries
        if one.kind == "answer"
    ]


def test_a_signal_reaches_the_run_at_its_time() -> None:
    played = play(STORM, "inject: [{at: 48h, signal: storm, data: {name: Grace}}]")

    assert played.outcome == "storm"
    assert played.main.ended_at == played.scenario.starts + dt.timedelta(hours=48)
    assert play(STORM, "people: []").outcome == "calm"


def test_a_second_disaster_is_a_run_of_its_own_in_the_same_world() -> None:
    scenario = """\
    people: [{who: everyone, after: 5m, answer: {}}]
    inject: [{at: 30m, start: {flowchart: response/example, as: storm}}]
    expect:
      - {run: completed, in: storm, before: 40m}
      - {step: decide, outcome: full, in: storm}
      - {message: what, to: "role:chair", in: storm}
      - {run: completed, before: 10m}
      - {run: undecided, in: storm}
    """
    played = play(ASK, scenario)

    assert [run.id for run in played.runs] == ["example", "example/storm"]
    assert [check.met for check in played.checks] == [True, True, True, True, False]


def test_somebody_who_leaves_answers_no_more_and_is_asked_no_more() -> None:
    scenario = """\
    people: [{who: everyone, after: 5m, answer: {}}]
    inject: [{at: 1m, leaves: "person:chair-a"}, {at: 1d, start: {flowchart: response/example, as: later}}]
    """
    played = play(ASK, scenario)

    # In the second run the role has lost its holder: the stand-in is asked at once, not when the wave was due.
    assert answers(played) == [(25, "chair-b", "full"), (24 * 60 + 5, "chair-b", "full")]
    assert [one.person for one in played.receipts if one.run == "example/later"] == ["chair-b"]


def test_somebody_who_is_back_is_asked_again() -> None:
    scenario = """\
    people: [{who: everyone, after: 5m, answer: {}}]
    inject:
      - {at: 1m, leaves: "person:chair-a"}
      - {at: 2h, returns: "person:chair-a"}
      - {at: 1d, start: {flowchart: response/example, as: later}}
    """
    assert answers(play(ASK, scenario))[1][1] == "chair-a"


def test_a_channel_that_is_dead_is_passed_over_until_it_comes_back() -> None:
    scenario = """\
    inject:
      - {at: 0m, channel: {address_of: "role:chair"}}
      - {at: 2h, channel: {address_of: "role:chair", dies: false}}
      - {at: 1d, start: {flowchart: response/example, as: later}}
    """
    played = play(f"{ASK}", f"people: [{{who: everyone, answer: {{}}}}]\n{scenario}".replace("\n    ", "\n"))

    assert played.outcome in ("undecided", "completed")
    assert {one.person for one in played.receipts if one.run == "example/later"} >= {"chair-a"}


COLLECT = """\
steps:
  - id: offers
    assess: {who: chair, message: what, form: observation}
    within: 1h
    escalate: [{to: backup, after: 1m}]
    on: {no_answer: []}
"""


def test_a_refusal_takes_back_what_was_accepted_and_declines_what_comes() -> None:
    scenario = """\
    people: [{who: everyone, after: 5m, answer: {}}, {who: "person:chair-b", after: 50m, answer: {}}]
    inject: [{at: 10m, refuses: {who: "person:chair-a", on: [offers]}}]
    """
    contact = (
        "steps: [{id: offers, contact: {who: [chair, hub], message: what}, within: 1h, on: {uncovered: []}}]"
    )
    played = play(contact, f"{scenario}")
    said = [(one.who[0].person, one.what) for one in played.entries if one.kind == "answer"]

    assert ("chair-a", "accept") in said
    assert play(COLLECT, scenario).main.state.done["offers"].outcome == "collected"


def test_a_feed_that_stops_is_work_that_fails_until_it_is_mended() -> None:
    """The owner is told, since the flowchart does not handle the failure."""
    scenario = """\
    people: [{who: everyone, answer: {}}]
    inject:
      - {at: 0m, fails: {step: decide, reason: the feed has stopped}}
      - {at: 2h, fails: {step: decide, mended: true}}
      - {at: 1d, start: {flowchart: response/example, as: later}}
    expect: [{alarm: decide, before: 1m}]
    """
    played = play(ASK, scenario)

    assert played.main.state.done["decide"].outcome == "failed"
    assert played.runs[1].state.done["decide"].outcome == "full"
    assert played.ok


def test_an_operator_stands_a_run_down_and_those_who_were_told_are_told() -> None:
    played = play(ASK, "people: []\ninject: [{at: 10m, command: {do: stand_down, reason: false alert}}]")

    assert played.outcome == "stood_down"
    assert [(one.message, one.person) for one in played.receipts] == [
        ("what", "chair-a"),
        ("stopped", "chair-a"),
    ]


def test_operators_answer_force_extend_and_reassign() -> None:
    def outcome(command: str, people: str = "[]") -> Simulation:
        return play(ASK, f"people: {people}\ninject: [{{at: 10m, command: {{{command}}}}}]")

    answered = outcome("do: answer, step: decide, person: chair-a, option: partial")
    forced = outcome("do: force, step: decide, outcome: partial")
    extended = outcome("do: extend, step: decide, by: 2h")
    moved = outcome(
        "do: reassign, step: decide, person: chair-a, to: hub-a", "[{who: 'role:hub', answer: {}}]"
    )

    assert answered.main.state.done["decide"].outcome == "partial"
    assert forced.main.state.done["decide"].outcome == "partial"
    assert extended.main.ended_at == extended.scenario.starts + dt.timedelta(hours=3)
    assert moved.main.state.done["decide"].output["by"] == "hub-a"


def test_while_a_run_is_paused_nothing_fires_and_answers_count_when_it_goes_on() -> None:
    silent = "people: []\ninject:"
    paused = play(ASK, f"{silent} [{{at: 10m, command: {{do: pause}}}}]")
    resumed = play(
        ASK, f"{silent} [{{at: 10m, command: {{do: pause}}}}, {{at: 5h, command: {{do: resume}}}}]"
    )
    answered = play(
        ASK,
        "people: [{who: everyone, answer: {}, after: 30m}]\n"
        "inject: [{at: 10m, command: {do: pause}}, {at: 5h, command: {do: resume}}]",
    )
    ended = play(
        ASK, f"{silent} [{{at: 10m, command: {{do: pause}}}}, {{at: 2h, command: {{do: stand_down}}}}]"
    )

    assert paused.outcome is None, "nobody lets it go on"
    assert [one.message for one in paused.receipts] == ["what"], "the backup is not asked"
    assert resumed.outcome == "undecided"
    assert resumed.main.ended_at == resumed.scenario.starts + dt.timedelta(hours=5)
    assert answered.outcome == "completed"
    assert answered.main.ended_at == answered.scenario.starts + dt.timedelta(hours=5)
    assert ended.outcome == "stood_down"


def test_a_run_paused_and_let_go_on_at_once_is_played_as_if_nothing_had_been() -> None:
    """At any minute of it: the journals differ in the pause alone."""
    people = "people: [{who: everyone, answer: {}, after: 40m}]\n"
    plain = play(ASK, people)
    for minute in range(0, 60, 3):
        inject = (
            f"inject: [{{at: {minute}m, command: {{do: pause}}}}, {{at: {minute}m, command: {{do: resume}}}}]"
        )
        played = play(ASK, people + inject)
        kept = [event for event in played.main.journal if event.kind not in ("paused", "resumed")]
        assert kept == plain.main.journal
        assert played.receipts == plain.receipts


def test_operators_redo_a_step_and_add_an_item() -> None:
    again = f"{ASK.partition('stand_down')[0]}  - {{wait: 1h}}\n"
    redone = play(
        again, "people: [{who: everyone, answer: {}}]\ninject: [{at: 30m, command: {do: redo, step: decide}}]"
    )
    loop = """\
    steps:
      - id: each
        for_each: {item: "['a']"}
        steps: [{id: inner, wait: 1h}]
    """
    added = play(loop, "inject: [{at: 10m, command: {do: add_item, step: each, item: b}}]")

    assert len([one for one in redone.entries if one.kind == "answer"]) == 2
    assert added.main.state.done["each"].output["count"] == 2


def test_what_is_for_a_run_that_is_not_there_changes_nothing() -> None:
    played = play(
        ASK, "people: [{who: everyone, answer: {}}]\ninject: [{at: 1h, in: other, command: {do: stand_down}}]"
    )

    assert played.outcome == "completed"


def test_every_person_of_a_list_must_get_the_message() -> None:
    scenario = """\
    people: [{who: everyone, silent: true}]
    expect:
      - {message: what, to: ["role:chair", "person:chair-b"]}
      - {message: what, to: ["role:chair", "role:hub"]}
    """
    checks = play(ASK, scenario).checks

    assert [check.met for check in checks] == [True, False]
    assert checks[1].expected == "message what to role:chair, role:hub"
