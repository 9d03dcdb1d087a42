"""Each control-flow pattern is run; those that are refused are found by the check."""

import pytest

from konbit.check.checker import check
from konbit.definition.problems import Severity
from konbit.engine.effects import CloseRequest, OpenRequest
from tests.patterns.cases import PATTERNS, Pattern, Played
from tests.patterns.play import FOLDER, Play, library_of, plan_of

RUN = [pattern for pattern in PATTERNS if pattern.plays]
REFUSED = [pattern for pattern in PATTERNS if not pattern.plays]
PLAYS = [
    pytest.param(pattern, play, id=f"{pattern.number:02d}-{number}")
    for pattern in RUN
    for number, play in enumerate(pattern.plays, start=1)
]


def file_of(pattern: Pattern) -> str:
    (path,) = FOLDER.glob(f"{pattern.number:02d}-*.yaml")
    return path.name


@pytest.mark.parametrize(("pattern", "play"), PLAYS)
def test_a_pattern_takes_its_path(pattern: Pattern, play: Played) -> None:
    run = Play(plan_of(file_of(pattern)), play.given).tell(play.events)
    assert " ".join(run.path) == play.path
    assert " ".join(run.open) == play.open
    assert run.outcome == play.outcome


@pytest.mark.parametrize(("pattern", "play"), PLAYS)
def test_a_pattern_that_has_ended_leaves_nothing_open(pattern: Pattern, play: Played) -> None:
    run = Play(plan_of(file_of(pattern)), play.given).tell(play.events)
    run.passes("60d")
    assert run.outcome is not None
    assert not run.state.timers
    opened = {one.request for one in run.effects if isinstance(one, OpenRequest)}
    assert opened == {one.request for one in run.effects if isinstance(one, CloseRequest)}


@pytest.mark.parametrize("pattern", RUN, ids=lambda pattern: f"{pattern.number:02d}")
def test_the_check_accepts_what_runs(pattern: Pattern) -> None:
    problems = check(library_of(file_of(pattern)))
    assert [problem.text() for problem in problems if problem.severity is Severity.ERROR] == []


@pytest.mark.parametrize("pattern", REFUSED, ids=lambda pattern: f"{pattern.number:02d}")
def test_the_check_refuses_what_does_not_run(pattern: Pattern) -> None:
    problems = check(library_of(file_of(pattern)))
    assert {problem.code for problem in problems if problem.severity is Severity.ERROR} == {pattern.code}


def test_every_pattern_is_here_once_and_has_one_chart() -> None:
    assert [pattern.number for pattern in PATTERNS] == list(range(1, 44))
    assert len(list(FOLDER.glob("[0-9][0-9]-*.yaml"))) == len(PATTERNS)


def test_all_that_must_or_should_run_do_and_seven_are_refused_for_good() -> None:
    needs = [pattern.need for pattern in RUN]
    assert (needs.count("must"), needs.count("should"), needs.count("could")) == (23, 9, 3)
    assert [pattern.number for pattern in REFUSED] == [8, 22, 28, 31, 33, 38, 41, 42]
