"""What a person may ask for: everything that is kept about them, and to be forgotten."""

import json

import pytest
import sqlalchemy as sa

from konbit.errors import InvalidDirectory
from konbit.store.database import Store
from konbit.store.records import Fact
from konbit.store.reply_records import NewInbound, Ruling
from tests.contracts.cases import MINUTE, NOW, a_directory, a_planned, a_request, a_run
from tests.contracts.test_sealing import raw

pytestmark = pytest.mark.slow  # a database of its own for each


def furnish(store: Store) -> None:
    """A person who was asked, answered, wrote back, reported a fact and is about to be sent a message."""
    run = a_run(store)
    with store.begin() as tx:
        tx.requests.open(run.id, a_request())
        row = tx.requests.ask(run.id, "call", "p1", 0, NOW, {})
        tx.deliveries.plan([a_planned(request="call"), a_planned("d2", person="p2", request="call")], NOW)
        tx.accept_answer(row, "accept", {"note": "I can act"}, "link", NOW, "n1")
        tx.facts.put("needs", [Fact(id="f1", run_id=run.id, document={"what": "water"}, person="p1")])
        tx.replies.put(
            NewInbound(
                provider="imap",
                provider_msg_id="m1",
                channel="mail",
                sender="p1@example.org",
                text="I am at the port",
                received_at=NOW,
            )
        )
        (reply,) = tx.replies.unread(1)
        tx.replies.settle(reply.id, Ruling(state="answered", reason="code", person="p1"), NOW)
        tx.confirmations.ask(a_directory().endpoints[0], "address", NOW, NOW + MINUTE)


def test_a_person_gets_all_that_is_kept_about_them_and_nothing_of_others(store: Store) -> None:
    furnish(store)
    with store.read() as tx:
        found = tx.personal.export("p1")
    text = json.dumps(found)
    for word in (
        "Role Holder p1",
        "p1@example.org",
        "I can act",
        "I am at the port",
        "Can you act?",
        "water",
    ):
        assert word in text
    assert "p2" not in text
    assert "hmac" not in text


def test_who_is_erased_is_nobody_and_the_figures_stay(store: Store) -> None:
    furnish(store)
    with store.begin() as tx:
        tx.personal.erase("p1", NOW)
    found = raw(store) if store.dialect == "postgresql" else ""
    with store.connect(write=False) as connection:
        tables = ("people", "endpoints", "deliveries", "inbound", "consents", "bindings", "confirmations")
        found += "".join(str(connection.execute(sa.text(f"SELECT * FROM {name}")).all()) for name in tables)
    assert [word for word in ("Role Holder p1", "p1@example.org", "I am at the port") if word in found] == []
    assert "Role Holder p2" in found
    with store.read() as tx:
        rows = {row.person: row for row in tx.deliveries.list("run-1")}
        assert rows["p1"].state in ("suppressed", "cancelled", "failed")
        assert [answer.person for answer in tx.answers.list("run-1")] == ["p1"], (
            "the run keeps that it was answered"
        )
        assert [fact.person for fact in tx.facts.list("needs", "run-1")] == [None]
        assert tx.directory.endpoints_of(["p1"]) == []
        person = tx.directory.people_by_ids(["p1"])["p1"]
        assert (person.name, person.status, person.erased_at) == ("", "left", NOW)
    with pytest.raises(InvalidDirectory, match="p1 was erased"), store.begin() as tx:
        tx.directory.replace_country(a_directory(), "HTI")


def test_nobody_is_exported_or_erased_who_is_not_there(store: Store) -> None:
    with store.begin() as tx:
        for act in (lambda: tx.personal.export("p9"), lambda: tx.personal.erase("p9", NOW)):
            with pytest.raises(InvalidDirectory, match="no person p9"):
                act()
