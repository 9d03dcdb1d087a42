"""Names, addresses and texts at rest: sealed with the keys of the house, found again by a keyed hash of the address.

Every key is made from a secret of 32 characters or more. The first secret seals; all of them open, so that secrets can be
changed while the house runs: the new one is put first, `konbit db reseal` writes every row anew, the old one is taken out.
The key of the hashes is random, lies sealed in the database and never changes, so that an address keeps its hash.
"""

import base64
import functools
import hmac
import secrets
import weakref
from collections.abc import Sequence

import sqlalchemy as sa
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from konbit.errors import KonbitError, UserError
from konbit.store.columns import storable

SHORTEST = 32
_MARK = "sealed:"
_CACHED_LENGTH = 320
_HASH_BYTES = 16
# A dialect belongs to one engine, and is all that a column type is given.
_VAULTS: weakref.WeakKeyDictionary[sa.Dialect, "Vault"] = weakref.WeakKeyDictionary()


class WeakDataKey(UserError):
    """A secret that names and addresses are sealed with is too short; it needs at least 32 characters."""


class Unreadable(KonbitError):
    """Names and addresses are sealed with a key that is not here; KONBIT_DATA_KEYS or the secret has changed."""


class Vault:
    """Seals and opens texts. Without a secret it keeps them as they are: for tests and made-up people alone."""

    def __init__(self, keys: Sequence[str] = ()) -> None:
        """`keys` are secrets, the newest first. WeakDataKey for one that is too short."""
        if any(len(key) < SHORTEST for key in keys):
            raise WeakDataKey
        self._fernet = MultiFernet([Fernet(_derived(key)) for key in dict.fromkeys(keys)]) if keys else None
        self._index: bytes | None = None
        # The same address is in many deliveries, the same subject in all of a step.
        self._seal_short = functools.lru_cache(maxsize=16_384)(self._seal)
        self._open_short = functools.lru_cache(maxsize=16_384)(self._open)

    def __repr__(self) -> str:
        return f"Vault({'sealed' if self._fernet else 'plain'})"

    def seal(self, text: str) -> str:
        """The text as it is stored; an empty one is nothing to hide."""
        if self._fernet is None:
            return text
        return self._seal_short(text) if len(text) <= _CACHED_LENGTH else self._seal(text)

    def open(self, stored: str) -> str:
        """The text that was sealed; one that never was comes as it is. Unreadable if no key fits."""
        if not stored.startswith(_MARK):
            return stored
        return self._open_short(stored) if len(stored) <= 4 * _CACHED_LENGTH else self._open(stored)

    def renew(self, stored: str) -> str:
        """What was stored, sealed with the newest key."""
        return self._seal(self._open(stored) if stored.startswith(_MARK) else stored)

    def hash(self, connection: sa.Connection, address: str) -> str:
        """What a canonical address is found by: the same for every kind of channel that uses it."""
        return hmac.digest(self._index_key(connection), address.encode("utf-8", "replace"), "sha256")[
            :_HASH_BYTES
        ].hex()

    def _index_key(self, connection: sa.Connection) -> bytes:
        if self._index is None:
            key = connection.execute(
                sa.text("SELECT value FROM keyring WHERE name = 'addresses'")
            ).scalar_one()
            self._index = bytes.fromhex(self.open(key))
        return self._index

    def fresh_index_key(self) -> str:
        """A key of hashes for a new database, as it is stored."""
        return self.seal(secrets.token_hex(32))

    def _seal(self, text: str) -> str:
        if not text or self._fernet is None:
            return text
        return _MARK + self._fernet.encrypt(text.encode()).decode()

    def _open(self, stored: str) -> str:
        if self._fernet is None:
            raise Unreadable
        try:
            return self._fernet.decrypt(stored.removeprefix(_MARK)).decode()
        except InvalidToken:
            raise Unreadable from None


def install(engine: sa.Engine, vault: Vault) -> None:
    """From now on the engine's columns of type `Sealed` go through the vault."""
    _VAULTS[engine.dialect] = vault


def vault_of(dialect: sa.Dialect) -> Vault:
    """The vault of the engine that the dialect belongs to; one that keeps texts as they are if it has none."""
    return _VAULTS.get(dialect) or _PLAIN


class Sealed(sa.TypeDecorator[str]):
    """Text that people wrote, or that reaches them. Cleaned like `Words`, then sealed; never compared in SQL."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        """The text as it is stored."""
        clean = value if value is None or (value.isascii() and "\0" not in value) else storable(value)
        return clean and vault_of(dialect).seal(clean)

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> str | None:
        """The text as it was given."""
        return None if value is None else vault_of(dialect).open(value)


def _derived(secret: str) -> bytes:
    """The key of a secret; its other uses, such as signing links, give other keys."""
    return base64.urlsafe_b64encode(hmac.digest(secret.encode(), b"konbit-data-v1", "sha256"))


_PLAIN = Vault()
