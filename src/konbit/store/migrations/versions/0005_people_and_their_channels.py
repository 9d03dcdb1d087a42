"""How people are reached: quiet hours, consent, verification; names, addresses and texts sealed."""

import sqlalchemy as sa
from alembic import op

from konbit.store.columns import Document, UtcTime
from konbit.store.vault import vault_of

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_CHUNK = 1000


def upgrade() -> None:
    """Adds the columns and tables, then seals what is there."""
    _keyring()
    _people()
    _endpoints()
    _confirmations()
    with op.batch_alter_table("deliveries") as table:
        table.add_column(sa.Column("address_hmac", sa.String(32), nullable=False, server_default=""))
        table.create_index("ix_deliveries_address_hmac", ["address_hmac"])
    _seal("people", "id", ("name",))
    _seal("endpoints", "id", ("address",), hashed="address")
    _seal("deliveries", "id", ("address", "subject", "body"), hashed="address")


def _keyring() -> None:
    keyring = op.create_table(
        "keyring",
        sa.Column("name", sa.String(16), primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    key = vault_of(op.get_bind().dialect).fresh_index_key()
    op.bulk_insert(keyring, [{"name": "addresses", "value": key}])


def _people() -> None:
    op.add_column("people", sa.Column("function", sa.String(64), nullable=False, server_default=""))
    op.add_column("people", sa.Column("quiet_hours", sa.String(200), nullable=False, server_default=""))
    op.add_column("people", sa.Column("do_not_disturb_until", UtcTime))
    op.add_column("people", sa.Column("night_drills", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("people", sa.Column("confirmed_at", UtcTime))
    op.add_column("people", sa.Column("merged_into", sa.String(64)))
    op.add_column("people", sa.Column("erased_at", UtcTime))
    op.create_table(
        "affiliations",
        sa.Column("person_id", sa.String(64), sa.ForeignKey("people.id"), primary_key=True),
        sa.Column("organization", sa.String(64), sa.ForeignKey("organizations.id"), primary_key=True),
        sa.Column("function", sa.String(64), nullable=False),
    )


def _endpoints() -> None:
    with op.batch_alter_table("endpoints") as table:
        table.add_column(sa.Column("address_hmac", sa.String(32), nullable=False, server_default=""))
        table.add_column(sa.Column("purposes", Document))
        table.add_column(sa.Column("consent_until", UtcTime))
        table.add_column(
            sa.Column("verification", sa.String(12), nullable=False, server_default="unverified")
        )
        table.add_column(sa.Column("verified_at", UtcTime))
        table.create_check_constraint(
            "verification", "verification IN ('unverified', 'verified', 'failed')"
        )
        table.create_index("ix_endpoints_address_hmac", ["address_hmac"])


def _confirmations() -> None:
    op.create_table(
        "confirmations",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("person_id", sa.String(64), sa.ForeignKey("people.id"), nullable=False, index=True),
        sa.Column("address_hmac", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("made_at", UtcTime, nullable=False),
        sa.Column("expires_at", UtcTime, nullable=False),
        sa.Column("outcome", sa.String(16)),
        sa.Column("settled_at", UtcTime),
        sa.CheckConstraint("kind IN ('address', 'entry')", name="kind"),
        sa.CheckConstraint("outcome IN ('confirmed', 'incorrect', 'wrong_person')", name="outcome"),
        sa.CheckConstraint("(outcome IS NULL) = (settled_at IS NULL)", name="settled"),
    )


def _seal(name: str, key: str, columns: tuple[str, ...], hashed: str | None = None) -> None:
    """Rewrites the columns of every row sealed, in pieces; a row that is sealed already stays readable."""
    bind = op.get_bind()
    vault = vault_of(bind.dialect)
    extra = [sa.column("address_hmac", sa.String)] if hashed else []
    table = sa.table(name, sa.column(key, sa.Text), *(sa.column(column, sa.Text) for column in columns), *extra)
    last = ""
    while True:
        some = sa.select(table).where(table.c[key] > last).order_by(table.c[key]).limit(_CHUNK)
        rows = bind.execute(some).mappings().all()
        if not rows:
            return
        for row in rows:
            plain = {column: vault.open(row[column]) for column in columns}
            values = {column: vault.seal(text) for column, text in plain.items()}
            if hashed and plain[hashed]:
                values["address_hmac"] = vault.hash(bind, plain[hashed])
            bind.execute(sa.update(table).where(table.c[key] == row[key]).values(values))
        last = rows[-1][key]
