"""The Prefect server of our own: its environment keeps quiet, it starts, it ends."""

import os
from pathlib import Path

import pytest

from konbit.errors import ServiceUnavailable
from konbit.orchestrate.server import PrefectServer, free_port, profile

pytestmark = pytest.mark.prefect


def test_the_environment_sends_nothing_home_and_asks_for_due_runs_every_second(tmp_path: Path) -> None:
    made = profile(tmp_path, "http://127.0.0.1:1/api", {"PATH": "/bin"})
    assert made["DO_NOT_TRACK"] == "1"
    assert made["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"
    assert made["PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT"] == "false"
    assert (made["PREFECT_WORKER_QUERY_SECONDS"], made["PREFECT_WORKER_PREFETCH_SECONDS"]) == ("1", "0")
    assert made["PREFECT_HOME"] == str(tmp_path)
    assert made["PATH"] == "/bin"


def test_the_server_answers_and_is_a_process_of_its_own(server: PrefectServer) -> None:
    assert server.healthy()
    assert server.pid is not None
    assert server.pid != os.getpid()


def test_a_server_that_cannot_start_is_reported_with_its_log(tmp_path: Path) -> None:
    broken = PrefectServer(tmp_path, base={"PATH": "/nonexistent", "PREFECT_SERVER_API_PORT": "not a number"})
    with pytest.raises(ServiceUnavailable, match=r"server\.log"):
        broken.start(60)
    assert broken.pid is None


def test_a_server_that_does_not_run_is_not_healthy_and_can_be_stopped(tmp_path: Path) -> None:
    idle = PrefectServer(tmp_path, port=free_port())
    assert not idle.healthy()
    idle.stop()
    assert idle.pid is None
