"""The situation report: one issue, put together from the clusters' inputs, the picture and the balance.

Blocks as in OCHA's Situation Report. `assemble` decides what is in it; `konbit.domain.situation_markdown`
writes it out.
"""

from collections.abc import Iterable, Sequence
from typing import Annotated

from pydantic import AwareDatetime, Field

from konbit.definition.base import Mode, Model
from konbit.definition.codelists import CodeList, CodeLists
from konbit.domain.matching import Balance, BalanceRow
from konbit.domain.observations import Confidence, NeedsCell, NeedsPicture, people_in_need

RoleOnly = Annotated[str, Field(pattern=r"^[^@0-9]+$", max_length=120)]
"""A role that can be asked; an address or a number is refused."""


class EventFacts(Model):
    """The event that the report is about. The mode is that of the run and defaults to drill."""

    name: str
    hazard: str
    country: str
    glide: str = ""
    mode: Mode = "drill"


class Issue(Model):
    """Which issue this is: number, times and who produced it (a role or an organization)."""

    number: int = Field(ge=1)
    as_of: AwareDatetime
    period_from: AwareDatetime | None = None
    next_issue: AwareDatetime | None = None
    producer: RoleOnly = "hub"


class ClusterInput(Model):
    """The five lines of a cluster, and whether it says that it knows nothing yet."""

    cluster: str
    needs: str = ""
    response: str = ""
    gaps: str = ""
    constraints: str = ""
    asks: str = ""
    confidence: Confidence | None = None
    no_information: bool = False


class KeyFigures(Model):
    """People affected, in need, targeted and reached; None where nobody knows."""

    affected: int | None = Field(default=None, ge=0)
    in_need: int | None = Field(default=None, ge=0)
    targeted: int | None = Field(default=None, ge=0)
    reached: int | None = Field(default=None, ge=0)


class Funding(Model):
    """Money asked, pledged, received and spent, in whole units of one currency."""

    currency: str = Field(default="USD", pattern=r"^[A-Z]{3}$")
    asked: int | None = Field(default=None, ge=0)
    pledged: int | None = Field(default=None, ge=0)
    received: int | None = Field(default=None, ge=0)
    spent: int | None = Field(default=None, ge=0)


class Narrative(Model):
    """What people write into an issue; it is printed in the language it was written in."""

    highlights: tuple[str, ...] = Field(default=(), max_length=5)
    overview: str = ""
    coordination: str = ""
    key_figures: KeyFigures = KeyFigures()
    funding: Funding | None = None
    contacts: tuple[RoleOnly, ...] = ()


class ClusterBlock(Model):
    """One cluster: its input (None if it was silent), our figures, what is missing, where we know nothing."""

    cluster: str
    input: ClusterInput | None = None
    figures: tuple[NeedsCell, ...] = ()
    shortfalls: tuple[BalanceRow, ...] = ()
    no_information: tuple[str, ...] = ()


class SituationReport(Model):
    """One issue, complete in itself: `names` holds those of every code in it, by `list/code` and language."""

    issue: Issue
    event: EventFacts
    narrative: Narrative
    key_figures: KeyFigures
    blocks: tuple[ClusterBlock, ...]
    withheld: int = 0
    names: dict[str, dict[str, str]] = Field(default_factory=dict)

    def unchanged_since(self, previous: "SituationReport") -> bool:
        """Whether only number and times differ from an earlier issue: a reason to report less often."""
        return self.model_copy(update={"issue": previous.issue}) == previous


def assemble(
    issue: Issue,
    event: EventFacts,
    inputs: Iterable[ClusterInput],
    picture: NeedsPicture,
    balance: Balance,
    *,
    codelists: CodeLists,
    clusters: Sequence[str],
    narrative: Narrative,
) -> SituationReport:
    """The report on `clusters`, in that order, then on any other cluster that somebody reported on.

    Rows that are more than low in sensitivity are left out and counted, not the whole report. People in need
    come from the narrative where given, else from what is shown of the picture.
    """
    by_cluster = {item.cluster: item for item in inputs}
    shown = [cell for cell in picture.cells if cell.sensitivity == "low"]
    hidden = {(cell.cluster, cell.place) for cell in picture.cells if cell.sensitivity != "low"}
    rows = [row for row in balance.rows if (row.need.cluster, row.need.place) not in hidden]
    others = {*by_cluster, *(cell.cluster for cell in shown), *(row.need.cluster for row in rows)}
    order = [*dict.fromkeys(clusters), *sorted(others - set(clusters))]
    blocks = tuple(_block(cluster, by_cluster.get(cluster), shown, rows) for cluster in order)
    figures = narrative.key_figures
    if figures.in_need is None:
        figures = figures.model_copy(update={"in_need": people_in_need(NeedsPicture(cells=tuple(shown)))})
    return SituationReport(
        issue=issue,
        event=event,
        narrative=narrative,
        key_figures=figures,
        blocks=blocks,
        withheld=len(hidden),
        names=_names(event, blocks, codelists),
    )


def _block(
    cluster: str, given: ClusterInput | None, cells: Sequence[NeedsCell], rows: Sequence[BalanceRow]
) -> ClusterBlock:
    own = [cell for cell in cells if cell.cluster == cluster]
    return ClusterBlock(
        cluster=cluster,
        input=given,
        figures=tuple(cell for cell in own if not cell.no_information),
        shortfalls=tuple(row for row in rows if row.need.cluster == cluster and row.gap > 0),
        no_information=tuple(cell.place for cell in own if cell.no_information),
    )


def _names(
    event: EventFacts, blocks: Sequence[ClusterBlock], codelists: CodeLists
) -> dict[str, dict[str, str]]:
    places = {place for block in blocks for place in block.no_information}
    places |= {cell.place for block in blocks for cell in block.figures}
    places |= {row.need.place for block in blocks for row in block.shortfalls}
    wanted = {
        "hazards": {event.hazard},
        "countries": {event.country},
        "clusters": {block.cluster for block in blocks},
        "places": places,
        "relief_items": {row.need.item for block in blocks for row in block.shortfalls},
    }
    return {
        f"{name}/{item.code}": item.names
        for name in wanted
        for item in codelists.get(name, _EMPTY).items
        if item.code in wanted[name]
    }


_EMPTY = CodeList(codes="none", version="", source="", items=())
