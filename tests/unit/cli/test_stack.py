"""The processes of a stack: restarted when they die, ended together, never left behind."""

import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from konbit.cli.environment import leave_note
from konbit.cli.house import AlreadyUp, House, PortTaken, choose_port
from konbit.errors import KonbitError, ServiceUnavailable
from konbit.orchestrate.server import free_port
from konbit.orchestrate.stack import RESTARTS, Service, ServiceLost, Stack, port_free

pytestmark = pytest.mark.slow
SLEEPS = "import time; time.sleep(600)"
HAS_CHILD = (
    f"import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', {SLEEPS!r}]); "
    f"print(child.pid, flush=True); {SLEEPS}"
)
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    made = Stack(os.environ, tmp_path / "logs")
    yield made
    made.stop()


def service(name: str, script: str) -> Service:
    return Service(name, (sys.executable, "-c", script))


def until(true: Callable[[], object], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        with Path(f"/proc/{pid}/stat").open() as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_what_died_is_started_again(stack: Stack) -> None:
    stack.start(service("one", SLEEPS))
    first = stack.pid("one")
    os.kill(first, signal.SIGKILL)
    until(lambda: stack.watch() == ["one"])
    assert stack.pid("one") != first
    assert stack.restarts == 1


def test_what_dies_again_and_again_ends_the_stack_with_its_log(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("konbit.orchestrate.stack.time.monotonic", _fast())
    stack.start(service("one", "print('no'); raise SystemExit(3)"))
    with pytest.raises(ServiceLost, match=rf"one died {RESTARTS + 1} times .*exit code 3.*one\.log"):
        until(lambda: stack.watch() and False, 30)


def _fast() -> Callable[[], float]:
    """Pauses before restarts pass four times faster."""
    real = time.monotonic
    began = real()
    return lambda: began + (real() - began) * 4


def test_everything_ends_with_its_children_and_by_force_if_it_must(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("konbit.orchestrate.stack.POLITE_SECONDS", 0.5)
    stack.start(service("parent", HAS_CHILD))
    stack.start(service("deaf", DEAF))
    until(lambda: stack.log("parent").read_text().strip() and stack.log("deaf").read_text())
    child, deaf = int(stack.log("parent").read_text()), stack.pid("deaf")
    assert stack.left()
    stack.stop()
    until(lambda: not alive(child) and not alive(deaf))
    assert stack.left() == []


def test_a_service_that_dies_while_it_starts_names_its_log(stack: Stack) -> None:
    stack.start(Service("web", (sys.executable, "-c", "raise SystemExit(1)"), "http://127.0.0.1:1/"))
    with pytest.raises(ServiceUnavailable, match=r"web did not start; .*web\.log says why"):
        stack.wait_ready()


def test_a_command_that_fails_says_its_last_line(stack: Stack) -> None:
    assert stack.once("good", (sys.executable, "-c", "print('done')")).strip() == "done"
    with pytest.raises(KonbitError, match="bad failed: it broke"):
        stack.once("bad", (sys.executable, "-c", "raise SystemExit('it broke')"))
    with pytest.raises(ServiceUnavailable, match=r"slow took longer than 0\.5 s; .*slow\.log says why"):
        stack.once("slow", (sys.executable, "-c", SLEEPS), 0.5)


@pytest.mark.skipif(sys.platform != "linux", reason="the leash is the kernel's of Linux")
def test_nothing_is_left_behind_by_a_stack_that_is_killed(tmp_path: Path) -> None:
    script = textwrap.dedent(f"""
        import os, pathlib, sys, time
        from konbit.orchestrate.stack import Service, Stack
        stack = Stack(os.environ, pathlib.Path({str(tmp_path)!r}))
        stack.start(Service("one", (sys.executable, "-c", "print('up', flush=True)\\n" + {SLEEPS!r})))
        while not stack.log("one").read_text():
            time.sleep(0.02)
        print(stack.pid("one"), flush=True)
        time.sleep(600)
    """)
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as above:
        assert above.stdout is not None
        pid = int(above.stdout.readline())
        assert alive(pid)
        above.kill()
    until(lambda: not alive(pid))


def test_a_port_that_was_asked_for_must_be_free_and_a_usual_one_need_not() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not port_free("127.0.0.1", port)
        with pytest.raises(PortTaken, match=str(port)):
            choose_port("127.0.0.1", port, port)
        assert choose_port("127.0.0.1", None, port) != port
    free = free_port()
    assert choose_port("127.0.0.1", None, free) == free
    assert choose_port("127.0.0.1", None, free, frozenset({free})) != free


def test_a_second_stack_in_one_home_is_refused(tmp_path: Path) -> None:
    leave_note(tmp_path, os.getppid(), {})
    with pytest.raises(AlreadyUp, match=str(os.getppid())):
        House(tmp_path, "127.0.0.1", 1, 2).begin()
