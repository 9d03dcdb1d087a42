"""Plans: what runs are pinned to, kept for as long as a run may need them."""

from collections.abc import Sequence

import sqlalchemy as sa

from konbit.definition import bundle as bundles
from konbit.definition.bundle import Bundle
from konbit.errors import UnknownFlowchart
from konbit.store.repository import Repository
from konbit.store.tables.runs import plans


class Plans(Repository):
    """Bundles by digest; never changed and never deleted."""

    def put(self, bundle: Bundle) -> str:
        """Keeps the bundle and returns its digest; a digest that is there already is left as it is."""
        digest = bundle.digest
        flowchart = bundle.flowchart
        self._add(
            plans,
            {
                "digest": digest,
                "flowchart": flowchart.flowchart,
                "version": flowchart.version,
                "title": flowchart.title,
                "bundle": bundle.dump(),
            },
        )
        return digest

    def versions(self, flowchart: str) -> Sequence[str]:
        """The digests of every version of a flowchart that a run was ever pinned to."""
        statement = sa.select(plans.c.digest).where(plans.c.flowchart == flowchart)
        return self._connection.scalars(statement.order_by(plans.c.digest)).all()

    def text(self, digest: str) -> str:
        """The bundle as it was stored, whose SHA-256 is the digest; UnknownFlowchart if it was never stored."""
        row = self._row(sa.select(plans.c.bundle).where(plans.c.digest == digest))
        if row is None:
            raise UnknownFlowchart(f"There is no stored plan with the digest {digest[:12]}.")
        return str(row["bundle"])

    def get(self, digest: str) -> Bundle:
        """The bundle of that digest, in the language's present version; UnknownFlowchart if it was never stored."""
        return bundles.load(self.text(digest))
