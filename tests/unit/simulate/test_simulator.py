"""The simulator: who is reached when, who answers how, children, what ends what; and the expectations."""

import pytest

from konbit.errors import InvalidParameter, InvalidScenario
from konbit.simulate.record import Simulation
from tests.unit.simulate.playing import few, play

ASK = """\
steps:
  - id: decide
    ask: {who: chair, question: what, options: [full, partial]}
    within: 1h
    remind: [10m]
    escalate: [{to: backup, after: 20m}]
    on: {no_answer: [{inform: {who: owner, message: silent}}, {end: undecided}]}
"""


def minutes(simulation: Simulation, kind: str) -> list[int]:
    """When entries of a kind happened, in minutes from the start."""
    start = simulation.scenario.starts
    return [
        int((entry.at - start).total_seconds()) // 60 for entry in simulation.entries if entry.kind == kind
    ]


def test_an_answer_comes_so_long_after_the_message() -> None:
    played = play(ASK, "people: [{who: everyone, after: 7m, answer: {option: partial}}]")

    assert minutes(played, "answer") == [7]
    assert played.main.state.done["decide"].outcome == "partial"
    assert played.outcome == "completed"


def test_without_an_option_the_first_one_is_chosen() -> None:
    played = play(ASK, "people: [{who: everyone, answer: {}}]")

    assert played.main.state.done["decide"].outcome == "full"


def test_a_dead_channel_costs_three_minutes() -> None:
    """The second channel is tried three minutes after the first, as in production."""
    scenario = """\
    people: [{who: everyone, after: 7m, answer: {}}]
    channels: [{address_of: "person:chair-a", kind: mail}]
    """
    played = play(ASK, scenario)

    assert minutes(played, "answer") == [10]
    assert [receipt.channel for receipt in played.receipts] == ["webhook"]


def test_somebody_whose_every_channel_is_dead_is_passed_over_at_once() -> None:
    scenario = """\
    people: [{who: everyone, after: 7m, answer: {}}]
    channels: [{address_of: "role:chair"}, {address_of: "person:chair-b", dies: false}]
    """
    played = play(ASK, scenario)

    assert minutes(played, "unreachable") == [0, 0]
    assert played.outcome == "undecided"


def test_a_channel_may_die_later() -> None:
    scenario = """\
    people: [{who: everyone, silent: true}]
    channels: [{address_of: "person:chair-a", kind: mail, after: 5m}]
    """
    played = play(ASK, scenario)

    assert [(receipt.purpose, receipt.channel) for receipt in played.receipts][:2] == [
        ("ask", "mail"),
        ("remind", "webhook"),
    ]


def test_silence_is_reminded_escalated_and_ends() -> None:
    played = play(ASK, "people: [{who: everyone, silent: true}]")

    assert minutes(played, "ask") == [0, 20]
    assert minutes(played, "remind") == [10]
    assert minutes(played, "inform") == [60]
    assert played.outcome == "undecided"


@pytest.mark.parametrize(
    ("people", "outcome"),
    [
        (
            "[{who: everyone, answer: {option: full}}, {who: 'role:chair', answer: {option: partial}}]",
            "partial",
        ),
        (
            "[{who: 'person:chair-a', answer: {option: full}}, {who: 'role:chair', answer: {option: partial}}]",
            "full",
        ),
        (
            "[{who: everyone, on: [decide], answer: {option: partial}}, {who: everyone, answer: {}}]",
            "partial",
        ),
        ("[{who: everyone, on: [other], answer: {option: partial}}, {who: everyone, answer: {}}]", "full"),
        (
            "[{who: 'role:chair', answer: {option: partial}}, {who: everyone, on: [decide], answer: {}}]",
            "partial",
        ),
    ],
    ids=[
        "role before everyone",
        "person before role",
        "with a step before without",
        "another step",
        "who first",
    ],
)
def test_the_most_specific_behaviour_wins(people: str, outcome: str) -> None:
    assert play(ASK, f"people: {people}").main.state.done["decide"].outcome == outcome


def test_entries_about_the_same_are_all_sent_and_those_that_come_after_the_end_are_late() -> None:
    scenario = """\
    people:
      - {who: everyone, on: [decide], after: 5m, answer: {option: full}}
      - {who: everyone, on: [decide], after: 9m, answer: {option: partial}}
    """
    played = play(f"{ASK}  - {{wait: 1h}}\n", scenario)

    assert minutes(played, "answer") == [5]
    assert minutes(played, "late") == [9]
    assert played.main.state.late == 1


def test_an_answer_in_the_moment_of_the_deadline_counts() -> None:
    played = play(ASK, "people: [{who: 'person:chair-a', after: 60m, answer: {}}]")

    assert played.main.state.done["decide"].outcome == "full"


def test_a_drill_reaches_nobody_who_has_not_agreed_to_drills() -> None:
    directory = few()
    refusing = [end.model_copy(update={"allow_drill": False}) for end in directory.endpoints]
    asked = play(ASK, "people: []", directory=directory.model_copy(update={"endpoints": refusing}))
    actual = play(
        ASK, "mode: actual\npeople: []", directory=directory.model_copy(update={"endpoints": refusing})
    )

    assert asked.receipts == ()
    assert actual.receipts != ()


def test_a_child_is_played_and_its_outcome_goes_back() -> None:
    chart = """\
    steps:
      - id: other
        run: {flowchart: response/other}
        within: 2h
        on: {partial: [{end: learned}]}
    """
    child = "results: {said: decide.answer}\n" + ASK + "  - {end: partial}\n"
    played = play(chart, "people: [{who: everyone, after: 5m, answer: {option: partial}}]", other=child)

    assert [run.id for run in played.runs] == ["example", "example/other"]
    assert played.main.state.done["other"].output["said"] == "partial"
    assert played.outcome == "learned"


def test_a_child_that_is_late_is_stood_down() -> None:
    chart = "steps: [{id: other, run: {flowchart: response/other}, within: 10m, on: {no_answer: []}}]"
    played = play(chart, "people: []", other=ASK)

    assert [run.state.outcome for run in played.runs] == ["completed", "stood_down"]


def test_whoever_was_told_can_be_told_again() -> None:
    chart = f"{ASK}  - {{inform: {{who: everyone_contacted, message: thanks}}}}\n"
    played = play(chart, "people: [{who: everyone, answer: {}}]")

    assert [receipt.person for receipt in played.receipts if receipt.message == "thanks"] == ["chair-a"]


EXPECTED = """\
people: [{who: everyone, after: 7m, answer: {option: partial}}]
expect:
  - {step: decide, outcome: partial, by: "person:chair-a", before: 8m}
  - {step: decide, outcome: full}
  - {step: decide, before: 7m}
  - {step: decide, outcome: partial, by: "role:hub"}
  - {message: what, to: "role:chair", before: 1m}
  - {message: what, to: "person:chair-b", never: true}
  - {message: what, never: true}
  - {message: silent}
  - {run: completed}
  - {run: undecided}
  - {alarm: any}
  - {alarm: decide, never: true}
"""


def test_expectations_are_checked_and_say_what_was_found() -> None:
    checks = play(ASK, EXPECTED).checks

    assert [check.met for check in checks] == [
        True,
        False,
        False,
        False,
        True,
        True,
        False,
        False,
        True,
        False,
        False,
        True,
    ]
    assert checks[0].expected == "decide: partial by person:chair-a before 8m"
    assert checks[1].found == "partial by chair-a after 7m"
    assert checks[7].found == "nothing of the kind"
    assert checks[11].expected == "never: an alarm about decide"


def test_a_run_that_waits_for_what_never_comes_has_no_outcome() -> None:
    played = play("steps: [{wait: {signal: never}}]", "expect: [{run: completed}]")

    assert played.outcome is None
    assert not played.ok


def test_a_parameter_that_does_not_fit_is_refused() -> None:
    with pytest.raises(InvalidParameter, match="there is no parameter 'area'; there are: country"):
        play(ASK, "parameters: {area: HT07}")


def test_a_scenario_that_cannot_be_read_says_where() -> None:
    with pytest.raises(
        InvalidScenario, match=r"example.yaml:6:\d+: error\[bad-who\]: 'chair' does not say who"
    ):
        play(ASK, "people: [{who: chair, silent: true}]")
