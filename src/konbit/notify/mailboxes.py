"""The mailboxes that people's answers are fetched from: typed settings, beside the channel accounts in `channels.yaml`."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from konbit.errors import UserError
from konbit.notify.named import read_named
from konbit.notify.vault import SecretRef

_PORTS = {"ssl": 993, "starttls": 143}
_FOLDER = r"^[A-Za-z0-9][A-Za-z0-9 ._/&+,:@\[\]-]{0,199}$"
"""As it is sent to the server, without quotes, backslashes and wildcards; other letters in modified UTF-7 (RFC 3501, 5.1.3)."""


class Mailbox(BaseModel):
    """A folder on an IMAP server; it is only ever reached through TLS."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    name: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,30}$")
    host: str
    port: int = Field(default=0, ge=0, le=65535, description="0 stands for the usual port of `secure`")
    secure: Literal["ssl", "starttls"] = "ssl"
    user: str = Field(pattern=r"^[^\x00-\x1f\x7f]{1,320}$")
    password: SecretRef
    folder: str = Field(default="INBOX", pattern=_FOLDER)
    done: str | None = Field(default=None, pattern=_FOLDER)
    """Where what was read is moved to; marked and left where it is if not set."""
    ca_file: Path | None = None
    """Certificates to trust instead of the system's, for a server with one of its own."""
    every: float = Field(default=15.0, ge=1, le=3600)
    """Seconds between two looks."""
    timeout: float = Field(default=10.0, gt=0, le=120)
    """Seconds to wait for any one answer of the server."""

    @field_validator("host")
    @classmethod
    def _host(cls, value: str) -> str:
        host = value.strip().lower()
        if not re.fullmatch(r"[a-z0-9.:_-]{1,253}", host):
            raise ValueError("the host is a name or an address, without a scheme or a path")
        return host

    @property
    def real_port(self) -> int:
        """The port to connect to."""
        return self.port or _PORTS[self.secure]


class InvalidMailbox(UserError):
    """A mailbox cannot be used."""


def read_mailboxes(items: Sequence[Mapping[str, object]]) -> dict[str, Mailbox]:
    """The mailboxes by name; raises `InvalidMailbox` that says which one, which setting, and what is allowed.

    What was given is never in the message, for it may be a secret.
    """
    return read_named(items, Mailbox.model_validate, InvalidMailbox, "mailbox")
