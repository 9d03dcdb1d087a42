"""What keeps drills drills and watches: approvals by a second person, signs of life, faults that were told."""

import sqlalchemy as sa

from konbit.store.columns import BIG, Document, UtcTime, Words, identifier
from konbit.store.tables.base import metadata, one_of

approvals = sa.Table(
    "approvals",
    metadata,
    sa.Column("id", BIG, primary_key=True),
    sa.Column("run_id", identifier(), sa.ForeignKey("runs.id"), nullable=False),
    # Why one person is not enough.
    sa.Column("ground", sa.String(16), nullable=False),
    sa.Column("details", Document, nullable=False),
    sa.Column("asked_by", identifier(), nullable=False),
    sa.Column("asked_at", UtcTime, nullable=False),
    sa.Column("verdict", sa.String(8)),
    sa.Column("decided_by", identifier()),
    sa.Column("decided_at", UtcTime),
    sa.Column("reason", Words, nullable=False, server_default=""),
    one_of("ground", "full_actual", "large_drill"),
    one_of("verdict", "approved", "refused"),
    sa.CheckConstraint("(verdict IS NULL) = (decided_by IS NULL)", name="decided"),
    sa.CheckConstraint("verdict <> 'approved' OR decided_by <> asked_by", name="two_persons"),
    sa.UniqueConstraint("run_id", "ground"),
)

holds = sa.Table(
    "holds",
    metadata,
    sa.Column("id", BIG, primary_key=True),
    sa.Column("run_id", identifier(), sa.ForeignKey("runs.id"), nullable=False),
    # The messages of a step that would go beyond the cap of their run, as the engine asked for them; the same ones once.
    sa.Column("idem_key", sa.String(64), nullable=False, unique=True),
    sa.Column("step", identifier(), nullable=False),
    sa.Column("request", identifier()),
    sa.Column("effect", Document, nullable=False),
    sa.Column("people", sa.Integer, nullable=False),
    sa.Column("written", sa.Integer, nullable=False),
    sa.Column("allowed", sa.Integer, nullable=False),
    sa.Column("held_at", UtcTime, nullable=False),
    sa.Column("verdict", sa.String(8)),
    sa.Column("decided_by", identifier()),
    sa.Column("decided_at", UtcTime),
    one_of("verdict", "released", "dropped"),
    sa.CheckConstraint("(verdict IS NULL) = (decided_by IS NULL)", name="decided"),
)

beats = sa.Table(
    "beats",
    metadata,
    sa.Column("name", identifier(), primary_key=True),
    sa.Column("at", UtcTime, nullable=False),
)

alarms = sa.Table(
    "alarms",
    metadata,
    # What is wrong with what: `dead_channel:mail`.
    sa.Column("fault", identifier(), primary_key=True),
    sa.Column("since", UtcTime, nullable=False),
    sa.Column("seen_at", UtcTime, nullable=False),
    sa.Column("told_at", UtcTime),
    sa.Column("told_by", identifier()),
    sa.Column("cleared_at", UtcTime),
)
