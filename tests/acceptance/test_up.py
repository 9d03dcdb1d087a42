"""`konbit up`: one command starts everything, mends what dies, and leaves nothing behind."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from konbit.definition.library import bundled
from konbit.orchestrate.stack import answers

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(900)]
KONBIT = (sys.executable, "-m", "konbit.cli")


class Up:
    """A stack in a home."""

    def __init__(self, home: Path) -> None:
        self.home = home
        given = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
        self.environment = {**given, "KONBIT_HOME": str(home)}
        self.log = home.with_suffix(".log")
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*KONBIT, "up", "--home", str(home)], env=self.environment, stdout=log, stderr=log
            )

    def call(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*KONBIT, *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )

    def url(self, name: str) -> str:
        found = re.search(rf"{name} +(http\S+)", self.log.read_text("utf-8"))
        assert found, self.log.read_text("utf-8")
        return found[1]

    def children(self) -> dict[int, str]:
        """The processes that were started with this home, by their environment."""
        found = {}
        for place in Path("/proc").glob("[0-9]*"):
            try:
                mine = f"KONBIT_HOME={self.home}\0" in (place / "environ").read_text("utf-8", "replace")
                line = (place / "cmdline").read_text("utf-8", "replace").replace("\0", " ")
            except OSError:
                continue
            if mine and line and int(place.name) != self.process.pid:
                found[int(place.name)] = line
        return found

    def child(self, name: str) -> int | None:
        return next(
            (pid for pid, line in self.children().items() if line.rstrip().endswith(f"konbit.cli {name}")),
            None,
        )


def until(true: Callable[[], object], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.2)


def healthy(up: Up, seconds: float) -> None:
    """The doctor finds nothing wrong; what it said last if it never does."""
    end = time.monotonic() + seconds
    while (found := up.call("doctor")).returncode:
        assert time.monotonic() < end, found.stdout + found.stderr + up.log.read_text("utf-8")
        time.sleep(0.5)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that is empty at the first start, and as the last stack left it at the next."""
    return tmp_path_factory.mktemp("up") / "home"


@pytest.fixture
def up(home: Path) -> Iterator[Up]:
    stack = Up(home)
    try:
        until(lambda: stack.process.poll() is not None or "Konbit is up" in stack.log.read_text("utf-8"), 300)
        assert stack.process.poll() is None, stack.log.read_text("utf-8")
        yield stack
    finally:
        if stack.process.poll() is None:
            stack.process.send_signal(signal.SIGTERM)
            stack.process.wait(30)


def test_everything_is_up_mended_and_ended(up: Up) -> None:
    assert answers(f"{up.url('Prefect')}/api/health")
    assert answers(f"{up.url('answers')}/healthz")
    assert (up.home / "prefect" / "prefect.db").exists()
    healthy(up, 150)

    directory = bundled() / "directories" / "haiti.csv"
    assert up.call("directory", "import", str(directory), "--country", "HTI").returncode == 0
    given = ["--set", "country=HTI", "--set", "hazard=EQ", "--set", "areas=HT07"]
    begun = up.call("activate", "response/activation", *given, "--wait", "--json")
    assert begun.returncode == 0, begun.stderr
    assert '"outcome": "undecided"' in begun.stdout, "nobody can be reached without channels"
    runs = json.loads(up.call("runs", "list", "--json").stdout)
    assert runs[0]["url"].startswith(f"{up.url('Prefect')}/v2/runs/flow-run/")

    first = up.child("clock")
    assert first is not None
    os.kill(first, signal.SIGKILL)
    until(lambda: up.child("clock") not in (None, first), 60)
    healthy(up, 150)

    began = time.monotonic()
    up.process.send_signal(signal.SIGTERM)
    assert up.process.wait(60) == 0
    assert time.monotonic() - began < 20
    until(lambda: not up.children(), 15)
    assert not (up.home / "stack.json").exists()


def test_a_stack_that_is_killed_leaves_nothing_running(up: Up) -> None:
    assert up.children()
    up.process.kill()
    up.process.wait()
    until(lambda: not up.children(), 40)
