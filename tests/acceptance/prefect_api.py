"""Prefect's API as tests look at it."""

import time
from collections.abc import Mapping
from typing import Any

import httpx

BACK = 150.0
"""Seconds for which a look waits for a server that was killed."""

JSON = dict[str, Any]
"""What Prefect's API gives; its shape is Prefect's."""


class Api:
    """Prefect as its UI sees it: over HTTP, so that this process needs no settings of Prefect."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=f"{url}/api", timeout=30, trust_env=False)

    def close(self) -> None:
        self._http.close()

    def get(self, path: str) -> Any:
        reply = self._ask("GET", path)
        reply.raise_for_status()
        return reply.json()

    def post(self, path: str, body: Mapping[str, object] | None = None) -> Any:
        reply = self._ask("POST", path, dict(body or {}))
        reply.raise_for_status()
        return reply.json() if reply.content else None

    def _ask(self, method: str, path: str, body: JSON | None = None) -> httpx.Response:
        """The reply; a server that is away is asked again until it is back."""
        deadline = time.monotonic() + BACK
        while True:
            try:
                return self._http.request(method, path, json=body)
            except httpx.TransportError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.5)

    def flow_run(self, flow_run_id: str) -> JSON | None:
        """The flow run, None if there is none."""
        reply = self._ask("GET", f"/flow_runs/{flow_run_id}")
        if reply.status_code == httpx.codes.NOT_FOUND:
            return None
        reply.raise_for_status()
        found: JSON = reply.json()
        return found

    def task_runs(self, flow_run_id: str) -> list[JSON]:
        found: list[JSON] = []
        while True:
            page = self.post(
                "/task_runs/filter",
                {"flow_runs": {"id": {"any_": [flow_run_id]}}, "offset": len(found), "limit": 200},
            )
            found += page
            if len(page) < 200:
                return found

    def artifacts(self, flow_run_id: str) -> dict[str, str]:
        """Key → Markdown of the artifacts of a flow run, the latest of each key."""
        rows = self.post("/artifacts/filter", {"artifacts": {"flow_run_id": {"any_": [flow_run_id]}}})
        return {row["key"]: str(row["data"]) for row in sorted(rows, key=lambda row: row["updated"])}

    def cancel(self, flow_run_id: str) -> JSON:
        """What the button of the UI does."""
        state = {"type": "CANCELLING", "name": "Cancelling"}
        found: JSON = self.post(f"/flow_runs/{flow_run_id}/set_state", {"state": state})
        return found

    def delete(self, flow_run_id: str) -> None:
        self._http.delete(f"/flow_runs/{flow_run_id}").raise_for_status()
