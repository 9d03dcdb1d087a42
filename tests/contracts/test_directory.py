"""The directory: imported country by country without losing anybody, or anybody's no."""

import pytest

from konbit.domain.directory import Binding, Directory, Endpoint, Person
from konbit.engine.duties import RoleRef
from konbit.errors import InvalidDirectory
from konbit.store.database import Store
from konbit.store.records import Consent
from tests.contracts.cases import MINUTE, NOW, a_directory, a_run


def _only(directory: Directory, *people: str) -> Directory:
    return directory.model_copy(
        update={
            "people": [item for item in directory.people if item.id in people],
            "endpoints": [item for item in directory.endpoints if item.person in people],
            "bindings": [item for item in directory.bindings if item.person in people],
        }
    )


def test_what_was_imported_comes_back(store: Store) -> None:
    with store.begin() as tx:
        tx.directory.replace_country(a_directory(), "HTI")
    with store.read() as tx:
        assert tx.directory.snapshot("HTI") == a_directory()
        assert tx.directory.countries() == ["HTI"]


def test_another_country_sees_only_those_who_belong_to_none(store: Store) -> None:
    with store.begin() as tx:
        tx.directory.replace_country(a_directory(), "HTI")
        tx.directory.replace_country(Directory(expected=[RoleRef(role="duty_officer")]), None)
        other = tx.directory.snapshot("PHL")
    assert [person.id for person in other.people] == ["p3"]
    assert [binding.role for binding in other.bindings] == ["chair"]
    assert other.expected == [RoleRef(role="duty_officer")]
    assert other.holders(RoleRef(role="focal_point"), "PHL") == {"focal_point": []}


def test_whoever_is_in_the_file_no_more_has_left_and_keeps_their_answers(store: Store) -> None:
    a_run(store)
    with store.begin() as tx:
        tx.directory.replace_country(_only(a_directory(), "p1", "p3"), "HTI")
        assert tx.directory.people_by_ids(["p2"])["p2"].status == "left"
        assert [person.id for person in tx.directory.snapshot("HTI").people] == ["p1", "p3"]
        tx.directory.replace_country(a_directory(), "HTI")
        assert tx.directory.people_by_ids(["p2"])["p2"].status == "active"


def test_whoever_is_still_in_another_countrys_file_has_not_left(store: Store) -> None:
    with store.begin() as tx:
        tx.directory.replace_country(a_directory(), "HTI")
        abroad = Directory(
            people=[a_directory().people[1].model_copy(update={"organization": None})],
            bindings=[Binding(role="observer", country="DOM", person="p2")],
        )
        tx.directory.replace_country(abroad, "DOM")
        tx.directory.replace_country(_only(a_directory(), "p1"), "HTI")
        people = tx.directory.people_by_ids(["p3", "p2", "nobody"])
        assert {key: person.status for key, person in people.items()} == {"p3": "left", "p2": "active"}
        assert list(people) == ["p3", "p2"]


@pytest.mark.parametrize("state", ["stopped", "bounced", "suspect"])
def test_an_import_does_not_bring_a_stopped_address_back(store: Store, state: str) -> None:
    renamed = a_directory()
    endpoints = [item.model_copy(update={"id": f"new-{item.id}"}) for item in renamed.endpoints]
    with store.begin() as tx:
        tx.directory.replace_country(a_directory(), "HTI")
        tx.directory.mark_endpoint("e-p1", state, NOW)  # type: ignore[arg-type]  # one of the states
        tx.directory.replace_country(renamed.model_copy(update={"endpoints": endpoints}), "HTI")
        states = {item.id: item.state for item in tx.directory.endpoints_of(["p1", "p2"])}
        assert states == {"new-e-p1": state, "new-e-p2": "ok"}
        tx.directory.replace_country(a_directory(p1="other@example.net"), "HTI")
        assert [item.state for item in tx.directory.endpoints_of(["p1"])] == ["ok"]


def test_endpoints_come_in_the_order_a_person_wants(store: Store) -> None:
    person = Person(id="p1", name="Role Holder")
    endpoints = [
        Endpoint(id=name, person="p1", kind="mail", address=f"{name}@example.org", priority=priority)
        for name, priority in (("b", 2), ("a", 2), ("c", 1))
    ]
    with store.begin() as tx:
        tx.directory.replace_country(Directory(people=[person], endpoints=endpoints), "HTI")
        assert [item.id for item in tx.directory.endpoints_of(["p1"])] == ["c", "a", "b"]


@pytest.mark.parametrize(
    "bad",
    [
        Directory(endpoints=[Endpoint(id="x", person="p9", kind="mail", address="secret@example.org")]),
        Directory(bindings=[Binding(role="chair", person="p9")]),
        Directory(
            people=[Person(id="p9", name="Role Holder")],
            endpoints=[Endpoint(id="e-p1", person="p9", kind="mail", address="secret@example.org")],
        ),
    ],
)
def test_a_file_that_does_not_fit_is_refused_as_a_whole_and_no_address_is_said(
    store: Store, bad: Directory
) -> None:
    with store.begin() as tx:
        tx.directory.replace_country(a_directory(), "HTI")
    with pytest.raises(InvalidDirectory) as caught, store.begin() as tx:
        tx.directory.replace_country(bad, "DOM")
    assert "@" not in str(caught.value)
    with store.read() as tx:
        assert tx.directory.snapshot("HTI") == a_directory()
        assert tx.directory.countries() == ["HTI"]


def test_consents_and_their_withdrawal_stay_on_record(store: Store) -> None:
    given = Consent(
        person="p1",
        purpose="activation",
        granted=True,
        at=NOW,
        how="form",
        wording="2026-1",
        expires_at=NOW + 1000 * MINUTE,
    )
    taken_back = Consent(
        person="p1",
        purpose="activation",
        granted=False,
        at=NOW + MINUTE,
        how="link",
        wording="2026-1",
        endpoint="e-p1",
    )
    with store.begin() as tx:
        tx.directory.replace_country(a_directory(), "HTI")
        tx.directory.consent(given)
        tx.directory.consent(taken_back)
        tx.directory.replace_country(a_directory(), "HTI")
        assert tx.directory.consents_of("p1") == [given, taken_back]
        assert tx.directory.consents_of("p2") == []
