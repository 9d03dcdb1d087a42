"""Facts: observations, needs, offers, allocations and activities, as the JSON their domain models write."""

from collections.abc import Sequence

import sqlalchemy as sa

from konbit.store.records import Fact, FactKind
from konbit.store.repository import Repository
from konbit.store.tables.facts import tables


class Facts(Repository):
    """Documents by kind and run."""

    def put(self, kind: FactKind, facts: Sequence[Fact]) -> None:
        """Keeps the facts; one with the id of a known fact of that run and kind replaces it, in its place."""
        table = tables[kind]
        for run_id in dict.fromkeys(fact.run_id for fact in facts):
            last = (
                self._connection.scalar(
                    sa.select(sa.func.max(table.c.number)).where(table.c.run_id == run_id)
                )
                or 0
            )
            rows = [
                {
                    "run_id": fact.run_id,
                    "id": fact.id,
                    "number": number,
                    "request_key": fact.request,
                    "cluster": fact.cluster,
                    "place": fact.place,
                    "person_id": fact.person,
                    "document": dict(fact.document),
                }
                for number, fact in enumerate((fact for fact in facts if fact.run_id == run_id), last + 1)
            ]
            self._put(table, rows, kept=("number",))

    def list(
        self,
        kind: FactKind,
        run_id: str,
        *,
        request: str | None = None,
        cluster: str | None = None,
        place: str | None = None,
    ) -> Sequence[Fact]:
        """Facts of the run in the order they were first put, narrowed by what is given."""
        table = tables[kind]
        statement = sa.select(table).where(table.c.run_id == run_id)
        for column, wanted in (
            (table.c.request_key, request),
            (table.c.cluster, cluster),
            (table.c.place, place),
        ):
            if wanted is not None:
                statement = statement.where(column == wanted)
        return [
            Fact(
                id=row["id"],
                run_id=run_id,
                document=row["document"],
                request=row["request_key"],
                cluster=row["cluster"],
                place=row["place"],
                person=row["person_id"],
            )
            for row in self._rows(statement.order_by(table.c.number, table.c.id))
        ]
