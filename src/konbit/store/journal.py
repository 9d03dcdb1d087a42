"""The journal: every event of a run in order, fenced by the lease, each line sealed to the one before."""

import hashlib
import itertools
import json
from collections.abc import Sequence

import sqlalchemy as sa

from konbit.engine.events import EVENTS, AnyEvent
from konbit.errors import LeaseLost, UnknownRun
from konbit.store.records import Entry, Lease
from konbit.store.repository import Repository
from konbit.store.tables.runs import journal, runs

# What every step executes is made once: SQLAlchemy takes longer to make a statement than SQLite to carry it out.
_CLAIM = (
    sa.update(runs)
    .where(
        runs.c.id == sa.bindparam("run"),
        runs.c.lease_generation == sa.bindparam("generation"),
        runs.c.lease_owner == sa.bindparam("owner"),
        runs.c.last_seq == sa.bindparam("expected"),
    )
    .values(last_seq=runs.c.last_seq + 1)
)
_APPEND = sa.insert(journal)


class Journal(Repository):
    """Append-only; what is in it happened."""

    def append(self, lease: Lease, event: AnyEvent, expected: int, previous: str | None = None) -> Entry:
        """Writes the event after line `expected`, whose hash is `previous` if the caller knows it.

        One statement checks the lease's generation and the sequence, so that neither a paused holder nor one who folded
        an older journal can write; LeaseLost for both.
        """
        claim = {
            "run": lease.run_id,
            "generation": lease.generation,
            "owner": lease.owner,
            "expected": expected,
        }
        if self._connection.execute(_CLAIM, claim).rowcount != 1:
            raise LeaseLost
        seq = expected + 1
        text = dump(event)
        before = self._hash(lease.run_id, expected) if previous is None else previous
        sealed = seal(before, lease.run_id, seq, text)
        self._connection.execute(_APPEND, {"run_id": lease.run_id, "seq": seq, "event": text, "hash": sealed})
        return Entry(seq, event, sealed)

    def read(self, run_id: str, after: int = 0) -> Sequence[Entry]:
        """The lines after `after`, in order."""
        return [
            Entry(row["seq"], EVENTS.validate_json(row["event"]), row["hash"])
            for row in self._lines(run_id, after)
        ]

    def sealed(self, run_id: str) -> Sequence[tuple[int, str, str]]:
        """The lines as they are stored: number, text, hash. The hash covers the very bytes of the text."""
        return [(row["seq"], row["event"], row["hash"]) for row in self._lines(run_id, 0)]

    def verify(self, run_id: str) -> int | None:
        """The first line that is missing or was changed after it was written, or None; UnknownRun if there is no run."""
        last = self._connection.scalar(sa.select(runs.c.last_seq).where(runs.c.id == run_id))
        if last is None:
            raise UnknownRun
        previous = ""
        lines = self._lines(run_id, 0)
        for seq, row in itertools.zip_longest(range(1, last + 1), lines):
            if seq is None or row is None or row["seq"] != seq:
                return seq if seq is not None else int(row["seq"])
            if row["hash"] != seal(previous, run_id, seq, row["event"]):
                return int(seq)
            previous = row["hash"]
        return None

    def _lines(self, run_id: str, after: int) -> Sequence[sa.RowMapping]:
        statement = sa.select(journal).where(journal.c.run_id == run_id, journal.c.seq > after)
        return self._rows(statement.order_by(journal.c.seq))

    def _hash(self, run_id: str, seq: int) -> str:
        if seq == 0:
            return ""
        statement = sa.select(journal.c.hash).where(journal.c.run_id == run_id, journal.c.seq == seq)
        return str(self._connection.scalars(statement).one())


def dump(event: AnyEvent) -> str:
    """The event as canonical JSON: ASCII, keys sorted, so that the same event gives the same bytes."""
    return json.dumps(event.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), allow_nan=False)


def seal(previous: str, run_id: str, seq: int, event: str) -> str:
    """The SHA-256 of a line, in hexadecimal."""
    return hashlib.sha256(f"{previous}|{run_id}|{seq}|{event}".encode()).hexdigest()
