"""Who is asked when and what came back."""

import sqlalchemy as sa
from alembic import op

from konbit.store.columns import BIG, Document, UtcTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds what people wrote back, reply codes and receipts, and when an answer was in doubt."""
    op.add_column("addressees", sa.Column("doubted_at", UtcTime))
    op.add_column("addressees", sa.Column("pressed_at", UtcTime))
    op.add_column("addressees", sa.Column("pressed", sa.String(16)))
    op.create_table(
        "inbound",
        sa.Column("id", BIG, nullable=False),
        sa.Column("provider", sa.String(32), nullable=False),
        sa.Column("provider_msg_id", sa.Text, nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("sender", sa.Text, nullable=False),
        sa.Column("sender_hmac", sa.String(32), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("quoted", sa.Text),
        sa.Column("automatic", sa.Boolean, nullable=False),
        sa.Column("received_at", UtcTime, nullable=False),
        sa.Column("state", sa.String(12), nullable=False, server_default="new"),
        sa.Column("reason", sa.Text, nullable=False, server_default=""),
        sa.Column("person_id", sa.String(64)),
        sa.Column("addressee_id", sa.BigInteger),
        sa.Column("run_id", sa.Text),
        sa.Column("said", sa.String(16)),
        sa.Column("handled_at", UtcTime),
        sa.Column("handled_by", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_inbound"),
        sa.UniqueConstraint("provider", "provider_msg_id", name="uq_inbound_provider_provider_msg_id"),
        sa.CheckConstraint(
            "state IN ('new', 'answered', 'opted', 'parked', 'ignored', 'closed')", name="state"
        ),
    )
    op.create_index("ix_inbound_state_id", "inbound", ["state", "id"])
    op.create_index("ix_inbound_sender_hmac_received_at", "inbound", ["sender_hmac", "received_at"])
    op.create_table(
        "reply_codes",
        sa.Column("addressee_id", sa.BigInteger, nullable=False),
        sa.Column("person_id", sa.String(64), nullable=False),
        sa.Column("code", sa.String(2), nullable=False),
        sa.Column("offers", Document, nullable=False),
        sa.PrimaryKeyConstraint("addressee_id", name="pk_reply_codes"),
        sa.ForeignKeyConstraint(["addressee_id"], ["addressees.id"], name="fk_reply_codes_addressee_id"),
    )
    op.create_index("ix_reply_codes_person_id", "reply_codes", ["person_id"])
    op.create_table(
        "provider_messages",
        sa.Column("provider", sa.String(32), nullable=False),
        sa.Column("provider_msg_id", sa.Text, nullable=False),
        sa.Column("delivery_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("provider", "provider_msg_id", name="pk_provider_messages"),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name="fk_provider_messages_delivery_id"),
    )
    op.create_index("ix_provider_messages_delivery_id", "provider_messages", ["delivery_id"])
    op.create_table(
        "receipts",
        sa.Column("id", BIG, nullable=False),
        sa.Column("provider", sa.String(32), nullable=False),
        sa.Column("provider_msg_id", sa.Text, nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("code", sa.Text, nullable=False, server_default=""),
        sa.Column("received_at", UtcTime, nullable=False),
        sa.Column("state", sa.String(8), nullable=False, server_default="parked"),
        sa.Column("delivery_id", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_receipts"),
        sa.UniqueConstraint(
            "provider", "provider_msg_id", "status", name="uq_receipts_provider_provider_msg_id_status"
        ),
        sa.CheckConstraint(
            "status IN ('accepted', 'delivered', 'read', 'failed')", name="status"
        ),
        sa.CheckConstraint("state IN ('parked', 'applied', 'stale', 'unknown')", name="state"),
    )
    op.create_index("ix_receipts_state_received_at", "receipts", ["state", "received_at"])
    op.create_index("ix_receipts_delivery_id", "receipts", ["delivery_id"])
