"""How channel accounts stand: what their buckets hold, and whether they may be used. All times are wall time."""

import sqlalchemy as sa

from konbit.store.columns import UtcTime, identifier
from konbit.store.tables.base import metadata, one_of

channel_states = sa.Table(
    "channel_states",
    metadata,
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
    one_of("state", "closed", "open", "half_open"),
)
