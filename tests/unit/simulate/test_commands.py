"""`konbit simulate` and `konbit rehearse` as they are called."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from konbit.cli.main import cli

DEFINITIONS = Path(__file__).parents[3] / "definitions"


def konbit(*words: str) -> Result:
    return CliRunner().invoke(cli, [*words, "--definitions", str(DEFINITIONS)])


def test_what_one_person_and_what_a_role_would_receive() -> None:
    one = konbit("simulate", "--scenario", "drill-passed", "--who", "person:hea-a")
    role = konbit("simulate", "--scenario", "drill-passed", "--who", "role:cluster_lead.HEA", "--json")

    assert one.exit_code == 0
    assert one.output.startswith("hea-a (cluster_lead.HEA): 2 messages\n")
    assert "[drill_call] by mail, call_down" in one.output
    assert [found["person"] for found in json.loads(role.output)] == ["hea-a", "hea-b"]


def test_nobody_by_that_name_is_an_error() -> None:
    result = konbit("simulate", "--scenario", "drill-passed", "--who", "person:nobody")

    assert result.exit_code != 0
    assert "nobody in the directory of the scenario is person:nobody" in result.output


def test_a_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    one, again, other = (
        konbit("simulate", "--scenario", "calldown-200", "--json", "--seed", seed).output
        for seed in ("3", "3", "4")
    )

    assert one == again
    assert one != other


@pytest.mark.slow
def test_many_plays_in_tables_as_data_and_as_a_page(tmp_path: Path) -> None:
    page = tmp_path / "likely.html"
    shares = ("--silent", "20%", "--spread", "3", "--runs", "5")
    words = ("simulate", "--scenario", "drill-passed", *shares)
    tables = konbit(*words, "--html", str(page))
    alone, together = (konbit(*words, "--json", "--jobs", jobs).output for jobs in ("1", "2"))

    assert tables.exit_code == 0
    assert "T+30 min" in tables.output
    assert "Whose silence hurts most" in tables.output
    assert page.read_text("utf-8").startswith("<!doctype html>")
    assert alone == together
    assert json.loads(alone)["runs"] == 5


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("--runs", "5"), "nothing in the scenario drill-passed is left to chance"),
        (("--runs", "5", "--silent", "lots"), "write a share such as 15%"),
        (("--silent", "10%"), "belong to --runs"),
        (("--runs", "5", "--silent", "10%", "--who", "everyone"), "leave --runs out"),
    ],
)
def test_options_that_do_not_go_together_are_refused(words: tuple[str, ...], text: str) -> None:
    result = konbit("simulate", "--scenario", "drill-passed", *words)

    assert result.exit_code != 0
    assert text in f"{result.output}{result.exception}"


@pytest.mark.slow
def test_a_rehearsal_says_what_was_reached_and_what_was_bounded() -> None:
    result = konbit("rehearse", "response/needs-assessment", "--scenarios", "--at-most", "300")

    assert result.exit_code == 0
    assert "8 of 8 steps" in result.output
    assert "two items stand for any number of items" in result.output
    assert "needs-note-refused" in result.output


def test_a_rehearsal_that_is_cut_short_says_so_and_fails() -> None:
    result = konbit("rehearse", "response/needs-assessment", "--at-most", "5", "--json")
    data = json.loads(result.output)

    assert result.exit_code == 1
    assert data["paths"] == 5
    assert data["left"] > 0
    assert data["bounds"][0].startswith("5 paths were tried")
    assert data["missing"]["outcomes"]


def test_a_stub_is_printed_for_what_no_scenario_covers(tmp_path: Path) -> None:
    for kind in ("response", "messages", "forms", "codes"):
        (tmp_path / kind).symlink_to(DEFINITIONS / kind)
    (tmp_path / "roles.yaml").symlink_to(DEFINITIONS / "roles.yaml")
    (tmp_path / "scenarios").mkdir()
    result = CliRunner().invoke(
        cli,
        [
            "rehearse",
            "response/needs-assessment",
            "--scenarios",
            "--at-most",
            "300",
            "--definitions",
            str(tmp_path),
        ],
    )

    assert result.exit_code == 1, result.exception
    assert "scenario: needs-assessment-note-not-approved" in result.output
    assert "Scenarios: none" in result.output
