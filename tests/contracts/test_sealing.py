"""Names, addresses and texts at rest: not to be read without the keys of the house, found again by the address."""

import pathlib
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from alembic import command

from konbit.domain.directory import Directory, Membership, Organization, Person
from konbit.domain.quiet_hours import QuietHours
from konbit.store import migrate
from konbit.store.database import Store
from konbit.store.reply_records import NewInbound
from konbit.store.tables import metadata
from konbit.store.vault import Unreadable, Vault, WeakDataKey
from tests.contracts.cases import MINUTE, NOW, a_directory, a_planned, a_run

OLD, NEW = "an old secret of the house " * 2, "a new secret of the house " * 2
PRIVATE = ("Role Holder", "@example.org", "Can you act?", "[ACTUAL] Call", "I am at the port")


@pytest.fixture
def sealed(database_url: str) -> Iterator[Store]:
    """A store with keys, its tables made and nothing in it."""
    store = Store(database_url, keys=[OLD])
    yield store
    store.close()


def furnish(store: Store) -> None:
    """Three people, a run and a delivery."""
    a_run(store)
    with store.begin() as tx:
        tx.deliveries.plan([a_planned()], NOW)
        tx.replies.put(
            NewInbound(
                provider="imap",
                provider_msg_id=None,
                channel="mail",
                sender="p1@example.org",
                text="I am at the port",
                received_at=NOW,
            )
        )


def raw(store: Store) -> str:
    """Everything that is stored, as somebody reads it who has the database and no key."""
    with store.connect(write=False) as connection:
        if store.dialect == "sqlite":
            path = pathlib.Path(str(connection.engine.url.database))
            files = [path, path.with_name(path.name + "-wal")]
            return "".join(file.read_bytes().decode("latin-1") for file in files if file.exists())
        return "".join(
            str(connection.execute(sa.text(f'SELECT * FROM "{table.name}"')).all())
            for table in metadata.tables.values()
        )


def test_the_raw_database_holds_no_name_no_address_and_no_text(sealed: Store) -> None:
    furnish(sealed)
    found = raw(sealed)
    assert "run-1" in found, "it is the right database"
    assert [word for word in PRIVATE if word in found] == []
    with sealed.read() as tx:
        assert tx.directory.snapshot("HTI") == a_directory()


def test_without_keys_all_of_it_would_be_there(store: Store) -> None:
    """So that the test before cannot pass by looking in the wrong place."""
    furnish(store)
    assert [word for word in PRIVATE if word not in raw(store)] == []


def test_an_endpoint_is_found_by_the_address_a_reply_came_from(sealed: Store) -> None:
    furnish(sealed)
    with sealed.read() as tx:
        assert [one.id for one in tx.directory.endpoints_at("p2@example.org")] == ["e-p2"]
        assert [one.id for one in tx.directory.endpoints_at("p2@example.org", "mail")] == ["e-p2"]
        assert tx.directory.endpoints_at("p2@example.org", "matrix") == []
        assert tx.directory.endpoints_at("nobody@example.org") == []
        assert tx.directory.endpoints_at("") == []
        assert tx.replies.owners("mail", "p1@example.org") == [("p1", "e-p1")]
    with sealed.begin() as tx:
        (reply,) = tx.replies.unread(9)
        assert (reply.sender, reply.text) == ("p1@example.org", "I am at the port")
        assert tx.replies.repeats(reply, NOW - MINUTE) == 1


def test_what_was_there_before_is_sealed_by_the_upgrade(empty_url: str) -> None:
    before = Store(empty_url)
    with before.connect(write=True) as connection:
        command.upgrade(migrate.configuration(connection), "0004")
        for statement in (
            """INSERT INTO people (id, name, languages, zone, status)
            VALUES ('p1', 'Role Holder p1', '["ht"]', 'UTC', 'active')""",
            "INSERT INTO memberships (country, person_id) VALUES ('HTI', 'p1')",
            """INSERT INTO endpoints (id, person_id, kind, address, priority, state, audience, allow_drill)
            VALUES ('e-p1', 'p1', 'mail', 'p1@example.org', 1, 'stopped', 'private', true)""",
        ):
            connection.execute(sa.text(statement))
    before.close()
    after = Store(empty_url, keys=[OLD])
    after.upgrade()
    with after.connect(write=False) as connection:
        stored = connection.execute(sa.text("SELECT name FROM people")).scalar_one()
        address = connection.execute(sa.text("SELECT address FROM endpoints")).scalar_one()
    assert (stored[:7], address[:7]) == ("sealed:", "sealed:")
    with after.read() as tx:
        assert [person.name for person in tx.directory.snapshot("HTI").people] == ["Role Holder p1"]
        (endpoint,) = tx.directory.endpoints_at("p1@example.org")
        assert (endpoint.id, endpoint.state, endpoint.verification) == ("e-p1", "stopped", "unverified")
    after.close()


def test_keys_are_changed_while_the_house_runs(sealed: Store, database_url: str) -> None:
    furnish(sealed)
    both, new = Store(database_url, keys=[NEW, OLD]), Store(database_url, keys=[NEW])
    with both.read() as tx:
        assert tx.directory.snapshot("HTI") == a_directory()
    with pytest.raises(Unreadable), new.read() as tx:
        tx.directory.snapshot("HTI")
    assert both.reseal() == 3 + 3 + 1 + 1
    with new.read() as tx:
        assert tx.directory.snapshot("HTI") == a_directory()
        assert [one.id for one in tx.directory.endpoints_at("p1@example.org")] == ["e-p1"]
    with pytest.raises(Unreadable) as caught, sealed.read() as tx:
        tx.directory.people_by_ids(["p1"])
    assert "KONBIT_DATA_KEYS" in str(caught.value)
    both.close()
    new.close()


def test_a_store_without_keys_does_not_show_what_is_sealed(sealed: Store, database_url: str) -> None:
    furnish(sealed)
    keyless = Store(database_url)
    with pytest.raises(Unreadable), keyless.read() as tx:
        tx.directory.people_by_ids(["p1"])
    keyless.close()


def test_texts_that_no_database_can_hold_come_back_as_from_any_column(sealed: Store) -> None:
    person = Person(id="p1", name="Role\0 \ud800 Hòlder")
    with sealed.begin() as tx:
        tx.directory.replace_country(Directory(people=[person]), "HTI")
        assert tx.directory.people_by_ids(["p1"])["p1"].name == "Role\ufffd \ufffd Hòlder"


def test_a_short_key_is_refused() -> None:
    with pytest.raises(WeakDataKey):
        Vault(["x" * 31])
    assert repr(Vault(["x" * 32])) == "Vault(sealed)"


def test_what_a_person_agreed_to_is_kept_with_them(store: Store) -> None:
    """What a file says comes from the file; what they said themselves, and what was found out, no import takes away."""
    people = [
        Person(
            id="p1",
            name="Role Holder",
            organization="o1",
            function="chair",
            quiet_hours=QuietHours.parse("22:00-07:00"),
            night_drills=True,
            do_not_disturb_until=NOW,
        )
    ]
    endpoints = [
        a_directory()
        .endpoints[0]
        .model_copy(update={"purposes": ["report"], "consent_until": NOW + 9 * MINUTE, "verified_at": None})
    ]
    directory = Directory(
        people=people,
        organizations=[Organization(id="o1", name="One"), Organization(id="o2", name="Two")],
        memberships=[Membership(person="p1", organization="o2", function="treasurer")],
        endpoints=endpoints,
    )
    with store.begin() as tx:
        tx.directory.replace_country(directory, "HTI")
        assert tx.directory.snapshot("HTI") == directory
        later = people[0].model_copy(update={"do_not_disturb_until": None, "night_drills": False})
        tx.directory.replace_country(directory.model_copy(update={"people": [later]}), "HTI")
        (found,) = tx.directory.snapshot("HTI").people
        assert (found.do_not_disturb_until, found.night_drills) == (NOW, False)
    assert not endpoints[0].consents_to("activation", NOW)
    assert endpoints[0].consents_to("report", NOW + 8 * MINUTE)
    assert not endpoints[0].consents_to("report", NOW + 9 * MINUTE)
