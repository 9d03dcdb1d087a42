"""Secrets by reference: accounts name them, nothing keeps them, and what sends reads them when it needs them.

A reference is `env:NAME`, `file:/path` or `prefect:block-name`. Only the process that sends reads the secret behind it, so
that the portal and the workers never hold one.
"""

import os
import re
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator

from konbit.errors import UserError

Reader = Callable[[str], str]
"""Gives the secret of a name; raises anything if there is none."""
_REFERENCE = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*|file:/[^\x00-\x1f]+|prefect:[a-z0-9][a-z0-9-]*")
_MAX_FILE = 64 * 1024
FRESH = 60.0
"""Seconds for which a secret that was read is used again: a rotated one is taken up within them."""


class NoSecret(UserError):
    """A secret that an account refers to cannot be read. The text names the reference, never the secret."""


def _reference(text: str) -> str:
    if not _REFERENCE.fullmatch(text):
        # What was found is not repeated: it may be the secret itself.
        raise ValueError(
            "a secret is not written here but referred to: env:NAME, file:/path or prefect:block-name"
        )
    return text


SecretRef = Annotated[str, AfterValidator(_reference)]
"""Where a secret is, not the secret."""


def _from_environment(name: str) -> str:
    return os.environ[name]


def _from_file(path: str) -> str:
    with Path(path).open("rb") as file:
        data = file.read(_MAX_FILE + 1)
    if len(data) > _MAX_FILE:
        raise ValueError("too long")
    return data.decode("utf-8").rstrip("\r\n")


class Vault:
    """Reads secrets; safe to use from many threads. Its `repr` shows none."""

    def __init__(self, readers: Mapping[str, Reader] | None = None) -> None:
        """`readers` adds schemes or replaces them; `prefect` is added by whoever knows Prefect."""
        self._readers = {"env": _from_environment, "file": _from_file, **(readers or {})}
        self._known: dict[str, tuple[float, str]] = {}
        self._lock = threading.Lock()

    def read(self, reference: str) -> str:
        """The secret. NoSecret if it is not there, is empty, or has a line break or a control character in it."""
        with self._lock:
            at, known = self._known.get(reference, (0.0, ""))
        if known and time.monotonic() - at < FRESH:
            return known
        secret = self._fresh(reference)
        with self._lock:
            self._known[reference] = (time.monotonic(), secret)
        return secret

    def _fresh(self, reference: str) -> str:
        scheme, _, name = reference.partition(":")
        reader = self._readers.get(scheme)
        if reader is None:
            raise NoSecret(f"the secret {reference} cannot be read here: nothing reads '{scheme}:'")
        try:
            secret = reader(name)
        except Exception as error:  # noqa: BLE001  whatever a reader raises, whose text may quote the secret
            raise NoSecret(f"the secret {reference} cannot be read ({type(error).__name__})") from None
        if not secret or not secret.isprintable():
            raise NoSecret(f"the secret {reference} is empty or is not one line of printable characters")
        return secret
