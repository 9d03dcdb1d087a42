"""Puts the parts together, once in each process. Reads the settings; nothing below this does."""

import dataclasses
import datetime as dt
import functools
import os
import socket
from collections.abc import Mapping
from pathlib import Path

from konbit.check.refusal import sound
from konbit.clock import Clock
from konbit.definition.library import Library, load
from konbit.definition.source import read_bytes
from konbit.domain.caution import Caps
from konbit.errors import UserError
from konbit.notify.accounts import read_accounts
from konbit.notify.channels import ChannelAccount
from konbit.notify.dispatch import Dispatcher, Limits
from konbit.notify.links import Signer, signer_of
from konbit.notify.mailboxes import Mailbox, read_mailboxes
from konbit.notify.retry import next_step
from konbit.notify.separation import require_separate
from konbit.notify.vault import Vault
from konbit.orchestrate import sending
from konbit.orchestrate.ledger import Ledger
from konbit.orchestrate.mail_round import MailRound
from konbit.orchestrate.mailroom import ImapFolder, Letters, Maildir
from konbit.orchestrate.planning import Planner
from konbit.orchestrate.steward import Steward
from konbit.settings import Settings
from konbit.store.database import Store

POLL = 1.0
"""Seconds between two looks into the outbox while nobody nudges."""


@dataclasses.dataclass(frozen=True)
class Wiring:
    """The parts of a process."""

    settings: Settings
    store: Store
    library: Library
    clock: Clock
    signer: Signer
    accounts: dict[str, ChannelAccount]
    mailboxes: dict[str, Mailbox]
    steward: Steward

    def dispatcher(self) -> Dispatcher:
        """What sends the messages that are due; `MixedCredentials` if drills would leave with credentials that are not theirs."""
        require_separate(self.accounts, self.settings.sends, self.vault().read)
        outbox = sending.Outbox(self.store, next_step)
        # The clock nudges when something is stored; in a drill that runs faster, more falls due in a second.
        limits = Limits(poll=max(Limits.poll, POLL / self.settings.clock_factor))
        return Dispatcher(
            outbox, self.accounts, self.adapter(), self.clock, owner=self.steward.owner, limits=limits
        )

    def adapter(self) -> sending.Adapter:
        """What sends one message."""
        return sending.Adapter(vault=self.vault(), portal_url=self.settings.portal_url)

    def vault(self) -> Vault:
        """What reads the secrets that accounts refer to."""
        return Vault({"prefect": _from_prefect})

    def maildir(self) -> Maildir | None:
        """The maildir that answers are delivered into, if there is one."""
        folder = self.settings.maildir
        return Maildir(folder, Letters(self.store, self.clock)) if folder else None

    def mail_rounds(self) -> list[MailRound]:
        """What fetches answers from mailboxes, one for each; not started."""
        letters, vault = Letters(self.store, self.clock), self.vault()
        return [MailRound(ImapFolder(one, vault, letters)) for one in self.mailboxes.values()]


@functools.cache
def from_environment() -> Wiring:
    """The parts as the environment says; made once in a process."""
    return wire(Settings())


def wire(settings: Settings) -> Wiring:
    """The parts as the settings say."""
    library = load(settings.folders)
    clock = settings.clock()
    store = Store(settings.database, keys=settings.vault_keys())
    signer = signer_of(settings.link_secret(), settings.previous_link_secret, settings.environment)
    accounts = channel_accounts(settings.channels_file)
    boxes = mailboxes(settings.channels_file)
    caps = Caps(settings.drill_recipients, settings.drill_segments, settings.actual_recipients)
    planner = Planner(accounts, signer, settings.portal_url, library.codes, caps)
    ledger = Ledger(store, planner, library.bundle)
    owner = f"{socket.gethostname()}:{os.getpid()}"
    lease = dt.timedelta(seconds=settings.lease_seconds)
    steward = Steward(
        store,
        ledger,
        library.bundle,
        clock,
        library.codes,
        owner,
        lease,
        library.messages,
        caps,
        sound=functools.partial(sound, library),
    )
    return Wiring(settings, store, library, clock, signer, accounts, boxes, steward)


def channel_accounts(path: Path | None) -> dict[str, ChannelAccount]:
    """The accounts in a channels file; none without a file."""
    if path is None:
        return {}
    accounts = _listed(path, "accounts")
    if accounts is None:
        raise UserError(f"{path}: expected `accounts:` with a list of channel accounts")
    return read_accounts(accounts)


def mailboxes(path: Path | None) -> dict[str, Mailbox]:
    """The mailboxes in a channels file, from which answers are fetched."""
    return read_mailboxes(_listed(path, "mailboxes") or []) if path is not None else {}


def _listed(path: Path, name: str) -> list[Mapping[str, object]] | None:
    """What stands under a name in a channels file; None if it is not there."""
    source, problems = read_bytes(path.read_bytes(), str(path))
    if source is None or problems:
        raise UserError(problems[0].text() if problems else f"{path} cannot be read")
    found = source.data.get(name) if isinstance(source.data, dict) else None
    if found is not None and not isinstance(found, list):
        raise UserError(f"{path}: expected a list under `{name}:`")
    return None if found is None else [one for one in found if isinstance(one, dict)]


def _from_prefect(name: str) -> str:
    # Imported when it is needed: the portal is wired here too, and has no use for Prefect.
    from konbit.orchestrate.blocks import read_secret  # noqa: PLC0415

    return read_secret(name)
