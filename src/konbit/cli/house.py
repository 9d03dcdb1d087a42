"""The stack of one home: which processes, with which environment, in which order."""

import dataclasses
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from konbit.cli.environment import leave_note, remove_note, running_stack
from konbit.errors import UserError
from konbit.orchestrate.server import free_port, profile
from konbit.orchestrate.stack import Service, Stack, port_free

PREFECT_PORT = 4200
PORTAL_PORT = 4280
Say = Callable[[str], None]
Late = Callable[[], Mapping[str, str]]


class PortTaken(UserError):
    """Something else listens on this port."""


class AlreadyUp(UserError):
    """A stack runs in this home already."""


def choose_port(host: str, wanted: int | None, usual: int, taken: frozenset[int] = frozenset()) -> int:
    """The port asked for, else the usual one, else a free one. PortTaken if the one asked for is not free."""
    if wanted:
        if not port_free(host, wanted):
            raise PortTaken(f"port {wanted} is taken; name another, or none to have a free one chosen")
        return wanted
    if usual not in taken and port_free(host, usual):
        return usual
    return free_port(host)


@dataclasses.dataclass(frozen=True)
class House:
    """Where the stack of a home listens, and what its processes are told."""

    home: Path
    host: str
    prefect_port: int
    portal_port: int
    worker: str = "konbit"
    more: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Settings beside those of this process."""

    @property
    def _reach(self) -> str:
        """The address by which this machine reaches what listens on `host`."""
        return "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104 - compared, not bound

    @property
    def prefect_url(self) -> str:
        """Prefect's UI and API."""
        return f"http://{self._reach}:{self.prefect_port}"

    @property
    def portal_url(self) -> str:
        """The portal, as this machine reaches it."""
        return f"http://{self._reach}:{self.portal_port}"

    def settings(self) -> dict[str, str]:
        """What other commands need to be told to speak with this stack; no secrets."""
        public = os.environ.get("KONBIT_PORTAL_URL")
        return {
            "KONBIT_HOME": str(self.home.resolve()),
            "KONBIT_PORTAL_URL": public or self.portal_url,
            "KONBIT_WORKER": self.worker,
            "PREFECT_API_URL": f"{self.prefect_url}/api",
            "PREFECT_HOME": str((self.home / "prefect").resolve()),
            **self.more,
        }

    def environment(self) -> dict[str, str]:
        """The environment of every process of the stack."""
        return {
            **profile(self.home / "prefect", f"{self.prefect_url}/api"),
            "PYTHONUNBUFFERED": "1",
            **self.settings(),
        }

    def services(self) -> dict[str, Service]:
        """The processes by name."""
        prefect = (
            *_python("konbit.orchestrate.calm_prefect"),
            "server",
            "start",
            "--host",
            self.host,
            "--port",
            str(self.prefect_port),
        )
        portal = (*_python("konbit.cli"), "portal", "--host", self.host, "--port", str(self.portal_port))
        found = [
            Service(
                "prefect",
                prefect,
                f"{self.prefect_url}/api/health",
                f"{self.prefect_url}/api/ready",
                stop_last=True,
            ),
            Service("portal", portal, f"{self.portal_url}/healthz"),
            Service("worker", (*_python("konbit.cli"), "worker")),
            Service("clock", (*_python("konbit.cli"), "clock")),
            Service("watch", (*_python("konbit.cli"), "watch")),
        ]
        return {service.name: service for service in found}

    def begin(self) -> Stack:
        """Sets the home up and starts the Prefect server, which takes longest; `open` goes on from here.

        AlreadyUp if a stack runs in this home.
        """
        found = running_stack(self.home)
        if found is not None and found[0] != os.getpid():
            raise AlreadyUp(f"a stack runs in {self.home} already (process {found[0]})")
        self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        (self.home / "prefect").mkdir(exist_ok=True, mode=0o700)
        stack = Stack(self.environment(), self.home / "logs")
        stack.start(self.services()["prefect"])
        return stack

    def open(
        self, say: Say, stack: Stack, late: Late = dict, register: Callable[[], object] | None = None
    ) -> None:
        """Starts everything else; the stack is whole when this returns, or nothing of it is left.

        `late` gives settings that are only known once the server is there: the clock of a drill starts then. `register`
        registers the flowcharts; a process of its own does it if there is none. ServiceUnavailable with the log to read
        if a part does not start.
        """
        try:
            self._start(stack, say, late, register)
        except BaseException:
            self.close(stack)
            raise

    def close(self, stack: Stack) -> None:
        """Ends everything."""
        stack.stop()
        remove_note(self.home)

    def _start(self, stack: Stack, say: Say, late: Late, register: Callable[[], object] | None) -> None:
        services = self.services()
        say("Prefect server, database")
        stack.once("upgrade", (*_python("konbit.cli"), "db", "upgrade"))
        stack.wait_ready(["prefect"])
        say("flowcharts, worker, clock, portal")
        more = dict(late())
        stack.environment.update(more)
        leave_note(self.home, os.getpid(), {**self.settings(), **more})
        stack.start(services["portal"])
        # Before the worker: both at once is when Prefect on SQLite locks itself out of its database.
        if register is None:
            stack.once("deploy", (*_python("konbit.cli"), "deploy"))
        else:
            register()
        for name in ("worker", "clock"):
            stack.start(services[name])
        if watched(stack.environment):
            stack.start(services["watch"])
        stack.wait_ready()


def watched(environment: Mapping[str, str]) -> bool:
    """Whether a watchdog has anybody to call, or a heartbeat to give."""
    return bool(environment.get("KONBIT_ALARMS") or environment.get("KONBIT_HEARTBEAT"))


def _python(module: str) -> tuple[str, ...]:
    return (sys.executable, "-m", module)
