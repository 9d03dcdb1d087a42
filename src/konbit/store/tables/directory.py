"""People, organizations, roles and how people are reached. The only tables with names and addresses, besides deliveries."""

import sqlalchemy as sa

from konbit.store.columns import BIG, Document, UtcTime, Words, identifier
from konbit.store.tables.base import metadata, one_of
from konbit.store.vault import Sealed

keyring = sa.Table(
    "keyring",
    metadata,
    sa.Column("name", sa.String(16), primary_key=True),
    # The key of the address hashes, itself sealed with the keys of the house.
    sa.Column("value", sa.Text, nullable=False),
)

organizations = sa.Table(
    "organizations",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("name", Words, nullable=False),
    sa.Column("type", sa.String(64), nullable=False),
)

people = sa.Table(
    "people",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("name", Sealed, nullable=False),
    sa.Column("languages", Document, nullable=False),
    sa.Column("zone", sa.String(64), nullable=False),
    sa.Column("organization", sa.String(64), sa.ForeignKey("organizations.id")),
    sa.Column("status", sa.String(8), nullable=False),
    sa.Column("function", sa.String(64), nullable=False, server_default=""),
    sa.Column("quiet_hours", sa.String(200), nullable=False, server_default=""),
    sa.Column("do_not_disturb_until", UtcTime),
    sa.Column("night_drills", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("confirmed_at", UtcTime),
    sa.Column("merged_into", sa.String(64)),
    sa.Column("erased_at", UtcTime),
    one_of("status", "active", "paused", "left"),
)

# Further organizations of people; `memberships` below says in which countries' files they are.
affiliations = sa.Table(
    "affiliations",
    metadata,
    sa.Column("person_id", sa.String(64), sa.ForeignKey("people.id"), primary_key=True),
    sa.Column("organization", sa.String(64), sa.ForeignKey("organizations.id"), primary_key=True),
    sa.Column("function", sa.String(64), nullable=False),
)

memberships = sa.Table(
    "memberships",
    metadata,
    sa.Column("country", sa.String(64), primary_key=True),
    sa.Column("person_id", sa.String(64), sa.ForeignKey("people.id"), primary_key=True, index=True),
)

endpoints = sa.Table(
    "endpoints",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("person_id", sa.String(64), sa.ForeignKey("people.id"), nullable=False, index=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("address", Sealed, nullable=False),
    sa.Column("address_hmac", sa.String(32), nullable=False, server_default="", index=True),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("state", sa.String(8), nullable=False),
    sa.Column("audience", sa.String(8), nullable=False),
    sa.Column("allow_drill", sa.Boolean, nullable=False),
    sa.Column("purposes", Document),
    sa.Column("consent_until", UtcTime),
    sa.Column("verification", sa.String(12), nullable=False, server_default="unverified"),
    sa.Column("verified_at", UtcTime),
    one_of("verification", "unverified", "verified", "failed"),
    one_of("state", "ok", "suspect", "bounced", "stopped"),
    one_of("audience", "private", "room", "public"),
)

# Links by which people confirm an address or their whole entry; the id is in the link.
confirmations = sa.Table(
    "confirmations",
    metadata,
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("person_id", sa.String(64), sa.ForeignKey("people.id"), nullable=False, index=True),
    # The address it was sent to: one that has changed since is not confirmed by it.
    sa.Column("address_hmac", sa.String(32), nullable=False),
    sa.Column("kind", sa.String(8), nullable=False),
    sa.Column("made_at", UtcTime, nullable=False),
    sa.Column("expires_at", UtcTime, nullable=False),
    sa.Column("outcome", sa.String(16)),
    sa.Column("settled_at", UtcTime),
    one_of("kind", "address", "entry"),
    one_of("outcome", "confirmed", "incorrect", "wrong_person"),
    sa.CheckConstraint("(outcome IS NULL) = (settled_at IS NULL)", name="settled"),
)

bindings = sa.Table(
    "bindings",
    metadata,
    sa.Column("id", BIG, primary_key=True),
    # The country whose file it came from: the next import of that file replaces it.
    sa.Column("source", sa.String(64), nullable=False, index=True),
    sa.Column("role", sa.String(128), nullable=False),
    sa.Column("of", sa.String(64)),
    sa.Column("country", sa.String(64), index=True),
    sa.Column("person_id", sa.String(64), sa.ForeignKey("people.id"), nullable=False),
    sa.Column("rank", sa.Integer, nullable=False),
)

expected_roles = sa.Table(
    "expected_roles",
    metadata,
    sa.Column("id", BIG, primary_key=True),
    sa.Column("source", sa.String(64), nullable=False, index=True),
    sa.Column("role", sa.String(128), nullable=False),
    sa.Column("of", sa.String(64)),
)

consents = sa.Table(
    "consents",
    metadata,
    sa.Column("id", BIG, primary_key=True),
    sa.Column("person_id", sa.String(64), sa.ForeignKey("people.id"), nullable=False, index=True),
    # No foreign key: an endpoint goes with the next import, the consent stays.
    sa.Column("endpoint_id", sa.String(64)),
    sa.Column("purpose", sa.String(16), nullable=False),
    sa.Column("granted", sa.Boolean, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("how", identifier(), nullable=False),
    sa.Column("wording", identifier(), nullable=False),
    sa.Column("expires_at", UtcTime),
    one_of("purpose", "activation", "drill", "report"),
)
