"""Rehearsal: every path up to symmetry, what is flagged, what is bounded, and stubs that do what they say."""

import pytest

from konbit.definition.codelists import CodeLists
from konbit.domain.directory import Directory
from konbit.engine.compile import compile_bundle
from konbit.simulate.coverage import Coverage, Exercised, coverage, declared, exercised
from konbit.simulate.paths.oracle import Oracle, Search
from konbit.simulate.paths.rehearse import Rehearsed, rehearse
from konbit.simulate.paths.stubs import stubs
from konbit.simulate.scenario import require_scenario
from konbit.simulate.simulator import simulate
from tests.unit.engine.running import plan_of
from tests.unit.simulate.playing import CHART, SHIPPED, library, people_of, plans, play, play_shipped, shipped

HEADER = CHART.format(name="example")


def tried(chart: str, at_most: int = 3000, header: str = HEADER) -> Rehearsed:
    return rehearse(plan_of(chart, header), CodeLists(), None, at_most)


ASK = """\
steps:
  - id: decide
    ask: {who: chair, question: what, options: [full, partial]}
    within: 1h
    on: {no_answer: [{inform: {who: owner, message: silent}}, {end: undecided}]}
"""


def test_every_answer_silence_and_failure_is_a_path() -> None:
    result = tried(ASK)

    assert result.exhausted
    assert result.coverage.share == 1
    assert result.coverage.missing == Exercised()
    assert {found for step, found in result.first if step == "decide"} == {"full", "partial", "no_answer"}
    assert set(result.outcomes) == {"completed", "undecided", "stood_down"}
    assert result.faults == ()


def test_paths_with_fewer_surprises_come_first_and_each_comes_once() -> None:
    def run(oracle: Oracle) -> None:
        for place in range(3):
            if oracle.choose(f"choice {place}", ["usual", "other", "third"]) == 2:
                break

    seen = [tuple(one.number for one in oracle.taken) for oracle in Search(1000).paths(run)]
    surprises = [sum(1 for number in path if number) for path in seen]

    assert len(seen) == len(set(seen)) == 1 + 2 * (1 + 2 * 3)
    assert surprises == sorted(surprises)
    assert seen[0] == (0, 0, 0)


def test_what_was_not_tried_is_said() -> None:
    def run(oracle: Oracle) -> None:
        oracle.choose("one", ["a", "b"])
        oracle.choose("two", ["a", "b"])

    search = Search(3)
    assert len(list(search.paths(run))) == 3
    result = tried(ASK, 3)

    assert (search.explored, search.left, search.complete) == (3, 1, 1)
    assert not result.exhausted
    assert "3 paths were tried" in result.bounds[0]
    assert "not even every path with one surprise" in result.bounds[0]


def test_a_silence_that_nobody_hears_of_is_flagged() -> None:
    quiet = ASK.replace("[{inform: {who: owner, message: silent}}, {end: undecided}]", "[{end: undecided}]")
    (fault,) = tried(quiet).faults

    assert (fault.kind, fault.about) == ("nobody-told", "decide")
    assert fault.path.words in ("decide: everybody declines", "decide: nobody answers")


def test_a_failure_that_the_flowchart_does_not_handle_is_told_to_the_owner() -> None:
    assert tried("steps: [{inform: {who: chair, message: hello}}]").faults == ()


def test_a_run_that_waits_for_what_may_never_come_is_flagged() -> None:
    (fault,) = tried("steps: [{id: clear, wait: {signal: all_clear}}]").faults

    assert (fault.kind, fault.about) == ("never-ends", "clear")
    assert fault.path.words == "clear: it never comes"


def test_an_expiry_ends_what_waits_forever() -> None:
    expiring = HEADER + "expires: {after: 5d, outcome: expired}\n"
    result = tried("steps: [{id: clear, wait: {signal: all_clear}}]", header=expiring)

    assert result.faults == ()
    assert "expired" in result.outcomes


def test_an_invariant_that_does_not_hold_at_the_end_of_a_path_is_flagged() -> None:
    chart = (
        HEADER
        + "invariants: {never_partial: \"decide.answer != 'partial'\", ends_known: \"outcome != 'strange'\"}\n"
    )
    (fault,) = [one for one in tried(ASK, header=chart).faults if one.kind == "invariant"]

    assert fault.about == "never_partial"
    assert "decide: partial" in fault.path.words


def test_an_invariant_is_typed_where_it_stands() -> None:
    bundle = plan_of(ASK, HEADER).bundle
    flowchart = bundle.flowchart.model_copy(
        update={"invariants": {"odd": "decide.answer > 3", "lost": "nothing.there"}}
    )
    compiled = compile_bundle(bundle.model_copy(update={"flowchart": flowchart}))

    assert {path for path, _ in compiled.findings} == {("invariants", "odd"), ("invariants", "lost")}


CHOOSE = """\
steps:
  - id: count
    assess: {who: chair, message: what, enough_when: answered >= 3}
    within: 1h
    on: {no_answer: []}
  - id: many
    choose:
      - when: count.answered >= 3
        steps: [{end: many}]
      - otherwise: [{end: few}]
      - unknown: [{end: unknown}]
"""


def test_counts_and_unknowns_lead_into_every_branch() -> None:
    result = tried(CHOOSE)

    assert {"many", "few", "unknown"} <= set(result.outcomes)
    assert result.coverage.missing.branches == frozenset()


def test_parameters_that_are_looked_at_are_varied() -> None:
    header = HEADER + "  level: {type: choice, of: [low, high]}\n  people: {type: number}\n"
    chart = """\
    steps:
      - choose:
          - {when: level == 'high', steps: [{end: high}]}
          - {when: people >= 50, steps: [{end: crowd}]}
          - otherwise: [{end: low}]
          - unknown: [{end: unknown}]
    """
    assert {"high", "crowd", "low", "unknown"} <= set(tried(chart, header=header).outcomes)


def test_rows_of_a_table_are_reached() -> None:
    header = HEADER + "  people: {type: number}\n"
    chart = """\
    steps:
      - id: size
        table:
          inputs: {people: people}
          rows: [{people: ">= 1000", then: large}, {people: ">= 10", then: middle}]
          otherwise: small
          unknown: unclear
    """
    missing = tried(chart, header=header).coverage.missing

    assert missing.outcomes <= {("size", "none")}


def test_the_order_of_arrival_is_varied_where_it_matters() -> None:
    chart = """\
    steps:
      - id: race
        lanes:
          wait: first
          one: [{id: one, ask: {who: chair, question: what}, within: 1h, on: {no_answer: []}}, {end: one}]
          two: [{id: two, ask: {who: hub, question: what}, within: 1h, on: {no_answer: []}}, {end: two}]
    """
    alike = chart.replace("          wait: first\n", "")

    assert {"one", "two"} <= set(tried(chart).outcomes)
    assert not any("last" in path.words for path in tried(alike).first.values())


def test_rounds_after_the_second_go_as_expected() -> None:
    chart = """\
    steps:
      - repeat: {every: 1d, at_most: 40}
        steps: [{id: daily, ask: {who: chair, question: what}, within: 1h, on: {no_answer: []}}]
    """
    result = tried(chart, 500)

    assert result.exhausted


@pytest.mark.slow
def test_a_shipped_chart_is_rehearsed_to_the_end() -> None:
    result = rehearse(plans()("response/needs-assessment"), library().codes, library().flowcharts.get)

    assert result.exhausted
    assert result.coverage.missing == Exercised()
    assert result.faults == ()


def test_the_same_rehearsal_gives_the_same_paths() -> None:
    plan = plans()("recovery/deactivation")
    one, two = (rehearse(plan, library().codes, library().flowcharts.get, 100) for _ in range(2))

    assert one == two


@pytest.mark.slow
@pytest.mark.parametrize(
    "flowchart", ["preparedness/calldown-drill", "recovery/deactivation", "response/activation"]
)
def test_stubs_are_scenarios_that_do_what_they_say(flowchart: str) -> None:
    """Every stub that could be written in full is played: its step has the outcome it is for."""
    codes = library().codes
    plan = plans()(flowchart)
    result = rehearse(plan, codes, library().flowcharts.get, 300)
    written = stubs(plan, result, frozenset(result.first))
    whole = [text for text in written if "not in this stub" not in text]
    unmet = []
    for text in whole:
        scenario = require_scenario(text.encode(), "stub.yaml")
        played = simulate(scenario, Directory(), plans(), codes)
        unmet += [check.expected for check in played.checks if not check.met]

    assert len(whole) >= 3
    assert unmet == []


def test_what_a_journal_exercised() -> None:
    played = play(ASK, "people: [{who: everyone, answer: {option: partial}}]")
    seen = exercised(played.main.plan, played.main.journal)

    assert seen.outcomes == {("decide", "partial")}
    assert seen.steps == {"decide"}
    assert seen.branches == frozenset()
    silent = play(ASK, "people: []")
    assert exercised(silent.main.plan, silent.main.journal).branches == {"decide:no_answer"}


def test_outcomes_that_cannot_occur_do_not_count() -> None:
    everything = declared(plans()("preparedness/calldown-drill"), library().flowcharts.get)

    assert ("score", "no_answer") not in everything.outcomes
    assert ("score", "not_approved") in everything.outcomes
    assert ("thanks", "failed") not in everything.outcomes


def test_a_minimum_that_the_flowchart_declares() -> None:
    plan = plan_of(ASK, HEADER + "coverage: 50%\n")
    played = play(ASK, "people: [{who: everyone, answer: {}}]")
    some = coverage(plan, [played.main.journal])

    assert some.share == pytest.approx(2 / 6)
    assert not some.suffices(plan)
    assert Coverage(some.all, some.all).suffices(plan)
    assert some.suffices(plan_of(ASK, HEADER))


def test_every_shipped_chart_is_covered_by_its_scenarios() -> None:
    """Every step, every outcome and every branch."""
    seen: dict[str, Exercised] = {}
    for name in SHIPPED:
        for run in play_shipped(name, record=False).runs:
            id = run.plan.flowchart
            seen[id] = seen.get(id, Exercised()) | exercised(run.plan, run.journal)
    missing = {id: declared(plans()(id), library().flowcharts.get) - seen[id] for id in library().flowcharts}

    assert missing == dict.fromkeys(library().flowcharts, Exercised())


def test_the_packs_are_there() -> None:
    """A: an earthquake and a storm 48 hours later; F: a flood that is downgraded; G: 200 contacts."""
    storm = shipped("haiti-2021-grace")
    assert next(one for one in storm.inject if one.start).at.total_seconds() == 48 * 3600
    assert any(one.signal == "downgraded" for one in shipped("flood-downgraded").inject)
    pack = shipped("calldown-200").population[0]
    assert (len(pack.members()), pack.silent, pack.late, pack.bounced) == (200, 0.3, 0.05, 0.03)
    assert people_of(shipped("calldown-200")) == Directory()
