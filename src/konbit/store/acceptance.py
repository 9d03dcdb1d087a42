"""Taking an answer in: one transaction, so that it is either kept and on its way to the run, or not there at all."""

import datetime as dt
from collections.abc import Mapping

import sqlalchemy as sa
from pydantic import JsonValue

from konbit.engine.events import Answered
from konbit.errors import InvalidToken
from konbit.store.answers import Answers
from konbit.store.deliveries import Deliveries
from konbit.store.inbox import Inbox
from konbit.store.records import Acceptance, Verdict
from konbit.store.repository import Repository
from konbit.store.tables.deliveries import deliveries
from konbit.store.tables.directory import endpoints
from konbit.store.tables.requests import addressees, requests
from konbit.store.tables.runs import runs


class Intake(Repository):
    """Writes an answer to the places that must agree on it."""

    def accept(
        self,
        row_id: int,
        verdict: Verdict,
        data: Mapping[str, JsonValue],
        channel: str,
        at: dt.datetime,
        nonce: str,
        actor: str | None = None,
        *,
        partial: bool = False,
    ) -> Acceptance:
        """Keeps the answer, hands it to the run and takes back what was still to be sent to this person for it.

        `partial` is a yes whose form is still to come. `late` if the request is closed, by then the run may still learn
        from it, or if the run has ended: then it is kept and no more. `repeated` if the same page was sent before.
        InvalidToken if there is no such row.
        """
        row = self._addressee(row_id)
        who = actor or str(row["person_id"])
        ended = row["status"] == "ended"
        late = ended or row["closed_at"] is not None
        answers = Answers(self._connection)
        if not answers.add(row_id, verdict, data, channel, at, nonce, actor=who, late=late):
            return "repeated"
        if not ended:
            event = Answered(
                at=at, actor=who, request=row["request_key"], person=row["person_id"], verdict=verdict,
                data=dict(data), channel=channel, partial=partial,
            )  # fmt: skip
            self._hand_over(row, row_id, nonce, event)
        if verdict == "wrong_person":
            self._flag(row)
        return "late" if late else "stored"

    def _addressee(self, row_id: int) -> sa.RowMapping:
        """The row, its request and its run; the run cannot end before this transaction does."""
        statement = (
            sa.select(
                addressees.c.run_id,
                addressees.c.request_key,
                addressees.c.person_id,
                requests.c.closed_at,
                runs.c.status,
            )
            .select_from(addressees)
            .join(runs, runs.c.id == addressees.c.run_id)
            .join(
                requests,
                sa.and_(requests.c.run_id == addressees.c.run_id, requests.c.key == addressees.c.request_key),
            )
            .where(addressees.c.id == row_id)
            .with_for_update(read=True, of=runs)
        )
        row = self._row(statement)
        if row is None:
            raise InvalidToken
        return row

    def _flag(self, row: sa.RowMapping) -> None:
        """Somebody else reads what is sent to the addresses that were used: they are suspect until somebody has looked."""
        used = sa.select(deliveries.c.endpoint_id).where(
            deliveries.c.run_id == row["run_id"],
            deliveries.c.request_id == row["request_key"],
            deliveries.c.person_id == row["person_id"],
            deliveries.c.attempts > 0,
        )
        which = sa.and_(endpoints.c.id.in_(used), endpoints.c.state == "ok")
        self._connection.execute(sa.update(endpoints).where(which).values(state="suspect"))

    def _hand_over(self, row: sa.RowMapping, row_id: int, nonce: str, event: Answered) -> None:
        Inbox(self._connection).put(row["run_id"], event, f"answer:{row_id}:{nonce}", event.at)
        Deliveries(self._connection).withdraw_request(
            row["run_id"], event.request, "answered", event.at, person=event.person
        )
