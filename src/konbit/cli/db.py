"""`konbit db`: the database."""

import click

from konbit.cli.parts import open_store, read_settings, revisions, sqlite_file
from konbit.store.database import Store


@click.group()
def db() -> None:
    """Look after the database.

    It is a SQLite file in KONBIT_HOME, or what KONBIT_DATABASE_URL names (postgresql+psycopg://...).
    """


@db.command()
def upgrade() -> None:
    """Bring the tables to this version; make them if there are none.

    It can be called at any time and by several processes at once. There is no way back: make a backup before an upgrade.
    """
    settings = read_settings()
    path = sqlite_file(settings.database)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    store = Store(settings.database, keys=settings.vault_keys())
    try:
        store.upgrade()
        found, _ = revisions(store)
    finally:
        store.close()
    click.echo(f"the {store.dialect} database is at {found}")


@db.command()
def reseal() -> None:
    """Seal names, addresses and texts anew with the newest key.

    The newest key is the first of KONBIT_DATA_KEYS or of the file that KONBIT_DATA_KEYS_FILE names. Start every service with both
    keys before, and take the old one out after. It can be stopped and called again.
    """
    store = open_store(read_settings())
    try:
        rows = store.reseal()
    finally:
        store.close()
    click.echo(f"sealed {rows} rows with the newest key")
