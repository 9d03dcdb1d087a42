"""Takes mail that people wrote back out of a maildir or an IMAP folder: kept in the store first, marked after that."""

import dataclasses
import logging
import mailbox
from pathlib import Path
from typing import Final

from konbit.clock import Clock
from konbit.notify import imap
from konbit.notify.imap import MailboxAway
from konbit.notify.incoming_mail import read_mail
from konbit.notify.mailboxes import Mailbox
from konbit.notify.vault import Vault
from konbit.store.database import Store
from konbit.store.reply_records import NewInbound

logger = logging.getLogger(__name__)
AT_ONCE: Final = 200


@dataclasses.dataclass(frozen=True)
class Letters:
    """Where mails are kept; one that comes twice, by whatever way, is kept once."""

    store: Store
    clock: Clock

    def keep(self, raw: bytes, name: str) -> bool:
        """Keeps one mail; False if it came before. `name` stands in where it has no Message-ID."""
        mail = read_mail(raw)
        now = self.clock.now()
        with self.store.begin() as tx:
            if mail.bounced:
                for _, endpoint in tx.replies.owners("mail", mail.bounced):
                    tx.directory.mark_endpoint(endpoint, "bounced", now)
            if mail.complained:
                tx.complaints.of_mail(*mail.complained, now)
            return tx.replies.put(
                NewInbound(
                    provider="mail",
                    provider_msg_id=mail.message_id or name,
                    channel="mail",
                    sender=mail.sender,
                    text=mail.text,
                    received_at=now,
                    quoted=mail.quoted,
                    automatic=mail.automatic,
                )
            )


@dataclasses.dataclass(frozen=True)
class Maildir:
    """A maildir into which the mail server delivers; several processes may empty it, a mail read twice is kept once."""

    folder: Path
    letters: Letters

    def collect(self) -> int:
        """Takes what is new; how many mails that was. Of a long mail the beginning is read: that is where an answer is."""
        box = mailbox.Maildir(str(self.folder), factory=None, create=False)
        taken = 0
        for path in sorted((self.folder / "new").iterdir())[:AT_ONCE]:
            if path.is_file():
                with path.open("rb") as file:
                    raw = file.read(imap.LARGEST)
                self.letters.keep(raw, f"file:{path.name}")
                taken += 1
            # As the format has it: what was looked at moves from new to cur, with the flag of what was seen.
            path.rename(self.folder / "cur" / f"{path.name.partition(':')[0]}:2,S")
        box.close()
        return taken


@dataclasses.dataclass(frozen=True)
class ImapFolder:
    """A folder on an IMAP server; several processes may empty it."""

    mailbox: Mailbox
    vault: Vault
    letters: Letters

    def collect(self) -> int:
        """Takes what is not marked yet; how many mails that was.

        MailboxAway if the server cannot be read, or does not let what was read be marked; NoSecret without its password.
        """
        taken, unmarked = 0, 0
        with imap.opened(self.mailbox, self.vault.read(self.mailbox.password)) as folder:
            for number in folder.waiting(AT_ONCE):
                raw = folder.fetch(number)
                if raw is None:
                    continue
                self.letters.keep(raw, f"imap:{self.mailbox.name}:{folder.validity}:{number}")
                taken += 1
                try:
                    folder.mark(number)
                except MailboxAway:
                    # It is kept, and the next look will know it; what comes behind it must not wait for that.
                    unmarked += 1
        if unmarked:
            raise MailboxAway(f"{unmarked} mails were read and cannot be marked")
        return taken
