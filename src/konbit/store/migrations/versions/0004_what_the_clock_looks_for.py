"""What the clock looks for all the time is found without reading every run there ever was."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_OPEN = sa.text("status <> 'ended'")


def upgrade() -> None:
    """Adds the indices."""
    op.create_index("ix_runs_ended_at", "runs", ["ended_at"])
    op.create_index("ix_runs_open", "runs", ["id"], sqlite_where=_OPEN, postgresql_where=_OPEN)
