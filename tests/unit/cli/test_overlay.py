"""`konbit render --run`: how a run stands, laid over the version of the flowchart that it began with."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from konbit.orchestrate.steward import directly
from konbit.orchestrate.wiring import Wiring
from tests.unit.cli.conftest import Call, one_line_error

pytestmark = pytest.mark.slow

SVG = "{http://www.w3.org/2000/svg}"


def answered(call: Call, parts: Wiring, run: str) -> None:
    done = call("runs", "answer", run, "verify", "--person", "cf-a", "--set", "option=confirmed")
    assert done.exit_code == 0, done.output
    parts.steward.attempt(run, directly)


def test_the_svg_marks_what_is_done_and_what_is_under_way(call: Call, parts: Wiring, run: str) -> None:
    answered(call, parts, run)
    drawn = call("render", "response/activation", "--format", "svg", "--run", run[:8])
    assert drawn.exit_code == 0, drawn.output
    kinds = {
        node.get("data-step"): node.get("class", "") for node in ET.fromstring(drawn.stdout).iter(f"{SVG}g")
    }
    assert "done" in kinds["verify"].split()
    assert "current" in kinds["decide"].split()


def test_mermaid_marks_where_the_run_is(call: Call, run: str) -> None:
    drawn = call("render", "response/activation", "--run", run)
    assert drawn.exit_code == 0, drawn.output
    assert drawn.stdout.count(":::current") == 1
    assert ":::current" not in call("render", "response/activation").stdout


def test_html_shows_it_on_the_page(call: Call, parts: Wiring, run: str) -> None:
    answered(call, parts, run)
    drawn = call("render", "response/activation", "--format", "html", "--run", run)
    assert drawn.exit_code == 0, drawn.output
    assert " current" in drawn.stdout
    assert "0/1" in drawn.stdout
    assert "example.org" not in drawn.stdout, "no address is on a drawing"


def test_what_is_drawn_is_what_the_run_began_with_and_not_the_file_of_today(
    call: Call, run: str, tmp_path: Path
) -> None:
    changed = tmp_path / "response" / "activation.yaml"
    changed.parent.mkdir()
    changed.write_text("this is no flowchart any more")
    assert call("render", str(changed), "--run", run).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("response/activation", "--run", "nothing"), ("'nothing'", "konbit runs list")),
        (("response/activation", "--format", "paper", "--run", "RUN"), ("mermaid, svg, html", "paper")),
        (("preparedness/roster-drill", "--run", "RUN"), ("response/activation", "preparedness/roster-drill")),
    ],
)
def test_what_cannot_be_laid_over_is_refused_in_one_line(
    call: Call, run: str, arguments: tuple[str, ...], words: tuple[str, ...]
) -> None:
    one_line_error(call("render", *(run if one == "RUN" else one for one in arguments)), *words)
