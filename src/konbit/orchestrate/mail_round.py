"""Fetches answers from a mailbox again and again, in a thread of its own: a server that hangs holds up nothing else.

Each look that went through is a sign of life in the store. Without one for too long the watchdog calls.
"""

import logging
import threading
from typing import Final

from konbit.clock import wall_now
from konbit.errors import KonbitError
from konbit.orchestrate.mailroom import ImapFolder

logger = logging.getLogger(__name__)
MAILBOX: Final = "mailbox:"
"""How the signs of life of mailboxes begin."""
STOPPING: Final = 1.0
"""Seconds that a look under way is given to end; it is a daemon's after that, and what it kept is kept."""


class MailRound:
    """Looks into one mailbox until it is stopped."""

    def __init__(self, source: ImapFolder) -> None:
        self.source = source
        self._stop = threading.Event()
        self._reason = ""
        name = f"konbit-mailbox-{source.mailbox.name}"
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begins."""
        self._thread.start()

    def stop(self) -> None:
        """Ends after the look that is under way, or leaves it."""
        self._stop.set()
        self._thread.join(STOPPING)

    def look(self) -> bool:
        """One look, with its sign of life; False if it failed, which is logged when the reason is new."""
        try:
            self.source.collect()
            with self.source.letters.store.begin() as tx:
                tx.watch.beat(f"{MAILBOX}{self.source.mailbox.name}", wall_now())
        except KonbitError as error:
            self._failed(str(error))
            return False
        except Exception as error:  # noqa: BLE001  whatever a driver raises; the text may quote a mail
            self._failed(type(error).__name__)
            return False
        if self._reason:
            logger.info("the mailbox %s can be read again", self.source.mailbox.name)
        self._reason = ""
        return True

    def _failed(self, reason: str) -> None:
        if reason != self._reason:
            logger.warning("the mailbox %s could not be read: %s", self.source.mailbox.name, reason)
        self._reason = reason

    def _run(self) -> None:
        while not self._stop.is_set():
            self.look()
            self._stop.wait(self.source.mailbox.every)
