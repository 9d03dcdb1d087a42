"""One real Prefect server for the session; attempts run in this process or in a real worker."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

_HOME = Path(tempfile.mkdtemp(prefix="konbit-prefect-"))
atexit.register(shutil.rmtree, _HOME, ignore_errors=True)
# Before Prefect is imported: it reads its settings then, and must not find those of whoever runs the tests.
os.environ |= {
    "PREFECT_HOME": str(_HOME),
    "PREFECT_API_URL": "",
    "DO_NOT_TRACK": "1",
    "PREFECT_WORKER_PREFETCH_SECONDS": "0",
    "PREFECT_LOGGING_TO_API_BATCH_INTERVAL": "0.3",
    "TOY_FOLDER": str(_HOME / "toy"),
}

import pytest  # noqa: E402
from prefect.client.orchestration import SyncPrefectClient, get_client  # noqa: E402
from prefect.events.worker import EventsWorker  # noqa: E402
from prefect.logging.handlers import APILogWorker  # noqa: E402
from prefect.settings import PREFECT_API_URL, temporary_settings  # noqa: E402

from konbit.orchestrate.server import PrefectServer  # noqa: E402
from tests.acceptance.prefect_database import prefect_database  # noqa: E402


@pytest.fixture(scope="session")
def server() -> Iterator[PrefectServer]:
    with (
        prefect_database(_HOME) as database,
        PrefectServer(_HOME, base={**os.environ, **database}) as running,
        temporary_settings({PREFECT_API_URL: running.api_url}),
    ):
        yield running
        # What is still on its way to the server would try for a minute to reach it.
        APILogWorker.drain_all(timeout=5)
        EventsWorker.drain_all(timeout=5)


@pytest.fixture
def client(server: PrefectServer) -> Iterator[SyncPrefectClient]:
    with get_client(sync_client=True) as made:
        yield made
