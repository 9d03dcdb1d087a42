"""Messages that are held because their run would write to more people than it may, until an operator decides."""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Literal

import sqlalchemy as sa
from pydantic import JsonValue

from konbit.store.records import Hold
from konbit.store.repository import Repository
from konbit.store.tables.requests import requests
from konbit.store.tables.safety import holds


class Holds(Repository):
    """What is held, and what was decided about it."""

    def put(
        self,
        run_id: str,
        effect: Mapping[str, JsonValue],
        people: int,
        written: int,
        allowed: int,
        at: dt.datetime,
    ) -> bool:
        """Holds the messages of an effect; False if they were held before, whatever was decided then."""
        parts = [run_id, *(effect[name] for name in ("key", "purpose", "wave", "people"))]
        values = {
            "run_id": run_id,
            "idem_key": hashlib.sha256(json.dumps(parts).encode()).hexdigest(),
            "step": effect["step"],
            "request": effect["request"],
            "effect": dict(effect),
            "people": people,
            "written": written,
            "allowed": allowed,
            "held_at": at,
        }
        return self._add(holds, values)

    def open(self, run_id: str) -> Sequence[Hold]:
        """What nobody has decided and could still be sent: the request that it is for is open, if it is for one."""
        return self._open(holds.c.run_id == run_id)

    def of(self, run_id: str) -> Sequence[int]:
        """The ids of all that was ever held of a run."""
        return self._connection.scalars(sa.select(holds.c.id).where(holds.c.run_id == run_id)).all()

    def since(self, before: dt.datetime) -> Sequence[Hold]:
        """What is held since before that time, of all runs."""
        return self._open(holds.c.held_at <= before)

    def decide(self, id: int, verdict: Literal["released", "dropped"], by: str, at: dt.datetime) -> bool:
        """Keeps what was decided; False if it was decided before."""
        which = sa.and_(holds.c.id == id, holds.c.verdict.is_(None))
        values = {"verdict": verdict, "decided_by": by, "decided_at": at}
        return self._connection.execute(sa.update(holds).where(which).values(**values)).rowcount == 1

    def drop(self, run_id: str, by: str, at: dt.datetime) -> int:
        """Drops all that is held of a run; how many."""
        return sum(self.decide(one.id, "dropped", by, at) for one in self.open(run_id))

    def without(self, run_id: str, request: str, people: Sequence[str], at: dt.datetime) -> None:
        """Takes people who need not be asked any more out of what is held for a request; nothing of it left, it is dropped."""
        for one in self.open(run_id):
            named = one.effect["people"]
            if one.effect["request"] != request or not isinstance(named, list):
                continue
            left = [person for person in named if person not in people]
            if not left:
                self.decide(one.id, "dropped", "konbit", at)
            elif len(left) < len(named):
                changed = {"effect": {**one.effect, "people": left}, "people": min(one.people, len(left))}
                self._connection.execute(sa.update(holds).where(holds.c.id == one.id).values(**changed))

    def _open(self, which: sa.ColumnElement[bool]) -> Sequence[Hold]:
        asked = sa.and_(requests.c.run_id == holds.c.run_id, requests.c.key == holds.c.request)
        live = sa.or_(
            holds.c.request.is_(None), sa.exists(sa.select(1).where(asked, requests.c.closed_at.is_(None)))
        )
        statement = sa.select(holds).where(which, holds.c.verdict.is_(None), live).order_by(holds.c.id)
        return [
            Hold(**{name: row[name] for name in Hold.__dataclass_fields__}) for row in self._rows(statement)
        ]
