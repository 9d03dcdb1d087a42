"""The journal of a run out of the database, with those of the runs it started."""

from konbit.cli.parts import open_store, read_settings
from konbit.definition.bundle import Bundle
from konbit.engine.events import AnyEvent
from konbit.errors import UnknownRun
from konbit.simulate.again.recording import Recording, record
from konbit.store.database import Store
from konbit.store.records import Run
from konbit.store.transaction import Tx

ALL = 100_000


def stored(name: str) -> Recording:
    """The recording of a run by its id or the beginning of it; UnknownRun if there is none, or more than one."""
    store = open_store(read_settings())
    try:
        return recording_of(store, _resolve(store, name))
    finally:
        store.close()


def recording_of(store: Store, run: Run) -> Recording:
    """The recording of a run: its journal and those of its children; roles as they are held now."""
    with store.read() as tx:
        family = list(_family(tx, run, ""))
        return record(run.id, family, tx.directory.snapshot(run.country))


def _family(tx: Tx, run: Run, path: str) -> list[tuple[str, Bundle, list[AnyEvent]]]:
    events = [entry.event for entry in tx.journal.read(run.id)]
    found = [(path, tx.plans.get(run.digest), events)]
    for child in tx.runs.children(run.id):
        found += _family(tx, child, f"{path}/{child.parent_key}")
    return found


def _resolve(store: Store, name: str) -> Run:
    with store.read() as tx:
        found = [run for run in tx.runs.list(None, ALL) if run.id.startswith(name)]
    if not name or not found:
        raise UnknownRun(
            f"there is no run '{name}' and no file of that name; `konbit runs list` shows the runs"
        )
    if len(found) > 1:
        raise UnknownRun(f"{len(found)} runs begin with '{name}'; give more of the id")
    return found[0]
