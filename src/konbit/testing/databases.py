"""Fresh databases for tests: a file for SQLite, a schema of its own for PostgreSQL. Empty; the test upgrades them."""

import os
import pathlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg

POSTGRES = "KONBIT_TEST_POSTGRES"
"""The environment variable with the address of a PostgreSQL database in which schemas may be made."""


def sqlite_url(directory: pathlib.Path) -> str:
    """The address of a SQLite file in `directory` that does not exist yet."""
    return f"sqlite:///{directory / f'konbit-{secrets.token_hex(4)}.db'}"


def postgres_available() -> bool:
    """Whether this machine was told of a PostgreSQL to test with."""
    return bool(os.environ.get(POSTGRES))


@contextmanager
def postgres_url() -> Iterator[str]:
    """The address of a new schema in the database that the environment names; dropped at the end, with all in it."""
    url = os.environ[POSTGRES]
    plain = url.replace("postgresql+psycopg://", "postgresql://", 1)
    schema = f"konbit_{secrets.token_hex(6)}"
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(psycopg.sql.SQL("CREATE SCHEMA {}").format(psycopg.sql.Identifier(schema)))
    try:
        yield _in_schema(url, schema)
    finally:
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(
                psycopg.sql.SQL("DROP SCHEMA {} CASCADE").format(psycopg.sql.Identifier(schema))
            )


@contextmanager
def postgres_database(template: str | None = None) -> Iterator[tuple[str, str]]:
    """Name and plain address of a new database on the server that the environment names; dropped at the end, with all in it.

    `template` is a database to copy; nobody may be connected to it.
    """
    plain = os.environ[POSTGRES].replace("postgresql+psycopg://", "postgresql://", 1)
    name = f"konbit_{secrets.token_hex(6)}"
    made = psycopg.sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
        psycopg.sql.Identifier(name), psycopg.sql.Identifier(template or "template1")
    )
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(made)
    try:
        yield name, urlunsplit(urlsplit(plain)._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(
                psycopg.sql.SQL("DROP DATABASE {} WITH (FORCE)").format(psycopg.sql.Identifier(name))
            )


def _in_schema(url: str, schema: str) -> str:
    parts = urlsplit(url)
    option = f"options={quote(f'-csearch_path={schema}')}"
    return urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, option)))))
