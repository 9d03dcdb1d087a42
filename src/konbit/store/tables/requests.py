"""Requests, the people they were put to, and their answers."""

import sqlalchemy as sa

from konbit.store.columns import BIG, Document, UtcTime, Words, identifier
from konbit.store.tables.base import metadata, one_of

requests = sa.Table(
    "requests",
    metadata,
    sa.Column("run_id", identifier(), sa.ForeignKey("runs.id"), primary_key=True),
    sa.Column("key", identifier(), primary_key=True),
    sa.Column("step", identifier(), nullable=False),
    sa.Column("title", Document, nullable=False),
    sa.Column("form", sa.String(64)),
    sa.Column("options", Document, nullable=False),
    sa.Column("question", sa.String(64), nullable=False),
    sa.Column("slots", Document, nullable=False),
    sa.Column("opened_at", UtcTime, nullable=False),
    sa.Column("closes_at", UtcTime),
    sa.Column("closed_at", UtcTime),
    sa.Column("close_reason", Words),
    # The plan it was opened under, once the run has moved to another; before that, the run's.
    sa.Column("digest", sa.String(64)),
)

addressees = sa.Table(
    "addressees",
    metadata,
    # Random: it is part of the token in the link, and must not say how many there are.
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("run_id", identifier(), nullable=False),
    sa.Column("request_key", identifier(), nullable=False),
    sa.Column("person_id", sa.String(64), sa.ForeignKey("people.id"), nullable=False),
    sa.Column("wave", sa.Integer, nullable=False),
    sa.Column("asked_at", UtcTime, nullable=False),
    sa.Column("values", Document, nullable=False),
    # Wall time: how fast somebody presses is not compressed in a drill.
    sa.Column("doubted_at", UtcTime),
    sa.Column("pressed_at", UtcTime),
    sa.Column("pressed", sa.String(16)),
    sa.ForeignKeyConstraint(["run_id", "request_key"], ["requests.run_id", "requests.key"]),
    sa.UniqueConstraint("run_id", "request_key", "person_id"),
)

answers = sa.Table(
    "answers",
    metadata,
    sa.Column("id", BIG, primary_key=True),
    sa.Column("addressee_id", sa.BigInteger, sa.ForeignKey("addressees.id"), nullable=False),
    sa.Column("nonce", identifier(), nullable=False),
    sa.Column("verdict", sa.String(16), nullable=False),
    sa.Column("data", Document, nullable=False),
    sa.Column("channel", sa.String(32), nullable=False),
    sa.Column("actor", identifier(), nullable=False),
    sa.Column("received_at", UtcTime, nullable=False),
    sa.Column("late", sa.Boolean, nullable=False),
    sa.UniqueConstraint("addressee_id", "nonce"),
    one_of("verdict", "accept", "decline", "wrong_person"),
)
