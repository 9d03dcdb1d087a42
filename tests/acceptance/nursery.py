"""Processes of the stack born ready: forked from one that has imported everything, so that a kill costs a moment.

A process of the stack takes seconds to import Prefect; hundreds of kills would be hours of importing. Here one process imports
it all and does nothing else; each worker, clock and portal is a fork of it, in a session of its own, and dies like any other.
"""

import contextlib
import ctypes
import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from konbit.orchestrate.stack import Service, Stack

BORN_HERE = ("worker", "clock", "portal")
"""The commands that a nursery knows."""


@dataclasses.dataclass
class Newborn:
    """A process of the nursery, as `subprocess.Popen` shows one; how it ended is not known, only that it did."""

    pid: int
    parent: int
    returncode: int | None = None

    def poll(self) -> int | None:
        """None while it lives."""
        if self.returncode is None:
            try:
                state, parent = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[:2]
            except OSError:
                state, parent = "X", ""
            if state in "ZX" or parent != str(self.parent):
                self.returncode = -signal.SIGKILL
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Until it has ended; TimeoutExpired if that takes longer."""
        deadline = time.monotonic() + (timeout if timeout is not None else 3600)
        while (code := self.poll()) is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
            time.sleep(0.02)
        return code


class Nursery:
    """The process that others are forked from."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._usual = stack._spawn
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.acceptance.nursery"],
            env=stack.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).resolve().parents[2],
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    def close(self) -> None:
        """Ends it, and with it all that were born here."""
        self._process.communicate(timeout=30)

    def spawn(self, service: Service) -> subprocess.Popen[bytes] | Newborn:
        """What a stack calls to start a process."""
        words = list(service.command[2:])
        if words[:1] != ["konbit.cli"] or words[1] not in BORN_HERE:
            return self._usual(service)
        order = {
            "words": words[1:],
            "environment": self._stack.environment,
            "log": str(self._stack.log(service.name)),
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        born = Newborn(int(self._process.stdout.readline()), self._process.pid)
        self._stack._groups.append(born.pid)
        return born


@contextlib.contextmanager
def nursery(stack: Stack) -> Iterator[Nursery]:
    """From now on the stack's processes are born ready."""
    made = Nursery(stack)
    stack._spawn = made.spawn  # type: ignore[method-assign,assignment]  # the one seam a campaign needs
    try:
        yield made
    finally:
        made.close()


def _serve() -> None:
    from konbit.cli import main, services  # noqa: F401, PLC0415 - what every one of them imports
    from konbit.orchestrate import clock_service, faults, flow_runs, wiring, worker  # noqa: F401, PLC0415
    from konbit.portal import app  # noqa: F401, PLC0415

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print("ready", flush=True)  # noqa: T201 - the protocol
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            try:
                _become(order)
                faults._fault = faults.read(os.environ.get(faults.VARIABLE, ""))
                main.main()
            finally:
                os._exit(1)
        print(pid, flush=True)  # noqa: T201 - the protocol


def _become(order: dict[str, object]) -> None:
    """Turns this fork into a process of its own."""
    os.setsid()
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    environment, words = order["environment"], order["words"]
    assert isinstance(environment, dict)
    assert isinstance(words, list)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["konbit", *words]
    log = os.open(str(order["log"]), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, source in ((0, nothing), (1, log), (2, log)):
        os.dup2(source, number)


if __name__ == "__main__":
    _serve()
