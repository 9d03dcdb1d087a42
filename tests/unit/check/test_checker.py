"""The check as a whole: the shipped definitions, the choice of charts, order, speed, and that nothing makes it raise."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from konbit.check.catalogue import ENTRIES
from konbit.check.checker import check
from konbit.definition.library import bundled, load
from konbit.definition.problems import Severity, in_order
from konbit.errors import UnknownFlowchart
from tests.unit.check import samples

CHARTS = sorted(
    path
    for path in bundled().glob("*/*.yaml")
    if path.parent.name in ("preparedness", "response", "recovery")
)


def test_the_shipped_definitions_have_no_errors() -> None:
    found = [one.text() for one in check(load()) if one.severity == Severity.ERROR]
    assert found == []


def test_problems_come_by_place_and_without_doubles(tmp_path: Path) -> None:
    text = "- inform: {who: [chiar, membres], message: notise}\n- inform: {who: [chiar], message: notise}\n"
    found = check(samples.library(text, tmp_path))
    assert found == in_order(found)
    assert len(set(found)) == len(found)


def test_an_expression_problem_points_at_the_character_inside_the_yaml(tmp_path: Path) -> None:
    text = (
        "parameters:\n  n: {type: number, default: 0}\nsteps:\n"
        '- choose:\n  - {when: "n > 1 and m > 2", steps: []}\n  - otherwise: []\n'
    )
    (found,) = [one for one in samples.problems(text, tmp_path) if one.code == "undefined-name"]
    assert (found.where.line, found.where.column, found.width) == (5, 23, 1)


def test_only_the_charts_named_are_checked_and_nothing_is_called_unused(tmp_path: Path) -> None:
    found = check(samples.library("- inform: {who: [chiar], message: notice}", tmp_path), ["response/child"])
    assert [one.text() for one in found] == []


def test_content_is_checked_with_the_charts_that_name_it(tmp_path: Path) -> None:
    """A fault in a message that the chart does not use is not its problem."""
    text = '# in: messages/own.yaml\nown: {subject: News, body: "{"}\n'
    library = samples.library(text, tmp_path)
    assert "bad-placeholder" in {one.code for one in check(library)}
    assert check(library, ["response/child"]) == ()


def test_an_unknown_chart_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownFlowchart, match="response/nothing"):
        check(samples.library("- end: done", tmp_path), ["response/nothing"])


def test_a_chart_that_could_not_be_read_gives_its_problems_and_no_refusal(tmp_path: Path) -> None:
    found = check(samples.library("- infrom: {who: [chair]}", tmp_path), ["response/example"])
    assert "unknown-key" in {one.code for one in found}


def _long(steps: int) -> str:
    ask = (
        "- id: s{n}\n  ask: {{who: chair, question: question, options: [a, b]}}\n  within: 1m\n"
        "  on: {{no_answer: [{{inform: {{who: [members], message: notice}}}}]}}\n"
        "- choose:\n  - {{when: s{n}.answer == 'a', steps: [{{inform: {{who: [chair], message: notice}}}}]}}\n"
        "  - otherwise: []\n  - unknown: []\n"
    )
    return "steps:\n" + "".join(ask.format(n=number) for number in range(steps // 2))


@pytest.mark.slow
def test_a_chart_of_a_thousand_steps_is_checked(tmp_path: Path) -> None:
    """How fast is measured in bench/."""
    library = samples.library(_long(1000), tmp_path)
    found = check(library, ["response/example"])
    assert [one for one in found if one.severity == Severity.ERROR] == []


@pytest.mark.parametrize("chart", CHARTS, ids=lambda path: path.stem)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_a_mutilated_chart_never_makes_the_check_raise(
    chart: Path, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Lines dropped, doubled, moved or cut: everything that is wrong is a problem, nothing an exception."""
    lines = chart.read_text(encoding="utf-8").split("\n")
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(lines) - 1))
        change = data.draw(st.sampled_from(["drop", "double", "cut", "move"]))
        if change == "drop":
            del lines[at : at + data.draw(st.integers(1, 5))]
        elif change == "double":
            lines[at:at] = lines[at : at + data.draw(st.integers(1, 5))]
        elif change == "move":
            lines.insert(data.draw(st.integers(0, len(lines) - 1)), lines.pop(at))
        else:
            lines[at] = lines[at][: data.draw(st.integers(0, max(1, len(lines[at]))))]
        lines = lines or [""]
    file = tmp_path_factory.mktemp("mutilated") / "chart.yaml"
    file.write_text("\n".join(lines), encoding="utf-8")
    folder = file.parent / "definitions"
    folder.mkdir()
    for problem in check(load([folder], [file])):
        assert problem.where.line >= 1
        assert problem.where.column >= 1


STEPS = [entry.bad for entry in ENTRIES.values() if entry.bad.startswith("- ")]


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    fragments=st.lists(st.sampled_from(STEPS), min_size=2, max_size=5),
    dropped=st.lists(st.integers(0, 40), max_size=2),
)
def test_several_mistakes_at_once_never_make_the_check_raise(
    fragments: list[str], dropped: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    lines = "\n".join(fragments).split("\n")
    for at in dropped:
        lines = lines[: at + 1] + lines[at + 2 :]
    found = samples.problems("\n".join(lines), tmp_path_factory.mktemp("several"))
    assert all(one.where.line >= 1 and one.where.column >= 1 for one in found)
