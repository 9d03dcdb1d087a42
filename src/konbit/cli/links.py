"""Addresses that are shown to operators."""

import os


def prefect_url() -> str:
    """Where Prefect's UI is, by PREFECT_API_URL; empty if that is not set."""
    return os.environ.get("PREFECT_API_URL", "").rstrip("/").removesuffix("/api")


def flow_run_url(flow_run_id: str | None) -> str:
    """The page of a flow run; empty if there is none. The prefix is that of the UI which draws diagrams."""
    base = prefect_url()
    return f"{base}/v2/runs/flow-run/{flow_run_id}" if base and flow_run_id else ""
