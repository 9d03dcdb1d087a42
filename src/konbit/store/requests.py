"""Requests: what people are asked, who was asked, and the row that each link points to."""

import datetime as dt
import secrets
from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from pydantic import JsonValue

from konbit.engine.duties import Slot
from konbit.engine.effects import OpenRequest
from konbit.errors import InvalidToken
from konbit.store.answers import SELECT_ANSWERS, answer_of
from konbit.store.records import Addressee, Asked, Request
from konbit.store.repository import Repository
from konbit.store.tables.deliveries import deliveries
from konbit.store.tables.directory import people
from konbit.store.tables.requests import addressees, answers, requests
from konbit.store.tables.runs import runs


class Requests(Repository):
    """Requests by run and key, and the people they were put to."""

    def open(self, run_id: str, request: OpenRequest) -> bool:
        """Keeps the request; False if it is there already."""
        return self._add(
            requests,
            {
                "run_id": run_id,
                "key": request.request,
                "step": request.step,
                "title": dict(request.title),
                "form": request.form,
                "options": list(request.options),
                "question": request.question,
                "slots": [slot.model_dump(mode="json") for slot in request.slots],
                "opened_at": request.opened_at,
                "closes_at": request.closes_at,
            },
        )

    def close(self, run_id: str, key: str, reason: str, at: dt.datetime) -> None:
        """No answer counts from `at` on; a request that was closed before stays as it was."""
        statement = sa.update(requests).where(
            requests.c.run_id == run_id, requests.c.key == key, requests.c.closed_at.is_(None)
        )
        self._connection.execute(statement.values(closed_at=at, close_reason=reason))

    def extend(self, run_id: str, key: str, closes_at: dt.datetime) -> None:
        """The request closes at another time."""
        which = sa.and_(requests.c.run_id == run_id, requests.c.key == key)
        self._connection.execute(sa.update(requests).where(which).values(closes_at=closes_at))

    def pin(self, run_id: str, digest: str) -> None:
        """The run moves to another plan: every request that was opened so far keeps this one."""
        which = sa.and_(requests.c.run_id == run_id, requests.c.digest.is_(None))
        self._connection.execute(sa.update(requests).where(which).values(digest=digest))

    def get(self, run_id: str, key: str) -> Request | None:
        """The request, if it was opened."""
        row = self._row(sa.select(requests).where(requests.c.run_id == run_id, requests.c.key == key))
        return None if row is None else _request(row)

    def list_open(self, run_id: str) -> Sequence[Request]:
        """Requests of the run that wait for answers, in the order they were opened."""
        statement = sa.select(requests).where(requests.c.run_id == run_id, requests.c.closed_at.is_(None))
        return [_request(row) for row in self._rows(statement.order_by(requests.c.opened_at, requests.c.key))]

    def ask(
        self,
        run_id: str,
        key: str,
        person: str,
        wave: int,
        at: dt.datetime,
        values: Mapping[str, JsonValue] | None = None,
    ) -> int:
        """Puts the request to a person; the id of the row that their link names.

        It is random, 63 bits. Whoever is asked again keeps the row of the first time, so that every link they have works.
        `values` are what the placeholders of the question stand for.
        """
        new = {
            "id": secrets.randbits(63),
            "run_id": run_id,
            "request_key": key,
            "person_id": person,
            "wave": wave,
            "asked_at": at,
            "values": dict(values or {}),
        }
        self._add(addressees, new)
        known = sa.select(addressees.c.id).where(
            addressees.c.run_id == run_id, addressees.c.request_key == key, addressees.c.person_id == person
        )
        return int(self._connection.scalars(known).one())

    def list(self, run_id: str) -> Sequence[Request]:
        """Every request of the run, open or not, in the order they were opened."""
        statement = sa.select(requests).where(requests.c.run_id == run_id)
        return [_request(row) for row in self._rows(statement.order_by(requests.c.opened_at, requests.c.key))]

    def asked(self, run_id: str, key: str) -> Sequence[Asked]:
        """Whom the request was put to, wave by wave."""
        statement = sa.select(addressees).where(
            addressees.c.run_id == run_id, addressees.c.request_key == key
        )
        return [
            Asked(row_id=row["id"], person=row["person_id"], wave=row["wave"], asked_at=row["asked_at"])
            for row in self._rows(statement.order_by(addressees.c.wave, addressees.c.person_id))
        ]

    def addressee(self, row_id: int) -> Addressee:
        """All that the answer page needs; InvalidToken if no such row exists."""
        row = self._row(_ADDRESSEE.where(addressees.c.id == row_id))
        if row is None:
            raise InvalidToken
        latest = SELECT_ANSWERS.where(answers.c.addressee_id == row_id).order_by(answers.c.id.desc()).limit(1)
        answered = self._row(latest)
        known = ("options", "languages", "latest")
        plain = {name: row[name] for name in Addressee.__dataclass_fields__ if name not in known}
        return Addressee(
            **plain,
            options=tuple(row["options"]),
            languages=tuple(row["languages"]),
            latest=None if answered is None else answer_of(answered),
        )

    def told(self, run_id: str) -> Sequence[str]:
        """Ids of all to whom a message of the run, or of the runs it started, has left or may have left, or who answered.

        They are those who must hear that it was a mistake, and nobody else must.
        """
        members = self._family(run_id)
        left = sa.or_(
            deliveries.c.state.in_(("sending", "accepted", "delivered", "read", "unknown")),
            deliveries.c.unknowns > 0,
            deliveries.c.accepted_at.is_not(None),
        )
        sent = sa.select(deliveries.c.person_id).where(deliveries.c.run_id.in_(members), left)
        answered = (
            sa.select(addressees.c.person_id)
            .join(answers, answers.c.addressee_id == addressees.c.id)
            .where(addressees.c.run_id.in_(members))
        )
        return sorted(self._connection.scalars(sent.union(answered)).all())

    def written_to(self, run_id: str) -> set[str]:
        """Ids of all to whom the run, or the runs it started, has written or is about to."""
        taken_back = sa.and_(
            deliveries.c.state.in_(("cancelled", "suppressed", "expired")), deliveries.c.attempts == 0
        )
        which = sa.and_(deliveries.c.run_id.in_(self._family(run_id)), sa.not_(taken_back))
        return set(self._connection.scalars(sa.select(deliveries.c.person_id).where(which).distinct()))

    @staticmethod
    def _family(run_id: str) -> sa.Select[tuple[str]]:
        """The ids of a run and of all that it started, directly or not."""
        family = sa.select(sa.literal(run_id, sa.Text).label("id")).cte("family", recursive=True)
        family = family.union_all(sa.select(runs.c.id).join(family, runs.c.parent_run == family.c.id))
        return sa.select(family.c.id)

    def contacted(self, run_id: str) -> Sequence[str]:
        """Ids of all whom the run, and the runs it started, asked, have told or are about to tell anything.

        They are those who must hear that it was stood down.
        """
        members = self._family(run_id)
        asked = sa.select(addressees.c.person_id).where(addressees.c.run_id.in_(members))
        never_left = sa.and_(
            deliveries.c.state.in_(("cancelled", "suppressed", "expired")),
            deliveries.c.attempts == 0,
        )
        told = sa.select(deliveries.c.person_id).where(deliveries.c.run_id.in_(members), sa.not_(never_left))
        return sorted(self._connection.scalars(asked.union(told)).all())


_ADDRESSEE = (
    sa.select(
        addressees.c.id.label("row_id"),
        addressees.c.run_id,
        addressees.c.request_key.label("request"),
        addressees.c.person_id.label("person"),
        addressees.c.wave,
        addressees.c.asked_at,
        addressees.c["values"],
        runs.c.flowchart,
        runs.c.status.label("run_status"),
        runs.c.outcome.label("run_outcome"),
        runs.c.ended_at.label("run_ended_at"),
        runs.c.mode,
        sa.func.coalesce(requests.c.digest, runs.c.digest).label("digest"),
        runs.c.parameters,
        runs.c.country,
        requests.c.step,
        requests.c.title,
        requests.c.form,
        requests.c.options,
        requests.c.question,
        requests.c.opened_at,
        requests.c.closes_at,
        requests.c.closed_at,
        requests.c.close_reason,
        people.c.name,
        people.c.languages,
        people.c.zone,
    )
    .select_from(addressees)
    .join(runs, runs.c.id == addressees.c.run_id)
    .join(
        requests,
        sa.and_(requests.c.run_id == addressees.c.run_id, requests.c.key == addressees.c.request_key),
    )
    .join(people, people.c.id == addressees.c.person_id)
)


def _request(row: sa.RowMapping) -> Request:
    plain = {name: row[name] for name in Request.__dataclass_fields__ if name not in ("options", "slots")}
    slots = tuple(Slot.model_validate(slot) for slot in row["slots"])
    return Request(**plain, options=tuple(row["options"]), slots=slots)
