"""People, and runs with what moves them."""

import sqlalchemy as sa
from alembic import op

from konbit.store.columns import BIG, UtcTime, Words, Document

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the tables; what is referred to comes first."""
    _organizations()
    _people()
    _memberships()
    _endpoints()
    _bindings()
    _expected_roles()
    _consents()
    _plans()
    _runs()
    _journal()
    _inbox()
    _timers()
    _audit()


def _organizations() -> None:
    op.create_table(
        "organizations",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("name", Words, nullable=False),
        sa.Column("type", sa.String(64), nullable=False),
    )


def _people() -> None:
    op.create_table(
        "people",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("name", Words, nullable=False),
        sa.Column("languages", Document, nullable=False),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.Column("organization", sa.String(64), sa.ForeignKey("organizations.id")),
        sa.Column("status", sa.String(8), nullable=False),
        sa.CheckConstraint("status IN ('active', 'paused', 'left')", name="status"),
    )


def _memberships() -> None:
    op.create_table(
        "memberships",
        sa.Column("country", sa.String(64), primary_key=True),
        sa.Column("person_id", sa.String(64), sa.ForeignKey("people.id"), primary_key=True, index=True),
    )


def _endpoints() -> None:
    op.create_table(
        "endpoints",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("person_id", sa.String(64), sa.ForeignKey("people.id"), nullable=False, index=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("audience", sa.String(8), nullable=False),
        sa.Column("allow_drill", sa.Boolean, nullable=False),
        sa.CheckConstraint("audience IN ('private', 'room', 'public')", name="audience"),
        sa.CheckConstraint("state IN ('ok', 'suspect', 'bounced', 'stopped')", name="state"),
    )


def _bindings() -> None:
    op.create_table(
        "bindings",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("source", sa.String(64), nullable=False, index=True),
        sa.Column("role", sa.String(128), nullable=False),
        sa.Column("of", sa.String(64)),
        sa.Column("country", sa.String(64), index=True),
        sa.Column("person_id", sa.String(64), sa.ForeignKey("people.id"), nullable=False),
        sa.Column("rank", sa.Integer, nullable=False),
    )


def _expected_roles() -> None:
    op.create_table(
        "expected_roles",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("source", sa.String(64), nullable=False, index=True),
        sa.Column("role", sa.String(128), nullable=False),
        sa.Column("of", sa.String(64)),
    )


def _consents() -> None:
    op.create_table(
        "consents",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("person_id", sa.String(64), sa.ForeignKey("people.id"), nullable=False, index=True),
        sa.Column("endpoint_id", sa.String(64)),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("granted", sa.Boolean, nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("how", sa.Text, nullable=False),
        sa.Column("wording", sa.Text, nullable=False),
        sa.Column("expires_at", UtcTime),
        sa.CheckConstraint("purpose IN ('activation', 'drill', 'report')", name="purpose"),
    )


def _plans() -> None:
    op.create_table(
        "plans",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("flowchart", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("title", Document, nullable=False),
        sa.Column("bundle", sa.Text, nullable=False),
    )


def _runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("flowchart", sa.Text, nullable=False),
        sa.Column("digest", sa.String(64), sa.ForeignKey("plans.digest"), nullable=False),
        sa.Column("mode", sa.String(8), nullable=False),
        sa.Column("parameters", Document, nullable=False),
        sa.Column("marks", Document, nullable=False),
        sa.Column("country", sa.String(64)),
        sa.Column("started_by", sa.Text, nullable=False),
        sa.Column("parent_run", sa.Text, sa.ForeignKey("runs.id")),
        sa.Column("parent_key", sa.Text),
        sa.Column("idempotency_key", sa.Text, unique=True),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.Column("status", sa.String(12), nullable=False, server_default="requested"),
        sa.Column("started_at", UtcTime),
        sa.Column("ended_at", UtcTime),
        sa.Column("outcome", sa.Text),
        sa.Column("results", Document),
        sa.Column("flow_run_id", sa.Text, unique=True),
        sa.Column("last_seq", sa.Integer, nullable=False, server_default="0"),
        sa.Column("lease_owner", sa.Text),
        sa.Column("lease_generation", sa.Integer, nullable=False, server_default="0"),
        sa.Column("lease_until", UtcTime),
        sa.Column("heartbeat_at", UtcTime),
        sa.CheckConstraint("(status = 'ended') = (ended_at IS NOT NULL)", name="ended"),
        sa.CheckConstraint("(lease_owner IS NULL) = (lease_until IS NULL)", name="lease"),
        sa.CheckConstraint("mode IN ('drill', 'actual')", name="mode"),
        sa.CheckConstraint("status IN ('requested', 'active', 'ended')", name="status"),
        sa.UniqueConstraint("id", "mode"),
        sa.UniqueConstraint("parent_run", "parent_key"),
        sa.Index(None, "status", "created_at"),
    )


def _journal() -> None:
    op.create_table(
        "journal",
        sa.Column("run_id", sa.Text, sa.ForeignKey("runs.id"), primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )


def _inbox() -> None:
    op.create_table(
        "inbox",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("run_id", sa.Text, sa.ForeignKey("runs.id"), nullable=False),
        sa.Column("dedup_key", sa.Text, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("received_at", UtcTime, nullable=False),
        sa.Column("done_seq", sa.Integer),
        sa.UniqueConstraint("run_id", "dedup_key"),
    )
    waiting = sa.text("done_seq IS NULL")
    op.create_index("ix_inbox_pending", "inbox", ["run_id", "id"], sqlite_where=waiting, postgresql_where=waiting)


def _timers() -> None:
    op.create_table(
        "timers",
        sa.Column("run_id", sa.Text, sa.ForeignKey("runs.id"), primary_key=True),
        sa.Column("timer", sa.Text, primary_key=True),
        sa.Column("at", UtcTime, nullable=False, index=True),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("run_id", sa.Text, sa.ForeignKey("runs.id"), index=True),
        sa.Column("reason", Words, nullable=False),
        sa.Column("details", Document, nullable=False),
    )
