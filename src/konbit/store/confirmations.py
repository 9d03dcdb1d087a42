"""Links by which people confirm that an address is theirs, or that what is written about them is right."""

import datetime as dt
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import sqlalchemy as sa

from konbit.domain.directory import Endpoint
from konbit.engine.duties import RoleRef
from konbit.store.deliveries import Deliveries
from konbit.store.directory_rows import role_of
from konbit.store.repository import Repository
from konbit.store.tables.deliveries import deliveries
from konbit.store.tables.directory import bindings, confirmations, endpoints, organizations, people

ConfirmationKind = Literal["address", "entry"]
ConfirmationOutcome = Literal["confirmed", "incorrect", "wrong_person"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """What a link is about, while the address it was sent to is still the person's."""

    row_id: int
    person: str
    kind: ConfirmationKind
    address: str = field(repr=False)
    organization: str
    outcome: ConfirmationOutcome | None
    settled_at: dt.datetime | None


class Confirmations(Repository):
    """Confirmations by the id that is in their link."""

    def ask(self, endpoint: Endpoint, kind: ConfirmationKind, at: dt.datetime, until: dt.datetime) -> int:
        """Writes down that somebody is asked at this address; the random id of 63 bits goes into the link."""
        row_id = secrets.randbits(63)
        values = {
            "id": row_id,
            "person_id": endpoint.person,
            "address_hmac": self._address_hash(endpoint.address),
            "kind": kind,
            "made_at": at,
            "expires_at": until,
        }
        self._connection.execute(sa.insert(confirmations).values(values))
        return row_id

    def get(self, row_id: int) -> Confirmation | None:
        """The confirmation; None if there is none, or the address is no longer the person's."""
        statement = (
            sa.select(confirmations, endpoints.c.address, organizations.c.name.label("group"))
            .join(people, people.c.id == confirmations.c.person_id)
            .join(endpoints, _THEIRS)
            .outerjoin(organizations, organizations.c.id == people.c.organization)
            .where(confirmations.c.id == row_id, people.c.status != "left")
        )
        row = self._row(statement.limit(1))
        if row is None:
            return None
        return Confirmation(
            row_id=row_id,
            person=row["person_id"],
            kind=row["kind"],
            address=row["address"],
            organization=row["group"] or "",
            outcome=row["outcome"],
            settled_at=row["settled_at"],
        )

    def settle(self, row_id: int, outcome: ConfirmationOutcome, at: dt.datetime) -> None:
        """Keeps what was said, and what follows from it.

        Confirmed: the address is verified, and with it the entry if that was asked. Wrong person: verification failed, and the
        address is stopped. Incorrect: it waits for an operator. Saying the same again changes nothing.
        """
        found = self.get(row_id)
        if found is None or found.outcome == outcome:
            return
        this = sa.update(confirmations).where(confirmations.c.id == row_id)
        self._connection.execute(this.values(outcome=outcome, settled_at=at))
        hashed = self._address_hash(found.address)
        theirs = sa.and_(endpoints.c.person_id == found.person, endpoints.c.address_hmac == hashed)
        if outcome == "incorrect":
            return
        if outcome == "confirmed":
            # A press after "wrong person" takes that back; what the provider or the person stopped otherwise stays stopped.
            values = {"verification": "verified", "verified_at": at}
            if found.outcome == "wrong_person":
                values["state"] = "ok"
            self._connection.execute(sa.update(endpoints).where(theirs).values(values))
            if found.kind == "entry":
                here = sa.update(people).where(people.c.id == found.person)
                self._connection.execute(here.values(confirmed_at=at))
            return
        stopped = {"verification": "failed", "verified_at": at, "state": "stopped"}
        self._connection.execute(sa.update(endpoints).where(theirs).values(stopped))
        to_them = sa.and_(deliveries.c.person_id == found.person, deliveries.c.address_hmac == hashed)
        Deliveries(self._connection).withdraw(to_them, "opted_out", at)

    def failed(self, endpoint: str, at: dt.datetime) -> None:
        """The link could not be delivered: the address is not one."""
        values = {"verification": "failed", "verified_at": at}
        self._connection.execute(sa.update(endpoints).where(endpoints.c.id == endpoint).values(values))

    def waiting(self, person: str, kind: ConfirmationKind, now: dt.datetime) -> set[str]:
        """The hashes of addresses at which the person was asked, with a link that still works and was not used."""
        open_links = sa.select(confirmations.c.address_hmac).where(
            confirmations.c.person_id == person,
            confirmations.c.kind == kind,
            confirmations.c.outcome.is_(None),
            confirmations.c.expires_at > now,
        )
        return set(self._connection.scalars(open_links))

    def asked_at(self, endpoint: Endpoint, kind: ConfirmationKind, now: dt.datetime) -> bool:
        """Whether a link is under way to this address."""
        return self._address_hash(endpoint.address) in self.waiting(endpoint.person, kind, now)

    def incorrect(self) -> Sequence[tuple[str, dt.datetime]]:
        """(person, when) of those who said that something is wrong, and have not said since that it is right."""
        latest = (
            sa.select(confirmations.c.person_id, sa.func.max(confirmations.c.settled_at).label("at"))
            .where(confirmations.c.kind == "entry", confirmations.c.outcome == "incorrect")
            .group_by(confirmations.c.person_id)
            .subquery()
        )
        still = sa.select(people.c.id, latest.c.at).join(latest, latest.c.person_id == people.c.id)
        still = still.where(sa.or_(people.c.confirmed_at.is_(None), people.c.confirmed_at < latest.c.at))
        at = confirmations.c.settled_at.type
        rows = self._connection.execute(
            still.with_only_columns(people.c.id, sa.type_coerce(latest.c.at, at)).order_by(people.c.id)
        )
        return [(person, moment) for person, moment in rows]

    def in_vain(self, now: dt.datetime) -> dict[str, int]:
        """How often somebody was asked whether their entry is right and let the link expire, since they last said so."""
        since = sa.or_(people.c.confirmed_at.is_(None), confirmations.c.made_at > people.c.confirmed_at)
        statement = (
            sa.select(confirmations.c.person_id, sa.func.count())
            .join(people, people.c.id == confirmations.c.person_id)
            .where(
                confirmations.c.kind == "entry",
                confirmations.c.outcome.is_(None),
                confirmations.c.expires_at <= now,
                since,
            )
            .group_by(confirmations.c.person_id)
        )
        return {row[0]: int(row[1]) for row in self._connection.execute(statement)}

    def roles_of(self, person: str) -> Sequence[RoleRef]:
        """The roles that the person holds, in the order they were written."""
        mine = sa.select(bindings).where(bindings.c.person_id == person).order_by(bindings.c.id)
        return [role_of(row) for row in self._rows(mine)]


_THEIRS = sa.and_(
    endpoints.c.person_id == confirmations.c.person_id,
    endpoints.c.address_hmac == confirmations.c.address_hmac,
)
