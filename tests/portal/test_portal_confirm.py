"""Confirming an address or an entry by a link: opening it changes nothing, a press of a person does."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from konbit.definition.base import LANGUAGES
from konbit.domain.directory import Binding, Directory, Endpoint, Organization, Person, Verification
from konbit.notify.links import Purpose, Signer
from konbit.portal.app import create_app
from konbit.portal.desk import StoreDesk
from konbit.portal.page import Content
from konbit.store.confirmations import ConfirmationKind
from konbit.store.database import Store
from tests import tables
from tests.portal.sample import NOW, UNIT, Browser, SetClock, codelists, nonce_in

pytestmark = pytest.mark.slow  # a database of its own for each

SIGNER = Signer({1: b"k" * 32}, 1)
LATER = NOW + dt.timedelta(hours=72)
MAIL = Endpoint(id="p1-mail", person="p1", kind="mail", address="lead@example.org")
SMS = Endpoint(id="p1-sms", person="p1", kind="sms", address="+12025550101", priority=2)
DIRECTORY = Directory(
    people=[Person(id="p1", name="Health lead <b>", languages=["fr"], organization="o1")],
    organizations=[Organization(id="o1", name="The unit")],
    endpoints=[MAIL, SMS],
    bindings=[Binding(role="cluster_lead", of="HEA", person="p1")],
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store with one person who has two addresses."""
    store = Store(tables.sqlite_with_tables(tmp_path), durability="normal")
    with store.begin() as tx:
        tx.directory.replace_country(DIRECTORY, "HTI")
    yield store
    store.close()


class Visitor:
    """A browser with a link."""

    def __init__(self, store: Store, kind: ConfirmationKind = "address", endpoint: Endpoint = MAIL) -> None:
        self.store, self.clock = store, SetClock()
        desk = StoreDesk(store)
        content = Content(desk.bundle, codelists(), UNIT)
        key, wall = b"p" * 32, self.clock.now
        self.browser = Browser(
            create_app(desk, SIGNER, self.clock, content, page_key=key, wall=wall, confirmations=desk)
        )
        with store.begin() as tx:
            self.row = tx.confirmations.ask(endpoint, kind, NOW, LATER)
        self.token = SIGNER.mint(Purpose.VERIFY, "actual", self.row, LATER)

    def get(self, method: str = "GET", query: str = "") -> httpx.Response:
        return self.browser.request(method, f"/v/{self.token}{query}")

    def press(self, outcome: str, seconds: float = 10, **more: str) -> httpx.Response:
        nonce = nonce_in(self.get().text)
        self.clock.advance(seconds=seconds)
        fields = {"nonce": nonce, "outcome": outcome, "second_reference": "", **more}
        return self.browser.request("POST", f"/v/{self.token}", fields=fields)

    def endpoint(self, id: str = "p1-mail") -> Endpoint:
        with self.store.read() as tx:
            return next(one for one in tx.directory.endpoints_of(["p1"]) if one.id == id)

    def confirmed_at(self) -> dt.datetime | None:
        with self.store.read() as tx:
            return tx.directory.people_by_ids(["p1"])["p1"].confirmed_at


def test_opening_the_link_any_number_of_times_verifies_nothing(store: Store) -> None:
    visitor = Visitor(store)
    for method in ("GET", "HEAD", "GET", "OPTIONS"):
        visitor.get(method)
    assert visitor.endpoint().verification == "unverified"


def test_a_press_verifies_the_address_it_was_sent_to_and_no_other(store: Store) -> None:
    visitor = Visitor(store)
    assert visitor.press("confirmed").status_code == 303
    mine = visitor.endpoint()
    assert (mine.verification, mine.verified_at) == ("verified", visitor.clock.now())
    assert visitor.endpoint("p1-sms").verification == "unverified"
    assert visitor.confirmed_at() is None
    assert "Merci. C&#39;est confirmé." in visitor.get().text
    with store.begin() as tx:
        tx.directory.replace_country(DIRECTORY, "HTI")
    assert visitor.endpoint().verification == "verified", "an import keeps it"


@pytest.mark.parametrize(
    ("outcome", "seconds", "more", "verification"),
    [
        ("confirmed", 0.2, {}, "unverified"),
        ("confirmed", 10, {"second_reference": "x"}, "unverified"),
        ("confirmed", 10, {"spare": "1"}, "unverified"),
        ("confirmed", 10, {"nonce": "AAAA"}, "unverified"),
        ("", 10, {}, "unverified"),
        ("verified", 10, {}, "unverified"),
        ("confirmed", 10, {}, "verified"),
    ],
)
def test_what_no_person_does_verifies_nothing(
    store: Store, outcome: str, seconds: float, more: dict[str, str], verification: Verification
) -> None:
    visitor = Visitor(store)
    response = visitor.press(outcome, seconds, **more)
    assert response.status_code == (303 if verification == "verified" else 422)
    assert visitor.endpoint().verification == verification


def test_the_wrong_person_stops_the_address_until_they_take_it_back(store: Store) -> None:
    visitor = Visitor(store)
    visitor.press("wrong_person")
    assert (visitor.endpoint().verification, visitor.endpoint().state) == ("failed", "stopped")
    assert "Plus rien ne sera envoyé" in visitor.get().text
    visitor.press("confirmed")
    assert (visitor.endpoint().verification, visitor.endpoint().state) == ("verified", "ok")


def test_confirming_does_not_undo_a_stop_that_came_otherwise(store: Store) -> None:
    visitor = Visitor(store)
    with store.begin() as tx:
        tx.directory.mark_endpoint("p1-mail", "stopped", NOW)
    visitor.press("confirmed")
    assert visitor.endpoint().state == "stopped"


def test_an_entry_shows_what_is_written_with_addresses_masked(store: Store) -> None:
    visitor = Visitor(store, "entry")
    page = visitor.get().text
    for shown in ("Health lead &lt;b&gt;", "The unit", "cluster_lead.HEA", "l***@example.org", "+1 *** 0101"):
        assert shown in page
    assert "lead@example.org" not in page
    visitor.press("incorrect")
    with store.read() as tx:
        assert [person for person, _ in tx.confirmations.incorrect()] == ["p1"]
    assert visitor.confirmed_at() is None
    visitor.clock.advance(hours=1)
    visitor.press("confirmed")
    assert visitor.confirmed_at() == visitor.clock.now()
    with store.read() as tx:
        assert tx.confirmations.incorrect() == []


def test_a_link_says_nothing_once_the_address_is_another(store: Store) -> None:
    visitor = Visitor(store)
    with store.begin() as tx:
        moved = MAIL.model_copy(update={"address": "new@example.org"})
        tx.directory.replace_country(DIRECTORY.model_copy(update={"endpoints": [moved, SMS]}), "HTI")
    assert visitor.get().status_code == 404


def test_links_of_another_purpose_or_mode_and_old_ones_open_nothing(store: Store) -> None:
    visitor = Visitor(store)
    for purpose, mode in (
        (Purpose.ANSWER, "actual"),
        (Purpose.VERIFY, "drill"),
        (Purpose.UNSUBSCRIBE, "actual"),
    ):
        token = SIGNER.mint(purpose, "drill" if mode == "drill" else "actual", visitor.row, LATER)
        assert visitor.browser.request("GET", f"/v/{token}").status_code == 404
    assert visitor.browser.request("GET", f"/a/{visitor.token}").status_code == 404
    visitor.clock.advance(hours=73)
    assert visitor.get().status_code == 410


def test_a_press_from_elsewhere_is_refused(store: Store) -> None:
    visitor = Visitor(store)
    fields = {"nonce": nonce_in(visitor.get().text), "outcome": "confirmed"}
    headers = {"sec-fetch-site": "cross-site"}
    path = f"/v/{visitor.token}"
    assert visitor.browser.request("POST", path, fields=fields, headers=headers).status_code == 403
    assert visitor.browser.request("POST", path, content=b"{}").status_code == 415


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_small_and_in_the_language_that_is_asked_for(store: Store, language: str) -> None:
    page = Visitor(store, "entry").get(query=f"?lang={language}")
    assert f'<html lang="{language}"' in page.text
    assert len(page.content) < 30_000
