"""Settings from the environment (`KONBIT_...`). Read by the composition roots alone: cli, portal.app, orchestrate.wiring."""

import contextlib
import datetime as dt
import secrets
from pathlib import Path
from typing import Final, Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from konbit.clock import Clock, CompressedClock, SystemClock
from konbit.errors import UserError

WorkerKind = Literal["konbit", "process", "docker", "kubernetes"]
SHARED: Final = (
    "sends",
    "drill_recipients",
    "drill_segments",
    "actual_recipients",
    "portal_url",
    "environment",
    "clock_origin",
    "clock_start",
    "clock_factor",
    "lease_seconds",
)
"""Settings that bear on an attempt, and that mean the same on every machine."""


class Settings(BaseSettings):
    """What differs from one installation to the next."""

    model_config = SettingsConfigDict(env_prefix="KONBIT_", extra="ignore", hide_input_in_errors=True)

    home: Path = Field(default_factory=lambda: Path.home() / ".konbit")
    """Where what is not in the database lives: the secret, SQLite files, logs."""
    database_url: str = ""
    """`sqlite:///...` or `postgresql+psycopg://...`; a file in `home` if empty."""
    definitions: str = ""
    """Folders of definitions, separated by colons; the bundled ones if empty."""
    channels: Path | None = None
    """A YAML file of channel accounts; `home/channels.yaml` if there is one."""
    sends: Literal["drill", "actual", "both"] = "both"
    """What this process sends; a process that sends drills alone refuses to start with an account for actual runs."""
    drill_recipients: int = Field(default=500, ge=1)
    drill_segments: int = Field(default=1500, ge=1)
    """How many people a drill may reach, and SMS segments one message to each of them may take, without a second person."""
    actual_recipients: int = Field(default=5000, ge=1)
    """To how many people an actual run may write beyond those whom its preflight saw, before an operator lets it."""
    alarms: str = ""
    """Whom the watchdog calls, by which account: `mail=duty@example.org, sms=+447700900123`, the first first."""
    heartbeat: SecretStr | None = None
    """An address outside that the watchdog asks for each minute, as a dead man's switch."""
    feeds: str = ""
    """How long a feed may bring nothing: `gdacs=30m, nhc=6h`."""
    portal_url: str = "http://127.0.0.1:4280"
    """Where people reach the portal: links in messages begin with it."""
    secret: SecretStr | None = None
    """What links are signed with; made once and kept in `home` if it is not given."""
    data_keys: SecretStr | None = None
    """Secrets that names and addresses are sealed with, the newest first, separated by commas; `secret` opens them too."""
    data_keys_file: Path | None = None
    """A file with such secrets instead, one a line."""
    previous_secret: SecretStr | None = None
    """The secret before this one, while it is being changed: links that were signed with it still work."""
    environment: Literal["drill", "production", "test"] = "production"
    """Part of the key of links: a link of one environment is worth nothing in another."""
    pool: str = "konbit"
    """The Prefect work pool."""
    worker: WorkerKind = "konbit"
    """The kind of worker: ours runs attempts in its own process, Prefect's start a process or a container for each."""
    jobs: Path | None = None
    """A YAML file of job variables, for workers that start a process or a container for each attempt."""
    clock_origin: dt.datetime | None = None
    clock_start: dt.datetime | None = None
    clock_factor: float = Field(default=1.0, gt=0)
    """Drills alone: run time starts at `clock_start` when real time is `clock_origin`, and runs so many times faster."""
    lease_seconds: float = Field(default=20.0, ge=2)
    """How long a run is held by a process that gives no sign of life; heartbeats are four times as frequent."""
    grace_seconds: float = Field(default=45.0, ge=5)
    """How long a flow run may be starting in Prefect before it counts as lost."""
    minimum_seconds: float = Field(default=1.5, ge=0)
    """An answer that comes sooner after its page was opened is taken for a machine's."""

    twilio_auth_token: SecretStr | None = None
    """What Twilio signs its webhooks with; without it they are refused."""
    inbound_secret: SecretStr | None = None
    """What other providers sign replies and receipts with, see docs/howto/replies.md; without it they are refused."""
    telegram_secret: SecretStr | None = None
    """The secret token given to Telegram's setWebhook; without it updates are refused."""
    maildir: Path | None = None
    """A maildir to which the mail server delivers what people write back."""

    @property
    def shared(self) -> dict[str, str]:
        """What was set of the settings that a container is to be given too; none of them is secret or a path."""
        given = {name: getattr(self, name) for name in SHARED if name in self.model_fields_set}
        return {
            f"KONBIT_{name.upper()}": value.isoformat() if isinstance(value, dt.datetime) else str(value)
            for name, value in given.items()
            if value is not None
        }

    @property
    def sealed(self) -> bool:
        """True if names and addresses are sealed with data keys: then every process needs them."""
        return self.data_keys is not None or self.data_keys_file is not None

    @property
    def database(self) -> str:
        """The address of the database."""
        return self.database_url or f"sqlite:///{self.home / 'konbit.sqlite'}"

    @property
    def folders(self) -> list[Path]:
        """The folders of definitions."""
        return [Path(part) for part in self.definitions.split(":") if part]

    @property
    def channels_file(self) -> Path | None:
        """The file of channel accounts, if there is one."""
        path = self.channels or self.home / "channels.yaml"
        return path if path.exists() else None

    def clock(self) -> Clock:
        """The clock of runs."""
        if self.clock_origin is None or self.clock_start is None:
            return SystemClock()
        return CompressedClock(self.clock_origin, self.clock_start, self.clock_factor)

    def vault_keys(self) -> list[str]:
        """What the store seals with, the newest first; the secret of links is the last, and alone if no other is given."""
        given = self.data_keys.get_secret_value().split(",") if self.data_keys else []
        if self.data_keys_file is not None:
            try:
                given += self.data_keys_file.read_text().splitlines()
            except (OSError, UnicodeDecodeError) as error:
                raise UserError(f"KONBIT_DATA_KEYS_FILE cannot be read: {type(error).__name__}") from None
        before = [self.previous_link_secret] if self.previous_link_secret else []
        return [*(key.strip() for key in given if key.strip()), self.link_secret(), *before]

    @property
    def previous_link_secret(self) -> str | None:
        """The secret before, if there is one."""
        return self.previous_secret.get_secret_value() if self.previous_secret else None

    def link_secret(self) -> str:
        """The secret of links; made on first use, readable by this user alone."""
        if self.secret is not None:
            return self.secret.get_secret_value()
        path = self.home / "secret"
        if not path.exists():
            self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
            fresh = path.with_suffix(".new")
            fresh.touch(mode=0o600)
            fresh.write_text(secrets.token_urlsafe(32))
            with contextlib.suppress(FileExistsError):
                path.hardlink_to(fresh)
            fresh.unlink(missing_ok=True)
        return path.read_text().strip()
