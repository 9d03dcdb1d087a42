"""What the groups share: a database with its tables, made once and copied for each test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from konbit.clock import wall_now
from konbit.definition.library import Library, load
from konbit.store.database import Store
from konbit.testing.phones import Now
from tests.failures.calls import CallDown
from tests.failures.yard import Yard


@pytest.fixture(scope="session")
def _library() -> Library:
    return load()


@pytest.fixture(scope="session")
def _tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("failures") / "konbit.sqlite"
    store = Store(f"sqlite:///{path}", durability="normal")
    store.upgrade()
    store.close()
    return path


@pytest.fixture
def calls(tmp_path: Path, _tables: Path, _library: Library) -> Iterator[CallDown]:
    for file in _tables.parent.iterdir():
        shutil.copy(file, tmp_path / file.name)
    world = CallDown.of(tmp_path / _tables.name, _library)
    yield world
    world.browser.close()
    world.store.close()


@pytest.fixture
def yard(tmp_path: Path, _tables: Path) -> Iterator[Yard]:
    for file in _tables.parent.iterdir():
        shutil.copy(file, tmp_path / file.name)
    path = tmp_path / _tables.name
    store = Store(f"sqlite:///{path}", durability="normal")
    yield Yard(store, path, Now(wall_now()))
    store.close()
