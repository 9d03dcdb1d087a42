"""Takes back the links that somebody was sent: the row that they name gets another number, and the old one names nothing."""

import secrets
from collections.abc import Callable

import sqlalchemy as sa

from konbit.store.repository import Repository
from konbit.store.tables.deliveries import deliveries
from konbit.store.tables.replies import inbound, reply_codes
from konbit.store.tables.requests import addressees, answers


class Links(Repository):
    """The numbers that links carry, see `Requests.ask`."""

    def renew(self, run_id: str, request: str, person: str) -> tuple[int, int] | None:
        """The number before and the new one; None if the person was not asked. Answers and reply codes go along."""
        which = sa.and_(
            addressees.c.run_id == run_id,
            addressees.c.request_key == request,
            addressees.c.person_id == person,
        )
        row = self._row(sa.select(addressees.c.id).where(which).with_for_update())
        if row is None:
            return None
        old, new = int(row["id"]), secrets.randbits(63)
        held = {}
        for table in (answers, reply_codes):
            held[table] = self._rows(sa.select(table).where(table.c.addressee_id == old))
            self._connection.execute(sa.delete(table).where(table.c.addressee_id == old))
        self._connection.execute(sa.update(addressees).where(addressees.c.id == old).values(id=new))
        for table, rows in held.items():
            if rows:
                self._connection.execute(sa.insert(table), [{**row, "addressee_id": new} for row in rows])
        self._connection.execute(
            sa.update(inbound).where(inbound.c.addressee_id == old).values(addressee_id=new)
        )
        return old, new

    def rewrite(self, run_id: str, request: str, person: str, renewed: Callable[[str], str]) -> int:
        """Changes the text of what was planned for the person and has not left yet; how many messages that were."""
        waiting = sa.select(deliveries.c.id, deliveries.c.body).where(
            deliveries.c.run_id == run_id,
            deliveries.c.request_id == request,
            deliveries.c.person_id == person,
            # A second copy may still leave of what is unknown, and another try of what is being sent.
            sa.or_(
                deliveries.c.state.in_(("planned", "due", "sending")),
                sa.and_(deliveries.c.state == "unknown", deliveries.c.not_before.is_not(None)),
            ),
        )
        rows = self._rows(waiting.order_by(deliveries.c.id).with_for_update())
        for row in rows:
            change = sa.update(deliveries).where(deliveries.c.id == row["id"])
            self._connection.execute(change.values(body=renewed(row["body"])))
        return len(rows)
