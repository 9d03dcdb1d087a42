"""The personal ladder in the outbox: when one channel of a person fails for certain, the next one is due at once."""

import datetime as dt
from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from konbit.store.repository import Repository
from konbit.store.tables.deliveries import deliveries, delivery_events

DIVERTED = "diverted"
_MANY = 5000
_UNDER_WAY = ("sending", "accepted", "due", "planned")


class Ladders(Repository):
    """Moves rungs of ladders."""

    def fall_through(self, ladders: Iterable[str], now: dt.datetime, but: Sequence[str] = ()) -> int:
        """Makes the next rung of each ladder due, unless another rung is under way; returns how many.

        What waits for an account of `but` is not under way.
        """
        return sum(self._release(part, now, but) for part in _parts(ladders))

    def divert(self, accounts: Sequence[str], now: dt.datetime) -> int:
        """Sends what waits for these accounts the person's next way, beside it; returns how many."""
        if not accounts:
            return 0
        waits = (
            sa.select(deliveries.c.ladder)
            .where(
                deliveries.c.account.in_(accounts),
                deliveries.c.state.in_(("planned", "due")),
                deliveries.c.not_before <= now,
                deliveries.c.expires_at > now,
                deliveries.c.ladder != "",
                sa.not_(deliveries.c.standby),
            )
            .distinct()
        )
        found = list(self._connection.scalars(waits))
        return sum(self._release(part, now, accounts) for part in _parts(found))

    def _release(self, ladders: Sequence[str], now: dt.datetime, but: Sequence[str] = ()) -> int:
        """The lowest rung that waits for its turn, on an account that is not one of `but`."""
        names = ("id", "ladder", "state", "account", "not_before", "standby")
        rows = self._rows(
            sa.select(*(deliveries.c[name] for name in names))
            .where(deliveries.c.ladder.in_(ladders), deliveries.c.expires_at > now)
            .order_by(deliveries.c.ladder, deliveries.c.rung, deliveries.c.id)
        )
        waiting: dict[str, str] = {}
        under_way: set[str] = set()
        for row in rows:
            if row["account"] in but:
                continue
            if row["state"] == "planned" and (row["standby"] or row["not_before"] > now):
                waiting.setdefault(row["ladder"], row["id"])
            elif row["state"] in _UNDER_WAY:
                under_way.add(row["ladder"])
        ids = sorted(id for ladder, id in waiting.items() if ladder not in under_way)
        if ids:
            which = deliveries.c.id.in_(ids)
            self._connection.execute(
                sa.update(deliveries).where(which).values(not_before=now, standby=False, reason=DIVERTED)
            )
            event = {
                "at": now,
                "from_state": "planned",
                "to_state": "planned",
                "cause": DIVERTED,
                "worker": "",
            }
            self._connection.execute(
                sa.insert(delivery_events), [{"delivery_id": name, **event} for name in ids]
            )
        return len(ids)


def _parts(ladders: Iterable[str]) -> list[list[str]]:
    known = sorted({ladder for ladder in ladders if ladder})
    return [known[start : start + _MANY] for start in range(0, len(known), _MANY)]
