"""Signed tokens for links in messages: 26 bytes, written as 35 URL-safe characters.

Layout: version and key id (1 byte), purpose (1), expiry in minutes since 1970 (4), row id (8), and the
first 96 bits of an HMAC-SHA256 over `tok-v1`, the mode and all before. A forgery is refused without a
query. Single use, revocation, person and run are the row's matter: a token can be read any number of times,
and reading changes nothing.
"""

import base64
import binascii
import datetime as dt
import enum
import hmac
import secrets
import struct
from collections.abc import Mapping
from dataclasses import dataclass

from konbit.clock import UTC
from konbit.definition.base import Mode
from konbit.errors import InvalidToken, UserError

TOKEN_LENGTH = 35
MIN_SECRET_LENGTH = 32

_VERSION = 1
_HEAD = struct.Struct(">BBIQ")
_MAC_BYTES = 12
_MODES: tuple[Mode, ...] = ("actual", "drill")
# What chat clients and mail programs leave on the end of a link that they recognised in a sentence.
_TRAILING = ".,;:!?)>]}'\"*»\u201d\u2019\u2026\u3002 \t\r\n"


CURRENT_KEY = 1
"""The id of the key that links are signed with; a second one lives beside it while keys change."""


class Purpose(enum.IntEnum):
    """What one token is good for; numbers are never used again for something else."""

    ANSWER = 1
    UNSUBSCRIBE = 2
    VERIFY = 3


class MalformedToken(InvalidToken):
    """This link is incomplete. Open it again from the message, or copy all of it."""


class ForgedToken(InvalidToken):
    """This link was not made here, or it was changed on the way. Open it again from the message."""


class MisusedToken(InvalidToken):
    """This link is for something else. Open the page with the link that belongs to it."""


class WeakSecret(UserError):
    """The secret for links is too short; it needs at least 32 characters."""


@dataclass(frozen=True)
class TokenClaims:
    """What a valid token says."""

    purpose: Purpose
    mode: Mode
    row_id: int
    expires_at: dt.datetime


class ExpiredToken(InvalidToken):
    """This link has expired. What you wanted to say can still be told to the person named in the message."""

    def __init__(self, claims: TokenClaims) -> None:
        super().__init__()
        # Kept because a late answer is recorded as late, not thrown away.
        self.claims = claims


def new_row_id() -> int:
    """A random id for a row that a token points to: 63 bits, so that it fits a signed column."""
    return secrets.randbits(63)


def derive_key(secret: str, environment: str, key_id: int) -> bytes:
    """The key with this id for one environment, so that a token of a test stack opens nothing elsewhere."""
    if len(secret) < MIN_SECRET_LENGTH:
        raise WeakSecret
    return hmac.digest(secret.encode(), f"konbit-links-v1|{environment}|{key_id}".encode(), "sha256")


def signer_of(secret: str, previous: str | None, environment: str) -> "Signer":
    """What signs links with `secret` and still reads those that were signed with the one before.

    The id of a key is made of its secret, so that both places where a stack reads its settings agree without another setting.
    """
    current = _key_id(secret, environment)
    keys = {current: derive_key(secret, environment, CURRENT_KEY)}
    if previous and _key_id(previous, environment) != current:
        keys[_key_id(previous, environment)] = derive_key(previous, environment, CURRENT_KEY)
    elif previous and previous != secret:
        # Both secrets have the same id by chance, 1 in 31: links of the old one would be refused, so this is said.
        raise WeakSecret("the new secret for links cannot stand beside the old one; make another")
    # Links that were sent before ids were made of secrets name the key 1.
    keys.setdefault(CURRENT_KEY, keys[current])
    return Signer(keys, current)


def _key_id(secret: str, environment: str) -> int:
    """1 to 31."""
    return 1 + hmac.digest(secret.encode(), f"konbit-key-id|{environment}".encode(), "sha256")[0] % 31


class Signer:
    """Makes and reads tokens; more than one key is alive during a rotation, and `current` signs."""

    __slots__ = ("_current", "_keys")

    def __init__(self, keys: Mapping[int, bytes], current: int) -> None:
        if current not in keys or not all(0 <= key_id < 32 for key_id in keys):
            raise ValueError("key ids are 0 to 31 and the current one is among them")
        if any(len(key) < 32 for key in keys.values()):
            raise WeakSecret
        self._keys = dict(keys)
        self._current = current

    def __repr__(self) -> str:
        return f"Signer(keys={sorted(self._keys)}, current={self._current})"

    def mint(self, purpose: Purpose, mode: Mode, row_id: int, expires_at: dt.datetime) -> str:
        """A token that is valid until `expires_at`, rounded up to the minute."""
        minutes = -int(-expires_at.timestamp() // 60)
        head = _HEAD.pack(_VERSION << 5 | self._current, purpose, minutes, row_id)
        return _encode(head + self._mac(self._current, mode, head))

    def read(
        self, token: str, now: dt.datetime, *, purpose: Purpose | None = None, mode: Mode | None = None
    ) -> TokenClaims:
        """What the token says.

        `purpose` and `mode` are what the page and the row expect. Raises `MalformedToken`, `ForgedToken`,
        `MisusedToken` or `ExpiredToken`, in this order; the last carries the claims.
        """
        raw = _decode(token)
        head, mac = raw[: _HEAD.size], raw[_HEAD.size :]
        lead, purpose_value, minutes, row_id = _HEAD.unpack(head)
        version, key_id = lead >> 5, lead & 31
        if version != _VERSION or key_id not in self._keys:
            raise ForgedToken
        signed = [m for m in _MODES if hmac.compare_digest(self._mac(key_id, m, head), mac)]
        if not signed:
            raise ForgedToken
        try:
            expires_at = dt.datetime.fromtimestamp(minutes * 60, UTC)
            claims = TokenClaims(Purpose(purpose_value), signed[0], row_id, expires_at)
        except ValueError:
            raise ForgedToken from None
        if purpose not in (None, claims.purpose) or mode not in (None, claims.mode):
            raise MisusedToken
        if now >= expires_at:
            raise ExpiredToken(claims)
        return claims

    def _mac(self, key_id: int, mode: Mode, head: bytes) -> bytes:
        return hmac.digest(self._keys[key_id], b"tok-v1|" + mode.encode() + b"|" + head, "sha256")[
            :_MAC_BYTES
        ]


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(token: str) -> bytes:
    """The 26 bytes; only the one spelling is taken, because the last character has two spare bits."""
    tidy = token.strip()
    while len(tidy) > TOKEN_LENGTH and tidy[-1] in _TRAILING:
        tidy = tidy[:-1]
    if len(tidy) != TOKEN_LENGTH or not tidy.isascii():
        raise MalformedToken
    try:
        raw = base64.b64decode(tidy + "=", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise MalformedToken from None
    if _encode(raw) != tidy:
        raise MalformedToken
    return raw
