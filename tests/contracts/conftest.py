"""Every test that asks for `store` runs on SQLite and, where there is one, on PostgreSQL."""

import pathlib
from collections.abc import Iterator

import pytest

from konbit.store.database import Store
from konbit.testing import databases
from tests import tables

KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(params=KINDS)
def empty_url(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> Iterator[str]:
    """The address of an empty database."""
    if request.param == "sqlite":
        yield databases.sqlite_url(tmp_path)
        return
    _needs_postgres()
    with databases.postgres_url() as url:
        yield url


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> Iterator[str]:
    """The address of a database with its tables made and nothing in it."""
    if request.param == "sqlite":
        yield tables.sqlite_with_tables(tmp_path)
        return
    _needs_postgres()
    with tables.postgres_with_tables() as url:
        yield url


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """A store with its tables made and nothing in it."""
    store = Store(database_url)
    yield store
    store.close()


def _needs_postgres() -> None:
    if not databases.postgres_available():
        pytest.skip(f"{databases.POSTGRES} is not set")
