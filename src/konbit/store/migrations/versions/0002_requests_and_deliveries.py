"""Requests, answers, deliveries, facts and reports."""

import sqlalchemy as sa
from alembic import op

from konbit.store.columns import BIG, UtcTime, Words, Document

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the tables; what is referred to comes first."""
    _requests()
    _addressees()
    _answers()
    _deliveries()
    _delivery_events()
    for name in ("observations", "needs", "offers", "allocations", "activities"):
        _facts(name)
    _reports()


def _requests() -> None:
    op.create_table(
        "requests",
        sa.Column("run_id", sa.Text, sa.ForeignKey("runs.id"), primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("title", Document, nullable=False),
        sa.Column("form", sa.String(64)),
        sa.Column("options", Document, nullable=False),
        sa.Column("question", sa.String(64), nullable=False),
        sa.Column("slots", Document, nullable=False),
        sa.Column("opened_at", UtcTime, nullable=False),
        sa.Column("closes_at", UtcTime),
        sa.Column("closed_at", UtcTime),
        sa.Column("close_reason", Words),
    )


def _addressees() -> None:
    op.create_table(
        "addressees",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("request_key", sa.Text, nullable=False),
        sa.Column("person_id", sa.String(64), sa.ForeignKey("people.id"), nullable=False),
        sa.Column("wave", sa.Integer, nullable=False),
        sa.Column("asked_at", UtcTime, nullable=False),
        sa.Column("values", Document, nullable=False),
        sa.ForeignKeyConstraint(["run_id", "request_key"], ["requests.run_id", "requests.key"]),
        sa.UniqueConstraint("run_id", "request_key", "person_id"),
    )


def _answers() -> None:
    op.create_table(
        "answers",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("addressee_id", sa.BigInteger, sa.ForeignKey("addressees.id"), nullable=False),
        sa.Column("nonce", sa.Text, nullable=False),
        sa.Column("verdict", sa.String(16), nullable=False),
        sa.Column("data", Document, nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("received_at", UtcTime, nullable=False),
        sa.Column("late", sa.Boolean, nullable=False),
        sa.CheckConstraint("verdict IN ('accept', 'decline', 'wrong_person')", name="verdict"),
        sa.UniqueConstraint("addressee_id", "nonce"),
    )


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("idem_key", sa.Text, nullable=False, unique=True),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("mode", sa.String(8), nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("wave", sa.Integer, nullable=False),
        sa.Column("purpose", sa.String(32), nullable=False),
        sa.Column("request_id", sa.Text),
        sa.Column("person_id", sa.String(64), sa.ForeignKey("people.id"), nullable=False),
        sa.Column("endpoint_id", sa.String(64), nullable=False),
        sa.Column("audience", sa.String(8), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("subject", Words, nullable=False),
        sa.Column("body", Words, nullable=False),
        sa.Column("language", sa.String(35), nullable=False),
        sa.Column("lane", sa.String(8), nullable=False),
        sa.Column("reference", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text, nullable=False, server_default=""),
        sa.Column("not_before", UtcTime),
        sa.Column("expires_at", UtcTime, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("max_attempts", sa.Integer, nullable=False),
        sa.Column("unknowns", sa.Integer, nullable=False, server_default="0"),
        sa.Column("generation", sa.Integer, nullable=False, server_default="0"),
        sa.Column("withdrawn", sa.String(16)),
        sa.Column("lease_owner", sa.Text),
        sa.Column("lease_until", UtcTime),
        sa.Column("planned_at", UtcTime, nullable=False),
        sa.Column("first_sent_at", UtcTime),
        sa.Column("accepted_at", UtcTime),
        sa.CheckConstraint("audience IN ('private', 'room', 'public')", name="audience"),
        sa.CheckConstraint("mode <> 'drill' OR audience <> 'public'", name="drill_not_public"),
        sa.CheckConstraint("lane IN ('urgent', 'bulk')", name="lane"),
        sa.CheckConstraint("(state = 'sending') = (lease_until IS NOT NULL)", name="sending_is_leased"),
        sa.CheckConstraint(
            "state IN ('planned', 'due', 'sending', 'accepted', 'unknown', 'failed', 'expired', 'cancelled', 'suppressed')",
            name="state",
        ),
        sa.CheckConstraint("state NOT IN ('planned', 'due') OR not_before IS NOT NULL", name="waiting_has_time"),
        sa.ForeignKeyConstraint(["run_id", "mode"], ["runs.id", "runs.mode"]),
        sa.ForeignKeyConstraint(["run_id", "request_id"], ["requests.run_id", "requests.key"]),
        sa.Index(None, "run_id", "request_id", "person_id"),
        sa.Index(None, "state", "expires_at"),
    )
    waiting = sa.text("not_before IS NOT NULL AND state IN ('planned', 'due', 'unknown')")
    op.create_index(
        "ix_deliveries_waiting",
        "deliveries",
        ["account", "lane", "not_before"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )


def _delivery_events() -> None:
    op.create_table(
        "delivery_events",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("delivery_id", sa.Text, sa.ForeignKey("deliveries.id"), nullable=False, index=True),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("from_state", sa.String(16), nullable=False),
        sa.Column("to_state", sa.String(16), nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("worker", sa.Text, nullable=False),
    )


def _facts(name: str) -> None:
    op.create_table(
        name,
        sa.Column("run_id", sa.Text, sa.ForeignKey("runs.id"), primary_key=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("number", BIG, nullable=False),
        sa.Column("request_key", sa.Text),
        sa.Column("cluster", sa.String(64)),
        sa.Column("place", sa.String(64)),
        sa.Column("person_id", sa.String(64), sa.ForeignKey("people.id")),
        sa.Column("document", Document, nullable=False),
        sa.Index(None, "run_id", "cluster", "place"),
    )


def _reports() -> None:
    op.create_table(
        "reports",
        sa.Column("run_id", sa.Text, sa.ForeignKey("runs.id"), primary_key=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("title", Words, nullable=False),
        sa.Column("markdown", Words, nullable=False),
        sa.Column("csv", Words, nullable=False),
        sa.Column("quarantined", sa.Integer, nullable=False),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.Column("approved_at", UtcTime),
        sa.Column("sent_at", UtcTime),
        sa.UniqueConstraint("run_id", "kind", "number"),
    )
