"""From rows of the directory's tables to the frozen models of `konbit.domain.directory`."""

import sqlalchemy as sa

from konbit.domain.directory import Binding, Endpoint, Membership, Organization, Person
from konbit.engine.duties import RoleRef


def person_of(row: sa.RowMapping) -> Person:
    """The person in a row."""
    return Person.model_validate(dict(row))


def organization_of(row: sa.RowMapping) -> Organization:
    """The organization in a row."""
    return Organization.model_validate(dict(row))


def endpoint_of(row: sa.RowMapping) -> Endpoint:
    """The endpoint in a row."""
    return Endpoint.model_validate(_with_person(row))


def membership_of(row: sa.RowMapping) -> Membership:
    """A further organization of a person, in a row."""
    return Membership.model_validate(_with_person(row))


def binding_of(row: sa.RowMapping) -> Binding:
    """Who holds a role, in a row."""
    return Binding(
        role=row["role"], of=row["of"], country=row["country"], person=row["person_id"], rank=row["rank"]
    )


def role_of(row: sa.RowMapping) -> RoleRef:
    """A role that should be filled, in a row."""
    return RoleRef(role=row["role"], of=row["of"])


def _with_person(row: sa.RowMapping) -> dict[str, object]:
    """The row as its model spells it; the hash of an address is the store's own."""
    return {
        ("person" if name == "person_id" else name): value
        for name, value in row.items()
        if name != "address_hmac"
    }
