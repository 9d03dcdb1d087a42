"""To how many people a run may write, and what is held because it would go beyond that."""

import sqlalchemy as sa
from alembic import op

from konbit.store.columns import BIG, Document, UtcTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the number to runs, and the table of what is held."""
    op.add_column("runs", sa.Column("reach", sa.Integer))
    op.create_table(
        "holds",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("run_id", sa.Text, sa.ForeignKey("runs.id"), nullable=False),
        sa.Column("idem_key", sa.String(64), nullable=False, unique=True),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("request", sa.Text),
        sa.Column("effect", Document, nullable=False),
        sa.Column("people", sa.Integer, nullable=False),
        sa.Column("written", sa.Integer, nullable=False),
        sa.Column("allowed", sa.Integer, nullable=False),
        sa.Column("held_at", UtcTime, nullable=False),
        sa.Column("verdict", sa.String(8)),
        sa.Column("decided_by", sa.Text),
        sa.Column("decided_at", UtcTime),
        sa.CheckConstraint("verdict IN ('released', 'dropped')", name="verdict"),
        sa.CheckConstraint("(verdict IS NULL) = (decided_by IS NULL)", name="decided"),
    )
