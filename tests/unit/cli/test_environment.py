"""The note that a stack leaves in its home."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from konbit.cli.environment import adopt, leave_note, remove_note, running_stack


@pytest.fixture
def gone() -> int:
    """The id of a process that has ended."""
    done = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True
    )
    return int(done.stdout)


def test_a_command_in_the_same_home_speaks_with_the_stack(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    leave_note(home, os.getpid(), {"PREFECT_API_URL": "http://127.0.0.1:9/api"})
    adopt()
    assert os.environ["PREFECT_API_URL"] == "http://127.0.0.1:9/api"
    monkeypatch.delenv("PREFECT_API_URL")


def test_an_empty_value_in_the_environment_says_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "")
    leave_note(home, os.getpid(), {"PREFECT_API_URL": "http://127.0.0.1:9/api"})
    adopt()
    assert os.environ["PREFECT_API_URL"] == "http://127.0.0.1:9/api"


def test_the_environment_goes_before_the_note(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:8/api")
    leave_note(home, os.getpid(), {"PREFECT_API_URL": "http://127.0.0.1:9/api"})
    adopt()
    assert os.environ["PREFECT_API_URL"] == "http://127.0.0.1:8/api"


def test_the_note_of_a_stack_that_is_gone_counts_for_nothing(home: Path, gone: int) -> None:
    leave_note(home, gone, {"PREFECT_API_URL": "x"})
    assert running_stack(home) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": "x", "environment": {}}', '{"pid": 1}'])
def test_a_note_that_cannot_be_read_counts_for_nothing(home: Path, text: str) -> None:
    (home / "stack.json").write_text(text)
    assert running_stack(home) is None


def test_a_note_is_taken_away(home: Path) -> None:
    leave_note(home, os.getpid(), {})
    assert running_stack(home) == (os.getpid(), {})
    remove_note(home)
    remove_note(home)
    assert running_stack(home) is None
