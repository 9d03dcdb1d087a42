"""What a run found out and wrote down: facts as JSON documents with the columns they are searched by, and reports."""

import sqlalchemy as sa

from konbit.store.columns import BIG, Document, UtcTime, Words, identifier
from konbit.store.tables.base import metadata

FACTS = ("observations", "needs", "offers", "allocations", "activities")


def _facts(name: str) -> sa.Table:
    return sa.Table(
        name,
        metadata,
        sa.Column("run_id", identifier(), sa.ForeignKey("runs.id"), primary_key=True),
        sa.Column("id", identifier(), primary_key=True),
        # The order in which they were put: what comes later may replace what was said before.
        sa.Column("number", BIG, nullable=False),
        sa.Column("request_key", identifier()),
        sa.Column("cluster", sa.String(64)),
        sa.Column("place", sa.String(64)),
        sa.Column("person_id", sa.String(64), sa.ForeignKey("people.id")),
        sa.Column("document", Document, nullable=False),
        sa.Index(None, "run_id", "cluster", "place"),
    )


tables = {name: _facts(name) for name in FACTS}

reports = sa.Table(
    "reports",
    metadata,
    sa.Column("run_id", identifier(), sa.ForeignKey("runs.id"), primary_key=True),
    sa.Column("id", identifier(), primary_key=True),
    sa.Column("step", identifier(), nullable=False),
    sa.Column("kind", identifier(), nullable=False),
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
