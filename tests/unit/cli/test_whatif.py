"""`konbit whatif`: runs of the database, and journals in files."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from konbit.engine.events import Answered
from konbit.orchestrate.steward import directly
from konbit.orchestrate.wiring import Wiring
from konbit.simulate.again.recording import of_simulation, write
from tests.unit.cli.conftest import Call, one_line_error
from tests.unit.simulate.playing import haiti, play_shipped

CHANGE = "decide: {person: chair-a, after: 5m, answer: partial}"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The journal of the earthquake, as it was played."""
    path = tmp_path / "journal.json"
    path.write_text(write(of_simulation(play_shipped("haiti-2021-08-14").runs, haiti())), encoding="utf-8")
    return path


def test_the_difference_of_a_file_is_printed(call: Call, file: Path) -> None:
    done = call("whatif", str(file), "--change", CHANGE)
    assert done.exit_code == 0, done.output
    assert done.output.splitlines()[0] == "What if: decide: chair-a answers partial 5m after being asked."
    assert "confirm_full                not reached, was: confirmed after 35m" in done.output
    assert "Messages: " in done.output


def test_the_difference_as_json(call: Call, file: Path) -> None:
    done = call(
        "whatif", str(file), "--change", CHANGE, "--change", "verify: {person: cf-b, after: 1m}", "--json"
    )
    found = json.loads(done.stdout)
    assert found["end"]["before"]["outcome"] == found["end"]["after"]["outcome"] == "activated"
    assert found["without_effect"] == ["verify: cf-b answers 1m after being asked"]
    assert {one["step"] for one in found["steps"]} >= {"decide", "confirm_full"}


def test_a_run_of_the_database_is_replayed_to_its_end_and_changed(
    call: Call, parts: Wiring, run: str
) -> None:
    with parts.store.read() as tx:
        asked = [one.row_id for one in tx.requests.asked(run, "verify")]
    with parts.store.begin() as tx:
        tx.accept_answer(asked[0], "accept", {"answer": "contradicted"}, "link", parts.clock.now(), "n1")
    parts.steward.attempt(run, directly)
    with parts.store.read() as tx:
        assert tx.runs.get(run).outcome == "monitor"
        assert any(isinstance(entry.event, Answered) for entry in tx.journal.read(run))
    done = call("whatif", run[:8], "--change", "verify: {person: cf-a, after: 20m, answer: confirmed}")
    assert done.exit_code == 0, done.output
    assert "The run ends undecided after " in done.output, "nobody decides"
    assert "it ends monitor after " in done.output
    assert "verify  confirmed after 20m" in done.output


def test_a_journal_is_exported_and_replayed_elsewhere(call: Call, run: str, tmp_path: Path) -> None:
    target = tmp_path / "out.json"
    done = call("whatif", run, "--export", str(target))
    assert done.exit_code == 0, done.output
    assert "@example.org" not in target.read_text("utf-8")
    again = call(
        "whatif", str(target), "--change", "verify: {person: cf-a, after: 1h, answer: contradicted}", "--json"
    )
    assert json.loads(again.stdout)["end"]["after"]["outcome"] == "monitor"


def test_what_cannot_be_used_is_one_clear_line(call: Call, run: str, file: Path, tmp_path: Path) -> None:
    one_line_error(call("whatif", run), "--change", "--export")
    one_line_error(call("whatif", "nothing-of-the-kind", "--change", CHANGE), "nothing-of-the-kind")
    one_line_error(call("whatif", "nothing.json", "--change", CHANGE), "nothing.json")
    one_line_error(
        call("whatif", str(file), "--change", "decid: {person: chair-a, after: 5m}"), "did you mean 'decide'"
    )
    (tmp_path / "x.json").write_text("[]")
    one_line_error(call("whatif", str(tmp_path / "x.json"), "--change", CHANGE), "no journal")


def test_a_journal_that_does_not_come_out_as_it_did_is_refused(call: Call, file: Path) -> None:
    data = json.loads(file.read_text("utf-8"))
    events = data["runs"][0]["events"]
    place = next(index for index, event in enumerate(events) if event["kind"] == "timer_fired")
    events[place]["timer"] = "verify#remind:9"
    file.write_text(json.dumps(data), encoding="utf-8")
    done = call("whatif", str(file), "--change", CHANGE)
    assert done.exit_code == 1
    assert "does not come out as it did" in done.stderr


@pytest.mark.slow
def test_a_file_needs_neither_a_database_nor_prefect(file: Path) -> None:
    script = (
        "import sys\nfrom click.testing import CliRunner\nfrom konbit.cli.main import cli\n"
        "done = CliRunner().invoke(cli, sys.argv[1:], prog_name='konbit')\nassert done.exit_code == 0, done.output\n"
        "print(sorted(name for name in sys.modules if name in ('prefect', 'sqlalchemy', 'apprise')))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "whatif", str(file), "--change", CHANGE],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().splitlines()[-1] == "[]"
