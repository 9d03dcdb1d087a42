"""All that is kept about one person: handed out to them, and erased when they ask."""

import datetime as dt

import sqlalchemy as sa
from pydantic import JsonValue

from konbit.errors import InvalidDirectory
from konbit.store.deliveries import Deliveries
from konbit.store.repository import Repository
from konbit.store.tables import facts
from konbit.store.tables.deliveries import deliveries
from konbit.store.tables.directory import (
    affiliations,
    bindings,
    confirmations,
    consents,
    endpoints,
    memberships,
    people,
)
from konbit.store.tables.replies import inbound
from konbit.store.tables.requests import addressees, answers

_DIRECTORY = (endpoints, bindings, memberships, affiliations, consents, confirmations)
_INTERNAL = frozenset({"address_hmac", "sender_hmac", "lease_owner", "lease_until", "idem_key", "generation"})
_DELIVERY = (
    "id",
    "run_id",
    "mode",
    "channel",
    "address",
    "subject",
    "body",
    "state",
    "planned_at",
    "accepted_at",
)


class Personal(Repository):
    """Everything under one person's id."""

    def export(self, person: str) -> dict[str, JsonValue]:
        """What is kept about the person, by table, ready for JSON. InvalidDirectory if nobody has the id."""
        self._known(person)
        answered = sa.select(answers).join(addressees, addressees.c.id == answers.c.addressee_id)
        sent = sa.select(*(deliveries.c[name] for name in _DELIVERY)).where(deliveries.c.person_id == person)
        found: dict[str, JsonValue] = {
            "person": self._plain(sa.select(people).where(people.c.id == person)),
            "asked": self._plain(sa.select(addressees).where(addressees.c.person_id == person)),
            "answers": self._plain(answered.where(addressees.c.person_id == person)),
            "messages": self._plain(sent.order_by(deliveries.c.planned_at)),
            "replies": self._plain(sa.select(inbound).where(inbound.c.person_id == person)),
        }
        for table in _DIRECTORY:
            found[table.name] = self._plain(sa.select(table).where(table.c.person_id == person))
        for name, table in facts.tables.items():
            found[name] = self._plain(sa.select(table).where(table.c.person_id == person))
        return found

    def erase(self, person: str, at: dt.datetime) -> None:
        """Forgets who the person is: name, addresses, roles, consents, texts to and from them, and that facts came from them.

        Their id stays where runs were recorded, as a word that stands for nobody; what they answered is part of those runs, whose
        journals are sealed. What waits to be sent to them is withdrawn, so that the next is asked at once.
        """
        self._known(person)
        mine = deliveries.c.person_id == person
        Deliveries(self._connection).withdraw(mine, "opted_out", at)
        nothing = {"address": "", "address_hmac": "", "subject": "", "body": ""}
        self._connection.execute(sa.update(deliveries).where(mine).values(nothing))
        self._connection.execute(
            sa.update(inbound).where(inbound.c.person_id == person).values(sender="", sender_hmac="", text="")
        )
        for table in _DIRECTORY:
            self._connection.execute(sa.delete(table).where(table.c.person_id == person))
        for table in facts.tables.values():
            self._connection.execute(
                sa.update(table).where(table.c.person_id == person).values(person_id=None)
            )
        blank: dict[str, object] = {
            "name": "",
            "languages": [],
            "zone": "UTC",
            "organization": None,
            "function": "",
            "quiet_hours": "",
            "do_not_disturb_until": None,
            "night_drills": False,
            "confirmed_at": None,
            "status": "left",
            "erased_at": at,
        }
        self._connection.execute(sa.update(people).where(people.c.id == person).values(blank))

    def _known(self, person: str) -> None:
        if self._row(sa.select(people.c.id).where(people.c.id == person)) is None:
            raise InvalidDirectory(f"there is no person {person}")

    def _plain(self, statement: sa.Executable) -> list[JsonValue]:
        return [
            {name: _json(value) for name, value in row.items() if name not in _INTERNAL}
            for row in self._rows(statement)
        ]


def _json(value: object) -> JsonValue:
    return value.isoformat() if isinstance(value, dt.datetime) else value  # type: ignore[return-value]  # JSON columns
