"""Who was asked in a run and what became of it, for the figures of a call-down."""

from collections.abc import Sequence

import sqlalchemy as sa

from konbit.domain.calldown import Contact
from konbit.store.repository import Repository
from konbit.store.tables.deliveries import deliveries
from konbit.store.tables.replies import receipts
from konbit.store.tables.requests import addressees, answers

_DEAD = ("failed", "suppressed")


class Contacts(Repository):
    """Reads only."""

    def of(self, run_id: str) -> Sequence[Contact]:
        """Everybody whom the run has asked, without saying who they are."""
        first, sent = _answered(), _sent(run_id)
        mine = sa.and_(
            sent.c.request_id == addressees.c.request_key, sent.c.person_id == addressees.c.person_id
        )
        statement = (
            sa.select(
                addressees.c.request_key.label("request"),
                addressees.c.asked_at,
                sent.c.handed_over_at,
                sent.c.seen,
                sent.c.dead,
                first.c.answered_at,
                answers.c.verdict,
            )
            .select_from(addressees)
            .outerjoin(sent, mine)
            .outerjoin(first, first.c.addressee_id == addressees.c.id)
            .outerjoin(answers, answers.c.id == first.c.latest)
            .where(addressees.c.run_id == run_id)
            .order_by(addressees.c.asked_at, addressees.c.id)
        )
        return [
            Contact(**{**row, "seen": bool(row["seen"]), "dead": bool(row["dead"])})
            for row in self._rows(statement)
        ]


def _answered() -> sa.Subquery:
    """When each person asked first answered, and which answer is the last."""
    return (
        sa.select(
            answers.c.addressee_id,
            sa.func.min(answers.c.received_at).label("answered_at"),
            sa.func.max(answers.c.id).label("latest"),
        )
        .group_by(answers.c.addressee_id)
        .subquery()
    )


def _read() -> sa.Exists:
    """Whether the provider says that the message was read."""
    told = sa.select(1).where(
        receipts.c.delivery_id == deliveries.c.id, receipts.c.status == "read", receipts.c.state == "applied"
    )
    return sa.exists(told)


def _sent(run_id: str) -> sa.Subquery:
    """What became of the messages to each person asked."""
    return (
        sa.select(
            deliveries.c.request_id,
            deliveries.c.person_id,
            sa.func.min(deliveries.c.accepted_at).label("handed_over_at"),
            sa.func.max(sa.case((_read(), 1), else_=0)).label("seen"),
            sa.func.min(sa.case((deliveries.c.state.in_(_DEAD), 1), else_=0)).label("dead"),
        )
        .where(deliveries.c.run_id == run_id, deliveries.c.request_id.is_not(None))
        .group_by(deliveries.c.request_id, deliveries.c.person_id)
        .subquery()
    )
