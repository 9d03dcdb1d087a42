"""Scenarios as written: every mistake with its place, and names that there are."""

import pytest

from konbit.simulate.references import check_scenario
from konbit.simulate.scenario import read_scenario
from tests.unit.simulate.playing import DEFINITIONS, haiti, library

DRILL = (DEFINITIONS / "scenarios" / "quarterly-drill.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("starts: 2026-05-15T06:40:00Z", "starts: 2026-05-15T06:40:00", "bad-moment"),
        ("starts: 2026-05-15T06:40:00Z", "starts: tonight", "bad-moment"),
        ("silent: true}", "silent: false}", "bad-behaviour"),
        ("answer: {verdict: decline}", "answer: {verdict: refuse}", "bad-value"),
        ("{run: scored}", "{run: scored, to: everyone}", "bad-expectation"),
        ("{run: scored}", "{before: 2h}", "bad-expectation"),
        ("after: 12m", "after: soon", "bad-duration"),
        ("kind: mail", "kind: letter", "bad-value"),
        ("clock: {factor: 7200}", "clock: {factor: 0}", "bad-value"),
    ],
)
def test_a_mistake_is_a_problem_with_its_place(old: str, new: str, code: str) -> None:
    assert old in DRILL
    scenario, problems = read_scenario(DRILL.replace(old, new).encode(), "drill.yaml")

    assert scenario is None
    assert code in {problem.code for problem in problems}
    lines = {number for number, line in enumerate(DRILL.splitlines(), start=1) if old in line}
    assert all(problem.where.line in lines for problem in problems)


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("flowchart: preparedness/calldown-drill", "flowchart: preparedness/call-drill", "no flowchart"),
        ("directory: haiti", "directory: hayti", "no directory 'hayti'"),
        ("notice: none", "notice: little", "one of none, partial, full"),
        ("person:gf-a", "person:gf-z", "no person 'gf-z'"),
        ("on: [card]", "on: [cart]", "no step 'cart'"),
        ("message: you_are_next", "message: you_are_last", "no message 'you_are_last'"),
        ("{step: corrective, ", "{step: correction, ", "no step 'correction'"),
        ("to: person:edu-a", "to: role:edu", "no role 'edu'"),
    ],
)
def test_a_name_that_there_is_not_is_a_problem(old: str, new: str, text: str) -> None:
    assert old in DRILL
    scenario, problems = check_scenario(
        DRILL.replace(old, new).encode(), "drill.yaml", library(), {"haiti": haiti()}
    )

    assert scenario is None
    assert any(text in problem.message for problem in problems), [problem.text() for problem in problems]
