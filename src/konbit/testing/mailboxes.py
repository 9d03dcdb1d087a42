"""An IMAP4rev1 server on 127.0.0.1, through TLS, with one user and folders that a test fills and looks into.

It speaks what a client needs to read a folder and to mark or move mail (RFC 3501, with MOVE and UIDPLUS), and can misbehave.
"""

import asyncio
import base64
import datetime as dt
import ipaddress
import itertools
import re
import ssl
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from konbit.testing.sinks import Sink

MailboxBehaviour = Literal["accept", "hang", "drip", "drop_before_mark", "refuse_marks", "gone"]
"""`drop_before_mark` breaks off once a mail was fetched; `gone`: what a search found is not there any more."""
USER: Final = "answers@example.org"
PASSWORD: Final = 'pa"ss\\wörd'  # noqa: S105  of the fake alone
_WORD: Final = re.compile(r'"((?:[^"\\]|\\.)*)"|(\([^)]*\))|([^ ]+)')


@dataclass
class Held:
    """One mail in a folder."""

    uid: int
    raw: bytes = field(repr=False)
    flags: set[str] = field(default_factory=set)


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that nobody has signed but itself, and its key, as files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.example.org")])
    now = dt.datetime.now(dt.UTC)
    there = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(there, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "mail.pem", folder / "mail.key"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    paths[1].write_bytes(key.private_bytes(pem, pkcs8, serialization.NoEncryption()))
    return paths


class ImapLike(Sink):
    """The server. `abilities` are what it says it can do; without `keywords` it keeps its own flags alone."""

    def __init__(
        self,
        files: tuple[Path, Path],
        *,
        abilities: Iterable[str] = ("AUTH=PLAIN", "MOVE", "UIDPLUS"),
        keywords: bool = True,
        starttls: bool = False,
    ) -> None:
        super().__init__()
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.load_cert_chain(*files)
        self.abilities, self.keywords, self.starttls = tuple(abilities), keywords, starttls
        self.behaviour: MailboxBehaviour = "accept"
        self.folders: dict[str, list[Held]] = {"INBOX": []}
        self.commands: list[str] = []
        """The names of the commands that came, in order."""
        self._uids = itertools.count(1)

    def deliver(self, raw: bytes, folder: str = "INBOX") -> None:
        """A mail arrives."""
        self.folders[folder].append(Held(next(self._uids), raw))

    def flags(self, folder: str = "INBOX") -> list[set[str]]:
        """The flags of the mails in a folder."""
        return [set(held.flags) for held in self.folders.get(folder, [])]

    def see(self) -> None:
        """Somebody opens every mail in the inbox."""
        for held in self.folders["INBOX"]:
            held.flags.add("\\Seen")

    async def _listen(self, port: int) -> asyncio.Server:
        tls = None if self.starttls else self._context
        return await asyncio.start_server(self._serve, self.host, port, ssl=tls)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if self.behaviour == "hang":
                await asyncio.sleep(3600)
            await _Session(self, reader, writer).talk()
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            pass  # the other side went away
        except asyncio.CancelledError:
            pass  # the sink stops; asyncio would print the cancellation of a handler as an error
        finally:
            # All was written; a close in good order would wait for the other side's end of the TLS.
            writer.transport.abort()

    @property
    def context(self) -> ssl.SSLContext:
        """Its end of the TLS."""
        return self._context

    def numbered(self) -> int:
        """The next number of a mail."""
        return next(self._uids)


class _Session:
    def __init__(self, server: ImapLike, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._server, self._reader, self._writer = server, reader, writer
        self._secret = not server.starttls
        self._user = False
        self._folder = ""

    async def talk(self) -> None:
        """Greets, and answers until it is told goodbye."""
        await self._say("* OK ready")
        while True:
            line = (await self._reader.readuntil(b"\r\n")).decode("utf-8", "replace").rstrip("\r\n")
            tag, _, rest = line.partition(" ")
            words = [quoted.replace("\\\\", "\\").replace('\\"', '"') if quoted else flags or plain
                     for quoted, flags, plain in _WORD.findall(rest)]  # fmt: skip
            name = words[1] if words[0].upper() == "UID" else words[0]
            self._server.commands.append(name.upper())
            said = await self._answer([word.upper() for word in words[:1]] + words[1:])
            if self._server.behaviour == "drip":
                for _ in range(1000):
                    await self._say("* OK still here")
                    await asyncio.sleep(0.05)
            await self._say(f"{tag} {said}")
            if words[0].upper() == "STARTTLS":
                await self._writer.start_tls(self._server.context)
                self._secret = True
            if words[0].upper() == "LOGOUT":
                return

    async def _say(self, line: str) -> None:
        self._writer.write(line.encode() + b"\r\n")
        await self._writer.drain()

    async def _answer(self, words: list[str]) -> str:
        match words:
            case ["CAPABILITY"]:
                known = ("STARTTLS", "LOGINDISABLED") if not self._secret else self._server.abilities
                await self._say(" ".join(("* CAPABILITY IMAP4rev1", *known)))
            case ["STARTTLS" | "NOOP"]:
                pass
            case ["LOGOUT"]:
                await self._say("* BYE")
            case ["LOGIN", user, password] if self._secret:
                return self._let_in(user, password)
            case ["AUTHENTICATE", "PLAIN"] if self._secret:
                await self._say("+ ")
                told = base64.b64decode(await self._reader.readuntil(b"\r\n")).decode()
                return self._let_in(*told.split("\0")[1:])
            case ["SELECT", folder] if self._user:
                return await self._select(folder)
            case ["CREATE", folder] if self._user:
                self._server.folders.setdefault(folder, [])
            case ["UID", command, *rest] if self._folder:
                return await self._by_uid(command.upper(), rest)
            case _:
                return "BAD not now"
        return "OK done"

    def _let_in(self, user: str, password: str) -> str:
        self._user = (user, password) == (USER, PASSWORD)
        return "OK welcome" if self._user else "NO [AUTHENTICATIONFAILED] not you"

    async def _select(self, folder: str) -> str:
        if folder not in self._server.folders:
            return "NO there is no such folder"
        self._folder = folder
        kept = "\\Answered \\Flagged \\Deleted \\Seen \\Draft" + (" \\*" if self._server.keywords else "")
        await self._say(f"* {len(self._held)} EXISTS")
        await self._say(f"* OK [PERMANENTFLAGS ({kept})] kept")
        await self._say("* OK [UIDVALIDITY 77] valid")
        return "OK [READ-WRITE] selected"

    @property
    def _held(self) -> list[Held]:
        return self._server.folders[self._folder]

    async def _by_uid(self, command: str, rest: list[str]) -> str:
        if command == "SEARCH":
            found = " ".join(
                str(held.uid) for held in self._held if _fits(held, [word.upper() for word in rest])
            )
            await self._say(f"* SEARCH {found}".rstrip())
            return "OK found"
        place, held = next(
            ((n, one) for n, one in enumerate(self._held, 1) if str(one.uid) == rest[0]), (0, None)
        )
        if held is None:
            return "OK nothing"
        match command:
            case "FETCH":
                if self._server.behaviour == "gone":
                    return "OK nothing"
                size = re.search(r"<0\.(\d+)>", rest[1])
                part = held.raw[: int(size[1])] if size else held.raw
                head = f"* {place} FETCH (UID {held.uid} BODY[]<0> {{{len(part)}}}\r\n"
                self._writer.write(head.encode() + part + b")\r\n")
                await self._writer.drain()
                return "OK fetched"
            case _ if self._server.behaviour == "drop_before_mark":
                raise ConnectionResetError
            case _ if self._server.behaviour == "refuse_marks":
                return "NO [OVERQUOTA] no"
            case "STORE":
                held.flags |= set(rest[2].strip("()").split())
            case "COPY" | "MOVE":
                if rest[1] not in self._server.folders:
                    return "NO [TRYCREATE] there is no such folder"
                copy = Held(self._server.numbered(), held.raw, set(held.flags))
                self._server.folders[rest[1]].append(copy)
                if command == "MOVE":
                    self._held.remove(held)
            case "EXPUNGE" if "\\Deleted" in held.flags:
                self._held.remove(held)
        return "OK done"


def _fits(held: Held, wanted: list[str]) -> bool:
    """Whether a mail is what a search asks for."""
    flags = {flag.upper() for flag in held.flags}
    keys = iter(wanted)
    for key in keys:
        unwanted = next(keys) if key == "UNKEYWORD" else f"\\{key.removeprefix('UN')}"
        if unwanted in flags:
            return False
    return True
