"""Codes by which somebody names a question in a reply: one per open question and telephone number, used again later."""

import dataclasses
from collections.abc import Sequence

import sqlalchemy as sa

from konbit.domain.replies import Offer, free_code
from konbit.store.repository import Repository
from konbit.store.tables.directory import endpoints
from konbit.store.tables.replies import reply_codes
from konbit.store.tables.requests import addressees, requests
from konbit.store.tables.runs import runs


class ReplyCodes(Repository):
    """The code of each question put to a person, with what its digits stand for."""

    def give(self, row_id: int, person: str, offers: Sequence[Offer]) -> str:
        """The code of the question: the one it has, or the first that is free for everybody who shares an address with them."""
        known = self._row(sa.select(reply_codes.c.code).where(reply_codes.c.addressee_id == row_id))
        if known is not None:
            return str(known["code"])
        code = free_code(self._used(person))
        values = {
            "addressee_id": row_id,
            "person_id": person,
            "code": code,
            "offers": [dataclasses.asdict(offer) for offer in offers],
        }
        self._connection.execute(sa.insert(reply_codes).values(values))
        return code

    def _used(self, person: str) -> Sequence[str]:
        other = endpoints.alias("other")
        sharing = sa.select(other.c.person_id).join(
            endpoints, endpoints.c.address_hmac == other.c.address_hmac
        )
        sharing = sharing.where(endpoints.c.person_id == person)
        asked = sa.and_(requests.c.run_id == addressees.c.run_id, requests.c.key == addressees.c.request_key)
        used = (
            sa.select(reply_codes.c.code)
            .join(addressees, addressees.c.id == reply_codes.c.addressee_id)
            .join(requests, asked)
            .join(runs, runs.c.id == addressees.c.run_id)
            .where(
                sa.or_(reply_codes.c.person_id == person, reply_codes.c.person_id.in_(sharing)),
                requests.c.closed_at.is_(None),
                runs.c.status != "ended",
            )
        )
        return self._connection.scalars(used).all()
