"""What every command on runs begins with: the parts of the installation, and the run that is meant."""

from collections.abc import Iterator
from contextlib import contextmanager

from konbit.cli.parts import open_store, read_settings
from konbit.orchestrate.operating import resolve
from konbit.orchestrate.wiring import Wiring, wire

__all__ = ["ALL", "opened", "resolve"]

ALL = 100_000


@contextmanager
def opened() -> Iterator[Wiring]:
    """The parts of this installation, its database checked."""
    settings = read_settings()
    open_store(settings).close()
    parts = wire(settings)
    try:
        yield parts
    finally:
        parts.store.close()
