"""Reads a folder on an IMAP server: what is there and not marked yet, as bytes, and the mark once it has been kept.

What the server says is never in an error or a log, for it may repeat a name or an address.
"""

import contextlib
import imaplib
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from konbit.errors import KonbitError
from konbit.notify.mailboxes import Mailbox

KEYWORD: Final = "Konbit"
"""What was read is flagged with; not with `\\Seen`, which whoever looks into the mailbox sets too."""
LARGEST: Final = 1_000_000
"""Bytes of a mail that are fetched: an answer stands at its beginning, before what is attached."""
TOGETHER: Final = 120.0
"""Seconds that one look may take in all, however slowly the server answers."""


class MailboxAway(KonbitError):
    """The mailbox cannot be read."""


@dataclass(frozen=True)
class Folder:
    """An open folder."""

    connection: imaplib.IMAP4 = field(repr=False)
    mailbox: Mailbox
    validity: str
    """The UIDVALIDITY of the folder: with it the number of a mail is never given twice (RFC 3501, 2.3.1.1)."""
    flag: str
    """What marks a mail as read by us, where it is not moved."""

    def waiting(self, limit: int) -> list[str]:
        """The numbers of mails that were not marked yet, the oldest first."""
        unmarked = {KEYWORD: ("UNKEYWORD", KEYWORD), "\\Seen": ("UNSEEN",)}
        which = () if self.mailbox.done else unmarked[self.flag]
        (found, *_) = self._uid("SEARCH", "UNDELETED", *which) or [b""]
        numbers = found.decode("ascii", "replace").split() if isinstance(found, bytes) else []
        return sorted((one for one in numbers if one.isdecimal()), key=int)[:limit]

    def fetch(self, number: str) -> bytes | None:
        """A mail, or its first part if it is long; unmarked by that. None if it is gone."""
        for part in self._uid("FETCH", number, f"(BODY.PEEK[]<0.{LARGEST}>)"):
            if isinstance(part, tuple):
                return bytes(part[1])
        return None

    def mark(self, number: str) -> None:
        """Moves the mail where it belongs now, or flags it. MailboxAway if the server will not."""
        if self.mailbox.done is None:
            flags = f"({self.flag} \\Seen)" if self.flag == KEYWORD else f"({self.flag})"
            self._uid("STORE", number, "+FLAGS.SILENT", flags)
            return
        there = _quoted(self.mailbox.done)
        if "MOVE" in self.connection.capabilities:
            self._to("MOVE", number, there)
            return
        self._to("COPY", number, there)
        self._uid("STORE", number, "+FLAGS.SILENT", "(\\Deleted)")
        if "UIDPLUS" in self.connection.capabilities:
            # A plain EXPUNGE would take away what others have marked as deleted.
            self._uid("EXPUNGE", number)

    def _to(self, command: str, number: str, there: str) -> None:
        if self.connection.uid(command, number, there)[0] != "OK":
            # The folder may not be there yet; if it is, the server says so and that is all.
            self.connection.create(there)
            self._uid(command, number, there)

    def _uid(self, command: str, *arguments: str) -> list[bytes | tuple[bytes, bytes]]:
        said, data = self.connection.uid(command, *arguments)
        if said != "OK":
            raise MailboxAway(f"the server refused {command}")
        return [part for part in data if isinstance(part, bytes | tuple)]


@contextlib.contextmanager
def opened(mailbox: Mailbox, password: str) -> Iterator[Folder]:
    """The folder, for the length of a look. MailboxAway, with a reason in words, for whatever goes wrong on the way."""
    end = _End()
    try:
        with end, contextlib.closing(_Session(_connected(mailbox, end))) as session:
            _log_in(session.connection, mailbox, password)
            yield _selected(session.connection, mailbox)
    except imaplib.IMAP4.readonly:
        raise MailboxAway("the folder cannot be written to: nothing in it can be marked") from None
    except imaplib.IMAP4.error as error:
        # imaplib passes the server's own words on.
        raise MailboxAway(f"the connection broke ({type(error).__name__})") from None
    except ssl.SSLCertVerificationError as error:
        raise MailboxAway(f"its certificate is not trusted: {error.verify_message}") from None
    except (OSError, ValueError) as error:
        slow = end.came.is_set() or isinstance(error, TimeoutError)
        said = "took too long" if slow else "did not answer"
        raise MailboxAway(f"the server {said} ({type(error).__name__})") from None


class _End:
    """The end of a look: after `TOGETHER` seconds its connection is broken off, whatever the server does meanwhile."""

    def __init__(self) -> None:
        self.came = threading.Event()
        self._sockets: list[socket.socket] = []
        self._timer = threading.Timer(TOGETHER, self._break)
        self._timer.daemon = True

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def watch(self, line: socket.socket) -> None:
        """Breaks this one off too."""
        self._sockets.append(line)
        if self.came.is_set():
            self._break()

    def _break(self) -> None:
        self.came.set()
        for line in self._sockets:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)


class _Open(imaplib.IMAP4):
    """A connection that is watched from its first byte on: the client of the library talks before it can be had."""

    def __init__(self, mailbox: Mailbox, end: _End) -> None:
        self._watched_by = end
        super().__init__(mailbox.host, mailbox.real_port, timeout=mailbox.timeout)

    def open(self, host: str = "", port: int = 143, timeout: float | None = None) -> None:
        """Connects."""
        super().open(host, port, timeout)
        self._watched_by.watch(self.socket())


class _Sealed(imaplib.IMAP4_SSL):
    """The same, through TLS from the beginning."""

    def __init__(self, mailbox: Mailbox, end: _End, context: ssl.SSLContext) -> None:
        self._watched_by = end
        place = (mailbox.host, mailbox.real_port)
        super().__init__(*place, ssl_context=context, timeout=mailbox.timeout)

    def open(self, host: str = "", port: int | None = 993, timeout: float | None = None) -> None:
        """Connects."""
        super().open(host, port, timeout)
        self._watched_by.watch(self.socket())


def _connected(mailbox: Mailbox, end: _End) -> imaplib.IMAP4:
    context = ssl.create_default_context(cafile=mailbox.ca_file)
    if mailbox.secure == "ssl":
        return _Sealed(mailbox, end, context)
    connection = _Open(mailbox, end)
    try:
        connection.starttls(context)
        end.watch(connection.socket())
    except BaseException:
        connection.shutdown()
        raise
    return connection


@dataclass(frozen=True)
class _Session:
    connection: imaplib.IMAP4

    def close(self) -> None:
        """Says goodbye. Not with CLOSE, which would remove what others have marked as deleted."""
        try:
            self.connection.logout()
        except (OSError, imaplib.IMAP4.error):
            self.connection.shutdown()


def _log_in(connection: imaplib.IMAP4, mailbox: Mailbox, password: str) -> None:
    try:
        if "AUTH=PLAIN" in connection.capabilities:
            # LOGIN takes ASCII alone (RFC 3501, 6.2.3).
            connection.authenticate("PLAIN", lambda _: f"\0{mailbox.user}\0{password}".encode())
        else:
            connection.login(mailbox.user, password)
    except imaplib.IMAP4.abort:
        raise
    except (imaplib.IMAP4.error, UnicodeEncodeError):
        raise MailboxAway("the server refused the user or the password") from None
    # What a server can do may change with the login, and not every one says so by itself.
    told = connection.capability()[1]
    connection.capabilities = tuple(str(told[-1] or b"", "ascii", "replace").upper().split())


def _selected(connection: imaplib.IMAP4, mailbox: Mailbox) -> Folder:
    if connection.select(_quoted(mailbox.folder))[0] != "OK":
        raise MailboxAway("there is no such folder")
    flags = _told(connection, "PERMANENTFLAGS")
    keeps_keywords = "\\*" in flags or re.search(rf"(?i)(^|[( ]){KEYWORD}([ )]|$)", flags) is not None
    return Folder(
        connection, mailbox, _told(connection, "UIDVALIDITY"), KEYWORD if keeps_keywords else "\\Seen"
    )


def _told(connection: imaplib.IMAP4, name: str) -> str:
    found = connection.response(name)[1]
    last = found[-1] if found else None
    return last.decode("ascii", "replace") if isinstance(last, bytes) else ""


def _quoted(folder: str) -> str:
    return f'"{folder}"'
