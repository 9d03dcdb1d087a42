"""A small world on SQLite: a library of two charts, a directory, a clock that is set by hand."""

import dataclasses
import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import JsonValue

from konbit.definition.bundle import Bundle
from konbit.definition.library import Library, load
from konbit.domain.caution import Caps
from konbit.domain.directory import Binding, Directory, Endpoint, Person
from konbit.engine.duties import RoleRef
from konbit.notify.accounts import read_accounts
from konbit.notify.links import Signer, derive_key
from konbit.orchestrate.errand import Standing
from konbit.orchestrate.ledger import Ledger
from konbit.orchestrate.planning import Planner
from konbit.orchestrate.steward import Steward, directly
from konbit.store.database import Store
from konbit.store.records import Run, Verdict

START = dt.datetime(2021, 8, 14, 13, 5, tzinfo=dt.UTC)


@dataclasses.dataclass
class HandClock:
    """Run time stands still until it is moved."""

    time: dt.datetime = START

    def now(self) -> dt.datetime:
        return self.time

    def wall(self, moment: dt.datetime) -> dt.datetime:
        return moment

    def move(self, **length: float) -> None:
        self.time += dt.timedelta(**length)


@dataclasses.dataclass
class World:
    """A steward with everything it needs."""

    store: Store
    clock: HandClock
    steward: Steward

    def run(self, flowchart: str = "response/activation", **parameters: object) -> Run:
        given = {
            "country": "HTI",
            "hazard": "EQ",
            "areas": ["HT07"],
            "clusters": ["HEA", "LOG"],
            **parameters,
        }
        return self.steward.request(flowchart, given, "drill", "operator:test")

    def stand(self, run: Run) -> Standing:
        return self.steward.attempt(run.id, directly)

    def answer(
        self, run: Run, request: str, person: str, verdict: Verdict = "accept", **data: JsonValue
    ) -> str:
        with self.store.begin() as tx:
            row = next(one.row_id for one in tx.requests.asked(run.id, request) if one.person == person)
            return tx.accept_answer(
                row, verdict, data, "link", self.clock.time, f"{row}-{verdict}-{self.clock.time}"
            )

    def events(self, run: Run) -> list[str]:
        with self.store.read() as tx:
            return [entry.event.kind for entry in tx.journal.read(run.id)]

    def deliveries(self, run: Run) -> list[tuple[str, str, str]]:
        with self.store.read() as tx:
            return [(row.step, row.purpose, row.person) for row in tx.deliveries.list(run.id)]


def directory() -> Directory:
    holders = {
        ("country_facilitator", None, 1): "cf-1",
        ("country_facilitator", None, 2): "cf-2",
        ("global_facilitator", None, 1): "gf-1",
        ("humanitarian_hub", None, 1): "hub-1",
        ("chair", None, 1): "chair-1",
        ("chair_deputy", None, 1): "chair-2",
        ("cluster_lead", "HEA", 1): "hea-1",
        ("cluster_lead", "HEA", 2): "hea-2",
        ("cluster_lead", "LOG", 1): "log-1",
    }
    people = [Person(id=person, name=person.upper(), languages=["fr", "en"]) for person in holders.values()]
    return Directory(
        people=people,
        endpoints=[
            Endpoint(id=f"{one.id}-mail", person=one.id, kind="mail", address=f"{one.id}@example.org")
            for one in people
        ],
        bindings=[
            Binding(role=role, of=of, country="HTI", person=person, rank=rank)
            for (role, of, rank), person in holders.items()
        ],
        expected=[RoleRef(role="cluster_lead", of="WSH")],
    )


@pytest.fixture(scope="session")
def library() -> Library:
    return load()


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the directory: made once, copied for each test."""
    path = tmp_path_factory.mktemp("template") / "konbit.sqlite"
    store = Store(f"sqlite:///{path}", durability="normal")
    store.upgrade()
    with store.begin() as tx:
        tx.directory.replace_country(directory(), "HTI")
    store.close()
    return path


@pytest.fixture(scope="session")
def bundles(library: Library) -> dict[str, Bundle]:
    return {name: library.bundle(name) for name in library.flowcharts}


@pytest.fixture
def world(tmp_path: Path, database: Path, library: Library, bundles: dict[str, Bundle]) -> Iterator[World]:
    for file in database.parent.iterdir():
        shutil.copy(file, tmp_path / file.name)
    store = Store(f"sqlite:///{tmp_path / database.name}", durability="normal")
    accounts = read_accounts(
        [
            {
                "name": "mail",
                "kind": "mail",
                "host": "127.0.0.1",
                "secure": "none",
                "sender_address": "unit@example.org",
                "allow_loopback": True,
            }
        ]
    )
    clock = HandClock()
    codes = library.codes
    planner = Planner(
        accounts, Signer({1: derive_key("s" * 32, "test", 1)}, 1), "http://127.0.0.1:4280", codes
    )
    ledger = Ledger(store, planner, bundles.__getitem__)
    steward = Steward(
        store, ledger, bundles.__getitem__, clock, codes, "test", prepared=library.messages, caps=Caps(9, 99)
    )
    yield World(store, clock, steward)
    store.close()
