"""How a watchdog calls: directly through a channel account, past the outbox, which may be what is broken."""

import datetime as dt
import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from konbit.clock import wall_now
from konbit.definition.base import Mode
from konbit.domain.delivery import Accepted, Delivery
from konbit.domain.watch import Fault
from konbit.errors import UserError
from konbit.notify import marking
from konbit.notify.address import InvalidAddress, canonical
from konbit.notify.channels import ChannelAccount
from konbit.notify.dispatch import Adapter
from konbit.notify.message import is_short

logger = logging.getLogger(__name__)


class InvalidRoute(UserError):
    """A route of alarms cannot be used."""


@dataclass(frozen=True)
class Path:
    """An account, and whom it calls."""

    account: ChannelAccount
    address: str

    def __repr__(self) -> str:
        """Without the address."""
        return f"Path({self.account.name})"


def paths(text: str, accounts: Mapping[str, ChannelAccount]) -> list[Path]:
    """The paths in `account=address, account=address`; InvalidRoute says which one is wrong, not what it holds."""
    found = []
    for number, part in enumerate((one.strip() for one in text.split(",") if one.strip()), start=1):
        name, _, address = part.partition("=")
        account = accounts.get(name.strip())
        if account is None:
            known = ", ".join(sorted(accounts)) or "none"
            raise InvalidRoute(
                f"KONBIT_ALARMS, entry {number}: there is no account of that name; known: {known}"
            )
        try:
            checked = canonical(account.channel, address.strip(), allow_loopback=account.allow_loopback)
        except InvalidAddress as error:
            raise InvalidRoute(f"KONBIT_ALARMS, entry {number}: {error}") from None
        found.append(Path(account, checked))
    return found


class Siren:
    """Calls by the first path that works and is not what failed."""

    def __init__(self, adapter: Adapter, routes: Sequence[Path]) -> None:
        self._adapter, self._routes = adapter, routes

    def tell(self, fault: Fault) -> str | None:
        """The account by which somebody was told, or None. The log hears of it in any case."""
        logger.error("watchdog: %s", fault.text)
        for route in self._routes:
            if route.account.name == fault.account:
                continue
            result = self._adapter.send(route.account, _alarm(route, fault))
            if isinstance(result, Accepted):
                return route.account.name
            logger.error("watchdog: no alarm by %s: %s", route.account.name, type(result).__name__)
        return None


def _alarm(route: Path, fault: Fault) -> Delivery:
    """The alarm as a message; through an account that is for drills alone it bears the marks of one."""
    account = route.account
    mode: Mode = "actual" if account.allows("actual") else "drill"
    now = wall_now()
    subject = marking.mark_subject(f"Konbit watchdog: {fault.kind}", "en", mode)
    mark = marking.mark_sms if is_short(account.channel) else marking.mark_body
    seed = hashlib.sha256(f"{fault.key}{now.isoformat()}".encode()).hexdigest()
    return Delivery(
        id=seed[:32],
        run_id="watchdog",
        mode=mode,
        person_id="watchdog",
        endpoint_id="watchdog",
        channel=account.channel,
        account=account.name,
        address=route.address,
        subject=subject,
        body=mark(f"Konbit watchdog: {fault.text}", "en", mode),
        language="en",
        lane="urgent",
        not_before=now,
        expires_at=now + dt.timedelta(hours=1),
        reference=seed[:4].upper(),
        audience="private",
        cap="Alert",
    )
