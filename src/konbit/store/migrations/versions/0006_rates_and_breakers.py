"""How fast and whether a channel may be used, and which address of a person stands in for which."""

import sqlalchemy as sa
from alembic import op

from konbit.store.columns import UtcTime, identifier

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_WAITING = sa.text("not_before IS NOT NULL AND state IN ('planned', 'due', 'unknown')")


def upgrade() -> None:
    """Adds the columns of deliveries, their indices, and the state of accounts."""
    for column in (
        sa.Column("cost", sa.Integer, nullable=False, server_default="1"),
        sa.Column("claimed_at", UtcTime),
        sa.Column("ladder", sa.String(64), nullable=False, server_default=""),
        sa.Column("rung", sa.Integer, nullable=False, server_default="0"),
        sa.Column("standby", sa.Boolean, nullable=False, server_default=sa.false()),
    ):
        op.add_column("deliveries", column)
    op.drop_index("ix_deliveries_waiting", "deliveries")
    op.create_index(
        "ix_deliveries_waiting",
        "deliveries",
        ["account", "lane", "run_id", "not_before", "id"],
        sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    )
    op.create_index("ix_deliveries_person_id_channel_claimed_at", "deliveries", ["person_id", "channel", "claimed_at"])
    op.create_index("ix_deliveries_ladder", "deliveries", ["ladder"])
    op.create_table(
        "channel_states",
        sa.Column("account", identifier(), primary_key=True),
        sa.Column("tokens", sa.Float),
        sa.Column("filled_at", UtcTime),
        sa.Column("state", sa.String(9), nullable=False, server_default="closed"),
        sa.Column("reason", identifier(), nullable=False, server_default=""),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
        sa.Column("failed_at", UtcTime),
        sa.Column("trips", sa.Integer, nullable=False, server_default="0"),
        sa.Column("since", UtcTime),
        sa.Column("probe_at", UtcTime),
        sa.Column("paused_until", UtcTime),
        sa.Column("pauses", sa.Integer, nullable=False, server_default="0"),
        sa.CheckConstraint("state IN ('closed', 'open', 'half_open')", name="state"),
    )
