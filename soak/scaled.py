"""A stack for more than one machine, on this one: PostgreSQL and Redis of its own, two Prefect API replicas behind a balancer.

Prefect's background services run once; workers and clocks run twice; one worker may live in a network of its own, whose
cable a test can pull. All of it is on loopback or on a virtual cable, and nothing is left at the end.
"""

import asyncio
import contextlib
import dataclasses
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

from konbit.cli.house import House
from konbit.orchestrate.server import free_port
from konbit.orchestrate.stack import Service

REPLICAS = ("prefect", "prefect-b")
HERE, THERE = "10.213.0.1", "10.213.0.2"
"""The two ends of the virtual cable."""
PREFECT_REDIS = "prefect-redis==0.3.0"
"""What the image of deploy/Dockerfile adds for Prefect on Redis."""


@dataclasses.dataclass
class Postgres:
    """A cluster of its own in a temporary folder."""

    folder: Path
    port: int
    host: str = "127.0.0.1"

    @property
    def bin(self) -> Path:
        return max(Path("/usr/lib/postgresql").glob("*/bin"))

    def begin(self) -> None:
        self.folder.mkdir(mode=0o755, parents=True)
        if os.getuid() == 0:
            shutil.chown(self.folder, "postgres")
        self._run("initdb", "-D", str(self.folder / "data"), "-U", "konbit", "-A", "trust", "-E", "UTF8")
        with (self.folder / "data" / "pg_hba.conf").open("a") as rules:
            rules.write(f"host all all {THERE}/32 trust\n")
        self.start()
        for name in ("konbit", "prefect"):
            self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "konbit", name)

    def start(self) -> None:
        options = f"-c listen_addresses='*' -c port={self.port} -c unix_socket_directories='{self.folder}'"
        self._run(
            "pg_ctl",
            "-D",
            str(self.folder / "data"),
            "-w",
            "-l",
            str(self.folder / "log"),
            "-o",
            options,
            "start",
        )

    def stop(self, mode: str = "immediate") -> None:
        """`immediate` is a crash: recovery follows at the next start."""
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", mode, "-w", "stop")

    def url(self, driver: str, name: str, host: str = "127.0.0.1") -> str:
        return f"postgresql+{driver}://konbit@{host}:{self.port}/{name}"

    def _run(self, program: str, *arguments: str) -> None:
        before = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        subprocess.run(
            [*before, str(self.bin / program), *arguments], check=True, capture_output=True, cwd="/"
        )


@dataclasses.dataclass(frozen=True)
class Scaled(House):
    """A house with two Prefect API replicas; `prefect_port` is the balancer's."""

    replica_ports: tuple[int, int] = (0, 0)

    def services(self) -> dict[str, Service]:
        found = super().services()
        python = found["worker"].command[0]
        for name, port in zip(REPLICAS, self.replica_ports, strict=True):
            command = (
                python,
                "-m",
                "prefect",
                "server",
                "start",
                "--no-services",
                "--host",
                "0.0.0.0",
                "--port",
                str(port),
            )
            found[name] = Service(name, command, f"http://127.0.0.1:{port}/api/health", stop_last=True)
        found["services"] = Service(
            "services", (python, "-m", "prefect", "server", "services", "start"), stop_last=True
        )
        for name in ("worker", "clock"):
            found[f"{name}-b"] = dataclasses.replace(found[name], name=f"{name}-b")
        return found


class Balancer:
    """Hands each connection to a replica that takes it: what a load balancer does."""

    def __init__(self, port: int, replicas: Sequence[int]) -> None:
        self.port, self.replicas = port, list(replicas)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        return self

    def __exit__(self, *_error: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "0.0.0.0", self.port)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            self.replicas.append(self.replicas.pop(0))
            for port in self.replicas:
                with contextlib.suppress(OSError):
                    there, back = await asyncio.open_connection("127.0.0.1", port)
                    await asyncio.gather(_pour(reader, back), _pour(there, writer))
                    return
        writer.close()


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while part := await reader.read(65536):
            writer.write(part)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


@contextlib.contextmanager
def postgres(folder: Path) -> Iterator[Postgres]:
    """A cluster that is up."""
    cluster = Postgres(folder, free_port())
    cluster.begin()
    try:
        yield cluster
    finally:
        with contextlib.suppress(subprocess.CalledProcessError):
            cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def redis(folder: Path) -> Iterator[int]:
    """The port of a Redis of its own, which keeps nothing on disk."""
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    command = [
        "redis-server",
        "--port",
        str(port),
        "--bind",
        "0.0.0.0",
        "--protected-mode",
        "no",
        "--save",
        "",
        "--dir",
        str(folder),
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 10
        while subprocess.run(
            ["redis-cli", "-p", str(port), "ping"], capture_output=True, check=False
        ).returncode:
            assert time.monotonic() < deadline, "Redis did not start"
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def prefect_on_redis(port: int, packages: Path) -> dict[str, str]:
    """What Prefect's servers are told so that replicas share their work, and where they find the package for it."""
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(packages), PREFECT_REDIS],
        check=True,
    )
    return {
        "PREFECT_SERVER_EVENTS_MESSAGING_BROKER": "prefect_redis.messaging",
        "PREFECT_SERVER_EVENTS_MESSAGING_CACHE": "prefect_redis.messaging",
        "PREFECT_SERVER_EVENTS_CAUSAL_ORDERING": "prefect_redis.ordering",
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect_redis.lease_storage",
        "PREFECT_SERVER_DOCKET_URL": f"redis://127.0.0.1:{port}/1",
        "PREFECT_REDIS_MESSAGING_HOST": "127.0.0.1",
        "PREFECT_REDIS_MESSAGING_PORT": str(port),
        "PYTHONPATH": str(packages),
    }


@dataclasses.dataclass(frozen=True)
class Cable:
    """A network of its own, joined to this one by a cable that can be pulled."""

    namespace: str
    here: str

    def within(self, service: Service, name: str) -> Service:
        """The same service as a host at the other end."""
        return dataclasses.replace(
            service, name=name, command=("ip", "netns", "exec", self.namespace, *service.command)
        )

    def pull(self) -> None:
        _ip("link", "set", self.here, "down")

    def plug(self) -> None:
        _ip("link", "set", self.here, "up")


@contextlib.contextmanager
def cable() -> Iterator[Cable]:
    """A namespace with one virtual cable to here."""
    made = Cable(f"konbit-{os.getpid()}", f"kb{os.getpid() % 100000}")
    there = f"{made.here}t"
    _ip("netns", "add", made.namespace)
    try:
        _ip("link", "add", made.here, "type", "veth", "peer", "name", there, "netns", made.namespace)
        _ip("address", "add", f"{HERE}/30", "dev", made.here)
        _ip("link", "set", made.here, "up")
        for words in (
            ("address", "add", f"{THERE}/30", "dev", there),
            ("link", "set", there, "up"),
            ("link", "set", "lo", "up"),
        ):
            _ip("-n", made.namespace, *words)
        yield made
    finally:
        _ip("netns", "del", made.namespace)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)
