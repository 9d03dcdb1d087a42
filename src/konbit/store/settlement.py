"""What becomes of deliveries: the statements behind `konbit.store.outbox`, each on a connection it is given."""

import dataclasses
import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa

from konbit.domain.delivery import DROPPED, Delivery, DeliveryState, Outcome
from konbit.store import resting
from konbit.store.channels import Channels
from konbit.store.deliveries import Deliveries
from konbit.store.directory import People
from konbit.store.ladders import Ladders
from konbit.store.receipts import Receipts
from konbit.store.records import DeliveryEvent
from konbit.store.tables.deliveries import deliveries
from konbit.store.tables.directory import endpoints, people
from konbit.store.tables.requests import addressees, answers, requests

TOO_LATE = "expired"

_REQUEST = sa.and_(requests.c.run_id == deliveries.c.run_id, requests.c.key == deliveries.c.request_id)
_ASKED = sa.and_(
    addressees.c.run_id == deliveries.c.run_id,
    addressees.c.request_key == deliveries.c.request_id,
    addressees.c.person_id == deliveries.c.person_id,
)
# Whoever answered before is asked anew for something: the form, or another role.
_SINCE = sa.and_(answers.c.addressee_id == addressees.c.id, answers.c.received_at >= deliveries.c.planned_at)
_REACHABLE = sa.and_(
    people.c.id == deliveries.c.person_id,
    people.c.status == "active",
    endpoints.c.person_id == people.c.id,
    # By address, not by id: an import may number the endpoints anew.
    endpoints.c.address_hmac == deliveries.c.address_hmac,
    endpoints.c.state != "stopped",
)
_FIT_FOR_DRILLS = sa.and_(_REACHABLE, endpoints.c.audience == "private", endpoints.c.allow_drill)
WANTED = sa.select(
    *resting.COLUMNS,
    deliveries.c.withdrawn,
    sa.exists(sa.select(1).where(_REQUEST, requests.c.closed_at.is_not(None))).label("closed"),
    sa.exists(sa.select(1).where(_ASKED, _SINCE)).label("answered"),
    sa.exists(sa.select(1).where(_REACHABLE)).label("reachable"),
    # An address may have become a room, or been withdrawn from drills, since the message was planned.
    sa.or_(deliveries.c.mode != "drill", sa.exists(sa.select(1).where(_FIT_FOR_DRILLS))).label("fit"),
).select_from(resting.JOINED)
"""What decides whether a claimed delivery is still to be sent."""


def delivery_of(row: sa.RowMapping) -> Delivery:
    """The delivery in a row."""
    return Delivery(**{name: row[name] for name in Delivery.__dataclass_fields__})


def settle(
    connection: sa.Connection,
    outcomes: Sequence[Outcome],
    now: dt.datetime,
    wall: dt.datetime,
    *,
    taken_over: bool = False,
) -> list[Outcome]:
    """Writes the outcomes where the row is still sending in its generation, and returns those that were taken.

    A withdrawn row is not put off. `taken_over` starts a new generation, so that whoever held it writes no more.
    """
    rows = _held(connection, [outcome.delivery_id for outcome in outcomes])
    changes, events, taken = [], [], []
    for outcome in outcomes:
        row = rows.get(outcome.delivery_id)
        if row is None or row["generation"] != outcome.generation:
            continue
        del rows[outcome.delivery_id]
        change = _change(outcome, row, now, taken_over=taken_over)
        changes.append(change)
        state = DeliveryState(str(change["state"]))
        events.append(
            DeliveryEvent(
                outcome.delivery_id,
                now,
                DeliveryState.SENDING,
                state,
                str(change["reason"]),
                row["lease_owner"],
            )
        )
        taken.append((dataclasses.replace(outcome, state=state), row))
    if changes:
        connection.execute(_SETTLING, changes)
    Deliveries(connection).note(events)
    _follow(connection, taken, now, wall)
    return [outcome for outcome, _ in taken]


def _held(connection: sa.Connection, ids: Sequence[str]) -> dict[str, sa.RowMapping]:
    """The rows that somebody is sending, locked in the order of ids, as everybody locks them."""
    names = ("id", "generation", "withdrawn", "lease_owner", "attempts", "account", "ladder", "endpoint_id")
    statement = sa.select(*(deliveries.c[name] for name in (*names, "accepted_at", "first_sent_at"))).where(
        deliveries.c.id.in_(ids), deliveries.c.state == "sending"
    )
    found = connection.execute(statement.order_by(deliveries.c.id).with_for_update()).mappings()
    return {row["id"]: row for row in found}


def _change(outcome: Outcome, row: sa.RowMapping, now: dt.datetime, *, taken_over: bool) -> dict[str, object]:
    state, reason, not_before = outcome.state, outcome.reason, outcome.not_before
    if row["withdrawn"] is not None and not_before is not None:
        not_before = None
        if state in (DeliveryState.PLANNED, DeliveryState.DUE):
            state = DeliveryState.UNKNOWN if outcome.unknowns else DROPPED[row["withdrawn"]]
            reason = row["withdrawn"]
    attempts = row["attempts"] if outcome.spent else max(0, row["attempts"] - 1)
    return {
        "key": outcome.delivery_id,
        "state": state.value,
        "reason": reason,
        "not_before": not_before,
        "unknowns": outcome.unknowns,
        "attempts": attempts,
        "first_sent_at": row["first_sent_at"] if attempts else None,
        "generation": row["generation"] + 1 if taken_over else row["generation"],
        "accepted_at": now if state is DeliveryState.ACCEPTED else row["accepted_at"],
        "lease_owner": None,
        "lease_until": None,
    }


_SETTLING = (
    sa.update(deliveries)
    .where(deliveries.c.id == sa.bindparam("key"))
    .values(
        {
            name: sa.bindparam(name)
            for name in (
                "state",
                "reason",
                "not_before",
                "unknowns",
                "attempts",
                "generation",
                "accepted_at",
                "first_sent_at",
                "lease_owner",
                "lease_until",
            )
        }
    )
)
_FELL = frozenset(
    {DeliveryState.FAILED, DeliveryState.SUPPRESSED, DeliveryState.UNKNOWN, DeliveryState.EXPIRED}
)


def _follow(
    connection: sa.Connection,
    taken: Sequence[tuple[Outcome, sa.RowMapping]],
    now: dt.datetime,
    wall: dt.datetime,
) -> None:
    """What an outcome means for the others: the person's next channel, the account, the address, the run."""
    ladders = Ladders(connection)
    for item, _ in taken:
        if item.provider_id:
            Receipts(connection).sent_as(item.provider, item.provider_id, item.delivery_id)
    accepted = [row["ladder"] for item, row in taken if item.state is DeliveryState.ACCEPTED]
    Deliveries(connection).served(accepted, now)
    for endpoint in (row["endpoint_id"] for item, row in taken if item.stopped):
        People(connection).mark_endpoint(endpoint, "stopped", now)
    ladders.fall_through([row["ladder"] for item, row in taken if item.state in _FELL], now)
    refused = {row["account"] for item, row in taken if item.sign == "refused"}
    for account in sorted(refused):
        mine = [row["ladder"] for item, row in taken if item.sign == "refused" and row["account"] == account]
        ladders.fall_through(mine, now, [account])
    fallen = Channels(connection).heard(((row["account"], item) for item, row in taken), now, wall)
    ladders.divert(sorted(fallen), now)
    Deliveries(connection).report_unreachable({item.delivery_id: item.state for item, _ in taken}, now)


def past_expiry(now: dt.datetime) -> sa.ColumnElement[bool]:
    """Whether a row waits past its expiry."""
    return sa.and_(
        deliveries.c.expires_at <= now,
        deliveries.c.state.in_(("planned", "due", "unknown")),
        deliveries.c.not_before.is_not(None),
    )


def expire(connection: sa.Connection, now: dt.datetime) -> int:
    """Settles what is past its expiry and waits; what may have left before stays unknown. Returns the rows changed."""
    chosen = sa.select(deliveries.c.id, deliveries.c.state, deliveries.c.unknowns).where(past_expiry(now))
    rows = connection.execute(chosen.order_by(deliveries.c.id).with_for_update(skip_locked=True)).all()
    events = []
    for row in rows:
        state = DeliveryState.UNKNOWN if row.unknowns else DeliveryState.EXPIRED
        values = {"state": state.value, "not_before": None}
        if row.state != "unknown":
            values["reason"] = TOO_LATE
            events.append(DeliveryEvent(row.id, now, DeliveryState(row.state), state, TOO_LATE, ""))
        connection.execute(sa.update(deliveries).where(deliveries.c.id == row.id).values(**values))
    Deliveries(connection).note(events)
    return len(rows)
