"""Plans, runs and what moves them: journal, inbox, timers, audit."""

import sqlalchemy as sa

from konbit.store.columns import BIG, Document, UtcTime, Words, identifier
from konbit.store.tables.base import metadata, one_of

plans = sa.Table(
    "plans",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("flowchart", identifier(), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("title", Document, nullable=False),
    sa.Column("bundle", sa.Text, nullable=False),
)

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("id", identifier(), primary_key=True),
    sa.Column("flowchart", identifier(), nullable=False),
    sa.Column("digest", sa.String(64), sa.ForeignKey("plans.digest"), nullable=False),
    sa.Column("mode", sa.String(8), nullable=False),
    sa.Column("parameters", Document, nullable=False),
    sa.Column("marks", Document, nullable=False),
    sa.Column("country", sa.String(64)),
    sa.Column("started_by", identifier(), nullable=False),
    sa.Column("parent_run", identifier(), sa.ForeignKey("runs.id")),
    sa.Column("parent_key", identifier()),
    sa.Column("idempotency_key", identifier(), unique=True),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("status", sa.String(12), nullable=False, server_default="requested"),
    sa.Column("started_at", UtcTime),
    sa.Column("ended_at", UtcTime, index=True),
    sa.Column("outcome", identifier()),
    sa.Column("results", Document),
    sa.Column("flow_run_id", identifier(), unique=True),
    sa.Column("last_seq", sa.Integer, nullable=False, server_default="0"),
    sa.Column("lease_owner", identifier()),
    sa.Column("lease_generation", sa.Integer, nullable=False, server_default="0"),
    sa.Column("lease_until", UtcTime),
    sa.Column("heartbeat_at", UtcTime),
    sa.Column("paused_at", UtcTime),
    # To how many people it may write; none where another run started it, whose number holds for both.
    sa.Column("reach", sa.Integer),
    # The key that deliveries refer to, so that the mode of a message cannot differ from the mode of its run.
    sa.UniqueConstraint("id", "mode"),
    sa.UniqueConstraint("parent_run", "parent_key"),
    sa.Index(None, "status", "created_at"),
    one_of("mode", "drill", "actual"),
    one_of("status", "requested", "active", "ended"),
    sa.CheckConstraint("(status = 'ended') = (ended_at IS NOT NULL)", name="ended"),
    sa.CheckConstraint("(lease_owner IS NULL) = (lease_until IS NULL)", name="lease"),
)

_open = sa.text("status <> 'ended'")
sa.Index("ix_runs_open", runs.c.id, sqlite_where=_open, postgresql_where=_open)
_leased = sa.text("lease_until IS NOT NULL")
sa.Index("ix_runs_leased", runs.c.id, sqlite_where=_leased, postgresql_where=_leased)

journal = sa.Table(
    "journal",
    metadata,
    sa.Column("run_id", identifier(), sa.ForeignKey("runs.id"), primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    # Text, not JSON: the hash covers these very bytes.
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
)

inbox = sa.Table(
    "inbox",
    metadata,
    sa.Column("id", BIG, primary_key=True),
    sa.Column("run_id", identifier(), sa.ForeignKey("runs.id"), nullable=False),
    sa.Column("dedup_key", identifier(), nullable=False),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("received_at", UtcTime, nullable=False),
    sa.Column("done_seq", sa.Integer),
    sa.Column("kind", identifier(), nullable=False, server_default=""),
    sa.UniqueConstraint("run_id", "dedup_key"),
)
sa.Index(
    "ix_inbox_pending",
    inbox.c.run_id,
    inbox.c.id,
    sqlite_where=inbox.c.done_seq.is_(None),
    postgresql_where=inbox.c.done_seq.is_(None),
)

timers = sa.Table(
    "timers",
    metadata,
    sa.Column("run_id", identifier(), sa.ForeignKey("runs.id"), primary_key=True),
    sa.Column("timer", identifier(), primary_key=True),
    sa.Column("at", UtcTime, nullable=False, index=True),
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", BIG, primary_key=True),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("actor", identifier(), nullable=False),
    sa.Column("action", identifier(), nullable=False),
    sa.Column("run_id", identifier(), sa.ForeignKey("runs.id"), index=True),
    sa.Column("reason", Words, nullable=False),
    sa.Column("details", Document, nullable=False),
)
