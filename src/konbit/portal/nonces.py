"""The nonce of a page: shows that an answer came from a page that this portal made for this link, and when.

16 bytes and a MAC: milliseconds of wall time (8), random (8), and 128 bits of HMAC-SHA256 over the token and both.
"""

import base64
import binascii
import datetime as dt
import hmac
import secrets
from collections.abc import Callable
from typing import Literal

from konbit.notify.links import WeakSecret

_STAMP, _RANDOM, _MAC = 8, 8, 16
LIFETIME = dt.timedelta(hours=24)

Finding = Literal["good", "hasty", "stale", "forged"]
"""`hasty`: sent sooner than a person could. `stale`: the page was open for too long. `forged`: not of this page."""


class Nonces:
    """Makes and checks nonces. Works in wall time: how fast a person can press a button is not compressed in a drill."""

    __slots__ = ("_key", "_minimum", "_wall")

    def __init__(self, key: bytes, wall: Callable[[], dt.datetime], minimum_seconds: float) -> None:
        if len(key) < 32:
            raise WeakSecret
        self._key = key
        self._wall = wall
        self._minimum = dt.timedelta(seconds=minimum_seconds)

    def make(self, token: str) -> str:
        """A nonce for a page of this token, made now."""
        stamp = round(self._wall().timestamp() * 1000).to_bytes(_STAMP, "big")
        head = stamp + secrets.token_bytes(_RANDOM)
        return _encode(head + self._mac(token, head))

    def check(self, token: str, nonce: str) -> Finding:
        """What is to be thought of an answer that brings this nonce now."""
        try:
            raw = base64.b64decode(nonce + "=" * (-len(nonce) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return "forged"
        head, mac = raw[: _STAMP + _RANDOM], raw[_STAMP + _RANDOM :]
        if len(raw) != _STAMP + _RANDOM + _MAC or _encode(raw) != nonce:
            return "forged"
        if not hmac.compare_digest(self._mac(token, head), mac):
            return "forged"
        age = dt.timedelta(
            milliseconds=round(self._wall().timestamp() * 1000) - int.from_bytes(head[:_STAMP], "big")
        )
        if age > LIFETIME:
            return "stale"
        return "hasty" if age < self._minimum else "good"

    def _mac(self, token: str, head: bytes) -> bytes:
        return hmac.digest(self._key, b"page-v1|" + token.encode() + b"|" + head, "sha256")[:_MAC]


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
