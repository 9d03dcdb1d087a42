"""Runs that are held, runs that moved to another version, and what kind of thing waits in the inbox."""

import sqlalchemy as sa
from alembic import op

from konbit.store.columns import UtcTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the columns."""
    op.add_column("runs", sa.Column("paused_at", UtcTime))
    op.add_column("requests", sa.Column("digest", sa.String(64)))
    op.add_column("inbox", sa.Column("kind", sa.Text, nullable=False, server_default=""))
