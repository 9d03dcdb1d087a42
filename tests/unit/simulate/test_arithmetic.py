"""When steps start and end, at the earliest and the latest, and who is asked how often."""

import collections
import datetime as dt
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from konbit.check.chart import build
from konbit.check.flow import Flow
from konbit.definition.durations import parse, show
from konbit.definition.library import load
from konbit.errors import InvalidParameter
from konbit.simulate.behaviour import roles_held
from konbit.simulate.times.arithmetic import schedule
from konbit.simulate.times.loads import Asking, Either, burden, often
from konbit.simulate.times.timing import Schedule, Timing
from tests.unit.simulate.playing import SHIPPED, haiti, library, play_shipped, shipped

Arithmetic = Callable[..., Schedule]
HEAD = """\
flowchart: response/{name}
title: A chart
version: 1
owner: chair
triggers: {{child: true}}
parameters:
  country: {{type: country, default: HTI}}
  clusters: {{type: clusters, default: []}}
  level: {{type: choice, of: [partial, full]}}
  moment: {{type: moment}}
  areas: {{type: places}}
"""


@pytest.fixture
def plan(tmp_path: Path) -> Arithmetic:
    """Writes charts, and gives the arithmetic of `example`."""

    def arithmetic(body: str, *, at: dt.datetime | None = None, head: str = "", given: dict[str, object] | None = None,
                   **others: str) -> Schedule:  # fmt: skip
        folder = tmp_path / "response"
        folder.mkdir(exist_ok=True)
        for name, text in {"example": body, **others}.items():
            more = head if name == "example" else ""
            (folder / f"{name}.yaml").write_text(HEAD.format(name=name) + more + textwrap.dedent(text))
        found = load([tmp_path])
        assert not found.problems
        return schedule(found, "response/example", given or {}, at=at)

    return arithmetic


def times(plan: Schedule, step: str) -> tuple[str, str, str, str]:
    one = line(plan, step)
    return show(one.start.least), show(one.start.most), show(one.end.least), show(one.end.most)


def line(plan: Schedule, step: str) -> Timing:
    return next(one for one in plan.steps if one.key == step)


def test_people_answer_at_once_or_at_the_very_end_and_waits_count_always(plan: Arithmetic) -> None:
    found = plan("""
        steps:
          - {id: a, ask: {who: chair, question: q}, within: 2h, on: {no_answer: []}}
          - {id: b, wait: 30m}
          - {id: c, ask: {who: chair, question: q}, within: 1h, on: {no_answer: []}}
        """)
    assert times(found, "a") == ("0m", "0m", "0m", "2h")
    assert times(found, "b") == ("0m", "2h", "30m", "2h30m")
    assert times(found, "c") == ("30m", "2h30m", "30m", "3h30m")
    assert found.critical == ("a", "b", "c")
    assert (show(found.end.least), show(found.end.most)) == ("30m", "3h30m")


def test_a_choice_follows_the_parameters_and_takes_every_way_where_they_do_not_decide(
    plan: Arithmetic,
) -> None:
    body = """
        steps:
          - id: way
            choose:
              - {when: level == 'full', steps: [{id: long, wait: 3h}]}
              - otherwise: [{id: short, wait: 1h}]
        """
    assert show(plan(body, given={"level": "full"}).end.most) == "3h"
    assert show(plan(body, given={"level": "partial"}).end.most) == "1h"
    unsure = plan(body)
    assert (show(unsure.end.least), show(unsure.end.most)) == ("0m", "3h"), "undecided, it takes no way"


@pytest.mark.parametrize(
    ("join", "expected"),
    [("wait: all", ("2h", "4h")), ("wait: first", ("1h", "1h")), ("wait: none", ("0m", "0m"))],
)
def test_lanes_end_with_as_many_as_are_waited_for(
    plan: Arithmetic, join: str, expected: tuple[str, str]
) -> None:
    found = plan(f"""
        steps:
          - lanes:
              {join}
              one: [{{id: a, wait: 1h}}]
              two: [{{id: b, wait: 2h}}, {{id: c, ask: {{who: chair, question: q}}, within: 2h, on: {{no_answer: []}}}}]
          - {{id: last, inform: {{who: [chair], message: m}}}}
        """)
    if join == "wait: none":
        assert times(found, "last")[1] == "0m"
    else:
        assert times(found, "last")[:2] == expected


def test_the_critical_path_goes_through_the_longest_lane(plan: Arithmetic) -> None:
    found = plan("""
        steps:
          - lanes:
              one: [{id: a, wait: 1h}]
              two: [{id: b, wait: 2h}]
          - {id: c, wait: 1h}
        """)
    assert found.critical == ("b", "c")
    assert [one.key for one in found.steps if one.critical] == ["b", "c"]


def test_a_step_waits_for_one_in_a_later_lane(plan: Arithmetic) -> None:
    found = plan("""
        steps:
          - lanes:
              one: [{id: a, wait: 1h, after: [b]}]
              two: [{id: b, ask: {who: chair, question: q}, within: 5h, on: {no_answer: []}}]
        """)
    assert times(found, "a") == ("0m", "5h", "1h", "6h")


def test_a_list_of_the_parameters_is_counted_and_an_empty_one_takes_no_time(plan: Arithmetic) -> None:
    body = """
        steps:
          - id: all
            for_each: {cluster: clusters}
            steps:
              - {id: one, ask: {who: {role: lead, of: cluster}, question: q}, within: 1h, remind: [30m], on: {no_answer: []}}
              - {id: two, ask: {who: chair, question: q}, within: 1h, on: {no_answer: []}}
        """
    found = plan(body, given={"clusters": "HEA,WSH,LOG"})
    assert line(found, "all").note == "3 of clusters"
    assert line(found, "one").times == 3
    loads = {load.role: load for load in found.loads}
    assert (loads["lead"].asks, loads["lead"].reminders) == (1, 1), "each leads one cluster"
    assert loads["chair"].asks == 3, "the chair is asked for each"
    assert show(found.end.most) == "2h"
    assert show(plan(body).end.most) == "0m"


def test_a_list_that_is_not_known_counts_once_and_says_so(plan: Arithmetic) -> None:
    found = plan("""
        steps:
          - id: all
            for_each: {one: areas}
            steps: [{id: b, wait: 1h}]
        """)
    assert line(found, "b").times == 1
    assert any("not known" in note for note in found.notes)


def test_rounds_count_to_their_most_and_only_those_of_the_first_hours_weigh_on_them(plan: Arithmetic) -> None:
    found = plan("""
        expires: {after: 90d}
        steps:
          - id: daily
            repeat: {every: 24h, at_most: 10, until: level == 'full'}
            steps:
              - {id: lines, ask: {who: lead, question: q}, within: 6h, remind: [2h], on: {no_answer: []}}
        """)
    assert (show(line(found, "daily").end.least), show(line(found, "daily").end.most)) == ("0m", "9d6h")
    load = found.loads[0]
    assert (load.asks, load.reminders, load.total) == (10, 10, 20)
    assert load.first == 6, "three days: three questions, three reminders"


def test_a_way_back_repeats_what_is_between(plan: Arithmetic) -> None:
    found = plan("""
        steps:
          - {id: a, wait: 1h}
          - {id: b, ask: {who: chair, question: q}, within: 1h, on: {no_answer: []}}
          - {id: back, goto: {step: a, at_most: 2}}
          - {id: c, inform: {who: [chair], message: m}}
        """)
    assert times(found, "c")[:2] == ("1h", "6h")
    assert found.loads[0].asks == 3


def test_a_deadline_from_a_mark_cuts_the_time_that_people_have(plan: Arithmetic) -> None:
    found = plan("""
        steps:
          - {id: a, ask: {who: chair, question: q}, within: 2h, mark: T0, on: {no_answer: []}}
          - {id: b, wait: 3h}
          - {id: c, ask: {who: chair, question: q}, within: 6h, due: T0+5h, on: {no_answer: []}}
        """)
    assert times(found, "c") == ("3h", "5h", "3h", "7h")
    assert line(found, "c").allowed == parse("2h")


def test_a_child_is_included_and_cut_off_by_its_step(plan: Arithmetic) -> None:
    child = """
        steps:
          - {id: inner, ask: {who: lead, question: q}, within: 10h, on: {no_answer: []}}
        """
    body = """
        steps:
          - {{id: sub, run: {{flowchart: response/child}}{more}}}
          - {{id: last, inform: {{who: [chair], message: m}}}}
        """
    found = plan(body.format(more=""), child=child)
    assert times(found, "sub:inner") == ("0m", "0m", "0m", "10h")
    assert times(found, "last")[1] == "10h"
    assert found.critical == ("sub:inner",)
    assert line(found, "sub").critical
    short = plan(body.format(more=", within: 4h"), child=child)
    assert times(short, "last")[1] == "4h"
    assert short.critical == ("sub",)
    assert [load.role for load in short.loads] == ["chair", "lead"]


def test_a_chart_that_runs_itself_ends_with_a_note(plan: Arithmetic) -> None:
    found = plan("steps: [{id: again, run: {flowchart: response/example}, within: 1h}]\n")
    assert any("runs itself" in note for note in found.notes)


def test_the_run_expires_and_what_would_be_under_way_is_marked(plan: Arithmetic) -> None:
    found = plan("steps: [{id: a, wait: 3d}, {id: b, wait: {signal: go}}]\n", head="expires: {after: 5d}\n")
    assert show(found.end.most) == "5d"
    assert [one.key for one in found.steps if one.cut] == ["b"]
    assert line(found, "b").allowed is None


def test_a_moment_to_wait_for_counts_if_the_start_is_known(plan: Arithmetic) -> None:
    body = "steps: [{id: a, wait: {until: moment}}]\n"
    start = dt.datetime(2026, 8, 14, 12, tzinfo=dt.UTC)
    found = plan(body, at=start, given={"moment": "2026-08-15T12:00:00Z"})
    assert show(found.end.least) == "1d"
    assert any("not known" in note for note in plan(body).notes)


def test_of_outcomes_only_one_happens_to_a_person(plan: Arithmetic) -> None:
    found = plan("""
        steps:
          - id: a
            ask: {who: chair, question: q, options: [x, y]}
            within: 1h
            on:
              x: [{inform: {who: [hub], message: m}}, {inform: {who: [hub], message: m}}]
              y: [{inform: {who: [hub], message: m}}]
              no_answer: [{inform: {who: [hub], message: m}}]
        """)
    assert {load.role: load.told for load in found.loads}["hub"] == 2


def test_reminders_reach_those_who_were_asked_before_them(plan: Arithmetic) -> None:
    found = plan("""
        steps:
          - id: a
            ask: {who: chair, question: q}
            within: 2h
            remind: [10m, 50m]
            escalate: [{to: backup, after: 20m}, {to: deputy, after: 1h}]
            on: {no_answer: []}
        """)
    loads = {load.role: load for load in found.loads}
    assert (loads["chair"].asks, loads["chair"].reminders) == (1, 2)
    assert (loads["chair (backup)"].later, loads["chair (backup)"].reminders) == (1, 1)
    assert (loads["deputy"].later, loads["deputy"].reminders) == (1, 0)


def test_parameters_that_do_not_fit_are_refused_and_missing_ones_are_not(plan: Arithmetic) -> None:
    with pytest.raises(InvalidParameter):
        plan("steps: [{id: a, wait: 1h}]\n", given={"nonsense": "1"})
    assert schedule(library(), "response/activation", {}).steps


@pytest.mark.parametrize(
    "id", ["preparedness/calldown-drill", "response/needs-assessment", "recovery/deactivation"]
)
def test_the_checker_and_the_plan_agree_when_steps_start(id: str) -> None:
    chart = build(library(), id)
    flow = Flow(chart)
    found = {one.step: one for one in schedule(library(), id, {}).steps}
    compared = 0
    for site in chart.sites:
        if site.path[0] == "steps" and site.id in found:
            assert found[site.id].start == flow.starts[site.path], site.id
            compared += 1
    assert compared > 5


@pytest.mark.parametrize("name", SHIPPED)
def test_no_play_leaves_the_plan(name: str) -> None:
    """Every step of every run ends between its earliest and its latest end, unless an operator commands otherwise."""
    scenario, played = shipped(name), play_shipped(name)
    if any(one.command for one in scenario.inject):
        pytest.skip("an operator changes the times")
    found = schedule(library(), scenario.flowchart, scenario.parameters, at=scenario.starts)
    lines = {one.key: one for one in found.steps}
    for run in played.runs:
        prefix = run.id.removeprefix(scenario.scenario).removeprefix("/").replace("/", ":")
        for key, result in run.state.done.items():
            one = lines.get((f"{prefix}:" if prefix else "") + key.partition("[")[0])
            if one is not None and result.outcome not in ("stopped", "failed"):
                assert one.end.least <= result.at - scenario.starts <= one.end.most, key
    assert found.end.least <= played.runs[0].journal[-1].at - scenario.starts <= found.end.most


@pytest.mark.parametrize("name", ["haiti-2021-08-14", "haiti-2021-09-30", "nippes-flood", "quarterly-drill"])
def test_nobody_gets_more_than_was_counted_for_the_roles_they_hold(name: str) -> None:
    scenario, played = shipped(name), play_shipped(name)
    found = schedule(library(), scenario.flowchart, scenario.parameters)
    held = roles_held(haiti())
    loads = {load.role: load.total for load in found.loads}
    groups = sum(loads.get(name, 0) for name in ("members", "partners", "everyone_contacted"))
    got = collections.Counter(one.person for one in played.receipts if one.purpose != "alarm")
    assert got
    for person, number in got.items():
        mine = {part for role in held[person] for part in (role, role.partition(".")[0])}
        most = sum(loads.get(part, 0) + loads.get(f"{part} (backup)", 0) for part in mine)
        assert number <= most + groups, person


def test_how_often_counts_every_round_that_begins_in_time() -> None:
    hour = dt.timedelta(hours=1)
    assert often(hour, (), hour) == 0
    assert often(hour, (), None) == 1
    assert often(0 * hour, ((5, 2 * hour), (3, 0 * hour)), 4 * hour) == 6
    assert often(0 * hour, ((2, 10 * hour), (4, hour)), 12 * hour) == 6


def test_of_several_ways_the_worst_counts_for_each_role() -> None:
    asks = Asking((("chair", 1),), dt.timedelta(), None, (("primary", dt.timedelta()),))
    tells = Asking((("chair", 1), ("hub", 1)), dt.timedelta(), None)
    loads = {load.role: load for load in burden([Either(((asks, asks), (tells,), ()))])}
    assert (loads["chair"].asks, loads["chair"].told, loads["hub"].told) == (2, 0, 1)
