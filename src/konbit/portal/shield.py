"""What surrounds every response: safe headers, and an error page that tells nothing of what failed."""

import logging
import traceback
from collections.abc import Callable

from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from konbit.errors import ServiceUnavailable

_LOG = logging.getLogger("konbit.portal")


def safe_headers(style_hash: str) -> dict[str, str]:
    """The headers of every response. No script runs, nothing is fetched, nobody frames the page, no link leaks."""
    policy = (
        f"default-src 'none'; style-src '{style_hash}'; img-src data:; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
        "X-Robots-Tag": "noindex, nofollow, noarchive",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
    }


class Shield:
    """ASGI middleware: adds the headers, and turns what escapes from the application into a page.

    What is logged of an error is its type and where it rose, never its text: that may hold what somebody wrote.
    """

    def __init__(self, app: ASGIApp, headers: dict[str, str], broken: Callable[[int], Response]) -> None:
        self._app = app
        self._headers = headers
        self._broken = broken

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers[name] = value
            await send(message)

        try:
            await self._app(scope, receive, guarded)
        except Exception as error:  # noqa: BLE001 - nothing may reach the browser or the log of the server
            _LOG.error("a request failed: %s at %s", type(error).__name__, _place(error))
            if not started:
                status = 503 if isinstance(error, ServiceUnavailable) else 500
                await self._broken(status)(scope, receive, guarded)


def _place(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "an unknown place"
