"""Databases with the tables of this version and no rows, copied from one that was upgraded once in each process.

One revision after the other takes longer than most tests; what tests of the upgrade need is in `konbit.testing.databases`.
"""

import atexit
import contextlib
import functools
import pathlib
import shutil
import tempfile
from collections.abc import Iterator

from konbit.store.database import Store
from konbit.testing.databases import postgres_database, sqlite_url

FILE = "sqlite:///"


def sqlite_with_tables(directory: pathlib.Path) -> str:
    """The address of a SQLite file in `directory`."""
    url = sqlite_url(directory)
    shutil.copy(_sqlite_template(), url.removeprefix(FILE))
    return url


@contextlib.contextmanager
def postgres_with_tables() -> Iterator[str]:
    """The address of a database on the PostgreSQL that the environment names; dropped at the end."""
    with postgres_database(_postgres_template()) as (_name, url):
        yield url


@functools.cache
def _sqlite_template() -> pathlib.Path:
    folder = pathlib.Path(tempfile.mkdtemp(prefix="konbit-tables-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    url = sqlite_url(folder)
    _upgrade(url)
    return pathlib.Path(url.removeprefix(FILE))


@functools.cache
def _postgres_template() -> str:
    kept = contextlib.ExitStack()
    atexit.register(kept.close)
    name, url = kept.enter_context(postgres_database())
    _upgrade(url)
    return name


def _upgrade(url: str) -> None:
    store = Store(url)
    store.upgrade()
    store.close()
