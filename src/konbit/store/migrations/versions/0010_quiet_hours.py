"""What a message may do in the quiet hours of whoever it is for; what was planned before counts as urgent."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the three columns."""
    op.add_column("deliveries", sa.Column("urgency", sa.String(16), nullable=False, server_default="urgent"))
    for name in ("night_drill", "last"):
        op.add_column("deliveries", sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false()))
