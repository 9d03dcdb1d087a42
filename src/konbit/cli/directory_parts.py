"""What the commands on the directory share: the country they are about, the store, and who is meant."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from konbit.cli.parts import open_store, read_settings
from konbit.errors import InvalidDirectory
from konbit.store.database import Store
from konbit.store.transaction import Tx

country_option = click.option(
    "--country", required=True, metavar="CODE", callback=lambda _ctx, _option, value: _country(value),
    help="The country as ISO 3166 alpha-3, such as HTI.",
)  # fmt: skip


def _country(value: str) -> str:
    if not (len(value) == 3 and value.isascii() and value.isupper() and value.isalpha()):
        raise click.UsageError(f"--country: found '{value}', expected ISO 3166 alpha-3, such as HTI")
    return value


@contextmanager
def directory_store() -> Iterator[Store]:
    """The store of this installation, closed at the end."""
    store = open_store(read_settings())
    try:
        yield store
    finally:
        store.close()


def known_country(tx: Tx, country: str) -> None:
    """InvalidDirectory unless a directory was imported for the country."""
    known = tx.directory.countries()
    if country not in known:
        there = ", ".join(known) or "none"
        raise InvalidDirectory(f"no directory was imported for {country}; there are: {there}")
