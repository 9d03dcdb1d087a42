"""What keeps a drill a drill and who watches."""

import sqlalchemy as sa
from alembic import op

from konbit.store.columns import BIG, Document, UtcTime, Words

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_PRIVATE = "mode <> 'drill' OR audience = 'private'"
_FIXED = "the mode of a run is fixed when it is created"


def upgrade() -> None:
    """Adds the guards of drills, approvals, signs of life and alarms."""
    _deliveries()
    _mode()
    _approvals()
    _watch()


def _deliveries() -> None:
    if op.get_bind().dialect.name == "sqlite":
        # SQLite adds a CHECK with a column only; the alternative is to copy the whole table.
        op.execute(
            "ALTER TABLE deliveries ADD COLUMN cap VARCHAR(8) DEFAULT 'Update' NOT NULL "
            f"CONSTRAINT ck_deliveries_drill_private CHECK ({_PRIVATE})"
        )
        return
    op.add_column("deliveries", sa.Column("cap", sa.String(8), nullable=False, server_default="Update"))
    op.create_check_constraint(op.f("ck_deliveries_drill_private"), "deliveries", _PRIVATE)


def _mode() -> None:
    """No statement changes the mode of a run; the foreign key of deliveries then fixes theirs."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER runs_mode_is_fixed BEFORE UPDATE OF mode ON runs WHEN NEW.mode <> OLD.mode "
            f"BEGIN SELECT RAISE(ABORT, '{_FIXED}'); END"
        )
        return
    op.execute(
        "CREATE FUNCTION konbit_mode_is_fixed() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_FIXED}' USING ERRCODE = 'check_violation'; END $$"
    )
    op.execute(
        "CREATE TRIGGER runs_mode_is_fixed BEFORE UPDATE OF mode ON runs FOR EACH ROW "
        "WHEN (NEW.mode IS DISTINCT FROM OLD.mode) EXECUTE FUNCTION konbit_mode_is_fixed()"
    )


def _approvals() -> None:
    op.create_table(
        "approvals",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("run_id", sa.Text, sa.ForeignKey("runs.id"), nullable=False),
        sa.Column("ground", sa.String(16), nullable=False),
        sa.Column("details", Document, nullable=False),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("asked_at", UtcTime, nullable=False),
        sa.Column("verdict", sa.String(8)),
        sa.Column("decided_by", sa.Text),
        sa.Column("decided_at", UtcTime),
        sa.Column("reason", Words, nullable=False, server_default=""),
        sa.CheckConstraint("ground IN ('full_actual', 'large_drill')", name="ground"),
        sa.CheckConstraint("verdict IN ('approved', 'refused')", name="verdict"),
        sa.CheckConstraint("(verdict IS NULL) = (decided_by IS NULL)", name="decided"),
        sa.CheckConstraint("verdict <> 'approved' OR decided_by <> asked_by", name="two_persons"),
        sa.UniqueConstraint("run_id", "ground"),
    )


def _watch() -> None:
    op.create_table(
        "beats",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("at", UtcTime, nullable=False),
    )
    op.create_table(
        "alarms",
        sa.Column("fault", sa.Text, primary_key=True),
        sa.Column("since", UtcTime, nullable=False),
        sa.Column("seen_at", UtcTime, nullable=False),
        sa.Column("told_at", UtcTime),
        sa.Column("told_by", sa.Text),
        sa.Column("cleared_at", UtcTime),
    )
