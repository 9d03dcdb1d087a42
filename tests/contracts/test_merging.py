"""Two entries become one person: nothing of either is lost, and what somebody refused stays refused."""

import pytest

from konbit.domain.directory import Binding, Directory, Endpoint, Membership, Organization, Person
from konbit.errors import InvalidDirectory
from konbit.store.database import Store
from konbit.store.records import Consent
from tests.contracts.cases import NOW, a_directory, a_request, a_run

pytestmark = pytest.mark.slow  # a database of its own for each

TWO = Directory(
    people=[
        Person(id="a", name="A", organization="o1"),
        Person(id="b", name="B", organization="o2", function="chair"),
    ],
    organizations=[Organization(id="o1", name="One"), Organization(id="o2", name="Two")],
    endpoints=[
        Endpoint(id="a-mail", person="a", kind="mail", address="a@example.org"),
        Endpoint(id="a-sms", person="a", kind="sms", address="+12025550101", priority=2),
        Endpoint(id="b-mail", person="b", kind="mail", address="b@example.org"),
        Endpoint(id="b-sms", person="b", kind="sms", address="+12025550101", priority=2),
    ],
    bindings=[
        Binding(role="chair", person="a", rank=2),
        Binding(role="chair", person="b", rank=1),
        Binding(role="focal_point", country="HTI", person="b"),
    ],
)


def test_addresses_roles_organizations_and_consents_move(store: Store) -> None:
    with store.begin() as tx:
        tx.directory.replace_country(TWO, "HTI", NOW)
        tx.directory.mark_endpoint("b-sms", "stopped", NOW)
        agreed = Consent(
            person="b", purpose="report", granted=True, at=NOW, how="form", wording="1", endpoint="b-mail"
        )
        tx.directory.consent(agreed)
        tx.merging.merge("a", "b")
        found = tx.directory.snapshot("HTI")
        assert [person.id for person in found.people] == ["a"]
        assert [(one.id, one.address, one.state) for one in found.endpoints] == [
            ("a-mail", "a@example.org", "ok"),
            ("a-sms", "+12025550101", "stopped"),
            ("a-mail-2", "b@example.org", "ok"),
        ]
        roles = {(one.role, one.country, one.rank) for one in found.bindings}
        assert roles == {("chair", None, 1), ("focal_point", "HTI", 1)}
        assert found.memberships == [Membership(person="a", organization="o2", function="chair")]
        assert [(one.person, one.endpoint) for one in tx.directory.consents_of("a")] == [("a", "a-mail-2")]
        gone = tx.directory.people_by_ids(["b"])["b"]
        assert (gone.status, gone.merged_into) == ("left", "a")


def test_a_file_that_still_names_who_was_merged_is_refused_with_the_id_to_use(store: Store) -> None:
    with store.begin() as tx:
        tx.directory.replace_country(TWO, "HTI")
        tx.merging.merge("a", "b")
    with pytest.raises(InvalidDirectory, match="b was merged into a: use that id"), store.begin() as tx:
        tx.directory.replace_country(TWO, "HTI")
    with store.read() as tx:
        assert [person.id for person in tx.directory.snapshot("HTI").people] == ["a"]


@pytest.mark.parametrize(
    ("keep", "gone", "reason"), [("a", "a", "themselves"), ("a", "x", "no person x"), ("b", "a", "already")]
)
def test_what_cannot_be_merged_is_refused_and_changes_nothing(
    store: Store, keep: str, gone: str, reason: str
) -> None:
    with store.begin() as tx:
        tx.directory.replace_country(TWO, "HTI")
        if keep == "b":
            tx.merging.merge("a", "b")
        before = tx.directory.snapshot("HTI")
    with pytest.raises(InvalidDirectory, match=reason), store.begin() as tx:
        tx.merging.merge(keep, gone)
    with store.read() as tx:
        assert tx.directory.snapshot("HTI") == before


def test_nobody_is_merged_away_in_the_middle_of_a_question(store: Store) -> None:
    run = a_run(store)
    with store.begin() as tx:
        tx.requests.open(run.id, a_request())
        tx.requests.ask(run.id, "call", "p2", 0, NOW, {})
    with pytest.raises(InvalidDirectory, match="being asked something in run run-1"), store.begin() as tx:
        tx.merging.merge("p1", "p2")
    with store.read() as tx:
        assert tx.directory.snapshot("HTI") == a_directory()


def test_an_import_writes_down_what_people_newly_agreed_to(store: Store) -> None:
    (first, *others) = TWO.endpoints
    agreed = TWO.model_copy(
        update={"endpoints": [first.model_copy(update={"purposes": ["drill", "report"]}), *others]}
    )
    less = TWO.model_copy(update={"endpoints": [first.model_copy(update={"purposes": ["report"]}), *others]})
    with store.begin() as tx:
        for directory in (TWO, agreed, agreed, less):
            tx.directory.replace_country(directory, "HTI", NOW)
        noted = [(one.purpose, one.granted, one.endpoint) for one in tx.directory.consents_of("a")]
    assert noted == [("drill", True, "a-mail"), ("report", True, "a-mail"), ("drill", False, "a-mail")]


def test_an_export_holds_what_the_file_of_the_country_said_and_no_other(store: Store) -> None:
    abroad = Directory(
        people=[Person(id="a", name="A"), Person(id="c", name="C")],
        bindings=[Binding(role="observer", person="a"), Binding(role="observer", country="DOM", person="c")],
    )
    with store.begin() as tx:
        tx.directory.replace_country(abroad, "DOM")
        tx.directory.replace_country(TWO, "HTI")
        assert tx.directory.file_of("HTI") == TWO
        assert {person.id for person in tx.directory.file_of("DOM").people} == {"a", "c"}
        assert [one.role for one in tx.directory.file_of("DOM").bindings] == ["observer", "observer"]
