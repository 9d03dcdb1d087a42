"""The Mermaid that the Prefect UI ships draws what we write: a real browser, the real script, no network."""

import functools
import http.server
import importlib.util
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from konbit.definition.library import load
from konbit.engine.compile import compile_plan
from konbit.engine.plan import Plan
from konbit.render.graph import graph
from konbit.render.mermaid import mermaid
from tests.unit.render.charts import HOSTILE, everything

pytestmark = pytest.mark.browser
DRAW = """async ([name, text]) => {
  const mermaid = (await import('/' + name)).t.default;
  mermaid.initialize({startOnLoad: false, securityLevel: 'strict', theme: 'base'});
  const {svg} = await mermaid.render('drawing', text);
  document.body.innerHTML = svg;
  return [...document.querySelectorAll('.node')].map(node => node.textContent);
}"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves the assets, and an empty page."""

    def do_GET(self) -> None:
        """The page for `/`, a file otherwise."""
        if self.path != "/":
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>drawing</title><body></body>")

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


def assets() -> Path:
    """Where the Prefect wheel keeps its UI."""
    found = importlib.util.find_spec("prefect")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "server" / "ui-v2" / "assets"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The assets on loopback."""
    handler = functools.partial(Quiet, directory=str(assets()))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}/"
        listening.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def plans() -> dict[str, Plan]:
    """Every chart that ships, and one with every verb."""
    library = load()
    shipped = {
        name: compile_plan(library.bundle(name), library.flowcharts.get) for name in library.flowcharts
    }
    return shipped | {"everything": everything()}


def test_every_chart_is_drawn_with_a_shape_for_every_box(server: str, plans: dict[str, Plan]) -> None:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only where there is a browser

    script = next(assets().glob("vendor-mermaid-*.js")).name
    with sync_playwright() as playwright:
        path = "/usr/bin/chromium" if Path("/usr/bin/chromium").exists() else None
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(server)
        for name, plan in plans.items():
            shown = page.evaluate(DRAW, [script, mermaid(plan)])
            assert len(shown) >= len(graph(plan).boxes), name
        assert any(HOSTILE[:40] in text for text in shown)
        assert page.locator("svg b").count() == 0
        browser.close()
