"""The parts that commands work with: settings, the store, the steward."""

from pathlib import Path

from pydantic import ValidationError

from konbit.cli.environment import InvalidSetting
from konbit.errors import UserError
from konbit.settings import Settings
from konbit.store import migrate
from konbit.store.database import Store


class NoDatabase(UserError):
    """The database is not set up; `konbit db upgrade` does it."""


def read_settings() -> Settings:
    """The settings of the environment; InvalidSetting says which variable cannot be used and why."""
    try:
        return Settings()
    except ValidationError as error:
        faults = [
            f"KONBIT_{'_'.join(str(part) for part in fault['loc']).upper()}: {fault['msg']}"
            for fault in error.errors(include_input=False, include_url=False)
        ]
        raise InvalidSetting("; ".join(faults)) from None


def revisions(store: Store) -> tuple[str | None, str | None]:
    """The revision of the database, and the newest one."""
    with store.connect(write=False) as connection:
        return migrate.current(connection)


def sqlite_file(address: str) -> Path | None:
    """The file of a SQLite database; None for another kind."""
    return Path(address.removeprefix("sqlite:///")) if address.startswith("sqlite:///") else None


def open_store(settings: Settings) -> Store:
    """The store; NoDatabase if its tables are not there or not those of this version."""
    path = sqlite_file(settings.database)
    if path is not None and not path.exists():
        raise NoDatabase(f"there is no database in {path.parent}; `konbit db upgrade` makes one")
    store = Store(settings.database, keys=settings.vault_keys())
    found, newest = revisions(store)
    if found != newest:
        store.close()
        raise NoDatabase(
            f"the database is at {found or 'nothing'}, this version needs {newest}; run `konbit db upgrade`"
        )
    return store
