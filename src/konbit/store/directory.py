"""The directory: imported country by country, read as a snapshot. Holds names and addresses; logs neither."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, get_args

import sqlalchemy as sa

from konbit.domain.directory import (
    ChannelKind,
    ConsentPurpose,
    Directory,
    Endpoint,
    EndpointState,
    Membership,
    Person,
)
from konbit.errors import InvalidDirectory
from konbit.store.deliveries import Deliveries
from konbit.store.directory_rows import (
    binding_of,
    endpoint_of,
    membership_of,
    organization_of,
    person_of,
    role_of,
)
from konbit.store.records import Consent
from konbit.store.repository import Repository
from konbit.store.tables.deliveries import deliveries
from konbit.store.tables.directory import (
    affiliations,
    bindings,
    consents,
    endpoints,
    expected_roles,
    memberships,
    organizations,
    people,
)

GLOBAL = "*"
"""The source of what belongs to no country."""


class People(Repository):
    """People, organizations, endpoints and bindings."""

    def size(self) -> int:
        """How many people there are, gone or not."""
        return int(self._connection.scalar(sa.select(sa.func.count()).select_from(people)) or 0)

    def replace_country(
        self, directory: Directory, country: str | None, at: dt.datetime | None = None
    ) -> None:
        """The directory of the country is this one from now on; None for the roles that belong to no country.

        People keep their id, which is the same person in every country's file; those in no file any more become `left`.
        An endpoint that was stopped, bounced or is suspect stays so while its address is the same: no import is a consent;
        so does one that was verified. What people said themselves (do not disturb, that all is right) is kept as well.
        What people agreed to is written down as of `at`, if it is given and differs from before. InvalidDirectory if an
        endpoint's id belongs to somebody of another file, or a row names somebody unknown or merged into another.
        """
        source = country or GLOBAL
        ids = [person.id for person in directory.people]
        self._check(directory, ids)
        known = self._known(ids)
        agreed = {} if at is None else {one.id: one for one in self.endpoints_of(ids)}
        self._put(organizations, [organization.model_dump() for organization in directory.organizations])
        self._put(people, [person.model_dump() for person in directory.people], kept=_THEIR_OWN)
        self._members(source, ids)
        self._affiliate(directory.memberships, ids)
        self._connection.execute(sa.delete(endpoints).where(endpoints.c.person_id.in_(ids)))
        rows = [self._endpoint_row(endpoint, known) for endpoint in directory.endpoints]
        if rows:
            self._connection.execute(sa.insert(endpoints), rows)
        if at is not None:
            self._note_consents(directory.endpoints, agreed, at)
        for table, items in ((bindings, directory.bindings), (expected_roles, directory.expected)):
            self._connection.execute(sa.delete(table).where(table.c.source == source))
            values = [_with_person_id(item.model_dump(), source=source) for item in items]
            if values:
                self._connection.execute(sa.insert(table), values)

    def snapshot(self, country: str | None) -> Directory:
        """Everybody of the country and everybody who belongs to none, with the roles that hold there."""
        sources = [GLOBAL] if country is None else [country, GLOBAL]
        bound = sa.or_(bindings.c.country.is_(None), bindings.c.country == country)
        roles = self._rows(sa.select(bindings).where(bound).order_by(bindings.c.id))
        members = sa.select(memberships.c.person_id).where(memberships.c.country.in_(sources))
        holders = sa.select(bindings.c.person_id).where(bound)
        chosen = sa.or_(people.c.id.in_(members), people.c.id.in_(holders))
        rows = self._rows(sa.select(people).where(chosen).order_by(people.c.id))
        theirs = endpoints.c.person_id.in_(sa.select(people.c.id).where(chosen))
        expected = (
            sa.select(expected_roles)
            .where(expected_roles.c.source.in_(sources))
            .order_by(expected_roles.c.id)
        )
        used = sa.select(people.c.organization).where(chosen)
        theirs_too = affiliations.c.person_id.in_(sa.select(people.c.id).where(chosen))
        further = sa.select(affiliations).where(theirs_too)
        further = further.order_by(affiliations.c.person_id, affiliations.c.organization)
        also = sa.select(affiliations.c.organization).where(theirs_too)
        in_use = sa.or_(organizations.c.id.in_(used), organizations.c.id.in_(also))
        groups = sa.select(organizations).where(in_use).order_by(organizations.c.id)
        return Directory(
            people=[person_of(row) for row in rows],
            organizations=[organization_of(row) for row in self._rows(groups)],
            memberships=[membership_of(row) for row in self._rows(further)],
            endpoints=[
                endpoint_of(row) for row in self._rows(sa.select(endpoints).where(theirs).order_by(*_ORDER))
            ],
            bindings=[binding_of(row) for row in roles],
            expected=[role_of(row) for row in self._rows(expected)],
        )

    def file_of(self, country: str) -> Directory:
        """What the file of the country said, without what other files say that holds there too: what an export writes."""
        members = set(
            self._connection.scalars(
                sa.select(memberships.c.person_id).where(memberships.c.country == country)
            )
        )
        both = self.snapshot(country)
        mine = self._rows(sa.select(bindings).where(bindings.c.source == country).order_by(bindings.c.id))
        roles = sa.select(expected_roles).where(expected_roles.c.source == country)
        people_here = [person for person in both.people if person.id in members]
        further = [one for one in both.memberships if one.person in members]
        used = {person.organization for person in people_here} | {one.organization for one in further}
        return Directory(
            people=people_here,
            organizations=[one for one in both.organizations if one.id in used],
            memberships=further,
            endpoints=[one for one in both.endpoints if one.person in members],
            bindings=[binding_of(row) for row in mine],
            expected=[role_of(row) for row in self._rows(roles.order_by(expected_roles.c.id))],
        )

    def countries(self) -> Sequence[str]:
        """Countries that a directory was imported for."""
        statement = sa.select(memberships.c.country).where(memberships.c.country != GLOBAL).distinct()
        return self._connection.scalars(statement.order_by(memberships.c.country)).all()

    def people_by_ids(self, ids: Sequence[str]) -> Mapping[str, Person]:
        """Those of the people who are known, in the order asked for."""
        rows = self._rows(sa.select(people).where(people.c.id.in_(ids)))
        found = {row["id"]: person_of(row) for row in rows}
        return {person: found[person] for person in ids if person in found}

    def endpoints_of(self, ids: Sequence[str]) -> Sequence[Endpoint]:
        """How these people are reached, each person's first choice first, whatever its state."""
        return [endpoint_of(row) for row in self._rows(_endpoints_of(ids))]

    def endpoints_at(self, address: str, kind: ChannelKind | None = None) -> Sequence[Endpoint]:
        """Who is reached at a canonical address, on this kind of channel or on any: where a reply came from."""
        statement = sa.select(endpoints).where(endpoints.c.address_hmac == self._address_hash(address))
        if kind is not None:
            statement = statement.where(endpoints.c.kind == kind)
        return [endpoint_of(row) for row in self._rows(statement.order_by(*_ORDER))]

    def mark_endpoint(self, id: str, state: EndpointState, at: dt.datetime) -> None:
        """What was found out about an endpoint; `stopped` also takes back what still waits to be sent there."""
        self._connection.execute(sa.update(endpoints).where(endpoints.c.id == id).values(state=state))
        if state == "stopped":
            address = sa.select(endpoints.c.address_hmac).where(endpoints.c.id == id).scalar_subquery()
            Deliveries(self._connection).withdraw(deliveries.c.address_hmac == address, "opted_out", at)

    def rests(self, person: str, until: dt.datetime | None, at: dt.datetime) -> None:
        """They do not want to be disturbed before `until`, or may be again; what was put off is judged anew.

        InvalidDirectory if nobody has the id.
        """
        which = sa.and_(people.c.id == person, people.c.erased_at.is_(None))
        changed = self._connection.execute(sa.update(people).where(which).values(do_not_disturb_until=until))
        if changed.rowcount != 1:
            raise InvalidDirectory(f"nobody in the directory has the id '{person}'")
        Deliveries(self._connection).judge_anew(person, at)

    def consent(self, consent: Consent) -> None:
        """Writes down a consent or its withdrawal; earlier ones stay on record."""
        values = {name: getattr(consent, name) for name in Consent.__dataclass_fields__}
        values["person_id"], values["endpoint_id"] = values.pop("person"), values.pop("endpoint")
        self._connection.execute(sa.insert(consents).values(values))

    def consents_of(self, person: str) -> Sequence[Consent]:
        """The person's consents and withdrawals, in order."""
        statement = sa.select(consents).where(consents.c.person_id == person).order_by(consents.c.id)
        plain = [name for name in Consent.__dataclass_fields__ if name in consents.c]
        return [
            Consent(person=person, endpoint=row["endpoint_id"], **{name: row[name] for name in plain})
            for row in self._rows(statement)
        ]

    def _check(self, directory: Directory, ids: Sequence[str]) -> None:
        known = set(ids)
        for endpoint in directory.endpoints:
            if endpoint.person not in known:
                raise InvalidDirectory(
                    f"endpoint {endpoint.id}: there is no person {endpoint.person} in the file"
                )
        for binding in directory.bindings:
            if binding.person not in known:
                raise InvalidDirectory(
                    f"role {binding.role}: there is no person {binding.person} in the file"
                )
        unusable = sa.select(people.c.id, people.c.merged_into).where(
            people.c.id.in_(ids), sa.or_(people.c.merged_into.is_not(None), people.c.erased_at.is_not(None))
        )
        for row in self._rows(unusable):
            why = f"merged into {row['merged_into']}: use that id in the file" if row["merged_into"] else ""
            raise InvalidDirectory(
                f"{row['id']} was {why or 'erased: they asked not to be in the directory'}"
            )
        theirs = sa.select(endpoints.c.id, endpoints.c.person_id).where(
            endpoints.c.id.in_([endpoint.id for endpoint in directory.endpoints]),
            endpoints.c.person_id.not_in(ids),
        )
        for row in self._rows(theirs):
            raise InvalidDirectory(
                f"endpoint {row['id']} belongs to person {row['person_id']} of another file"
            )

    def _known(self, ids: Sequence[str]) -> Mapping[tuple[str, str, str], dict[str, object]]:
        """(person, kind, address) → what was found out about it, which no file says."""
        worst: dict[tuple[str, str], EndpointState] = {}
        rows = [endpoint_of(row) for row in self._rows(_endpoints_of(ids))]
        for one in rows:
            key = (one.person, one.address)
            worst[key] = max(worst.get(key, "ok"), one.state, key=_SEVERITY.index)
        return {
            (one.person, one.kind, one.address): {
                "state": worst[one.person, one.address],
                "verification": one.verification,
                "verified_at": one.verified_at,
            }
            for one in rows
        }

    def _endpoint_row(
        self, endpoint: Endpoint, known: Mapping[tuple[str, str, str], dict[str, object]]
    ) -> dict[str, object]:
        row = _with_person_id(endpoint.model_dump(), address_hmac=self._address_hash(endpoint.address))
        before = known.get((endpoint.person, endpoint.kind, endpoint.address))
        if before is None:
            return row
        state = max(endpoint.state, before["state"], key=_SEVERITY.index)
        return row | before | {"state": state}

    def _note_consents(
        self, found: Sequence[Endpoint], before: Mapping[str, Endpoint], at: dt.datetime
    ) -> None:
        """Writes down what somebody newly agreed to at an address, and what they do not agree to any more."""
        for one in found:
            old = before.get(one.id)
            same = old is not None and old.address == one.address
            had = {} if old is None or not same else dict.fromkeys(old.purposes or (), old.consent_until)
            has = dict.fromkeys(one.purposes or (), one.consent_until)
            for purpose in CONSENT_PURPOSES:
                granted = purpose in has
                if granted != (purpose in had) or (granted and has[purpose] != had[purpose]):
                    self.consent(
                        Consent(
                            person=one.person,
                            purpose=purpose,
                            granted=granted,
                            at=at,
                            how="directory import",
                            wording="",
                            endpoint=one.id,
                            expires_at=has.get(purpose),
                        )
                    )

    def _affiliate(self, found: Sequence[Membership], ids: Sequence[str]) -> None:
        self._connection.execute(sa.delete(affiliations).where(affiliations.c.person_id.in_(ids)))
        if found:
            rows = [_with_person_id(one.model_dump()) for one in found]
            self._connection.execute(sa.insert(affiliations), rows)

    def _members(self, source: str, ids: Sequence[str]) -> None:
        before = self._connection.scalars(
            sa.select(memberships.c.person_id).where(memberships.c.country == source)
        ).all()
        self._connection.execute(sa.delete(memberships).where(memberships.c.country == source))
        if ids:
            rows = [{"country": source, "person_id": person} for person in dict.fromkeys(ids)]
            self._connection.execute(sa.insert(memberships), rows)
        nowhere = people.c.id.not_in(sa.select(memberships.c.person_id))
        self._connection.execute(
            sa.update(people).where(people.c.id.in_(before), nowhere).values(status="left")
        )


CONSENT_PURPOSES: tuple[ConsentPurpose, ...] = get_args(ConsentPurpose)
_SEVERITY: tuple[EndpointState, ...] = get_args(EndpointState)
_THEIR_OWN = ("do_not_disturb_until", "confirmed_at", "merged_into", "erased_at")
_ORDER = (endpoints.c.person_id, endpoints.c.priority, endpoints.c.id)


def _endpoints_of(ids: Sequence[str]) -> sa.Select[Any]:
    return sa.select(endpoints).where(endpoints.c.person_id.in_(ids)).order_by(*_ORDER)


def _with_person_id(item: dict[str, object], **more: object) -> dict[str, object]:
    if "person" in item:
        item["person_id"] = item.pop("person")
    return item | more
