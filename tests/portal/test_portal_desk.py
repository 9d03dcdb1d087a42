"""The portal over the real store, on SQLite."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from konbit.clock import UTC, wall_now
from konbit.domain.directory import Directory, Person
from konbit.engine.duties import Slot
from konbit.engine.effects import OpenRequest
from konbit.engine.events import Answered
from konbit.errors import ServiceUnavailable
from konbit.notify.links import Purpose, Signer, derive_key
from konbit.portal.app import create_app, from_settings
from konbit.portal.desk import StoreDesk
from konbit.portal.page import Content
from konbit.settings import Settings
from konbit.store.database import Store
from konbit.store.records import NewRun
from tests import tables
from tests.portal.sample import NOW, UNIT, UNTIL, Browser, SetClock, bundle, codelists, nonce_in

LEAD = Person(id="p1", name="Health lead", languages=["fr", "en"], zone="Europe/Paris")
SIGNER = Signer({1: b"k" * 32}, 1)


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """The address of a database with its tables."""
    return tables.sqlite_with_tables(tmp_path)


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """A store with a run that has put a request to one person."""
    store = Store(database_url)
    with store.begin() as tx:
        digest = tx.plans.put(bundle())
        tx.directory.replace_country(Directory(people=[LEAD]), "HTI")
        tx.runs.create(
            NewRun(
                id="run-1",
                flowchart="response/activation",
                digest=digest,
                mode="drill",
                parameters={"hazard": "EQ", "areas": ["HT07"]},
                started_by="operator:test",
                created_at=NOW,
                country="HTI",
            )
        )
        tx.runs.started("run-1", NOW)
        tx.requests.open(
            "run-1",
            OpenRequest(
                request="call",
                step="call",
                title={"en": "Call-down"},
                form="availability",
                options=(),
                question="activation_call",
                slots=(Slot(slot="cluster_lead.HEA", waves=[["p0"], ["p1"]]),),
                opened_at=NOW,
                closes_at=UNTIL,
            ),
        )
    yield store
    store.close()


def ask(store: Store) -> int:
    """The row of the person asked."""
    with store.begin() as tx:
        return tx.requests.ask("run-1", "call", "p1", 1, NOW, {"uncovered": 3})


def link(row: int) -> str:
    """The path of the page."""
    return f"/a/{SIGNER.mint(Purpose.ANSWER, 'drill', row, UNTIL)}"


def browser(store: Store) -> Browser:
    """A portal in front of the store."""
    desk = StoreDesk(store)
    content = Content(desk.bundle, codelists(), UNIT)
    return Browser(create_app(desk, SIGNER, SetClock(), content, page_key=b"p" * 32, minimum_seconds=0))


def test_addressee_has_the_role_asked_and_the_values_of_the_run(store: Store) -> None:
    found = StoreDesk(store).addressee(ask(store))
    assert found is not None
    assert found.slot == "cluster_lead.HEA"
    assert found.values == {"country": "HTI", "hazard": "EQ", "areas": ["HT07"], "uncovered": 3}
    assert (found.languages, found.zone, found.state) == (["fr", "en"], "Europe/Paris", "open")
    assert found.closes_at == UNTIL


def test_unknown_row_is_nobody(store: Store) -> None:
    assert StoreDesk(store).addressee(12) is None


def test_answer_reaches_the_inbox_of_the_run_and_the_page(store: Store) -> None:
    visitor, path = browser(store), link(ask(store))
    page = visitor.request("GET", path).text
    assert "Séisme" in page
    assert "Responsable de secteur, Santé" in page
    assert "18:00 UTC" in page
    fields = {"nonce": nonce_in(page), "verdict": "accept", "f_available_within": "6h"}
    for _ in range(2):
        assert visitor.request("POST", path, fields=fields).status_code == 303
    with store.read() as tx:
        (item,) = tx.inbox.pending("run-1")
        (answer,) = tx.answers.list("run-1")
    assert isinstance(item.event, Answered)
    assert (item.event.person, item.event.data) == ("p1", {"available_within": "6h"})
    assert answer.received_at.tzinfo is UTC
    assert "Dans les 6 heures</dd>" in visitor.request("GET", f"{path}?done=1").text


def test_answer_after_the_request_closed_is_late(store: Store) -> None:
    visitor, path = browser(store), link(ask(store))
    with store.begin() as tx:
        tx.requests.close("run-1", "call", "covered", NOW)
    page = visitor.request("GET", path).text
    assert "Cette demande est close." in page
    fields = {"nonce": nonce_in(page), "verdict": "decline"}
    assert visitor.request("POST", path, fields=fields).status_code == 303
    assert "« en retard »" in visitor.request("GET", path).text


def test_answer_after_the_run_ended_is_kept(store: Store) -> None:
    visitor, path = browser(store), link(ask(store))
    page = visitor.request("GET", path).text
    with store.begin() as tx:
        tx.runs.ended("run-1", "completed", {}, NOW)
    fields = {"nonce": nonce_in(page), "verdict": "accept", "f_available_within": "2h"}
    response = visitor.request("POST", path, fields=fields)
    assert response.status_code == 410
    assert "Cette activité est terminée." in response.text
    with store.read() as tx:
        assert [answer.late for answer in tx.answers.list("run-1")] == [True]


def test_health_says_when_the_store_cannot_be_used(store: Store, tmp_path: Path) -> None:
    assert browser(store).request("GET", "/healthz").status_code == 200
    elsewhere = Store(f"sqlite:///{tmp_path / 'missing' / 'konbit.db'}")
    with pytest.raises(ServiceUnavailable):
        StoreDesk(elsewhere).ping()
    assert browser(elsewhere).request("GET", "/healthz").status_code == 503


def test_portal_of_an_installation_opens_the_links_of_that_installation(
    store: Store, database_url: str, tmp_path: Path
) -> None:
    settings = Settings(
        home=tmp_path,
        database_url=database_url,
        secret=SecretStr("s" * 32),
        environment="test",
        clock_origin=wall_now(),
        clock_start=NOW,
    )
    signer = Signer({1: derive_key("s" * 32, "test", 1)}, 1)
    token = signer.mint(Purpose.ANSWER, "drill", ask(store), UNTIL)
    response = Browser(from_settings(settings)).request("GET", f"/a/{token}")
    assert response.status_code == 200
    assert "L&#39;unité de coordination vous demande" in response.text
