"""The scenarios that ship: all expectations met, the timeline as it was read, the same bytes everywhere."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from konbit.simulate.references import check_scenario
from konbit.simulate.timeline import as_json, timeline
from tests.unit.simulate.playing import DEFINITIONS, SHIPPED, haiti, library, play_shipped

GOLDENS = Path(__file__).parents[2] / "goldens" / "simulate"
PLAY = """\
import hashlib
from konbit.engine.dump import dump
from konbit.simulate.timeline import as_json, timeline
from tests.unit.simulate.playing import SHIPPED, play_shipped
for name in SHIPPED:
    played = play_shipped(name)
    text = timeline(played) + as_json(played) + "".join(dump(run.state) for run in played.runs)
    print(hashlib.sha256(text.encode()).hexdigest())
"""


@pytest.mark.parametrize("name", SHIPPED)
def test_every_expectation_of_a_shipped_scenario_is_met(name: str) -> None:
    played = play_shipped(name)

    assert [check.expected + ": " + check.found for check in played.checks if not check.met] == []
    assert played.outcome is not None
    assert played.checks


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_scenario_names_only_what_there_is(name: str) -> None:
    content = (DEFINITIONS / "scenarios" / f"{name}.yaml").read_bytes()

    scenario, problems = check_scenario(content, name, library(), {"haiti": haiti()})
    assert [problem.text() for problem in problems] == []
    assert scenario is not None


@pytest.mark.parametrize("name", SHIPPED)
def test_writing_every_event_and_state_and_reading_it_back_changes_nothing(name: str) -> None:
    plain, paranoid = play_shipped(name), play_shipped(name, paranoid=True)

    assert as_json(paranoid) == as_json(plain)
    assert [run.state for run in paranoid.runs] == [run.state for run in plain.runs]
    assert [run.journal for run in paranoid.runs] == [run.journal for run in plain.runs]


def test_without_a_timeline_everything_else_is_the_same() -> None:
    plain, quick = play_shipped("quarterly-drill"), play_shipped("quarterly-drill", record=False)

    assert quick.entries == ()
    assert quick.receipts == plain.receipts
    assert quick.checks == plain.checks


@pytest.mark.parametrize("name", ["quarterly-drill", "nippes-flood"])
def test_the_timeline_reads_as_it_was_read(name: str) -> None:
    assert timeline(play_shipped(name)) == (GOLDENS / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_same_scenario_gives_the_same_bytes_in_every_process() -> None:
    """Whatever the seed of the hashes, which decides the order of sets and of persistent maps."""
    root = Path(__file__).parents[3]
    outputs = set()
    for seed in ("0", "1", "4242"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": f"{root}/src:{root}"}
        done = subprocess.run(
            [sys.executable, "-c", PLAY],
            check=True,
            capture_output=True,
            text=True,
            env=environment,
            cwd=root,
        )
        outputs.add(done.stdout)
    assert len(outputs) == 1
    assert len(outputs.pop().split()) == len(SHIPPED)
