"""Answers are fetched from an IMAP folder: from a Dovecot where there is one, and from a fake that can misbehave.

Each mail is kept once and marked after that, whatever breaks in between; a server that is away holds up nothing and is told of.
"""

import dataclasses
import datetime as dt
import logging
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest

from konbit.clock import SystemClock
from konbit.notify import imap
from konbit.notify.imap import MailboxAway
from konbit.notify.mailboxes import InvalidMailbox, Mailbox, read_mailboxes
from konbit.notify.vault import Vault
from konbit.orchestrate.mail_round import MailRound
from konbit.orchestrate.mailroom import ImapFolder, Letters
from konbit.store.database import Store
from konbit.testing.mailboxes import PASSWORD, USER, ImapLike, certificate

DOVECOT = shutil.which("dovecot", path=f"{os.environ['PATH']}:/usr/sbin")
VAULT = Vault({"prefect": {"answers": PASSWORD}.__getitem__})


def a_mail(number: int, text: str = "1", *, message_id: bool = True) -> bytes:
    """What somebody wrote back."""
    known = f"Message-ID: <m{number}@example.net>\r\n" if message_id else ""
    head = f"From: Role holder <lead-{number}@example.org>\r\nTo: {USER}\r\nSubject: Re: Call\r\n{known}"
    return f"{head}\r\n{text}\r\n".encode()


class Server(Protocol):
    """What a test needs of either server."""

    port: int

    def deliver(self, raw: bytes) -> None: ...

    def see(self) -> None: ...


@dataclasses.dataclass
class Dovecot:
    """A Dovecot of our own with one user, whose mail lies in a maildir."""

    port: int
    home: Path
    user: str

    def deliver(self, raw: bytes) -> None:
        """A mail arrives."""
        name = f"{time.time_ns()}.1.host"
        path = self.home / "Maildir" / "new" / name
        path.write_bytes(raw)
        shutil.chown(path, self.user)

    def see(self) -> None:
        """Somebody opens every mail."""
        for folder in ("new", "cur"):
            for path in list((self.home / "Maildir" / folder).iterdir()):
                name, _, flags = path.name.partition(":2,")
                path.rename(self.home / "Maildir" / "cur" / f"{name}:2,{''.join(sorted({*flags, 'S'}))}")


CONFIG = """\
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/log
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <{cert}
ssl_key = <{key}
ssl_dh =
disable_plaintext_auth = yes
default_internal_user = {user}
default_login_user = {user}
default_internal_group = {group}
first_valid_uid = 0
mail_location = maildir:{home}/Maildir
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {home}/users
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={home}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
auth_failure_delay = 0
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("imap") / "konbit.sqlite"
    store = Store(f"sqlite:///{path}", durability="normal")
    store.upgrade()
    store.close()
    return path


@pytest.fixture
def letters(tables: Path, tmp_path: Path) -> Iterator[Letters]:
    for file in tables.parent.iterdir():
        shutil.copy(file, tmp_path / file.name)
    store = Store(f"sqlite:///{tmp_path / tables.name}", durability="normal")
    yield Letters(store, SystemClock())
    store.close()


@pytest.fixture
def fake(files: tuple[Path, Path]) -> Iterator[ImapLike]:
    with ImapLike(files) as server:
        yield server


@pytest.fixture
def dovecot(files: tuple[Path, Path]) -> Iterator[Dovecot]:
    if DOVECOT is None or not subprocess.check_output([DOVECOT, "--version"], text=True).startswith("2.3."):
        pytest.skip("there is no dovecot 2.3, whose settings these are: apt-get install dovecot-imapd")
    # Not in the folder of the tests, which belongs to its user alone: a root's Dovecot gives up its rights.
    home = Path(tempfile.mkdtemp(prefix="konbit-dovecot-"))
    user = "nobody" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
    group = "nogroup" if os.getuid() == 0 else str(os.getgid())
    for name in ("new", "cur", "tmp"):
        (home / "Maildir" / name).mkdir(parents=True)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (home / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n")
    told = CONFIG.format(home=home, cert=files[0], key=files[1], user=user, group=group, port=port)
    (home / "dovecot.conf").write_text(told)
    if os.getuid() == 0:
        for path in (home, *home.rglob("*")):
            shutil.chown(path, user, group)
    running = subprocess.Popen([DOVECOT, "-F", "-c", str(home / "dovecot.conf")])
    try:
        _await(port, home / "log")
        yield Dovecot(port, home, user)
    finally:
        running.terminate()
        running.wait(10)
        shutil.rmtree(home)


def _await(port: int, log: Path) -> None:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(log.read_text() if log.exists() else "dovecot does not listen")


@pytest.fixture(params=["fake", pytest.param("dovecot", marks=pytest.mark.slow)])
def server(request: pytest.FixtureRequest) -> Server:
    found: Server = request.getfixturevalue(request.param)
    return found


def _box(server: Server, files: tuple[Path, Path], **more: Any) -> Mailbox:
    settings = {"name": "answers", "host": "127.0.0.1", "port": server.port, "user": USER,
                "password": "prefect:answers", "ca_file": files[0], "timeout": 2, **more}  # fmt: skip
    (found,) = read_mailboxes([settings]).values()
    return found


def _folder(server: Server, files: tuple[Path, Path], letters: Letters, **more: Any) -> ImapFolder:
    return ImapFolder(_box(server, files, **more), VAULT, letters)


def _kept(letters: Letters) -> list[tuple[str, str]]:
    with letters.store.read() as tx:
        return [(one.sender, one.text.strip()) for one in reversed(tx.replies.list(("new",)))]


@pytest.mark.parametrize("done", [None, "Read by Konbit"])
def test_what_came_is_kept_once_in_order_and_not_looked_at_again(
    server: Server, files: tuple[Path, Path], letters: Letters, done: str | None
) -> None:
    folder = _folder(server, files, letters, done=done)
    assert folder.collect() == 0
    for number in (1, 2):
        server.deliver(a_mail(number))
    assert folder.collect() == 2
    server.deliver(a_mail(3, "2"))
    assert folder.collect() == 1
    assert folder.collect() == 0
    assert _kept(letters) == [(f"lead-{n}@example.org", text) for n, text in ((1, "1"), (2, "1"), (3, "2"))]


def test_a_mail_that_somebody_opened_before_us_is_read_all_the_same(
    server: Server, files: tuple[Path, Path], letters: Letters
) -> None:
    server.deliver(a_mail(1))
    server.see()
    assert _folder(server, files, letters).collect() == 1


def test_a_mail_without_an_id_is_known_by_its_place_and_two_alike_are_two(
    server: Server, files: tuple[Path, Path], letters: Letters
) -> None:
    for _ in range(2):
        server.deliver(a_mail(1, message_id=False))
    assert _folder(server, files, letters).collect() == 2
    assert len(_kept(letters)) == 2


def test_of_a_long_mail_the_answer_at_its_beginning_is_read(
    server: Server, files: tuple[Path, Path], letters: Letters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap, "LARGEST", 4096)
    parts = a_mail(1).partition(b"\r\n\r\n")
    head = (
        parts[0]
        + b'\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="x"\r\n\r\n--x\r\n\r\n2\r\n'
    )
    photo = b"--x\r\nContent-Type: image/jpeg\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b"QUFB" * 50_000
    server.deliver(head + photo + b"\r\n--x--\r\n")
    folder = _folder(server, files, letters)
    assert folder.collect() == 1
    assert _kept(letters) == [("lead-1@example.org", "2")]
    assert folder.collect() == 0


def test_a_wrong_password_and_a_folder_that_is_not_there_are_said_in_words(
    server: Server, files: tuple[Path, Path], letters: Letters
) -> None:
    wrong = Vault({"prefect": {"answers": "another-secret"}.__getitem__})
    with pytest.raises(MailboxAway, match="refused the user or the password") as caught:
        ImapFolder(_box(server, files), wrong, letters).collect()
    assert "another-secret" not in str(caught.value)
    with pytest.raises(MailboxAway, match="no such folder"):
        _folder(server, files, letters, folder="Elsewhere").collect()


def test_a_server_whose_certificate_nobody_vouches_for_is_told_nothing(
    server: Server, files: tuple[Path, Path], letters: Letters
) -> None:
    with pytest.raises(MailboxAway, match="certificate is not trusted"):
        _folder(server, files, letters, ca_file=None).collect()
    assert not isinstance(server, ImapLike) or server.commands == []


@pytest.mark.parametrize("done", [None, "Read"])
def test_a_connection_that_breaks_before_the_mark_loses_nothing_and_doubles_nothing(
    fake: ImapLike, files: tuple[Path, Path], letters: Letters, done: str | None
) -> None:
    folder = _folder(fake, files, letters, done=done)
    for number in (1, 2):
        fake.deliver(a_mail(number, message_id=number == 1))
    fake.behaviour = "drop_before_mark"
    for _ in range(3):
        with pytest.raises(MailboxAway):
            folder.collect()
    assert len(_kept(letters)) == 1, "the same one, each time"
    fake.behaviour = "accept"
    assert folder.collect() == 2
    assert len(_kept(letters)) == 2


def test_where_nothing_can_be_marked_everything_is_kept_once_and_it_is_said(
    fake: ImapLike, files: tuple[Path, Path], letters: Letters
) -> None:
    folder = _folder(fake, files, letters)
    for number in (1, 2, 3):
        fake.deliver(a_mail(number))
    fake.behaviour = "refuse_marks"
    for _ in range(2):
        with pytest.raises(MailboxAway, match="3 mails were read and cannot be marked"):
            folder.collect()
    assert len(_kept(letters)) == 3


def test_nothing_is_marked_that_the_database_did_not_take(
    fake: ImapLike, files: tuple[Path, Path], letters: Letters
) -> None:
    class Away(Letters):
        def keep(self, raw: bytes, name: str) -> bool:
            raise OSError("the disk is full")

    fake.deliver(a_mail(1))
    look = MailRound(ImapFolder(_box(fake, files), VAULT, Away(letters.store, letters.clock)))
    assert not look.look()
    assert fake.flags() == [set()]


@pytest.mark.parametrize(
    ("abilities", "flags", "left"),
    [(("MOVE", "UIDPLUS"), [set()], 0), (("UIDPLUS",), [set()], 0), ((), [set()], 1)],
    ids=["move", "uidplus", "neither"],
)
def test_a_mail_is_moved_by_whatever_the_server_can(
    files: tuple[Path, Path], letters: Letters, abilities: tuple[str, ...], flags: list[set[str]], left: int
) -> None:
    with ImapLike(files, abilities=("AUTH=PLAIN", *abilities)) as server:
        server.deliver(a_mail(1))
        folder = _folder(server, files, letters, done="Read")
        assert [folder.collect(), folder.collect()] == [1, 0]
        assert server.flags("Read") == flags
        assert server.flags() == [{"\\Deleted"}] * left
        assert "CLOSE" not in server.commands
        assert "EXPUNGE" not in server.commands or "UIDPLUS" in abilities


def test_a_server_that_keeps_no_keywords_has_its_mail_flagged_as_seen(
    files: tuple[Path, Path], letters: Letters
) -> None:
    with ImapLike(files, keywords=False, starttls=True, abilities=()) as server:
        server.deliver(a_mail(1))
        vault = Vault({"prefect": {"answers": PASSWORD}.__getitem__})
        folder = ImapFolder(_box(server, files, secure="starttls"), vault, letters)
        with pytest.raises(MailboxAway, match="user or the password"):
            # LOGIN takes ASCII alone, and this server offers nothing else.
            folder.collect()
        server.abilities = ("AUTH=PLAIN",)
        assert [folder.collect(), folder.collect()] == [1, 0]
        assert server.flags() == [{"\\Seen"}]


def test_a_mail_that_is_gone_when_it_is_fetched_is_passed_over(
    fake: ImapLike, files: tuple[Path, Path], letters: Letters
) -> None:
    fake.deliver(a_mail(1))
    fake.behaviour = "gone"
    assert _folder(fake, files, letters).collect() == 0


@pytest.mark.parametrize("behaviour", ["hang", "drip"])
def test_a_server_that_hangs_or_drips_is_given_up(
    fake: ImapLike,
    files: tuple[Path, Path],
    letters: Letters,
    behaviour: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(imap, "TOGETHER", 0.5)
    fake.behaviour = behaviour
    began = time.monotonic()
    with pytest.raises(MailboxAway):
        _folder(fake, files, letters, timeout=0.4).collect()
    assert time.monotonic() - began < 3


def test_a_round_gives_a_sign_of_life_for_each_look_that_went_through_and_says_each_reason_once(
    fake: ImapLike, files: tuple[Path, Path], letters: Letters, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    look = MailRound(_folder(fake, files, letters, timeout=0.3))
    fake.deliver(a_mail(1))
    fake.behaviour = "hang"
    assert [look.look(), look.look()] == [False, False]
    with letters.store.read() as tx:
        assert "mailbox:answers" not in tx.watch.beats()
    fake.behaviour = "accept"
    assert look.look()
    with letters.store.read() as tx:
        age = dt.datetime.now(dt.UTC) - tx.watch.beats()["mailbox:answers"]
    assert age < dt.timedelta(minutes=1)
    assert len(_kept(letters)) == 1
    assert [one.message.partition(":")[0] for one in caplog.records] == [
        "the mailbox answers could not be read",
        "the mailbox answers can be read again",
    ]
    assert "lead-1" not in caplog.text


def test_a_round_that_hangs_does_not_hold_up_the_end(
    fake: ImapLike, files: tuple[Path, Path], letters: Letters
) -> None:
    fake.behaviour = "hang"
    look = MailRound(_folder(fake, files, letters, timeout=3))
    look.start()
    began = time.monotonic()
    look.stop()
    assert time.monotonic() - began < 2
    look._thread.join(5)
    assert not look._thread.is_alive(), "nor for longer than the server is given"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"password": "hunter2"}, "env:NAME, file:/path or prefect:block-name"),
        ({"secure": "none"}, "'ssl' or 'starttls'"),
        ({"host": "imaps://imap.example.org"}, "without a scheme"),
        ({"folder": 'IN"BOX'}, "folder"),
        ({"user": "a\r\nb"}, "user"),
        ({"pasword": "env:X"}, "pasword"),
    ],
)
def test_a_setting_that_cannot_be_right_is_refused_without_being_repeated(
    wrong: dict[str, str], said: str
) -> None:
    good = {"name": "answers", "host": "imap.example.org", "user": USER, "password": "env:IMAP_PASSWORD"}
    with pytest.raises(InvalidMailbox, match="mailbox 1: ") as caught:
        read_mailboxes([{**good, **wrong}])
    assert said in str(caught.value)
    assert "hunter2" not in str(caught.value)
