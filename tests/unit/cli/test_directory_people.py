"""directory verify, confirm, export-person and erase: over a real mail server on loopback."""

import datetime as dt
import json
import re
from pathlib import Path

import pytest

from konbit.clock import wall_now
from konbit.domain.directory import Endpoint
from konbit.notify.address import CHANNEL_KINDS
from konbit.notify.verification import ask
from konbit.settings import Settings
from konbit.store.database import Store
from konbit.testing.sinks import SmtpSink
from tests.unit.cli.conftest import Call, one_line_error

FILE = """\
person,name,languages,role,country,mail,slack
a,Chair A,fr,chair,HTI,a@example.org,C0123ABCD
b,Deputy B,en,chair_deputy,HTI,b@example.org,
c,Lead C,ht,cluster_lead,HTI,b@example.org,
"""


@pytest.fixture
def mail(call: Call, home: Path) -> SmtpSink:
    """A mail server; three people, two of whom share an address."""
    sink = SmtpSink()
    (home / "people.csv").write_text(FILE)
    call("db", "upgrade")
    assert call("directory", "import", str(home / "people.csv"), "--country", "HTI").exit_code == 0
    return sink


def accounts(home: Path, port: int) -> None:
    (home / "channels.yaml").write_text(
        f"accounts:\n  - {{name: mail, kind: mail, host: 127.0.0.1, port: {port}, secure: none,"
        " sender_address: unit@example.org, allow_loopback: true}\n"
        "  - {name: exercise, kind: mail, mode: drill, host: 127.0.0.1, port: 1, secure: none,"
        " sender_address: drill@example.org, allow_loopback: true}\n"
    )


def endpoints() -> dict[str, Endpoint]:
    store = Store(Settings().database, keys=Settings().vault_keys())
    try:
        with store.read() as tx:
            return {one.id: one for one in tx.directory.endpoints_of(["a", "b", "c"])}
    finally:
        store.close()


@pytest.mark.slow
def test_each_address_that_is_not_verified_gets_one_link(call: Call, home: Path, mail: SmtpSink) -> None:
    with mail:
        accounts(home, mail.port)
        assert call("directory", "verify", "--country", "HTI", "--dry-run").stdout == "would ask 3 by mail\n"
        assert call("directory", "verify", "--country", "HTI").stdout == "3 asked, 0 failed, 0 not known\n"
        sent = mail.wait_for(3)
        assert sorted(one.recipients[0] for one in sent) == [
            "a@example.org",
            "b@example.org",
            "b@example.org",
        ]
        french = next(one for one in sent if one.recipients == ("a@example.org",))
        assert "Est-ce votre adresse" in french.subject
        assert re.search(r"http://127\.0\.0\.1:4280/v/[A-Za-z0-9_-]{35}", french.text)
        assert call("directory", "verify", "--country", "HTI").stdout == "0 asked, 0 failed, 0 not known\n"
        again = call("directory", "verify", "--country", "HTI", "--again", "--person", "a")
        assert again.stdout == "1 asked, 0 failed, 0 not known\n"
    assert {one.verification for one in endpoints().values()} == {"unverified"}, "sending proves nothing"


@pytest.mark.slow
def test_who_has_not_confirmed_for_long_is_listed_and_asked_once(
    call: Call, home: Path, mail: SmtpSink
) -> None:
    with mail:
        accounts(home, mail.port)
        listed = call("directory", "confirm", "--country", "HTI")
        assert listed.stdout == "a: never confirmed\nb: never confirmed\nc: never confirmed\n"
        store = Store(Settings().database, keys=Settings().vault_keys())
        with store.begin() as tx:
            row = tx.confirmations.ask(endpoints()["b-mail"], "entry", wall_now(), wall_now())
            tx.confirmations.settle(row, "incorrect", wall_now())
        store.close()
        asked = call("directory", "confirm", "--country", "HTI", "--send")
        assert re.match(r"b: said on \d{4}-\d\d-\d\d that something is wrong\n", asked.stdout)
        assert asked.stdout.endswith("3 asked, 0 failed, 0 not known\n")
        assert call("directory", "confirm", "--country", "HTI", "--send").stdout.endswith(
            "0 asked, 0 failed, 0 not known\n"
        )
        assert len(mail.wait_for(3)) == 3


@pytest.mark.slow
def test_whoever_was_asked_twice_in_vain_is_marked_until_they_say_that_all_is_right(
    call: Call, mail: SmtpSink
) -> None:
    del mail
    store, now = Store(Settings().database, keys=Settings().vault_keys()), wall_now()
    address = endpoints()["b-mail"]
    with store.begin() as tx:
        for days in (200, 100):
            then = now - dt.timedelta(days=days)
            tx.confirmations.ask(address, "entry", then, then + dt.timedelta(hours=72))
        tx.confirmations.ask(address, "entry", now, now + dt.timedelta(hours=72))
        tx.confirmations.ask(address, "address", now - dt.timedelta(days=9), now - dt.timedelta(days=6))
    assert (
        "b: never confirmed; asked 2 times in vain" in call("directory", "confirm", "--country", "HTI").stdout
    )
    with store.begin() as tx:
        row = tx.confirmations.ask(address, "entry", now, now + dt.timedelta(hours=72))
        tx.confirmations.settle(row, "confirmed", now)
        assert tx.confirmations.in_vain(now) == {}
    store.close()


@pytest.mark.slow
def test_a_person_is_handed_out_and_erased(call: Call, home: Path, mail: SmtpSink) -> None:
    del mail
    found = json.loads(call("directory", "export-person", "a").stdout)
    assert found["person"][0]["name"] == "Chair A"
    assert [one["address"] for one in found["endpoints"]] == ["a@example.org", "C0123ABCD"]
    one_line_error(call("directory", "erase", "a"), "--yes")
    assert "a" in {one.person for one in endpoints().values()}
    assert call("directory", "erase", "a", "--yes").exit_code == 0
    assert "a" not in {one.person for one in endpoints().values()}
    one_line_error(call("directory", "export-person", "x"), "no person x")
    one_line_error(call("directory", "import", str(home / "people.csv"), "--country", "HTI"), "a was erased")


def test_the_message_puts_a_name_in_once_and_never_reads_it() -> None:
    """Group 17 of the failures: a name that looks like a placeholder, a header or a second line stays one line of words."""
    odd = "{name} {{7*7}}\r\nBcc: b@example.org \u202e"
    for kind in CHANNEL_KINDS:
        text = ask("address", odd, "https://p.example.org/v/T", ["es-MX"], kind)
        assert text.language == "es"
        assert "{name} {{7*7}} Bcc: b@example.org" in text.body
        assert "\n" not in text.subject + text.body
        assert text.body.endswith(" https://p.example.org/v/T")
        assert (text.segments > 0) == (kind == "sms")


@pytest.mark.usefixtures("mail")
def test_somebody_is_left_alone_for_a_while(call: Call) -> None:
    assert "a is left alone until" in call("directory", "do-not-disturb", "a", "--for", "2d").stdout
    assert resting("a") is not None
    assert call("directory", "do-not-disturb", "a", "--off").stdout == "a may be disturbed again\n"
    assert resting("a") is None


@pytest.mark.usefixtures("mail")
@pytest.mark.parametrize("given", [(), ("--for", "soon"), ("--for", "91d"), ("--for", "2d", "--off")])
def test_a_length_that_cannot_be_meant_changes_nothing(call: Call, given: tuple[str, ...]) -> None:
    one_line_error(call("directory", "do-not-disturb", "a", *given), "--for", "90 days", "--off")
    one_line_error(call("directory", "do-not-disturb", "nobody", "--for", "2d"), "nobody")
    assert resting("a") is None


def resting(person: str) -> dt.datetime | None:
    store = Store(Settings().database, keys=Settings().vault_keys())
    try:
        with store.read() as tx:
            return tx.directory.people_by_ids([person])[person].do_not_disturb_until
    finally:
        store.close()
