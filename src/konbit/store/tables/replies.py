"""What people wrote back, the codes by which they name a question, and what providers say became of messages."""

import sqlalchemy as sa

from konbit.store.columns import BIG, Document, UtcTime, identifier
from konbit.store.tables.base import metadata, one_of
from konbit.store.vault import Sealed

inbound = sa.Table(
    "inbound",
    metadata,
    sa.Column("id", BIG, primary_key=True),
    sa.Column("provider", sa.String(32), nullable=False),
    sa.Column("provider_msg_id", identifier(), nullable=False),
    sa.Column("channel", sa.String(16), nullable=False),
    sa.Column("sender", Sealed, nullable=False),
    sa.Column("sender_hmac", sa.String(32), nullable=False),
    sa.Column("text", Sealed, nullable=False),
    # The provider's id of the message of ours that it quotes.
    sa.Column("quoted", identifier()),
    sa.Column("automatic", sa.Boolean, nullable=False),
    sa.Column("received_at", UtcTime, nullable=False),
    sa.Column("state", sa.String(12), nullable=False, server_default="new"),
    sa.Column("reason", identifier(), nullable=False, server_default=""),
    # No foreign keys: what was written is kept whatever becomes of the person or the question.
    sa.Column("person_id", sa.String(64)),
    sa.Column("addressee_id", sa.BigInteger),
    sa.Column("run_id", identifier()),
    # Which answer of ours it was given, if any.
    sa.Column("said", sa.String(16)),
    sa.Column("handled_at", UtcTime),
    sa.Column("handled_by", identifier()),
    sa.UniqueConstraint("provider", "provider_msg_id"),
    sa.Index(None, "state", "id"),
    sa.Index(None, "sender_hmac", "received_at"),
    one_of("state", "new", "answered", "opted", "parked", "ignored", "closed"),
)

reply_codes = sa.Table(
    "reply_codes",
    metadata,
    sa.Column("addressee_id", sa.BigInteger, sa.ForeignKey("addressees.id"), primary_key=True),
    sa.Column("person_id", sa.String(64), nullable=False, index=True),
    sa.Column("code", sa.String(2), nullable=False),
    # What each digit stood for in the message that was sent.
    sa.Column("offers", Document, nullable=False),
)

provider_messages = sa.Table(
    "provider_messages",
    metadata,
    sa.Column("provider", sa.String(32), primary_key=True),
    sa.Column("provider_msg_id", identifier(), primary_key=True),
    sa.Column("delivery_id", identifier(), sa.ForeignKey("deliveries.id"), nullable=False, index=True),
)

receipts = sa.Table(
    "receipts",
    metadata,
    sa.Column("id", BIG, primary_key=True),
    sa.Column("provider", sa.String(32), nullable=False),
    sa.Column("provider_msg_id", identifier(), nullable=False),
    sa.Column("status", sa.String(12), nullable=False),
    sa.Column("code", identifier(), nullable=False, server_default=""),
    sa.Column("received_at", UtcTime, nullable=False),
    sa.Column("state", sa.String(8), nullable=False, server_default="parked"),
    sa.Column("delivery_id", identifier(), index=True),
    sa.UniqueConstraint("provider", "provider_msg_id", "status"),
    sa.Index(None, "state", "received_at"),
    one_of("status", "accepted", "delivered", "read", "failed"),
    one_of("state", "parked", "applied", "stale", "unknown"),
)
