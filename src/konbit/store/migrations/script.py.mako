"""${message}."""

import sqlalchemy as sa
from alembic import op

from konbit.store.columns import BIG, UtcTime, Words, Document, identifier

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Changes the tables."""
    ${upgrades if upgrades else "pass"}
