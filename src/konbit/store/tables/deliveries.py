"""The outbox: messages as they were rendered, and every change of their state."""

import sqlalchemy as sa

from konbit.store.columns import BIG, UtcTime, identifier
from konbit.store.tables.base import metadata, one_of
from konbit.store.vault import Sealed

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("id", identifier(), primary_key=True),
    sa.Column("idem_key", identifier(), nullable=False, unique=True),
    sa.Column("run_id", identifier(), nullable=False),
    sa.Column("mode", sa.String(8), nullable=False),
    sa.Column("step", identifier(), nullable=False),
    sa.Column("wave", sa.Integer, nullable=False),
    sa.Column("purpose", sa.String(32), nullable=False),
    sa.Column("request_id", identifier()),
    sa.Column("person_id", sa.String(64), sa.ForeignKey("people.id"), nullable=False),
    sa.Column("endpoint_id", sa.String(64), nullable=False),
    sa.Column("audience", sa.String(8), nullable=False),
    sa.Column("channel", sa.String(16), nullable=False),
    sa.Column("account", identifier(), nullable=False),
    sa.Column("address", Sealed, nullable=False),
    sa.Column("address_hmac", sa.String(32), nullable=False, server_default="", index=True),
    sa.Column("subject", Sealed, nullable=False),
    sa.Column("body", Sealed, nullable=False),
    sa.Column("language", sa.String(35), nullable=False),
    sa.Column("lane", sa.String(8), nullable=False),
    sa.Column("reference", sa.String(32), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("reason", identifier(), nullable=False, server_default=""),
    sa.Column("not_before", UtcTime),
    sa.Column("expires_at", UtcTime, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("max_attempts", sa.Integer, nullable=False),
    sa.Column("unknowns", sa.Integer, nullable=False, server_default="0"),
    sa.Column("generation", sa.Integer, nullable=False, server_default="0"),
    # Why it is not wanted any more, kept while a worker has it: read again just before the send.
    sa.Column("withdrawn", sa.String(16)),
    sa.Column("lease_owner", identifier()),
    sa.Column("lease_until", UtcTime),
    sa.Column("planned_at", UtcTime, nullable=False),
    sa.Column("first_sent_at", UtcTime),
    sa.Column("accepted_at", UtcTime),
    # What it takes out of the bucket of its account: segments of an SMS, 1 for anything else.
    sa.Column("cost", sa.Integer, nullable=False, server_default="1"),
    # Wall time of the last claim: gaps between messages are the provider's concern, not the run's.
    sa.Column("claimed_at", UtcTime),
    # The rungs of a ladder are one message to one person on several channels; a standby waits until another fails.
    sa.Column("ladder", sa.String(64), nullable=False, server_default=""),
    sa.Column("rung", sa.Integer, nullable=False, server_default="0"),
    sa.Column("standby", sa.Boolean, nullable=False, server_default=sa.false()),
    # The message type of CAP 1.2: what machines that read a webhook go by.
    sa.Column("cap", sa.String(8), nullable=False, server_default="Update"),
    # What it may do in somebody's quiet hours.
    sa.Column("urgency", sa.String(16), nullable=False, server_default="urgent"),
    sa.Column("night_drill", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("last", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.ForeignKeyConstraint(["run_id", "mode"], ["runs.id", "runs.mode"]),
    sa.ForeignKeyConstraint(["run_id", "request_id"], ["requests.run_id", "requests.key"]),
    one_of("lane", "urgent", "bulk"),
    one_of("audience", "private", "room", "public"),
    one_of(
        "state",
        "planned",
        "due",
        "sending",
        "accepted",
        "unknown",
        "failed",
        "expired",
        "cancelled",
        "suppressed",
    ),
    sa.CheckConstraint("mode <> 'drill' OR audience <> 'public'", name="drill_not_public"),
    sa.CheckConstraint("mode <> 'drill' OR audience = 'private'", name="drill_private"),
    sa.CheckConstraint("(state = 'sending') = (lease_until IS NOT NULL)", name="sending_is_leased"),
    sa.CheckConstraint("state NOT IN ('planned', 'due') OR not_before IS NOT NULL", name="waiting_has_time"),
    sa.Index(None, "run_id", "request_id", "person_id"),
    sa.Index(None, "state", "expires_at"),
    sa.Index(None, "person_id", "channel", "claimed_at"),
    sa.Index(None, "ladder"),
)
_waiting = sa.text("not_before IS NOT NULL AND state IN ('planned', 'due', 'unknown')")
sa.Index(
    "ix_deliveries_waiting",
    deliveries.c.account,
    deliveries.c.lane,
    deliveries.c.run_id,
    deliveries.c.not_before,
    deliveries.c.id,
    sqlite_where=_waiting,
    postgresql_where=_waiting,
)

delivery_events = sa.Table(
    "delivery_events",
    metadata,
    sa.Column("id", BIG, primary_key=True),
    sa.Column("delivery_id", identifier(), sa.ForeignKey("deliveries.id"), nullable=False, index=True),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("from_state", sa.String(16), nullable=False),
    sa.Column("to_state", sa.String(16), nullable=False),
    sa.Column("cause", identifier(), nullable=False),
    sa.Column("worker", identifier(), nullable=False),
)
