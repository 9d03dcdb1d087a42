"""HTTP for the plug-ins of Apprise: what they build is sent as they built it, to an address that was checked, once.

Plug-ins call `requests.post(...)` and drop what the answer says. The carrier stands where they find `requests`: the same
bytes leave, but the host is resolved once and connected to at that very address, connections are kept, redirects are not
followed, an answer is read up to a bound in size and time, and it is noted in the flight.
"""

import socket
import threading
import time
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from requests.structures import CaseInsensitiveDict
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.connection import HTTPConnection, HTTPSConnection

from konbit.notify import network
from konbit.notify.flight import Flight, Reply, current

MAX_BODY = 64 * 1024
"""Bytes of an answer that are read; no service needs more to say yes or no."""
_POOLS = 256
_KEPT = 128


class _Watched(HTTPConnection):
    """A connection that its flight can break off, and that says when something has left."""

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        flight = current()
        flight.hold(self)
        flight.left = True
        super().send(data)


class _WatchedTls(HTTPSConnection):
    """The same over TLS."""

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        flight = current()
        flight.hold(self)
        flight.left = True
        super().send(data)


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Watched


class _TlsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _WatchedTls


class Carrier:
    """Stands in for the module `requests` in a plug-in; safe to use from many threads."""

    def __init__(self) -> None:
        self._pools: dict[tuple[str, str, int, str], urllib3.HTTPConnectionPool] = {}
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        """Whatever else a plug-in uses of `requests`: its codes and its exceptions."""
        return getattr(requests, name)

    def post(self, url: str, data: Any = None, **more: Any) -> requests.Response:
        """Sends a POST."""
        return self.request("POST", url, data=data, **more)

    def put(self, url: str, data: Any = None, **more: Any) -> requests.Response:
        """Sends a PUT."""
        return self.request("PUT", url, data=data, **more)

    def get(self, url: str, **more: Any) -> requests.Response:
        """Sends a GET."""
        return self.request("GET", url, **more)

    def request(self, method: str, url: str, **more: Any) -> requests.Response:
        """Sends a request of this thread's flight; `requests.ConnectionError` if no answer came to it."""
        flight = current()
        if flight.over:
            # Some plug-ins try again by themselves; retries belong to the outbox.
            raise requests.ConnectionError
        kept = {name: more.get(name) for name in ("params", "data", "headers", "auth", "json", "files")}
        prepared = requests.Request(method.upper(), url, **kept).prepare()
        try:
            return self._carry(flight, prepared)
        except network.ForbiddenHost:
            flight.trouble = "forbidden_host"
        except network.UnknownHost:
            flight.trouble = "unknown_host"
        except (urllib3.exceptions.TimeoutError, TimeoutError):
            flight.trouble = "no_answer" if flight.left else "unreachable"
        except (urllib3.exceptions.HTTPError, OSError, ValueError):
            flight.trouble = "dropped" if flight.left else "unreachable"
        raise requests.ConnectionError

    def _carry(self, flight: Flight, prepared: requests.PreparedRequest) -> requests.Response:
        parts = urlsplit(str(prepared.url))
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        place = urlsplit(flight.route.base) if flight.route.base else parts
        if flight.route.base:
            target = place.path + target
        flight.left = False
        pool = self._pool(flight, place.scheme, place.hostname or "", place.port)
        headers = {"Host": place.netloc, **{name: str(value) for name, value in prepared.headers.items()}}
        body = prepared.body if isinstance(prepared.body, str | bytes) else None
        limits, left = flight.timeouts, flight.remaining
        wait = urllib3.Timeout(connect=min(limits.connect, left), read=min(limits.read, left))
        answer = pool.urlopen(
            prepared.method or "POST",
            target,
            body=body,
            headers=headers,
            retries=False,
            redirect=False,
            timeout=wait,
            preload_content=False,
            assert_same_host=False,
        )
        try:
            said = _bounded(answer, flight)
        except BaseException:
            answer.close()
            raise
        finally:
            flight.hold(None)
            answer.release_conn()
        flight.replies.append(Reply(answer.status, said, answer.headers.get("Retry-After", "")))
        return _as_response(answer, said, str(prepared.url))

    def _pool(self, flight: Flight, scheme: str, host: str, port: int | None) -> urllib3.HTTPConnectionPool:
        route = flight.route
        number = port or (443 if scheme == "https" else 80)
        addresses = network.resolve(
            host, number, allow_loopback=route.allow_loopback, allow_private=route.allow_private
        )
        key = (scheme, addresses[0], number, host)
        with self._lock:
            pool = self._pools.get(key)
            if pool is None:
                if len(self._pools) >= _POOLS:
                    self._pools.pop(next(iter(self._pools)))
                pool = self._pools[key] = _new_pool(scheme, addresses[0], number, host)
            return pool


def _new_pool(scheme: str, address: str, port: int, host: str) -> urllib3.HTTPConnectionPool:
    """Connections to the address that was checked; over TLS the certificate is checked against the name."""
    quick = [*HTTPConnection.default_socket_options, (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]
    if scheme == "http":
        return _Pool(address, port, maxsize=_KEPT, socket_options=quick)
    return _TlsPool(
        address,
        port,
        maxsize=_KEPT,
        socket_options=quick,
        cert_reqs="CERT_REQUIRED",
        # What `requests` trusts, so that Apprise and we trust the same.
        ca_certs=DEFAULT_CA_BUNDLE_PATH,
        server_hostname=host,
        assert_hostname=host,
    )


def _bounded(answer: urllib3.BaseHTTPResponse, flight: Flight) -> bytes:
    """The body; TimeoutError if it is longer than an answer is, or still comes when the time is up."""
    body = bytearray()
    while piece := answer.read1(8192):
        body += piece
        if len(body) > MAX_BODY or time.monotonic() >= flight.ends:
            raise TimeoutError
    return bytes(body)


def _as_response(answer: urllib3.BaseHTTPResponse, body: bytes, url: str) -> requests.Response:
    """The answer as plug-ins know it."""
    response = requests.Response()
    response.status_code = answer.status
    response.headers = CaseInsensitiveDict(answer.headers)
    response.reason = answer.reason or ""
    response.url = url
    response._content = body  # noqa: SLF001  the way of `requests` itself to make one; there is no other
    response.encoding = "utf-8"
    return response
