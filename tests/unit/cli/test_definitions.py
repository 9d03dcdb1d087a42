"""check, explain, render, simulate, schema: on the definitions that come with Konbit and on files with mistakes."""

import json
import shutil
from pathlib import Path

import pytest

from konbit.definition.library import bundled
from tests.unit.cli.conftest import Call, one_line_error


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the definitions, to be spoilt."""
    place = tmp_path / "definitions"
    shutil.copytree(bundled(), place)
    return place


def spoil(tree: Path, before: str, after: str) -> Path:
    file = tree / "response" / "activation.yaml"
    text = file.read_text("utf-8")
    assert before in text
    file.write_text(text.replace(before, after, 1), "utf-8")
    return file


def test_the_definitions_that_come_with_konbit_have_no_errors(call: Call) -> None:
    done = call("check")
    assert done.exit_code == 0, done.output
    assert "4 flowcharts checked" in done.stderr


def test_a_finding_has_its_place_and_refuses_the_file(call: Call, tree: Path) -> None:
    file = spoil(tree, "who: [chair, cluster_lead, focal_point]", "who: [chiar, cluster_lead, focal_point]")
    done = call("check", str(file))
    assert done.exit_code == 2
    assert "error[unknown-role]" in done.stdout
    assert "activation.yaml:" in done.stdout
    assert "chair" in done.stdout


def test_broken_yaml_is_a_finding_with_a_place(call: Call, tree: Path) -> None:
    file = spoil(tree, "version: 1", "version: [1")
    done = call("check", str(file), "--format", "json")
    assert done.exit_code == 2
    found = json.loads(done.stdout)
    assert all(one["line"] > 0 for one in found)
    assert "error" in {one["severity"] for one in found}


@pytest.mark.parametrize("shape", ["json", "github", "sarif", "text"])
def test_every_format_says_the_same(call: Call, tree: Path, shape: str) -> None:
    spoil(tree, "who: [chair, cluster_lead, focal_point]", "who: [chiar, cluster_lead, focal_point]")
    done = call("check", str(tree), "--format", shape)
    assert done.exit_code == 2
    assert "unknown-role" in done.stdout
    if shape in ("json", "sarif"):
        json.loads(done.stdout)


def test_only_the_flowchart_asked_for_is_judged(call: Call, tree: Path) -> None:
    spoil(tree, "who: [chair, cluster_lead, focal_point]", "who: [chiar, cluster_lead, focal_point]")
    assert call("check", "recovery/deactivation", "--definitions", str(tree)).exit_code == 0
    assert call("check", "response/activation", "--definitions", str(tree)).exit_code == 2


def test_warnings_fail_a_strict_check_only(call: Call, tree: Path) -> None:
    spoil(tree, "expires: {after: 45d, outcome: expired}\n", "")
    assert call("check", "response/activation", "--definitions", str(tree)).exit_code == 0
    assert call("check", "response/activation", "--definitions", str(tree), "--strict").exit_code == 2


def test_an_unknown_flowchart_is_one_line(call: Call) -> None:
    one_line_error(call("check", "response/nothing"), "response/nothing", "response/activation")
    one_line_error(call("render", "response/nothing"), "response/nothing")


def test_a_folder_of_definitions_that_is_not_there_is_one_line(call: Call) -> None:
    one_line_error(call("check", "--definitions", "/nowhere"), "/nowhere")


def test_a_finding_is_explained_with_a_wrong_and_a_right_example(call: Call) -> None:
    done = call("explain", "unknown-role")
    assert done.exit_code == 0
    assert "Wrong:" in done.output
    assert "Right:" in done.output
    assert "unknown-role" in call("explain").output
    one_line_error(call("explain", "unknown-rol"), "did you mean 'unknown-role'?")


def test_a_chart_is_drawn_as_mermaid_and_as_text_in_a_language(call: Call) -> None:
    drawn = call("render", "response/activation", "--format", "mermaid", "--language", "fr")
    assert drawn.output.startswith("flowchart")
    assert "Vérifier" in drawn.output
    assert "Verify the event" in call("render", "response/activation", "--format", "text").output
    by_file = call("render", str(bundled() / "response" / "activation.yaml"), "--language", "fr")
    assert by_file.output == drawn.output


def test_a_chart_with_errors_is_not_drawn(call: Call, tree: Path) -> None:
    spoil(tree, "version: 1", "version: one")
    one_line_error(call("render", "response/activation", "--definitions", str(tree)), "activation.yaml:")
    done = call("render", "recovery/deactivation", "--definitions", str(tree))
    assert done.exit_code == 0, "the errors of another chart do not matter"


def test_a_scenario_is_played_and_judged(call: Call) -> None:
    done = call("simulate", "response/activation", "--scenario", "haiti-2021-08-14", "--json")
    assert done.exit_code == 0
    found = json.loads(done.stdout)
    assert (found["outcome"], found["ok"]) == ("activated", True)


def test_what_a_scenario_expects_and_does_not_get_fails(call: Call, tmp_path: Path) -> None:
    written = (bundled() / "scenarios" / "haiti-2021-08-14.yaml").read_text("utf-8")
    file = tmp_path / "hopes.yaml"
    file.write_text(written.replace("{run: activated, before: 3h10m}", "{run: monitor}"), "utf-8")
    done = call("simulate", "--scenario", str(file))
    assert done.exit_code == 1
    assert "NOT the run ends monitor" in done.stdout


def test_scenarios_that_cannot_be_played_are_one_line(call: Call, tmp_path: Path) -> None:
    one_line_error(call("simulate", "--scenario", "atlantis"), "atlantis", "haiti-2021-08-14")
    one_line_error(
        call("simulate", "recovery/deactivation", "--scenario", "haiti-2021-08-14"), "response/activation"
    )
    file = tmp_path / "bad.yaml"
    file.write_text("scenario: x\nstarts: yesterday\n")
    one_line_error(call("simulate", "--scenario", str(file)), "bad.yaml:")
