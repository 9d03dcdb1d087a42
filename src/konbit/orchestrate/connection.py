"""One connection to Prefect for the life of a process: to make one anew for each question costs more than the question.

`get_client` of Prefect gives this one wherever it is entered, in its own threads as well: whoever asks need not know of it.
"""

import atexit
import contextlib
import functools
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any, Self
from uuid import UUID

import httpx
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.objects import ServerDefaultResultStorage as ResultStorage
from prefect.context import ContextModel, SyncClientContext
from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_KEY, PREFECT_API_URL

_known: ContextVar[FlowRun | None] = ContextVar("konbit-flow-run", default=None)


class LastingClient(SyncPrefectClient):
    """A client that stays open until its process ends, and that threads may share, as they may its connections.

    What Prefect's engine asks at the beginning of each attempt and is known already, it answers by itself.
    """

    def __enter__(self) -> Self:
        """Nothing: it is open."""
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing: the next one goes on with it."""

    def close(self) -> None:
        """Gives its connections back, at the end of the process."""
        self._client.close()

    def read_flow_run(self, flow_run_id: UUID) -> FlowRun:
        """The flow run; without a question within `knowing` it."""
        known = _known.get()
        return known if known is not None and known.id == flow_run_id else super().read_flow_run(flow_run_id)

    def update_flow_run(self, flow_run_id: UUID, *args: Any, **changes: Any) -> httpx.Response:
        """Changes the flow run, unless it is known to be so."""
        known = _known.get()
        if known is None or known.id != flow_run_id or args or _differs(known, changes):
            return super().update_flow_run(flow_run_id, *args, **changes)
        return httpx.Response(httpx.codes.NO_CONTENT)

    def read_server_default_result_storage(self) -> ResultStorage:
        """None: no result of ours is kept in Prefect."""
        return ResultStorage()


def _differs(known: FlowRun, changes: dict[str, Any]) -> bool:
    return any(getattr(known, name) != value for name, value in changes.items() if value is not None)


@contextlib.contextmanager
def knowing(flow_run: FlowRun | None) -> Iterator[None]:
    """Within it, this thread's client takes a flow run for known as it is here; with None, nothing."""
    token = _known.set(flow_run)
    try:
        yield
    finally:
        _known.reset(token)


class _Shared(SyncClientContext):
    """Prefect's place for the client of a thread, with ours in it."""

    def __init__(self) -> None:
        ContextModel.__init__(self, client=client())

    def __enter__(self) -> Self:
        """Without a question to the server, which may be away."""
        return ContextModel.__enter__(self)

    def __exit__(self, *_: object) -> None:
        """The client stays open."""
        ContextModel.__exit__(self)


def client() -> LastingClient:
    """The client of this process to the server that Prefect's settings name."""
    return _client(PREFECT_API_URL.value() or "", PREFECT_API_AUTH_STRING.value(), PREFECT_API_KEY.value())


@functools.cache
def _client(address: str, auth_string: str | None, api_key: str | None) -> LastingClient:
    made = LastingClient(address, auth_string=auth_string, api_key=api_key)
    atexit.register(made.close)
    return made


@contextlib.contextmanager
def lasting() -> Iterator[None]:
    """Within it, and in threads that are started from it with their context, Prefect's own code uses `client` too."""
    with _Shared():
        yield
