"""The processes of `konbit up`: started in order, started again when they die, and all ended together.

Each process leads a group of its own, so that what it started ends with it; each is told by the kernel to end if this
process is killed, so that nothing is left behind then either (Linux).
"""

import contextlib
import dataclasses
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from urllib.request import urlopen

from konbit.errors import KonbitError, ServiceUnavailable

logger = logging.getLogger(__name__)
POLITE_SECONDS = 5.0
"""How long a process may take to end by itself; two rounds of it and the kills stay within ten seconds."""
RESTARTS = 5
"""How often one process is started again within `WINDOW` before the whole stack gives up."""
WINDOW = 60.0
START_SECONDS = 180.0
"""How long a part may take to start: Prefect on SQLite can be locked out of its own database for a minute."""
ASK_SECONDS = 5.0
"""Between two questions whether a service still works."""
HUNG_SECONDS = 40.0
"""How long a service may give no answer before it counts as hung and is killed."""
_LEASHED = (
    "import ctypes, os, sys\n"
    "ctypes.CDLL(None).prctl(1, 15)\n"
    "os.getppid() == int(sys.argv[1]) or sys.exit(1)\n"
    "os.execvp(sys.argv[2], sys.argv[2:])\n"
)
"""Asks the kernel for SIGTERM when the parent dies (PR_SET_PDEATHSIG), then becomes the process: the request stays."""


class ServiceLost(KonbitError):
    """A process of the stack died again and again."""


@dataclasses.dataclass(frozen=True)
class Service:
    """One process of the stack."""

    name: str
    command: Sequence[str]
    ready_url: str | None = None
    """Answers 200 once it works; without one it is ready when it runs."""
    alive_url: str | None = None
    """Answers 200 as long as it works; a process that goes silent there is killed and started again."""
    stop_last: bool = False
    """Ends after the others, because they speak with it while they end."""


@dataclasses.dataclass
class Running:
    """A service with its process."""

    service: Service
    process: subprocess.Popen[bytes]
    deaths: list[float] = dataclasses.field(default_factory=list)
    again_at: float = 0.0
    """When it is started again, in monotonic time."""
    asked: float = 0.0
    heard: float = dataclasses.field(default_factory=time.monotonic)
    """When it was last asked whether it works, and when it last said so."""


class Stack:
    """Processes that live and end together. `start` and `watch` belong in one thread: the kernel's leash is tied to it."""

    def __init__(self, environment: Mapping[str, str], logs: Path) -> None:
        self.environment = dict(environment)
        self.logs = logs
        self.began = time.monotonic()
        self.restarts = 0
        self._running: dict[str, Running] = {}
        self._groups: list[int] = []

    def start(self, service: Service) -> None:
        """Starts a process; what it prints goes to `logs/NAME.log`."""
        self._running[service.name] = Running(service, self._spawn(service))

    def wait_ready(self, names: Iterable[str] | None = None, seconds: float = START_SECONDS) -> None:
        """Returns when these services answer (all of them if none is named).

        ServiceUnavailable, with where to read why, if one does not within the time or has died.
        """
        deadline = time.monotonic() + seconds
        for name in list(self._running if names is None else names):
            running = self._running[name]
            while not self._ready(running):
                if running.process.poll() is not None or time.monotonic() > deadline:
                    raise ServiceUnavailable(f"{name} did not start; {self.log(name)} says why")
                time.sleep(0.1)

    def once(self, name: str, command: Sequence[str], seconds: float = START_SECONDS) -> str:
        """Runs a command to its end in the environment of the stack, and gives what it printed.

        KonbitError with its last line if it failed; ServiceUnavailable, with where to read why, if it takes too long.
        """
        with self._log(name) as log:
            try:
                done = subprocess.run(  # noqa: S603 - our own commands
                    list(command), env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
                    timeout=seconds, check=False, text=True,
                )  # fmt: skip
            except subprocess.TimeoutExpired:
                where = self.log(name)
                raise ServiceUnavailable(f"{name} took longer than {seconds:g} s; {where} says why") from None
        if done.returncode:
            lines = self.log(name).read_text("utf-8", "replace").strip().splitlines()
            raise KonbitError(f"{name} failed: {lines[-1] if lines else 'it said nothing'}")
        return done.stdout

    def watch(self) -> list[str]:
        """Starts again what has died and gives the names; call it a few times a second. ServiceLost if one will not live."""
        again = []
        now = time.monotonic()
        for running in list(self._running.values()):
            if running.process.poll() is None:
                _end_if_hung(running, now)
                continue
            if running.again_at == 0.0:
                self._note_death(running, now)
            elif now >= running.again_at:
                running.process, running.again_at = self._spawn(running.service), 0.0
                running.heard = now
                self.restarts += 1
                again.append(running.service.name)
        return again

    def pid(self, name: str) -> int:
        """The process id of a service."""
        return self._running[name].process.pid

    def log(self, name: str) -> Path:
        """Where a service prints."""
        return self.logs / f"{name}.log"

    def stop(self) -> None:
        """Ends everything: politely first, the server last, then by force whatever is left of any group."""
        if not self._running:
            return
        everyone = [running for running in self._running.values() if running.process.poll() is None]
        self._end([running.process for running in everyone if not running.service.stop_last])
        self._end([running.process for running in everyone if running.service.stop_last])
        for group in self._groups:
            _signal(group, signal.SIGKILL)
        for running in self._running.values():
            running.process.wait()
        self._running.clear()

    def left(self) -> list[int]:
        """The groups of this stack that still have a process: empty after `stop`."""
        return [group for group in self._groups if _alive(group)]

    def _ready(self, running: Running) -> bool:
        url = running.service.ready_url
        return answers(url) if url else running.process.poll() is None

    def _spawn(self, service: Service) -> subprocess.Popen[bytes]:
        command = list(service.command)
        if sys.platform == "linux":
            command = [sys.executable, "-ISc", _LEASHED, str(os.getpid()), *command]
        with self._log(service.name) as log:
            process = subprocess.Popen(  # noqa: S603 - our own commands
                command,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._groups.append(process.pid)
        return process

    @contextlib.contextmanager
    def _log(self, name: str):  # type: ignore[no-untyped-def]  # noqa: ANN202
        self.logs.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self.log(name).open("ab") as log:
            yield log

    def _note_death(self, running: Running, now: float) -> None:
        _signal(running.process.pid, signal.SIGKILL)
        running.deaths = [*(at for at in running.deaths if now - at < WINDOW), now]
        name, code = running.service.name, running.process.returncode
        if len(running.deaths) > RESTARTS:
            raise ServiceLost(
                f"{name} died {len(running.deaths)} times within a minute (exit code {code}); {self.log(name)} says why"
            )
        running.again_at = now + min(2.0 ** (len(running.deaths) - 1) * 0.5, 8.0)
        logger.warning("%s ended with exit code %s and is started again", name, code)

    def _end(self, processes: Sequence[subprocess.Popen[bytes]]) -> None:
        for process in processes:
            _signal(process.pid, signal.SIGTERM)
        deadline = time.monotonic() + POLITE_SECONDS
        for process in processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))


def _end_if_hung(running: Running, now: float) -> None:
    """Kills a process that runs and does not answer: Prefect on SQLite can lock itself out of its own database."""
    url = running.service.alive_url
    if url is None or now - running.asked < ASK_SECONDS:
        return
    running.asked = now
    if answers(url):
        running.heard = now
    elif now - running.heard > HUNG_SECONDS:
        logger.warning(
            "%s has not answered for %d s and is killed", running.service.name, now - running.heard
        )
        _signal(running.process.pid, signal.SIGKILL)


def _signal(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _alive(group: int) -> bool:
    """Whether a group has a process that runs; what is dead and waits for its parent to notice does not count."""
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    if sys.platform != "linux":
        return True
    return any(_group_of(stat) == group for stat in Path("/proc").glob("[0-9]*/stat"))


def _group_of(stat: Path) -> int | None:
    """The group of the process behind a file of /proc; None if it is dead."""
    try:
        state, _, group = stat.read_text("utf-8", "replace").rpartition(")")[2].split()[:3]
    except (OSError, ValueError):
        return None
    return None if state in "ZX" else int(group)


def answers(url: str) -> bool:
    """Whether something answers 200 there within two seconds."""
    try:
        with urlopen(url, timeout=2) as reply:  # noqa: S310 - an http address of our own
            return bool(reply.status == 200)
    except (OSError, ValueError):
        return False


def port_free(host: str, port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def stop_on_signals(stop: Callable[[], None]) -> None:
    """Calls `stop` on SIGINT and SIGTERM, from the main thread."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop())
