"""Answers: kept as they came, whether they still count or not."""

import datetime as dt
from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from pydantic import JsonValue

from konbit.store.records import Answer, Verdict
from konbit.store.repository import Repository
from konbit.store.tables.requests import addressees, answers

SELECT_ANSWERS = sa.select(
    answers.c.id,
    answers.c.addressee_id.label("row_id"),
    addressees.c.run_id,
    addressees.c.request_key.label("request"),
    addressees.c.person_id.label("person"),
    answers.c.verdict,
    answers.c.data,
    answers.c.channel,
    answers.c.actor,
    answers.c.received_at,
    answers.c.late,
).join_from(answers, addressees)


class Answers(Repository):
    """Answers by the row that the link named. To take one into a run, see `konbit.store.acceptance`."""

    def add(
        self,
        row_id: int,
        verdict: Verdict,
        data: Mapping[str, JsonValue],
        channel: str,
        received_at: dt.datetime,
        nonce: str,
        *,
        actor: str,
        late: bool,
    ) -> bool:
        """Keeps the answer; False if the same page was sent before: a replayed post adds nothing."""
        return self._add(
            answers,
            {
                "addressee_id": row_id,
                "verdict": verdict,
                "data": dict(data),
                "channel": channel,
                "received_at": received_at,
                "nonce": nonce,
                "actor": actor,
                "late": late,
            },
        )

    def list(self, run_id: str, request: str | None = None) -> Sequence[Answer]:
        """Answers of the run, or of one of its requests, in the order they came; late ones too."""
        statement = SELECT_ANSWERS.where(addressees.c.run_id == run_id)
        if request is not None:
            statement = statement.where(addressees.c.request_key == request)
        return [answer_of(row) for row in self._rows(statement.order_by(answers.c.id))]


def answer_of(row: sa.RowMapping) -> Answer:
    """The answer in a row of `SELECT_ANSWERS`."""
    return Answer(**row)
