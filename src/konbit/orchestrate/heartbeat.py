"""A heartbeat to a dead man's switch outside: if it stops, somebody outside calls us, even if this machine burns.

It is withheld while the watchdog finds something wrong that it could not tell anybody.
"""

import logging
from urllib.parse import urlsplit

import httpx

from konbit.errors import KonbitError, UserError
from konbit.notify import network

logger = logging.getLogger(__name__)
SECONDS = 60.0
"""Between two beats."""
TIMEOUT = 10.0


class InvalidHeartbeat(UserError):
    """The address of the heartbeat cannot be used."""


class _Hides(logging.Filter):
    """Drops what names the path of the heartbeat: the key to the switch is in it."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record may pass."""
        return len(self._path) < 2 or self._path not in record.getMessage()


class Heartbeat:
    """Asks for one address, at the host that was checked, and follows no redirect."""

    def __init__(self, url: str, *, allow_loopback: bool = False) -> None:
        """InvalidHeartbeat unless it is an http or https address; it is not repeated, for it may be a secret."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
            raise InvalidHeartbeat("KONBIT_HEARTBEAT is an http or https address without a user")
        self._url, self._allow_loopback = url, allow_loopback
        # httpx logs the address of every request, at INFO.
        logging.getLogger("httpx").addFilter(_Hides(parts.path))

    def send(self) -> bool:
        """Whether it was taken with a 2xx; never raises."""
        try:
            return self._send()
        except (KonbitError, OSError, httpx.HTTPError, ValueError) as error:
            logger.warning("no heartbeat: %s", type(error).__name__)
            return False

    def _send(self) -> bool:
        parts = urlsplit(self._url)
        host = parts.hostname or ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        address = network.resolve(host, port, allow_loopback=self._allow_loopback)[0]
        literal = f"[{address}]" if ":" in address else address
        url = httpx.URL(self._url).copy_with(host=literal, port=port)
        with (
            httpx.Client(timeout=TIMEOUT, follow_redirects=False, trust_env=False) as client,
            # The certificate is checked against the name although the connection goes to the address.
            client.stream(
                "GET", url, headers={"Host": parts.netloc}, extensions={"sni_hostname": host}
            ) as answer,
        ):
            return answer.is_success
