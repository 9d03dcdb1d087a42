"""The database of the Prefect server of a stack: copied from one that was set up once, which takes Prefect ten seconds and more.

On PostgreSQL if the environment names a server: Prefect on SQLite can lock itself out of its database for a minute after a
kill -9, which costs nobody anything but the tests their time. `prefect_on="sqlite"` is for tests of just that.
"""

import atexit
import contextlib
import functools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from konbit.orchestrate.server import profile
from konbit.testing.databases import postgres_available, postgres_database

URL = "PREFECT_SERVER_DATABASE_CONNECTION_URL"
Kind = Literal["any", "sqlite"]


@contextlib.contextmanager
def prefect_database(folder: Path, kind: Kind = "any") -> Iterator[dict[str, str]]:
    """The settings by which the Prefect server whose home is `folder` finds a database of its own."""
    if kind == "any" and postgres_available():
        with postgres_database(_postgres_template()) as (_name, url):
            yield {URL: _asynchronous(url)}
        return
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for part in _sqlite_template().glob("prefect.db*"):
        shutil.copy(part, folder)
    yield {}


@functools.cache
def _sqlite_template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="konbit-prefect-template-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    _set_up(folder, {})
    return folder


@functools.cache
def _postgres_template() -> str:
    kept = contextlib.ExitStack()
    atexit.register(kept.close)
    name, url = kept.enter_context(postgres_database())
    with tempfile.TemporaryDirectory() as folder:
        _set_up(Path(folder), {URL: _asynchronous(url)})
    return name


def _set_up(home: Path, more: dict[str, str]) -> None:
    base = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    subprocess.run(
        [sys.executable, "-m", "prefect", "server", "database", "upgrade", "-y"],
        env=profile(home, "", base) | more,
        check=True,
        capture_output=True,
        timeout=180,
    )


def _asynchronous(url: str) -> str:
    return url.replace("postgresql://", "postgresql+asyncpg://", 1)
