"""The one place that sends: Apprise, one recipient per object, without its retries, redirects, waits and threads.

Apprise answers true or false. What the provider really said is seen one layer below, by the carriers that stand where its
plug-ins find `requests` and `smtplib`; `konbit.notify.verdicts` judges by that.
"""

import sys
import threading
import warnings
from typing import Any

import apprise
from apprise.manager_plugins import NotificationManager

from konbit.domain.delivery import (
    DRILL_AUDIENCES,
    Delivery,
    Permanent,
    Refused,
    SendResult,
    Temporary,
    Unknown,
)
from konbit.notify import accounts, network
from konbit.notify.accounts import MailAccount
from konbit.notify.address import InvalidAddress, canonical
from konbit.notify.building import SCHEMAS, Blueprint, NotBuildable, blueprint
from konbit.notify.carrier import Carrier
from konbit.notify.channels import ChannelAccount
from konbit.notify.flight import Flight, Route, Timeouts, airborne
from konbit.notify.postman import Postman
from konbit.notify.quiet import quiet_libraries
from konbit.notify.vault import NoSecret, Vault
from konbit.notify.verdicts import judge

_CARRIER, _POSTMAN = Carrier(), Postman()


class AppriseAdapter:
    """Sends one delivery through one account; safe to use from many threads."""

    def __init__(
        self, timeouts: Timeouts | None = None, vault: Vault | None = None, portal_url: str = ""
    ) -> None:
        """`portal_url` is where keys pressed in a call are brought."""
        quiet_libraries()
        self._timeouts = timeouts or Timeouts()
        self._vault = vault or Vault()
        self._portal_url = portal_url
        self._asset = _asset()
        self._flights: dict[tuple[str, int], Flight] = {}
        self._services = threading.local()
        _enable_only_ours()

    def send(self, account: ChannelAccount, delivery: Delivery) -> SendResult:
        """Sends `delivery` and says what is known of its fate; never raises."""
        quiet_libraries()
        refusal = _refusal(account, delivery)
        if refusal is not None:
            return refusal
        try:
            drawn = blueprint(account, delivery, self._vault, self._portal_url)
            if isinstance(account, MailAccount):
                # The carrier looks for itself; the plug-in for mail connects by name.
                network.resolve(
                    account.host, account.real_port, allow_loopback=account.allow_loopback, allow_private=True
                )
        except NoSecret:
            return Refused("no_secret")
        except NotBuildable as error:
            return Permanent(str(error))
        except network.ForbiddenHost:
            return Permanent("forbidden_host")
        except network.UnknownHost:
            return Temporary("unknown_host")
        return self._fly(account, delivery, drawn)

    def abort(self, delivery_id: str, generation: int) -> None:
        """Breaks off a send that takes too long, so that its thread comes back; nothing if it has ended."""
        flight = self._flights.get((delivery_id, generation))
        if flight is not None:
            flight.abort()

    def _fly(self, account: ChannelAccount, delivery: Delivery, drawn: Blueprint) -> SendResult:
        flight = Flight(_route(account), self._timeouts)
        key = (delivery.id, delivery.generation)
        self._flights[key] = flight
        try:
            with airborne(flight):
                service = self._service(account, drawn)
                if service is None:
                    return Permanent("not_buildable")
                text = apprise.NotifyFormat.TEXT
                done = bool(service.notify(body=drawn.body, title=drawn.title, body_format=text))
        except Exception:  # noqa: BLE001  a plug-in may raise anything, and the message may have left before it did
            return Unknown("exception")
        finally:
            self._flights.pop(key, None)
        return judge(account, flight, done=done)

    def _service(self, account: ChannelAccount, drawn: Blueprint) -> apprise.Apprise | None:
        """One service with one target, proven; None if Apprise would not build it, or built something else."""
        settings = {"format": "text", **drawn.settings, "retry": 0}
        plugin: Any = apprise.Apprise.instantiate(settings, asset=self._asset)
        if plugin is None or not drawn.aim(plugin) or plugin.redirects or not plugin.verify_certificate:
            return None
        _fit(plugin)
        plugin.request_rate_per_sec = 0
        plugin.throttle = _no_wait
        # For mail Apprise uses this one for every answer of the server, not only for the connection.
        mail = isinstance(account, MailAccount)
        plugin.socket_connect_timeout = self._timeouts.read if mail else self._timeouts.connect
        plugin.socket_read_timeout = self._timeouts.read
        # Made once for each thread, as making one costs a tenth of a send; it holds one service at a time.
        service: apprise.Apprise | None = getattr(self._services, "service", None)
        if service is None:
            service = self._services.service = apprise.Apprise(asset=self._asset)
        service.clear()
        return service if service.add(plugin) and len(service) == 1 else None


def _fit(plugin: Any) -> None:
    """Puts our carriers where the plug-in finds its libraries; Apprise itself offers no place for them.

    LookupError if they are not where they were in the versions we know: then nothing may be sent.
    """
    for kind in type(plugin).__mro__:
        if not kind.__module__.startswith("apprise.plugins.") or kind.__module__ == "apprise.plugins.base":
            continue
        module = sys.modules[kind.__module__]
        mail = kind.__module__.startswith("apprise.plugins.email")
        name, ours = ("smtplib", _POSTMAN) if mail else ("requests", _CARRIER)
        if not hasattr(module, name):
            raise LookupError(name)
        setattr(module, name, ours)
        return


def _no_wait(*_: object, **__: object) -> None:
    """Instead of the waits of Apprise, which hold up a thread: rates are kept by the outbox."""


def _route(account: ChannelAccount) -> Route:
    return Route(account.allow_loopback, account.inner, account.base)


def _enable_only_ours() -> None:
    """Turns every other service of Apprise off, for this process."""
    manager: Any = NotificationManager  # its methods carry no types
    with warnings.catch_warnings():
        # The first use imports every plug-in; the deprecations that this meets are not ours to mend.
        warnings.simplefilter("ignore", DeprecationWarning)
        manager().enable_only(*SCHEMAS)


def _refusal(account: ChannelAccount, delivery: Delivery) -> Permanent | None:
    """What is refused without the network: an account of another mode or kind, an address not canonical."""
    if not account.allows(delivery.mode):
        return Permanent("account_mode")
    if delivery.mode == "drill" and delivery.audience not in DRILL_AUDIENCES:
        return Permanent("not_private")
    if not accounts.serves(account, delivery.channel):
        return Permanent("account_kind")
    try:
        same = canonical(delivery.channel, delivery.address, allow_loopback=account.allow_loopback)
    except InvalidAddress:
        return Permanent("invalid_address")
    return None if same == delivery.address else Permanent("invalid_address")


def _asset() -> apprise.AppriseAsset:
    """Safe settings; `service_timeout` exists from Apprise 2.0 on, and 0 keeps the send in our thread."""
    extra: dict[str, Any] = {"service_timeout": 0} if hasattr(apprise.AppriseAsset, "service_timeout") else {}
    return apprise.AppriseAsset(
        app_id="Konbit",
        async_mode=False,
        http_redirects=False,
        interpret_emojis=False,
        secure_logging=True,
        **extra,
    )
