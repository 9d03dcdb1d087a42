"""What holds where constructs meet: each of these went wrong once, or would have without anybody seeing it."""

import textwrap

import pytest

from konbit.definition.bundle import Bundle
from konbit.definition.flowchart import Flowchart
from konbit.definition.shape import parse
from konbit.definition.source import read
from konbit.engine.compile import compile_plan
from konbit.engine.effects import DoWork
from konbit.engine.plan import Plan
from tests.patterns.play import Play

HEAD = """\
flowchart: response/rules
title: Rules
version: 1
owner: chair
expires: {after: 90d}
parameters:
  clusters: {type: clusters, default: []}
  flag: {type: truth}
"""


def plan_of(steps: str) -> Plan:
    source, problems = read(HEAD + textwrap.dedent(steps), "rules.yaml")
    assert source is not None, problems
    flowchart, problems = parse(source, Flowchart)
    assert flowchart is not None, [problem.text() for problem in problems]
    return compile_plan(Bundle(flowchart=flowchart, forms={}, messages={}, roles={}))


def ask(name: str, more: str = "") -> str:
    """A decision with two answers."""
    return f"{{id: {name}, ask: {{who: chair, question: q, options: [yes, no]}}, within: 4h{more}}}"


def test_a_list_inside_a_list_that_was_gone_back_to_has_keys_of_its_own() -> None:
    run = Play(
        plan_of(f"""
        steps:
          - id: outer
            choose:
              - otherwise:
                  - {ask("inner")}
                  - {{goto: {{step: inner, at_most: 1}}}}
          - {{goto: {{step: outer, at_most: 1}}}}
        """)
    )
    for key in ("inner", "inner[~2]", "inner[~3]", "inner[~3][~4]"):
        run.say(f"{key} is answered no")
    assert run.outcome == "completed"
    assert run.state.done["inner"] == run.state.done["inner[~3][~4]"]


def test_a_way_back_counts_anew_for_each_item_of_a_loop() -> None:
    run = Play(
        plan_of(f"""
        steps:
          - for_each: {{cluster: clusters}}
            steps: [{ask("needs")}, {{goto: {{step: needs, at_most: 1}}}}]
        """),
        {"clusters": ["HEA", "WSH"]},
    )
    run.tell(["needs[HEA] is answered no", "needs[WSH] is answered no"])
    assert run.open == ["needs[HEA][~2]", "needs[WSH][~2]"]
    run.tell(["needs[HEA][~2] is answered no", "needs[WSH][~2] is answered no"])
    assert run.outcome == "completed"


def test_a_lock_is_given_back_by_a_step_that_takes_no_time() -> None:
    run = Play(
        plan_of(f"""
        steps:
          - id: pick
            table: {{inputs: {{flag: flag}}, rows: [{{flag: true, then: big}}]}}
            holding: truck
            on: {{undecided: []}}
          - {ask("drive", ", holding: truck")}
        """)
    )
    assert run.open == ["drive"]
    assert dict(run.state.locks) == {"truck": "drive"}
    run.say("drive is answered yes")
    assert not run.state.locks


def test_a_way_back_gives_its_lock_back() -> None:
    run = Play(
        plan_of(f"""
        steps:
          - {ask("drive", ", holding: truck")}
          - {{id: again, goto: {{step: drive, at_most: 1}}, holding: truck}}
        """)
    )
    run.tell(["drive is answered no", "drive[~2] is answered no"])
    assert run.outcome == "completed"


def test_a_step_is_waited_for_while_the_outcome_that_leads_to_it_may_still_come() -> None:
    run = Play(
        plan_of(f"""
        steps:
          - lanes:
              road: [{ask("road", f", on: {{no: [{ask('clear')}], no_answer: []}}")}]
              cargo: [{ask("depart", ", after: [clear]")}]
        """)
    )
    assert run.open == ["depart?", "road"]
    run.say("road is answered no")
    assert run.open == ["clear", "depart?"]
    run.say("clear is answered yes")
    assert run.open == ["depart"]


def test_a_step_inside_a_loop_of_another_lane_is_waited_for_until_the_loop_ends() -> None:
    run = Play(
        plan_of(f"""
        steps:
          - lanes:
              needs: [{{id: each, for_each: {{cluster: clusters}}, steps: [{ask("needs")}]}}]
              note: [{ask("note", ", after: [needs]")}]
        """),
        {"clusters": ["HEA", "WSH"]},
    )
    run.say("needs[HEA] is answered yes")
    assert run.open == ["needs[WSH]", "note?"]
    run.say("needs[WSH] is answered yes")
    assert run.open == ["note"]


def test_a_step_outside_a_loop_is_waited_for_inside_it() -> None:
    run = Play(
        plan_of(f"""
        steps:
          - lanes:
              permit: [{ask("permit")}]
              trips: [{{for_each: {{cluster: clusters}}, steps: [{ask("trip", ", after: [permit]")}]}}]
        """),
        {"clusters": ["HEA"]},
    )
    assert run.open == ["permit", "trip[HEA]?"]
    run.say("permit is answered yes")
    assert run.open == ["trip[HEA]"]


def test_a_step_that_is_given_up_before_it_starts_asks_for_no_work() -> None:
    plan = plan_of("""
        steps:
          - {id: tell, inform: {who: chair, message: m}, abandon_if: flag}
        """)
    run = Play(plan, {"flag": True})
    assert run.state.done["tell"].outcome == "abandoned"
    assert not [one for one in run.effects if isinstance(one, DoWork)]


def test_a_step_that_waits_to_start_can_be_given_up() -> None:
    run = Play(
        plan_of(f"""
        steps:
          - lanes:
              one: [{ask("first", ", holding: truck")}]
              two: [{ask("second", ", holding: truck, abandon_if: news.answer == 'no'")}]
              three: [{ask("news")}]
        """)
    )
    assert run.open == ["first", "news", "second?"]
    run.say("news is answered no")
    assert run.open == ["first"]
    assert run.state.done["second"].outcome == "abandoned"


def test_stop_cuts_short_what_handles_an_outcome_and_keeps_the_outcome() -> None:
    run = Play(
        plan_of(f"""
        steps:
          - lanes:
              road: [{ask("road", f", on: {{no: [{ask('clear')}], no_answer: []}}")}]
              phone: [{ask("phone")}, {{stop: [road]}}]
          - {ask("depart")}
        """)
    )
    run.tell(["road is answered no", "phone is answered yes"])
    assert run.open == ["depart"]
    assert run.state.done["road"].outcome == "no"


def test_stop_after_a_way_back_still_finds_the_steps_of_other_lanes() -> None:
    run = Play(
        plan_of(f"""
        steps:
          - lanes:
              road: [{ask("road")}]
              phone: [{ask("phone")}, {{goto: {{step: phone, at_most: 1}}}}, {{stop: [road]}}]
        """)
    )
    run.tell(["phone is answered yes", "phone[~2] is answered yes"])
    assert run.state.done["road"].outcome == "stopped"
    assert run.outcome == "completed"


@pytest.mark.parametrize("join", ["first", "none", "1"])
def test_lanes_that_end_at_the_same_moment_leave_once(join: str) -> None:
    run = Play(
        plan_of(f"""
        steps:
          - id: both
            lanes:
              wait: {join}
              one: [{{wait: 1h}}, {{wait: {{signal: go}}, within: 1d}}]
              two: [{{wait: 1h}}, {{wait: {{signal: go}}, within: 1d}}]
            on: {{completed: [{ask("handled")}]}}
          - {ask("tail")}
        """)
    )
    run.tell(["1h passes", "the signal go comes", "handled is answered yes", "tail is answered yes"])
    assert [step for step in run.path if step in ("handled", "tail")] == ["handled", "tail"]
    assert run.outcome == "completed"


def test_an_open_loop_that_closes_runs_what_handles_its_end() -> None:
    run = Play(
        plan_of(f"""
        steps:
          - lanes:
              loop:
                - id: each
                  for_each: {{cluster: clusters, open_until: close.answer == 'yes'}}
                  steps: [{ask("needs")}]
                  on: {{completed: [{ask("thank")}]}}
              close: [{ask("close")}]
        """)
    )
    run.say("close is answered yes")
    assert run.open == ["thank"]


def test_somebody_who_declined_and_is_handed_the_request_is_asked_anew() -> None:
    run = Play(plan_of(f"steps: [{ask('decide', ', escalate: [{to: backup, after: 1h}]')}]"))
    run.say("chair_primary declines decide")
    run.say("an operator hands decide from chair_backup to chair_primary")
    assert run.told[-1] == ("ask", "q", ("chair_primary",))
    run.say("decide is answered yes")
    assert run.state.done["decide"].output["by"] == "chair_primary"


def test_a_later_visit_can_be_done_again_by_its_own_name() -> None:
    run = Play(plan_of(f"steps: [{ask('a')}, {ask('b')}]"))
    run.tell(["a is answered no", "an operator has a done again", "a[~2] is answered no"])
    run.say("an operator has a[~2] done again")
    assert run.open == ["a[~3]"]
