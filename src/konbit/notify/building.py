"""From an account and a delivery to what Apprise builds: a dictionary with one target, and the proof that it took it.

Nothing here imports Apprise; `konbit.notify.sender` builds and sends.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit
from xml.sax.saxutils import escape

from konbit.domain.delivery import Delivery
from konbit.errors import KonbitError
from konbit.notify import twiml, wording
from konbit.notify.accounts import (
    DiscordAccount,
    MailAccount,
    MatrixAccount,
    NtfyAccount,
    SignalAccount,
    SlackAccount,
    TeamsAccount,
    TelegramAccount,
    TwilioSmsAccount,
    TwilioVoiceAccount,
    TwilioWhatsAppAccount,
    VonageSmsAccount,
    WebhookAccount,
    WhatsAppAccount,
)
from konbit.notify.channels import ChannelAccount, Server, check_base
from konbit.notify.vault import Vault

# Settings of Apprise plug-ins are an open dictionary, and their classes carry no types.
Settings = dict[str, Any]
SCHEMAS = (
    "mailto", "mailtos", "json", "jsons", "form", "forms", "twilio", "vonage", "whatsapp", "tgram",
    "signal", "signals", "slack", "workflows", "matrix", "matrixs", "discord", "ntfy", "ntfys",
)  # fmt: skip
"""The services of Apprise that are switched on; every other one is off in our processes."""


class NotBuildable(KonbitError):
    """The delivery cannot be put into the form of its channel; the text is a code."""


@dataclass(frozen=True)
class Blueprint:
    """What Apprise is to build and to send. `aim` sets what its parser would change, and says whether all is as it must be."""

    settings: Settings = field(repr=False)
    title: str = field(repr=False)
    body: str = field(repr=False)
    aim: Callable[[Any], bool] = field(repr=False)


def blueprint(account: ChannelAccount, delivery: Delivery, vault: Vault, portal_url: str = "") -> Blueprint:
    """What is to be built; `NotBuildable` or `NoSecret` if it cannot. To `portal_url` go the keys pressed in a call."""
    if isinstance(account, TwilioVoiceAccount):
        drawn = _call(account, delivery, vault, portal_url)
    else:
        drawn = _BUILDERS[type(account)](account, delivery, vault)
    limit = wording.LIMITS.get(account.channel)
    if limit is not None and len(drawn.body) > limit:
        raise NotBuildable("too_long")
    return drawn


def _same(**wanted: object) -> Callable[[Any], bool]:
    """An aim that changes nothing and compares these attributes."""
    return lambda plugin: all(getattr(plugin, name, None) == value for name, value in wanted.items())


def _mail(account: MailAccount, delivery: Delivery, vault: Vault) -> Blueprint:
    """A mailbox through the account's server; Apprise decodes user and password, so both are encoded."""
    secret = vault.read(account.password) if account.password is not None else None
    settings: Settings = {
        "schema": "mailto" if account.secure == "none" else "mailtos",
        "host": account.sender_address.rpartition("@")[2],
        "smtp_host": account.host,
        "port": account.real_port,
        "secure_mode": "insecure" if account.secure == "none" else account.secure,
        "from_addr": account.sender_address,
        "targets": [delivery.address],
        "headers": {"Auto-Submitted": "auto-generated", "X-Konbit-Reference": delivery.reference},
    }
    if account.user is not None and secret is not None:
        settings["user"] = quote(account.user, safe="")
        settings["password"] = quote(secret, safe="")
    name = account.sender_name or False

    def aim(plugin: Any) -> bool:
        """Sets both ends as they are, for the parser cuts o'brien@ to brien@; true if nobody else is in."""
        plugin.targets = [(False, delivery.address)]
        plugin.from_addr = (name, account.sender_address)
        plugin.names = {account.sender_address: name}
        alone = not (plugin.cc or plugin.bcc or plugin.reply_to)
        return alone and (plugin.user or None) == account.user and (plugin.password or None) == secret

    return Blueprint(settings, delivery.subject, delivery.body, aim)


def _webhook(account: WebhookAccount, delivery: Delivery, vault: Vault) -> Blueprint:
    """A post to the recipient's URL."""
    parts = urlsplit(delivery.address)
    headers = {name: vault.read(reference) for name, reference in account.headers.items()}
    if not all(value.isascii() and value == value.strip() for value in headers.values()):
        raise NotBuildable("secret_unusable")
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    settings: Settings = {
        "schema": account.format + ("s" if parts.scheme == "https" else ""),
        "host": parts.netloc.rpartition(":")[0] if parts.port else parts.netloc,
        "port": parts.port,
        "fullpath": path,
        "method": "POST",
        "headers": {**headers, "Idempotency-Key": delivery.id},
        "payload": {
            "reference": delivery.reference,
            "delivery": delivery.id,
            "language": delivery.language,
            # As CAP 1.2 spells them, for the machines that read this.
            "msgType": delivery.cap,
            "status": "Exercise" if delivery.mode == "drill" else "Actual",
        },
    }

    def aim(plugin: Any) -> bool:
        """Sets the path as it is, for some plug-ins decode it; true if the rest is what was checked."""
        plugin.fullpath = path
        return all(getattr(plugin, key) == settings[key] for key in ("host", "port", "headers", "method"))

    return Blueprint(settings, delivery.subject, delivery.body, aim)


def _twilio(
    account: TwilioSmsAccount | TwilioWhatsAppAccount | TwilioVoiceAccount, delivery: Delivery, vault: Vault
) -> Blueprint:
    """Without a valid target this plug-in texts the sender, so the target is proven."""
    by_whatsapp = isinstance(account, TwilioWhatsAppAccount)
    secret = vault.read(account.auth_token)
    settings: Settings = {
        "schema": "twilio",
        "account_sid": account.account_sid,
        "auth_token": secret,
        "source": f"w:{account.sender}" if by_whatsapp else account.sender,
        "targets": [delivery.address],
        "apikey": account.api_key,
        "method": "call" if isinstance(account, TwilioVoiceAccount) else "sms",
    }
    aim = _same(
        targets=[("W" if by_whatsapp else "T", delivery.address)],
        source=account.sender,
        auth_token=secret,
        method=settings["method"],
    )
    return Blueprint(settings, "", delivery.body, aim)


def _call(account: TwilioVoiceAccount, delivery: Delivery, vault: Vault, portal_url: str) -> Blueprint:
    """A call that says the text, and takes a key if something is asked and the account has the door for it."""
    asks = account.keypad and delivery.request_id is not None and portal_url
    keys = f"{portal_url.rstrip('/')}/in/twilio/keys/{delivery.id}" if asks else ""
    drawn = _twilio(account, delivery, vault)
    return replace(drawn, body=twiml.call(delivery.body, delivery.language, keys))


def _vonage(account: VonageSmsAccount, delivery: Delivery, vault: Vault) -> Blueprint:
    """Without a valid target this plug-in texts the sender, so the target is proven."""
    secret = vault.read(account.api_secret)
    settings: Settings = {
        "schema": "vonage",
        "apikey": account.api_key,
        "secret": secret,
        "source": account.sender,
        "targets": [delivery.address],
    }
    aim = _same(targets=[delivery.address.removeprefix("+")], secret=secret)
    return Blueprint(settings, "", delivery.body, aim)


def _whatsapp(account: WhatsAppAccount, delivery: Delivery, vault: Vault) -> Blueprint:
    """A template of Meta's with the text in its variable."""
    secret = vault.read(account.token)
    tongue = delivery.language.partition("-")[0]
    settings: Settings = {
        "schema": "whatsapp",
        "token": secret,
        "from_phone_id": account.phone_id,
        "template": account.template,
        "language": account.languages.get(tongue) or next(iter(account.languages.values())),
        "template_mapping": {"body": "1"},
        "targets": [delivery.address],
    }
    aim = _same(targets=[delivery.address], token=secret, template=account.template)
    return Blueprint(settings, "", wording.one_paragraph(delivery.body), aim)


def _telegram(account: TelegramAccount, delivery: Delivery, vault: Vault) -> Blueprint:
    """A chat by its number, or a channel by its name. The plug-in would look for the bot's owner without a target."""
    secret = vault.read(account.token)
    settings: Settings = {
        "schema": "tgram",
        "bot_token": secret,
        "targets": [delivery.address],
        "detect_owner": False,
        "include_image": False,
        "preview": False,
    }
    number = delivery.address.lstrip("-").isdigit()
    target: object = int(delivery.address) if number else delivery.address
    aim = _same(targets=[(target, None)], bot_token=secret.removeprefix("bot"), detect_owner=False)
    # The plug-in sends plain text as HTML, leaves tags in it as they are, and drops empty lines.
    text = escape(wording.together(delivery.subject, delivery.body))
    return Blueprint(settings, "", wording.keep_empty_lines(text), aim)


def _on(account: Server, schema: str) -> Settings:
    """The place of a server; Apprise says with the schema whether it is reached over TLS."""
    place = check_base(account.url, allow_loopback=account.allow_loopback, allow_private=True)
    host = f"[{place.host}]" if ":" in place.host else place.host
    return {"schema": schema + ("s" if place.scheme == "https" else ""), "host": host, "port": place.port}


def _signal(account: SignalAccount, delivery: Delivery, vault: Vault) -> Blueprint:
    """A number; without a target this plug-in writes to the sender, so the target is proven."""
    settings = _on(account, "signal") | {"source": account.sender, "targets": [delivery.address]}
    if account.user is not None and account.password is not None:
        settings["user"] = quote(account.user, safe="")
        settings["password"] = quote(vault.read(account.password), safe="")
    aim = _same(targets=[delivery.address], source=account.sender, host=settings["host"])
    return Blueprint(settings, "", wording.together(delivery.subject, delivery.body), aim)


def _slack(account: SlackAccount, delivery: Delivery, vault: Vault) -> Blueprint:
    """A person or a channel by its id; plain text blocks, in which Slack looks for no mentions."""
    secret = vault.read(account.token)
    settings: Settings = {
        "schema": "slack",
        "access_token": secret,
        "targets": [f"+{delivery.address}"],
        "include_image": False,
        "include_footer": False,
        "use_blocks": True,
        "mode": "bot",
    }
    aim = _same(channels=[f"+{delivery.address}"], access_token=secret, mode="bot")
    body = wording.plain(wording.together(delivery.subject, delivery.body))
    return Blueprint(settings, "", body, aim)


def _teams(account: TeamsAccount, delivery: Delivery, vault: Vault) -> Blueprint:
    """A workflow by its address; what the plug-in calls for it must be what the address says."""
    del account, vault  # the address holds all there is
    parts = urlsplit(delivery.address)
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    before, _, after = parts.path.partition("/workflows/")
    workflow, _, rest = after.partition("/")
    if (
        rest != "triggers/manual/paths/invoke"
        or asked.get("sp", "/triggers/manual/run") != "/triggers/manual/run"
    ):
        raise NotBuildable("unknown_workflow")
    _, _, unit = before.partition("/cu/")
    settings: Settings = {
        "schema": "workflows",
        "host": parts.hostname or "",
        "routing_id": unit or None,
        "port": parts.port,
        "workflow": workflow,
        "signature": asked.get("sig", ""),
        "power_automate": bool(before),
        "version": asked.get("api-version"),
        "include_image": False,
    }
    # A version of Apprise that knows no units would leave this one out, and post to another address.
    known = {"routing_id": unit} if unit else {}
    aim = _same(host=settings["host"], workflow=workflow, signature=settings["signature"], **known)
    return Blueprint(settings, delivery.subject, wording.plain(delivery.body), aim)


def _matrix(account: MatrixAccount, delivery: Delivery, vault: Vault) -> Blueprint:
    """A room or a person. The id of the delivery is the transaction, so that a second copy is dropped by the server."""
    secret = vault.read(account.token)
    settings = _on(account, "matrix") | {
        "password": quote(secret, safe=""),
        "targets": [delivery.address],
        "include_image": False,
        "discovery": False,
        "e2ee": False,
        "mode": "off",
    }

    def aim(plugin: Any) -> bool:
        plugin.access_token = plugin.password = secret
        plugin.transaction_id = delivery.id
        return bool([*plugin.rooms, *plugin.users] == [delivery.address])

    return Blueprint(settings, "", wording.plain(wording.together(delivery.subject, delivery.body)), aim)


def _discord(account: DiscordAccount, delivery: Delivery, vault: Vault) -> Blueprint:
    """A webhook of a channel by its address."""
    del account, vault  # the address holds all there is
    number, token = urlsplit(delivery.address).path.split("/")[-2:]
    settings: Settings = {
        "schema": "discord",
        "webhook_id": number,
        "webhook_token": token,
        "avatar": False,
        "footer": False,
        "include_image": False,
    }
    aim = _same(webhook_id=number, webhook_token=token)
    return Blueprint(settings, "", wording.plain(wording.together(delivery.subject, delivery.body)), aim)


def _ntfy(account: NtfyAccount, delivery: Delivery, vault: Vault) -> Blueprint:
    """A topic on the account's server."""
    settings = _on(account, "ntfy") | {
        "targets": [delivery.address],
        "mode": "private",
        "include_image": False,
        "priority": "high" if delivery.lane == "urgent" else "default",
    }
    if account.token is not None:
        settings |= {"auth": "token", "token": vault.read(account.token)}
    return Blueprint(settings, delivery.subject, delivery.body, _same(topics=[delivery.address]))


_BUILDERS: Mapping[type[ChannelAccount], Callable[[Any, Delivery, Vault], Blueprint]] = {
    MailAccount: _mail,
    WebhookAccount: _webhook,
    TwilioSmsAccount: _twilio,
    TwilioWhatsAppAccount: _twilio,
    VonageSmsAccount: _vonage,
    WhatsAppAccount: _whatsapp,
    TelegramAccount: _telegram,
    SignalAccount: _signal,
    SlackAccount: _slack,
    TeamsAccount: _teams,
    MatrixAccount: _matrix,
    DiscordAccount: _discord,
    NtfyAccount: _ntfy,
}
