"""Takes mail that people wrote back out of a maildir: kept in the store first, marked as seen after that."""

import dataclasses
import logging
import mailbox
from pathlib import Path
from typing import Final

from konbit.clock import Clock
from konbit.notify.incoming_mail import read_mail
from konbit.store.database import Store
from konbit.store.reply_records import NewInbound

logger = logging.getLogger(__name__)
LARGEST: Final = 1_000_000
"""Bytes of a mail that is read at all; a longer one is no answer."""
AT_ONCE: Final = 200


@dataclasses.dataclass(frozen=True)
class Maildir:
    """A maildir into which the mail server delivers; several processes may empty it, a mail read twice is kept once."""

    folder: Path
    store: Store
    clock: Clock

    def collect(self) -> int:
        """Takes what is new; how many mails that was. A mail that cannot be read stays where it is, marked as seen."""
        box = mailbox.Maildir(str(self.folder), factory=None, create=False)
        taken = 0
        for path in sorted((self.folder / "new").iterdir())[:AT_ONCE]:
            if path.is_file() and path.stat().st_size <= LARGEST:
                self.keep(path.read_bytes(), path.name)
                taken += 1
            else:
                logger.warning("a mail in the maildir is too large to be an answer and was left unread")
            # As the format has it: what was looked at moves from new to cur, with the flag of what was seen.
            path.rename(self.folder / "cur" / f"{path.name.partition(':')[0]}:2,S")
        box.close()
        return taken

    def keep(self, raw: bytes, name: str) -> bool:
        """Keeps one mail; False if it came before. `name` stands in where it has no Message-ID."""
        mail = read_mail(raw)
        now = self.clock.now()
        with self.store.begin() as tx:
            if mail.bounced:
                for _, endpoint in tx.replies.owners("mail", mail.bounced):
                    tx.directory.mark_endpoint(endpoint, "bounced", now)
            return tx.replies.put(
                NewInbound(
                    provider="mail",
                    provider_msg_id=mail.message_id or f"file:{name}",
                    channel="mail",
                    sender=mail.sender,
                    text=mail.text,
                    received_at=now,
                    quoted=mail.quoted,
                    automatic=mail.automatic,
                )
            )
