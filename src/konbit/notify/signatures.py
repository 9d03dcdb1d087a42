"""How providers prove that a webhook is theirs. Every comparison takes the same time; without a secret nothing is taken."""

import base64
import datetime as dt
import hashlib
import hmac
from collections.abc import Iterable
from typing import Final

TOLERANCE: Final = dt.timedelta(minutes=5)
"""How far the stamp of a signed webhook may be from our clock: an old one may be a replay."""


def twilio(token: str, url: str, fields: Iterable[tuple[str, str]]) -> str:
    """The X-Twilio-Signature of a form: HMAC-SHA1 over the URL and the sorted fields, in base64.

    By Twilio's description "Validating Signatures from Twilio"; SHA-1 is theirs to choose. A field that comes more than once
    counts once for each value.
    """
    told = url + "".join(f"{name}{value}" for name, value in sorted(set(fields)))
    return base64.b64encode(hmac.digest(token.encode(), told.encode(), hashlib.sha1)).decode()


def from_twilio(token: str | None, url: str, fields: Iterable[tuple[str, str]], given: str) -> bool:
    """Whether a form that came to `url` was signed with the account's token."""
    return token is not None and same(twilio(token, url, fields), given)


def signed(secret: str, body: bytes, at: dt.datetime) -> str:
    """The X-Konbit-Signature of a body: `t=SECONDS,v1=HEX`, the HMAC-SHA256 over `SECONDS.BODY`."""
    stamp = str(int(at.timestamp()))
    return f"t={stamp},v1={_generic(secret, stamp, body)}"


def from_generic(secret: str | None, body: bytes, given: str, wall: dt.datetime) -> bool:
    """Whether a body was signed with our secret within the last minutes."""
    parts = dict(part.partition("=")[::2] for part in given.split(","))
    stamp, mac = parts.get("t", ""), parts.get("v1", "")
    if secret is None or not stamp.isascii() or not stamp.isdecimal() or len(stamp) > 12:
        return False
    fresh = abs(wall.timestamp() - int(stamp)) <= TOLERANCE.total_seconds()
    return same(_generic(secret, stamp, body), mac) and fresh


def same(known: str, given: str) -> bool:
    """Whether two secrets are equal, without telling by the time it takes how much of them is."""
    return hmac.compare_digest(known.encode(), given.encode("utf-8", "replace"))


def _generic(secret: str, stamp: str, body: bytes) -> str:
    return hmac.digest(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hex()
