"""The channel accounts there are, one class for each service, and how they are read from `channels.yaml`."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Literal, Self

from pydantic import ConfigDict, Field, TypeAdapter, field_validator, model_validator

from konbit.domain.directory import ChannelKind
from konbit.errors import UserError
from konbit.notify import text
from konbit.notify.address import InvalidAddress, canonical
from konbit.notify.channels import ChannelAccount, Hosted, Server
from konbit.notify.named import read_named
from konbit.notify.vault import SecretRef

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
# Set by the sender itself or by HTTP; a second copy would change where or how a request goes.
_OWN_HEADERS = frozenset(
    {"host", "content-type", "content-length", "transfer-encoding", "connection", "user-agent"}
)
_DEFAULT_PORTS = {"none": 25, "starttls": 587, "ssl": 465}
_TEXT = r"^[!-~]+$"


class MailAccount(ChannelAccount):
    """An SMTP server and the mailbox that messages come from."""

    channel: ClassVar[ChannelKind] = "mail"
    inner: ClassVar[bool] = True
    kind: Literal["mail"] = "mail"
    host: str
    port: int = Field(default=0, ge=0, le=65535, description="0 stands for the usual port of `secure`")
    secure: Literal["none", "starttls", "ssl"] = "starttls"
    sender_address: str
    sender_name: str = Field(default="", max_length=100)
    user: str | None = None
    password: SecretRef | None = None

    @field_validator("host")
    @classmethod
    def _host(cls, value: str) -> str:
        host = value.strip().lower()
        if not re.fullmatch(r"[a-z0-9.:_-]{1,253}", host):
            raise ValueError("the host is a name or an address, without a scheme or a path")
        return host

    @field_validator("sender_address")
    @classmethod
    def _sender_address(cls, value: str) -> str:
        return _canonical("mail", value)

    @field_validator("sender_name")
    @classmethod
    def _sender_name(cls, value: str) -> str:
        if text.one_line(value) != value or set(value) & set('<>@"\\'):
            raise ValueError("the sender's name is one line without < > @ \" or a backslash")
        return value

    @model_validator(mode="after")
    def _credentials(self) -> Self:
        if (self.user is None) != (self.password is None):
            raise ValueError("user and password are given together or not at all")
        if self.password is not None and self.secure == "none":
            raise ValueError("a password is not sent over an open connection; set secure to starttls or ssl")
        return self

    @property
    def real_port(self) -> int:
        """The port to connect to."""
        return self.port or _DEFAULT_PORTS[self.secure]


class WebhookAccount(ChannelAccount):
    """How messages are posted to webhooks; the URL is the recipient's address."""

    channel: ClassVar[ChannelKind] = "webhook"
    shared: ClassVar[bool] = False
    kind: Literal["webhook"] = "webhook"
    format: Literal["json", "form"] = "json"
    headers: Mapping[str, SecretRef] = Field(default_factory=dict)

    @field_validator("headers")
    @classmethod
    def _headers(cls, value: Mapping[str, SecretRef]) -> Mapping[str, SecretRef]:
        for name in value:
            if not _HEADER_NAME.fullmatch(name) or name.lower() in _OWN_HEADERS:
                raise ValueError(
                    "a header name is letters, digits and dashes, and none that HTTP or the sender sets"
                )
        return value


class _Twilio(Hosted):
    account_sid: str = Field(pattern=r"^AC[a-f0-9]{32}$")
    auth_token: SecretRef
    api_key: str | None = Field(default=None, pattern=r"^SK[a-f0-9]{32}$")
    """With it `auth_token` is the secret of the key."""
    sender: str
    """The number that messages come from."""

    @field_validator("sender")
    @classmethod
    def _sender(cls, value: str) -> str:
        return value if re.fullmatch(r"[0-9]{5,6}", value) else _canonical("sms", value)


class TwilioSmsAccount(_Twilio):
    """SMS through Twilio; `sender` is a number or a short code. A long number sends one segment per second."""

    channel: ClassVar[ChannelKind] = "sms"
    kind: Literal["twilio_sms"] = "twilio_sms"
    per_second: float | None = Field(default=1.0, gt=0, le=10_000)
    gap_seconds: float = Field(default=60.0, ge=0, le=3600)


class TwilioWhatsAppAccount(_Twilio):
    """WhatsApp through Twilio; outside a conversation the text must fit a template that WhatsApp approved."""

    channel: ClassVar[ChannelKind] = "whatsapp"
    kind: Literal["twilio_whatsapp"] = "twilio_whatsapp"
    per_second: float | None = Field(default=80.0, gt=0, le=10_000)
    gap_seconds: float = Field(default=6.0, ge=0, le=3600)

    @field_validator("sender")
    @classmethod
    def _number(cls, value: str) -> str:
        return _canonical("whatsapp", value)


class TwilioVoiceAccount(_Twilio):
    """Calls through Twilio: the text is spoken, in the person's language where Twilio has a voice for it."""

    channel: ClassVar[ChannelKind] = "voice"
    kind: Literal["twilio_voice"] = "twilio_voice"
    keypad: bool = False
    """Whether people may answer by a key; the portal's door for Twilio must be open (docs/howto/replies.md)."""
    per_second: float | None = Field(default=1.0, gt=0, le=10_000)
    gap_seconds: float = Field(default=60.0, ge=0, le=3600)

    @field_validator("sender")
    @classmethod
    def _number(cls, value: str) -> str:
        return _canonical("voice", value)


class VonageSmsAccount(Hosted):
    """SMS through Vonage."""

    channel: ClassVar[ChannelKind] = "sms"
    kind: Literal["vonage_sms"] = "vonage_sms"
    api_key: str = Field(pattern=r"^[A-Za-z0-9]{4,32}$")
    api_secret: SecretRef
    sender: str
    per_second: float | None = Field(default=30.0, gt=0, le=10_000)
    gap_seconds: float = Field(default=60.0, ge=0, le=3600)

    @field_validator("sender")
    @classmethod
    def _number(cls, value: str) -> str:
        return _canonical("sms", value)


class WhatsAppAccount(Hosted):
    """WhatsApp through Meta's Cloud API: the text goes into the one variable of an approved template."""

    channel: ClassVar[ChannelKind] = "whatsapp"
    kind: Literal["whatsapp"] = "whatsapp"
    phone_id: str = Field(pattern=r"^[0-9]{5,20}$")
    token: SecretRef
    template: str = Field(pattern=r"^[a-z0-9_]{1,512}$")
    languages: Mapping[str, str] = Field(
        default_factory=lambda: {"en": "en_US", "fr": "fr", "es": "es", "fil": "fil"}
    )
    """Our language → the code that the template has at Meta. Others get the first one."""
    per_second: float | None = Field(default=80.0, gt=0, le=10_000)
    gap_seconds: float = Field(default=6.0, ge=0, le=3600)

    @field_validator("languages")
    @classmethod
    def _codes(cls, value: Mapping[str, str]) -> Mapping[str, str]:
        if not value or not all(re.fullmatch(r"[a-z]{2,3}(_[A-Z]{2})?", code) for code in value.values()):
            raise ValueError(
                "expected at least one language with the code of its template, such as fr or en_US"
            )
        return value


class TelegramAccount(Hosted):
    """A Telegram bot. People must have written to it first; then their chat has a number."""

    channel: ClassVar[ChannelKind] = "telegram"
    kind: Literal["telegram"] = "telegram"
    token: SecretRef
    per_second: float | None = Field(default=25.0, gt=0, le=10_000)
    gap_seconds: float = Field(default=1.0, ge=0, le=3600)


class SignalAccount(Server):
    """A signal-cli-rest-api server. Signal blocks numbers that write to many strangers: slow by default, never the only one."""

    channel: ClassVar[ChannelKind] = "signal"
    kind: Literal["signal"] = "signal"
    sender: str
    user: str | None = Field(default=None, pattern=_TEXT)
    password: SecretRef | None = None
    per_second: float | None = Field(default=0.2, gt=0, le=10_000)
    gap_seconds: float = Field(default=5.0, ge=0, le=3600)

    @field_validator("sender")
    @classmethod
    def _number(cls, value: str) -> str:
        return _canonical("signal", value)


class SlackAccount(Hosted):
    """A Slack app by its bot token; it may write to people and to channels that it is in."""

    channel: ClassVar[ChannelKind] = "slack"
    kind: Literal["slack"] = "slack"
    token: SecretRef
    per_second: float | None = Field(default=1.0, gt=0, le=10_000)


class TeamsAccount(Hosted):
    """Posts to Teams workflows; the address of the workflow is the recipient's address, and holds its key."""

    channel: ClassVar[ChannelKind] = "teams"
    shared: ClassVar[bool] = False
    kind: Literal["teams"] = "teams"
    per_second: float | None = Field(default=2.0, gt=0, le=10_000)


class MatrixAccount(Server):
    """A user on a Matrix homeserver; end-to-end encryption is not used."""

    channel: ClassVar[ChannelKind] = "matrix"
    kind: Literal["matrix"] = "matrix"
    token: SecretRef
    per_second: float | None = Field(default=1.0, gt=0, le=10_000)


class DiscordAccount(Hosted):
    """Posts to webhooks of Discord channels; the webhook is the recipient's address, and holds its key."""

    channel: ClassVar[ChannelKind] = "discord"
    shared: ClassVar[bool] = False
    kind: Literal["discord"] = "discord"
    per_second: float | None = Field(default=5.0, gt=0, le=10_000)
    gap_seconds: float = Field(default=2.0, ge=0, le=3600)


class NtfyAccount(Server):
    """An ntfy server; the topic is the recipient's address."""

    channel: ClassVar[ChannelKind] = "ntfy"
    kind: Literal["ntfy"] = "ntfy"
    url: str = "https://ntfy.sh"
    token: SecretRef | None = None
    per_second: float | None = Field(default=0.2, gt=0, le=10_000)
    burst: int | None = Field(default=60, ge=1, le=100_000)


AnyAccount = (
    MailAccount
    | WebhookAccount
    | TwilioSmsAccount
    | TwilioWhatsAppAccount
    | TwilioVoiceAccount
    | VonageSmsAccount
    | WhatsAppAccount
    | TelegramAccount
    | SignalAccount
    | SlackAccount
    | TeamsAccount
    | MatrixAccount
    | DiscordAccount
    | NtfyAccount
)
# Of a union only this setting keeps what was given, secrets too, out of the text of an error.
_READER: TypeAdapter[AnyAccount] = TypeAdapter(
    Annotated[AnyAccount, Field(discriminator="kind")], config=ConfigDict(hide_input_in_errors=True)
)


class InvalidAccount(UserError):
    """A channel account cannot be used."""


def read_accounts(items: Sequence[Mapping[str, object]]) -> dict[str, ChannelAccount]:
    """The accounts by name; raises `InvalidAccount` that says which one, which setting, and what is allowed.

    What was given is never in the message, for it may be a secret.
    """
    accounts: dict[str, ChannelAccount] = {}
    accounts.update(read_named(items, _READER.validate_python, InvalidAccount, "channel account"))
    return accounts


def secrets_of(account: ChannelAccount) -> list[str]:
    """The references of an account, so that somebody can look whether they can be read."""
    found: list[str] = []
    for name in ("auth_token", "api_secret", "token", "password"):
        reference = getattr(account, name, None)
        if isinstance(reference, str):
            found.append(reference)
    if isinstance(account, WebhookAccount):
        found.extend(account.headers.values())
    return found


def serves(account: ChannelAccount, channel: ChannelKind) -> bool:
    """Whether the account sends to addresses of this kind."""
    return account.channel == channel


def _canonical(kind: ChannelKind, value: str) -> str:
    """`canonical`, with its refusal as the kind of error that pydantic collects."""
    try:
        return canonical(kind, value)
    except InvalidAddress as error:
        raise ValueError(str(error)) from None
