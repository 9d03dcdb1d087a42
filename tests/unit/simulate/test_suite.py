"""The tests of a folder: scenarios, expectations, coverage, and their JUnit XML."""

import dataclasses
import xml.etree.ElementTree as ET

import pytest

from konbit.simulate.expectations import Check
from konbit.simulate.simulator import plans_of
from konbit.simulate.suites.junit import junit
from konbit.simulate.suites.suite import ChartResult, Outcome, SuiteResult, counted, examine, gather, timed
from tests.unit.simulate.playing import haiti, library, shipped

DRILL = "preparedness/calldown-drill"
NEEDS = "response/needs-assessment"


def outcome(name: str) -> Outcome:
    return examine(shipped(name), f"{name}.yaml", haiti(), plans_of(library()), library().codes)


def gathered(
    *outcomes: Outcome, minimum: int | None = None, broken: dict[str, str] | None = None
) -> SuiteResult:
    return gather(outcomes, [DRILL, NEEDS], library(), plans_of(library()), minimum, broken or {})


def chart(result: SuiteResult, id: str) -> ChartResult:
    return next(one for one in result.charts if one.flowchart == id)


@pytest.fixture(scope="module")
def drill() -> Outcome:
    return outcome("quarterly-drill")


def without_minimum(result: SuiteResult) -> SuiteResult:
    charts = tuple(dataclasses.replace(one, minimum=None) for one in result.charts)
    return dataclasses.replace(result, charts=charts)


def test_a_scenario_whose_expectations_are_met_passes(drill: Outcome) -> None:
    assert (drill.verdict, drill.unmet, drill.flowchart) == ("passed", [], DRILL)
    assert drill.checks
    assert without_minimum(gathered(drill)).ok


def test_an_unmet_expectation_fails(drill: Outcome) -> None:
    failed = dataclasses.replace(drill, checks=(*drill.checks, Check("never", False, "found")))
    result = without_minimum(gathered(failed))
    assert failed.verdict == "failed"
    assert not result.ok
    assert not chart(result, DRILL).ok
    assert chart(result, NEEDS).ok


def test_what_could_not_be_played_is_an_error(drill: Outcome) -> None:
    broken = dataclasses.replace(drill, problem="the directory is missing", checks=())
    assert broken.verdict == "error"
    assert not without_minimum(gathered(broken)).ok
    stray = Outcome("stray", "stray.yaml", "", problem="unreadable")
    assert not without_minimum(gathered(stray)).ok
    assert without_minimum(gathered(stray)).strays == (stray,)


def test_coverage_of_all_scenarios_together_is_held_against_the_minimum(drill: Outcome) -> None:
    undeclared = {id: library().flowcharts[id].coverage for id in (DRILL, NEEDS)}
    result = gathered(drill, minimum=100)
    for one in result.charts:
        declared = undeclared[one.flowchart]
        assert one.minimum == (int(declared.removesuffix("%")) if declared else 100)
    alone = dataclasses.replace(chart(result, DRILL), minimum=100)
    assert not alone.enough
    assert alone.uncovered
    assert all(step.partition(":")[0] in plans_of(library())(DRILL).nodes for step in alone.uncovered)
    assert dataclasses.replace(alone, minimum=10).enough
    assert dataclasses.replace(alone, minimum=None).enough
    assert not dataclasses.replace(chart(result, NEEDS), minimum=1).enough, "no scenario is about it"


def test_a_second_scenario_adds_to_coverage(drill: Outcome) -> None:
    one = chart(gathered(drill), DRILL).covered
    two = chart(gathered(drill, outcome("drill-postponed")), DRILL).covered
    assert one
    assert two
    assert two.share > one.share
    steps, outcomes = counted(two.reached, two.all)
    assert steps.endswith(f"/{len(two.all.steps)}")
    assert outcomes.endswith(f"/{len(two.all.outcomes)}")


def test_the_uncovered_names_no_outcome_of_a_step_that_was_not_reached(drill: Outcome) -> None:
    uncovered = chart(gathered(drill), DRILL).uncovered
    steps = {one for one in uncovered if ":" not in one}
    assert steps
    assert not steps & {one.partition(":")[0] for one in uncovered if ":" in one}


def test_the_xml_is_well_formed_and_counts_right(drill: Outcome) -> None:
    odd = 'control \x00\x1b, <tag> & "quote" \ud800'.encode("utf-16", "surrogatepass").decode(
        "utf-16", "replace"
    )
    failed = dataclasses.replace(drill, name="failed", checks=(Check(odd, False, "found <that>"),))
    broken = dataclasses.replace(drill, name="broken", problem=odd)
    result = gathered(
        timed(drill, 1.25), failed, broken, Outcome("stray", "x.yaml", "", problem="no"), minimum=100
    )
    xml = junit(result)
    root = ET.fromstring(xml)

    assert xml.startswith(b"<?xml version='1.0' encoding='utf-8'?>")
    cases = {(case.get("classname"), case.get("name")): case for case in root.iter("testcase")}
    assert cases[(DRILL, "quarterly-drill")].get("time") == "1.250"
    assert cases[(DRILL, "quarterly-drill")].find("failure") is None
    failure = cases[(DRILL, "failed")].find("failure")
    assert failure is not None
    assert failure.get("message") == "0 of 1 expectations met"
    assert "found <that>" in (failure.text or "")
    assert cases[(DRILL, "broken")].find("error") is not None
    assert cases[("scenarios", "stray")].find("error") is not None
    low = cases[(DRILL, "coverage")].find("failure")
    assert low is not None
    assert "not covered: " in (low.text or "")
    for suite in (root, *root.findall("testsuite")):
        assert int(suite.get("tests", "")) == len(list(suite.iter("testcase")))
        assert int(suite.get("failures", "")) == len(list(suite.iter("failure")))
        assert int(suite.get("errors", "")) == len(list(suite.iter("error")))
    assert {one.get("name") for one in root.findall("testsuite[1]/properties/property")} == {
        "coverage",
        "steps",
        "outcomes",
    }


def test_a_flowchart_with_errors_is_an_error_of_its_own(drill: Outcome) -> None:
    result = gathered(drill, broken={NEEDS: "response/needs-assessment.yaml:3:1: error"})
    assert not result.ok
    root = ET.fromstring(junit(result))
    case = next(one for one in root.iter("testcase") if one.get("classname") == NEEDS)
    assert (case.get("name"), case.find("error") is not None) == ("coverage", True)
