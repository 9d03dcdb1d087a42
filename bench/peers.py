"""Where the figures go, and DBOS: it is not among our dependencies, so it gets a virtual environment of its own in var/."""

import functools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
VAR = ROOT / "var"
DBOS = "dbos==3.4.0"
PEER = Path(__file__).with_name("dbos_peer.py")


def report(name: str, figures: dict[str, Any]) -> None:
    """Prints figures with the load of the machine, and keeps them in var/NAME.json."""
    figures = {**figures, "load": round(os.getloadavg()[0], 2)}
    print(json.dumps(figures))
    VAR.mkdir(exist_ok=True)
    path = VAR / f"{name}.json"
    known = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps(known | {figures["kind"]: figures}, indent=2) + "\n")


def known(name: str, kind: str) -> dict[str, Any]:
    """The figures of another kind that were measured before; skips without them."""
    path = VAR / f"{name}.json"
    found: dict[str, Any] = json.loads(path.read_text()).get(kind, {}) if path.exists() else {}
    if not found:
        pytest.skip(f"{kind} has not been measured")
    return found


def dbos(*words: object) -> Any:
    """What DBOS came to; skips if it cannot be installed."""
    done = subprocess.run(
        [_dbos_python(), PEER, *map(str, words)], capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.strip().splitlines()[-1])


@functools.cache
def _dbos_python() -> Path:
    python = VAR / "dbos" / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", python.parents[1]], check=True)
    if subprocess.run([python, "-c", "import dbos"], capture_output=True, check=False).returncode:
        installed = subprocess.run([python, "-m", "pip", "install", "--quiet", DBOS], check=False)
        if installed.returncode:
            pytest.skip(f"{DBOS} cannot be installed here")
    return python
