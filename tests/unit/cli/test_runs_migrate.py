"""runs migrate: a verdict for each run, a dry run that changes nothing, a way back."""

import json
import shutil
from pathlib import Path

import pytest

from konbit.definition.library import bundled
from konbit.orchestrate.wiring import Wiring
from tests.unit.cli.conftest import Call, one_line_error

WHY = ("--reason", "the chair needs longer")


@pytest.fixture
def edited(tmp_path: Path, run: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The run, after somebody has given the decision more time in the definitions."""
    folder = tmp_path / "definitions"
    shutil.copytree(bundled(), folder)
    chart = folder / "response" / "activation.yaml"
    text = chart.read_text()
    assert text.count("within: 60m\n    remind: [10m]\n    escalate") == 1
    chart.write_text(
        text.replace(
            "within: 60m\n    remind: [10m]\n    escalate", "within: 90m\n    remind: [10m]\n    escalate"
        )
    )
    monkeypatch.setenv("KONBIT_DEFINITIONS", str(folder))
    return run


def verdicts(call: Call, *arguments: str) -> list[dict[str, object]]:
    done = call("runs", "migrate", *arguments, "--json")
    assert done.exit_code == 0, done.output
    found: list[dict[str, object]] = json.loads(done.stdout)
    return found


def test_a_dry_run_gives_the_verdict_and_changes_nothing(call: Call, parts: Wiring, edited: str) -> None:
    (one,) = verdicts(call, "--flowchart", "response/activation", "--dry-run")

    assert (one["run"], one["verdict"], one["moved"]) == (edited, "can_move", False)
    with parts.store.read() as tx:
        assert tx.runs.get(edited).digest == one["before"]
        assert not tx.audit.list(edited)


def test_a_run_moves_and_comes_back(call: Call, parts: Wiring, edited: str) -> None:
    (there,) = verdicts(call, edited, *WHY)
    (back,) = verdicts(call, edited, "--to", str(there["before"])[:12], *WHY)

    assert there["moved"] is back["moved"] is True
    with parts.store.read() as tx:
        assert tx.runs.get(edited).digest == there["before"]
        assert [act.action for act in tx.audit.list(edited)] == ["migrated", "migrated"]
    assert (
        "it has this version"
        in call("runs", "migrate", edited, "--to", str(there["before"])[:12], *WHY).stdout
    )


def test_what_cannot_be_understood_is_one_line(call: Call, run: str) -> None:
    one_line_error(call("runs", "migrate", *WHY), "name a run")
    one_line_error(call("runs", "migrate", run), "--reason")
    one_line_error(call("runs", "migrate", run, "--to", "ffff", *WHY), "'ffff'", "there are")
    one_line_error(call("runs", "migrate", "--flowchart", "response/nothing", *WHY), "response/nothing")
