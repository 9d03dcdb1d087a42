"""Two entries that are one person become one: only when somebody says so, and never in the middle of a question."""

import sqlalchemy as sa

from konbit.errors import InvalidDirectory
from konbit.store.repository import Repository
from konbit.store.tables.directory import affiliations, bindings, consents, endpoints, memberships, people
from konbit.store.tables.requests import addressees, requests
from konbit.store.tables.runs import runs

_STATES = ("ok", "suspect", "bounced", "stopped")


class Merging(Repository):
    """Moves what one person has to another."""

    def merge(self, keep: str, gone: str) -> None:
        """`keep` gets the addresses, roles, organizations, countries and consents of `gone`, who stays as a pointer to them.

        What both have is kept once, with the lower rank and the worse state. InvalidDirectory if one of them is unknown or
        merged already, or while `gone` is being asked something.
        """
        self.check(keep, gone)
        self._endpoints(keep, gone)
        self._bindings(keep, gone)
        self._belonging(keep, gone)
        self._connection.execute(
            sa.update(people).where(people.c.id == gone).values(status="left", merged_into=keep)
        )

    def check(self, keep: str, gone: str) -> None:
        """InvalidDirectory if the two cannot be merged now."""
        if keep == gone:
            raise InvalidDirectory("a person cannot be merged into themselves")
        found = {row["id"]: row for row in self._rows(sa.select(people).where(people.c.id.in_((keep, gone))))}
        for id in (keep, gone):
            if id not in found:
                raise InvalidDirectory(f"there is no person {id}")
            if found[id]["merged_into"]:
                raise InvalidDirectory(f"{id} was merged into {found[id]['merged_into']} already")
        open_here = (
            sa.select(requests.c.run_id)
            .join(
                addressees,
                sa.and_(addressees.c.run_id == requests.c.run_id, addressees.c.request_key == requests.c.key),
            )
            .join(runs, runs.c.id == requests.c.run_id)
            .where(addressees.c.person_id == gone, requests.c.closed_at.is_(None), runs.c.status != "ended")
        )
        run = self._connection.scalars(open_here.limit(1)).first()
        if run is not None:
            raise InvalidDirectory(
                f"{gone} is being asked something in run {run}; merge them when it has closed"
            )

    def _endpoints(self, keep: str, gone: str) -> None:
        rows = self._rows(
            sa.select(endpoints).where(endpoints.c.person_id.in_((keep, gone))).order_by(endpoints.c.priority)
        )
        mine = {(row["kind"], row["address"]): row for row in rows if row["person_id"] == keep}
        place = max((row["priority"] for row in mine.values()), default=0)
        taken = {row["id"] for row in rows}
        for row in rows:
            if row["person_id"] != gone:
                continue
            same = mine.get((row["kind"], row["address"]))
            this = endpoints.c.id == row["id"]
            if same is not None:
                worse = max(same["state"], row["state"], key=_STATES.index)
                self._connection.execute(
                    sa.update(endpoints).where(endpoints.c.id == same["id"]).values(state=worse)
                )
                self._connection.execute(sa.delete(endpoints).where(this))
                new_id = same["id"]
            else:
                place += 1
                new_id = _free(f"{keep}-{row['kind']}", taken)
                taken.add(new_id)
                values = {"id": new_id, "person_id": keep, "priority": place}
                self._connection.execute(sa.update(endpoints).where(this).values(values))
            self._connection.execute(
                sa.update(consents).where(consents.c.endpoint_id == row["id"]).values(endpoint_id=new_id)
            )
        self._connection.execute(
            sa.update(consents).where(consents.c.person_id == gone).values(person_id=keep)
        )

    def _bindings(self, keep: str, gone: str) -> None:
        rows = self._rows(sa.select(bindings).where(bindings.c.person_id.in_((keep, gone))))
        slots = {
            (row["source"], row["role"], row["of"], row["country"]): row
            for row in rows
            if row["person_id"] == keep
        }
        for row in rows:
            if row["person_id"] != gone:
                continue
            same = slots.get((row["source"], row["role"], row["of"], row["country"]))
            this = bindings.c.id == row["id"]
            if same is None:
                self._connection.execute(sa.update(bindings).where(this).values(person_id=keep))
                continue
            best = min(same["rank"], row["rank"])
            self._connection.execute(sa.update(bindings).where(bindings.c.id == same["id"]).values(rank=best))
            self._connection.execute(sa.delete(bindings).where(this))

    def _belonging(self, keep: str, gone: str) -> None:
        """Countries of their files, and organizations: that of the one who goes becomes a further one."""
        for country in self._connection.scalars(
            sa.select(memberships.c.country).where(memberships.c.person_id == gone)
        ).all():
            self._add(memberships, {"country": country, "person_id": keep})
        self._connection.execute(sa.delete(memberships).where(memberships.c.person_id == gone))
        rows = {row["id"]: row for row in self._rows(sa.select(people).where(people.c.id.in_((keep, gone))))}
        further = [(rows[gone]["organization"], rows[gone]["function"])]
        further += [
            (row["organization"], row["function"])
            for row in self._rows(sa.select(affiliations).where(affiliations.c.person_id == gone))
        ]
        self._connection.execute(sa.delete(affiliations).where(affiliations.c.person_id == gone))
        for organization, function in further:
            if organization and organization != rows[keep]["organization"]:
                values = {"person_id": keep, "organization": organization, "function": function}
                self._add(affiliations, values)


def _free(name: str, taken: set[str]) -> str:
    """The name, or the first numbered one that is not taken."""
    number = 1
    while (name if number == 1 else f"{name}-{number}") in taken:
        number += 1
    return name if number == 1 else f"{name}-{number}"
