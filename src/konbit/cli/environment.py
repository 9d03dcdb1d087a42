"""What a command knows of its installation: the settings, and the stack that runs in the same home.

`konbit up` and `konbit demo` leave a note in their home: which ports they took, how their clock runs. Other commands with
the same KONBIT_HOME pick it up, so that `konbit runs list` in a second terminal speaks with the right server. What is set in
the environment goes before the note.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from konbit.errors import UserError

NOTE = "stack.json"


class InvalidSetting(UserError):
    """A setting in the environment cannot be used."""


def home() -> Path:
    """The home of this installation."""
    named = os.environ.get("KONBIT_HOME")
    return Path(named) if named else Path.home() / ".konbit"


def leave_note(home: Path, pid: int, environment: Mapping[str, str]) -> None:
    """Says in `home` which stack runs there."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = home / f"{NOTE}.new"
    fresh.write_text(json.dumps({"pid": pid, "environment": dict(environment)}, indent=2) + "\n", "utf-8")
    fresh.replace(home / NOTE)


def remove_note(home: Path) -> None:
    """Says that no stack runs there any more."""
    (home / NOTE).unlink(missing_ok=True)


def running_stack(home: Path) -> tuple[int, dict[str, str]] | None:
    """The process id and the environment of the stack that runs in `home`; None if there is none."""
    try:
        note = json.loads((home / NOTE).read_text("utf-8"))
        pid, environment = (
            int(note["pid"]),
            {str(name): str(value) for name, value in note["environment"].items()},
        )
        os.kill(pid, 0)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return pid, environment


def adopt() -> None:
    """Takes over what the note in this home says, where the environment says nothing; an empty value says nothing."""
    found = running_stack(home())
    if found is not None:
        for name, value in found[1].items():
            os.environ[name] = os.environ.get(name) or value
