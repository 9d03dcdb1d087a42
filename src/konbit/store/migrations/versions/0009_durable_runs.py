"""What lets a run survive: those that a process holds are found without reading every run that waits."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_LEASED = sa.text("lease_until IS NOT NULL")


def upgrade() -> None:
    """Adds the index."""
    op.create_index("ix_runs_leased", "runs", ["id"], sqlite_where=_LEASED, postgresql_where=_LEASED)
