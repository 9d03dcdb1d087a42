"""What people wrote back: kept before it is read, read once, and kept for a person to read if a machine cannot."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Final

import sqlalchemy as sa

from konbit.domain.channel_traits import PHONE
from konbit.domain.questions import Question
from konbit.domain.replies import Offer
from konbit.store.records import RunStatus
from konbit.store.reply_records import OURS, Called, Inbound, InboundState, NewInbound, Ruling
from konbit.store.repository import Repository
from konbit.store.signals import notify
from konbit.store.tables.deliveries import deliveries
from konbit.store.tables.directory import endpoints
from konbit.store.tables.replies import inbound, provider_messages, reply_codes
from konbit.store.tables.requests import addressees, answers, requests
from konbit.store.tables.runs import runs

LATE: Final = dt.timedelta(hours=72)
"""How long after its request closed a question is still looked for: a late answer is kept as late."""


class Replies(Repository):
    """Replies in the order they came. To read them, see `konbit.orchestrate.replies`."""

    def put(self, new: NewInbound) -> bool:
        """Keeps the reply; False if the provider brought it before."""
        values = {name: getattr(new, name) for name in NewInbound.__dataclass_fields__}
        values["sender_hmac"] = self._address_hash(new.sender)
        values["provider_msg_id"] = new.provider_msg_id or self._made_up_id(new)
        kept = self._add(inbound, values)
        if kept:
            notify(self._connection)
        return kept

    def unread(self, limit: int) -> Sequence[Inbound]:
        """Replies that nobody has looked at, the oldest first, held until this transaction ends."""
        waiting = sa.select(inbound).where(inbound.c.state == "new").order_by(inbound.c.id).limit(limit)
        return [_inbound(row) for row in self._rows(waiting.with_for_update(skip_locked=True))]

    def settle(self, id: int, ruling: Ruling, at: dt.datetime, by: str = "system") -> None:
        """Writes down what became of a reply."""
        values = {
            "state": ruling.state,
            "reason": ruling.reason,
            "person_id": ruling.person,
            "addressee_id": ruling.row_id,
            "run_id": ruling.run_id,
            "said": ruling.said,
            "handled_at": at,
            "handled_by": by,
        }
        self._connection.execute(sa.update(inbound).where(inbound.c.id == id).values(values))

    def get(self, id: int) -> Inbound | None:
        """A reply by its number."""
        row = self._row(sa.select(inbound).where(inbound.c.id == id))
        return None if row is None else _inbound(row)

    def list(self, states: Iterable[InboundState] = ("parked",), limit: int = 200) -> Sequence[Inbound]:
        """Replies in these states, the newest first."""
        chosen = sa.select(inbound).where(inbound.c.state.in_(list(states)))
        return [_inbound(row) for row in self._rows(chosen.order_by(inbound.c.id.desc()).limit(limit))]

    def told(self, sender: str, said: Iterable[str], since: dt.datetime) -> int:
        """How often the sender was given one of these answers since."""
        which = sa.and_(
            inbound.c.sender_hmac == self._address_hash(sender),
            inbound.c.said.in_(list(said)),
            inbound.c.received_at > since,
        )
        return int(self._connection.scalars(sa.select(sa.func.count()).where(which)).one())

    def repeats(self, reply: Inbound, since: dt.datetime) -> int:
        """How often the sender wrote the same text since, this one included."""
        theirs = sa.select(inbound.c.text).where(
            inbound.c.sender_hmac == self._address_hash(reply.sender), inbound.c.received_at > since
        )
        return sum(1 for text in self._connection.scalars(theirs) if text == reply.text)

    def forget(self, received_before: dt.datetime) -> int:
        """Erases senders and texts of what came before and is settled; returns how many rows it changed."""
        old = sa.and_(
            inbound.c.received_at < received_before,
            inbound.c.state.not_in(("new", "parked")),
            inbound.c.text != "",
        )
        return self._connection.execute(
            sa.update(inbound).where(old).values(sender="", sender_hmac="", text="")
        ).rowcount

    def owners(self, channel: str, address: str) -> Sequence[tuple[str, str]]:
        """(person, endpoint) of everybody whose address it is: the one place where a sender is looked up."""
        # One telephone number has several kinds: who writes from it may have been asked on another of them.
        kinds = sorted(PHONE) if channel in PHONE else [channel]
        found = sa.select(endpoints.c.person_id, endpoints.c.id, endpoints.c.kind).where(
            endpoints.c.address_hmac == self._address_hash(address), endpoints.c.kind.in_(kinds)
        )
        rows = self._rows(found.order_by(endpoints.c.person_id, endpoints.c.id))
        exact = [row for row in rows if row["kind"] == channel] or rows
        return [(row["person_id"], row["id"]) for row in exact]

    def quoted(self, provider: str, provider_msg_id: str | None) -> int | None:
        """The row of the person and request that a message of ours was sent for."""
        if provider_msg_id is None:
            return None
        ours = provider_msg_id.startswith(OURS)
        asked = sa.and_(
            addressees.c.run_id == deliveries.c.run_id,
            addressees.c.request_key == deliveries.c.request_id,
            addressees.c.person_id == deliveries.c.person_id,
        )
        sent = sa.and_(
            provider_messages.c.provider == provider,
            provider_messages.c.provider_msg_id == provider_msg_id,
            provider_messages.c.delivery_id == deliveries.c.id,
        )
        carried = deliveries.c.id == provider_msg_id.removeprefix(OURS)
        return self._connection.scalars(
            sa.select(addressees.c.id).where(asked, carried if ours else sent)
        ).first()

    def called(self, delivery_id: str) -> Called | None:
        """What a message of ours asked, and by which digits it is answered; None if it asked nothing of the kind."""
        which = sa.and_(
            deliveries.c.id == delivery_id,
            deliveries.c.attempts > 0,
            deliveries.c.run_id == addressees.c.run_id,
            deliveries.c.request_id == addressees.c.request_key,
            deliveries.c.person_id == addressees.c.person_id,
        )
        wanted = _QUESTIONS.add_columns(deliveries.c.language).join(deliveries, which)
        row = self._row(wanted)
        if row is None:
            return None
        return Called(
            language=row["language"],
            mode=row["mode"],
            digits=tuple(offer["digit"] for offer in row["offers"]),
            is_open=row["closed_at"] is None and row["status"] != _ENDED,
        )

    def questions(self, people: Sequence[str], now: dt.datetime) -> Sequence[Question]:
        """What these people were asked, and can answer by digits: what is open, and what closed a short while ago."""
        statement = _QUESTIONS.where(
            addressees.c.person_id.in_(people),
            sa.or_(requests.c.closed_at.is_(None), requests.c.closed_at > now - LATE),
            sa.or_(runs.c.ended_at.is_(None), runs.c.ended_at > now - LATE),
        )
        rows = self._rows(statement.order_by(addressees.c.asked_at, addressees.c.id))
        references = self._references([(row["run_id"], row["request_key"]) for row in rows], people)
        return [_question(row, references) for row in rows]

    def _references(
        self, asked: Sequence[tuple[str, str]], people: Sequence[str]
    ) -> dict[tuple[str, str, str], tuple[str, ...]]:
        found: dict[tuple[str, str, str], tuple[str, ...]] = {}
        wanted = sa.select(
            deliveries.c.run_id, deliveries.c.request_id, deliveries.c.person_id, deliveries.c.reference
        ).where(
            deliveries.c.run_id.in_({run for run, _ in asked}),
            deliveries.c.request_id.in_({request for _, request in asked}),
            deliveries.c.person_id.in_(people),
        )
        for row in self._rows(wanted.distinct()) if asked else ():
            key = (row["run_id"], row["request_id"], row["person_id"])
            found[key] = (*found.get(key, ()), row["reference"])
        return found

    def _made_up_id(self, new: NewInbound) -> str:
        """For a provider without ids: the carrier may bring a text twice; after our next message it is a new one."""
        theirs = deliveries.c.address_hmac == self._address_hash(new.sender)
        last = sa.select(sa.func.max(deliveries.c.first_sent_at)).where(theirs)
        sent = self._connection.scalars(last).one()
        told = f"{new.sender}|{new.text}|{sent.isoformat() if sent else ''}"
        return f"made-up:{self._address_hash(told)}"


_QUESTIONS = (
    sa.select(
        addressees.c.id,
        addressees.c.run_id,
        addressees.c.request_key,
        addressees.c.person_id,
        addressees.c.asked_at,
        reply_codes.c.code,
        reply_codes.c.offers,
        requests.c.closed_at,
        runs.c.mode,
        runs.c.status,
        sa.exists(sa.select(1).where(answers.c.addressee_id == addressees.c.id)).label("answered"),
    )
    .join(reply_codes, reply_codes.c.addressee_id == addressees.c.id)
    .join(runs, runs.c.id == addressees.c.run_id)
    .join(
        requests,
        sa.and_(requests.c.run_id == addressees.c.run_id, requests.c.key == addressees.c.request_key),
    )
)
_ENDED: RunStatus = "ended"


def _inbound(row: sa.RowMapping) -> Inbound:
    return Inbound(**{name: row[name] for name in Inbound.__dataclass_fields__})


def _question(row: sa.RowMapping, references: dict[tuple[str, str, str], tuple[str, ...]]) -> Question:
    key = (row["run_id"], row["request_key"], row["person_id"])
    return Question(
        row_id=row["id"],
        run_id=row["run_id"],
        request=row["request_key"],
        person=row["person_id"],
        code=row["code"],
        offers=tuple(Offer(**offer) for offer in row["offers"]),
        mode=row["mode"],
        asked_at=row["asked_at"],
        is_open=row["closed_at"] is None and row["status"] != _ENDED,
        answered=bool(row["answered"]),
        references=references.get(key, ()),
    )
