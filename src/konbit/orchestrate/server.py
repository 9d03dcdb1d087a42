"""A Prefect server of our own on this machine: SQLite in a folder, nothing sent to the outside."""

import dataclasses
import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Self
from urllib.request import urlopen

from konbit.errors import ServiceUnavailable

START_SECONDS = 120.0
STOP_SECONDS = 15.0


def profile(home: Path, api_url: str, base: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of every process that speaks with this server: `base` (this process's own if None) and our settings.

    Nothing phones home; workers look for due runs every second and never fetch ahead, so that an answer is acted on at once
    and no second attempt starts while the first one leaves.
    """
    home = home.resolve()
    return {
        **(os.environ if base is None else base),
        "PREFECT_HOME": str(home),
        "PREFECT_PROFILES_PATH": str(home / "profiles.toml"),
        "PREFECT_API_URL": api_url,
        "DO_NOT_TRACK": "1",
        "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "PREFECT_SERVER_UI_V2_ENABLED": "true",
        # In memory, as it is by default, the places that are taken at a restart would stay taken for ever.
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
        "PREFECT_SERVER_API_DOCS_ENABLED": "true",
        "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
        "PREFECT_RESULTS_LOCAL_STORAGE_PATH": str(home / "results"),
        # A server on SQLite leaves a request without an answer now and then; the client asks again.
        "PREFECT_API_REQUEST_TIMEOUT": "15",
        "PREFECT_WORKER_QUERY_SECONDS": "1",
        "PREFECT_WORKER_PREFETCH_SECONDS": "0",
    }


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nothing listens on at the moment."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


@dataclasses.dataclass
class PrefectServer:
    """A server process with its database in `home`; a context manager that starts and stops it."""

    home: Path
    host: str = "127.0.0.1"
    port: int = 0
    """0: any free port."""
    base: Mapping[str, str] | None = None
    """The environment to build on; this process's own if None."""
    _process: subprocess.Popen[bytes] | None = dataclasses.field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        self.port = self.port or free_port(self.host)

    @property
    def url(self) -> str:
        """Where the server and its UI are."""
        return f"http://{self.host}:{self.port}"

    @property
    def api_url(self) -> str:
        """`PREFECT_API_URL` for those who use it."""
        return f"{self.url}/api"

    @property
    def pid(self) -> int | None:
        """The id of its process, None if it is not running."""
        return self._process.pid if self._process and self._process.poll() is None else None

    @property
    def log(self) -> Path:
        """What it prints."""
        return self.home / "server.log"

    def environment(self) -> dict[str, str]:
        """The environment for its workers and clients."""
        return profile(self.home, self.api_url, self.base)

    def start(self, seconds: float = START_SECONDS) -> None:
        """Starts it and returns when it answers; ServiceUnavailable if it does not within `seconds`."""
        self.home.mkdir(parents=True, exist_ok=True)
        command = [
            sys.executable,
            "-m",
            "konbit.orchestrate.calm_prefect",
            "server",
            "start",
            "--host",
            self.host,
            "--port",
            str(self.port),
        ]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter, fixed words
                command,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.home,
            )
        deadline = time.monotonic() + seconds
        while not self.healthy():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise ServiceUnavailable(f"The Prefect server did not start; see {self.log}.")
            time.sleep(0.2)

    def healthy(self) -> bool:
        """Whether it answers."""
        try:
            with urlopen(f"{self.api_url}/health", timeout=2) as reply:  # noqa: S310 - a fixed http address
                return bool(reply.status == 200)
        except OSError:
            return False

    def stop(self) -> None:
        """Ends it: first politely, then by force."""
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()
