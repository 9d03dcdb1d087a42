"""What every channel account has: typed settings of what messages are sent from. Nobody writes a raw Apprise URL.

An account belongs to drills, to actual runs or to both. Drills should have their own, so that the process
that sends them holds no credentials of the real ones. Secrets are not in an account: it refers to them.
"""

import re
from typing import ClassVar, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from konbit.definition.base import Mode
from konbit.domain.directory import ChannelKind
from konbit.domain.pace import Pace
from konbit.notify import network

_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)*/?")


class ChannelAccount(BaseModel):
    """What every account has; `workers` is how many sends of it may be under way at once."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    channel: ClassVar[ChannelKind]
    """The kind of address it sends to."""
    shared: ClassVar[bool] = True
    """Whether all its messages go to one service; if not, each address is a server of its own."""
    inner: ClassVar[bool] = False
    """Whether the host was chosen by an operator, and so may stand in a private network."""

    kind: str
    name: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,62}$")
    mode: Literal["drill", "actual", "both"] = "both"
    workers: int = Field(default=8, ge=1, le=256)
    allow_loopback: bool = False
    per_second: float | None = Field(default=None, gt=0, le=10_000)
    """Messages, or SMS segments, per second; no limit of ours if not set."""
    burst: int | None = Field(default=None, ge=1, le=100_000)
    """How many may leave at once after a pause; as many as in one second if not set."""
    gap_seconds: float = Field(default=0.0, ge=0, le=3600)
    """At least so long between two messages to the same person."""
    drills_per_day: int = Field(default=100, ge=1)
    """So many messages of drills a person gets through this account in a day, and no more."""

    price: float | None = Field(default=None, ge=0, le=1000)
    """What one message, or one SMS segment, costs, in the currency that the house counts in."""

    def allows(self, mode: Mode) -> bool:
        """Whether messages of this mode may leave through the account."""
        return self.mode in ("both", mode)

    @property
    def provider(self) -> str:
        """Whose service it is, as receipts and replies name it: `twilio` of `twilio_sms`."""
        return self.kind.partition("_")[0]

    @property
    def pace(self) -> Pace:
        """How fast messages may leave."""
        burst = self.burst or max(1, int(self.per_second or 1))
        return Pace(self.per_second, float(burst), self.gap_seconds, self.drills_per_day)

    @property
    def base(self) -> str | None:
        """Where the service is, if it is not where it always is."""
        return None


class Hosted(ChannelAccount):
    """An account of a service whose address is known; `endpoint` is set for a service of the same kind elsewhere."""

    endpoint: str | None = None
    """A gateway, or a test's server: `https://host/path`. Everything after it is as the service has it."""

    @model_validator(mode="after")
    def _endpoint(self) -> Self:
        if self.endpoint is not None:
            check_base(self.endpoint, allow_loopback=self.allow_loopback, allow_private=self.inner)
        return self

    @property
    def base(self) -> str | None:
        """The endpoint, without the slash at its end."""
        return self.endpoint.rstrip("/") if self.endpoint else None


class Server(ChannelAccount):
    """An account on a server of an operator's choice; it may stand in a private network."""

    inner: ClassVar[bool] = True
    url: str
    """`https://host`, or `http://` where the server is in our own network."""

    @field_validator("url")
    @classmethod
    def _plain(cls, value: str) -> str:
        return value.rstrip("/")

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        parts = check_base(self.url, allow_loopback=self.allow_loopback, allow_private=True)
        if parts.path:
            raise ValueError("the url of the server has no path")
        return self


class WebAddress(BaseModel):
    """The parts of a base address."""

    model_config = ConfigDict(frozen=True)
    scheme: str
    host: str
    port: int
    path: str = ""


def check_base(text: str, *, allow_loopback: bool, allow_private: bool) -> WebAddress:
    """The parts of a base address; ValueError if it is none, or points to where messages must not go.

    What its name resolves to is looked at again before each send.
    """
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ValueError(
            "the address of a server is https://host, with a port and a path if need be"
        ) from None
    plain = parts.username is None and parts.password is None and not parts.query and not parts.fragment
    if parts.scheme not in ("http", "https") or not parts.hostname or not plain:
        raise ValueError("the address of a server is https://host, with a port and a path if need be")
    if not _PATH.fullmatch(parts.path) or port == 0:
        raise ValueError("the path of the address has letters, digits, dots, dashes and slashes only")
    try:
        host = network.canonical_host(
            parts.hostname, allow_loopback=allow_loopback, allow_private=allow_private
        )
    except network.ForbiddenHost as error:
        raise ValueError(str(error)) from None
    if parts.scheme == "http" and not (allow_loopback or allow_private):
        raise ValueError("a secret is not sent over an open connection; write https://")
    usual = 443 if parts.scheme == "https" else 80
    return WebAddress(scheme=parts.scheme, host=host, port=port or usual, path=parts.path.rstrip("/"))
