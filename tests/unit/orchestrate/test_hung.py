"""A service that runs and does not answer any more is killed and started again."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from konbit.orchestrate import stack
from konbit.orchestrate.server import free_port
from konbit.orchestrate.stack import Service, Stack

SERVES = """
import http.server, sys
class Yes(http.server.BaseHTTPRequestHandler):
    def do_GET(self): self.send_response(200); self.end_headers()
    def log_message(self, *_): pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Yes).serve_forever()
"""


@pytest.mark.slow
def test_a_service_that_hangs_is_killed_and_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stack, "ASK_SECONDS", 0.05)
    monkeypatch.setattr(stack, "HUNG_SECONDS", 0.3)
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    found = Stack(dict(os.environ), tmp_path)
    try:
        found.start(Service("web", (sys.executable, "-c", SERVES, str(port)), url, url))
        found.wait_ready()
        first = found.pid("web")
        assert found.watch() == []
        os.kill(first, signal.SIGSTOP)
        deadline = time.monotonic() + 20
        while found.watch() == []:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        found.wait_ready()
        assert found.pid("web") != first
        assert found.restarts == 1
    finally:
        found.stop()
    assert found.left() == []
