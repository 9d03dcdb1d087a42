"""Needs: quantities of relief items per cluster and place, derived through a small catalogue."""

import math
from decimal import Decimal, InvalidOperation

from pydantic import Field

from konbit.definition.base import Model
from konbit.definition.codelists import CodeItem, CodeList
from konbit.domain.observations import NeedsPicture
from konbit.errors import InvalidDefinition


class Need(Model):
    """So much of one item, in whole units, for so many people of one cluster in one place."""

    cluster: str
    place: str = Field(min_length=1)
    item: str
    quantity: int = Field(ge=0)
    unit: str
    people: int | None = Field(default=None, ge=0)

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What makes two statements the same need: cluster, place, item and unit."""
        return (self.cluster, self.place, self.item, self.unit)


class ReliefItem(Model):
    """A line of the catalogue: `quantity` units for each `persons` people, each day if `daily`."""

    code: str
    cluster: str
    unit: str
    quantity: Decimal = Field(gt=0)
    persons: int = Field(gt=0)
    daily: bool
    source: str

    def amount(self, people: int, days: int) -> int:
        """Whole units for so many people over so many days, rounded up."""
        return math.ceil(self.quantity * people * (days if self.daily else 1) / self.persons)


def relief_items(catalogue: CodeList) -> tuple[ReliefItem, ...]:
    """The catalogue read from its code list; `InvalidDefinition` names item and fact."""
    return tuple(_relief_item(item) for item in catalogue.items)


def derive_needs(picture: NeedsPicture, catalogue: CodeList, *, days: int = 1) -> tuple[Need, ...]:
    """What the people of each cell need for `days` days, in order of cluster, place and item.

    A cell without a figure gives no need: nobody knows is not the same as nothing is needed, so it stays in
    the picture.
    """
    items = relief_items(catalogue)
    return tuple(
        Need(
            cluster=cell.cluster,
            place=cell.place,
            item=item.code,
            quantity=item.amount(cell.people, days),
            unit=item.unit,
            people=cell.people,
        )
        for cell in picture.cells
        if cell.people
        for item in items
        if item.cluster == cell.cluster
    )


def _relief_item(item: CodeItem) -> ReliefItem:
    for key in ("cluster", "unit", "quantity", "persons", "source"):
        if not item.fact(key):
            raise InvalidDefinition(f"relief_items, {item.code}: '{key}' is missing.")
    return ReliefItem(
        code=item.code,
        cluster=item.fact("cluster"),
        unit=item.fact("unit"),
        quantity=_number(item, "quantity"),
        persons=int(_number(item, "persons")),
        daily=item.facts.get("daily") is True,
        source=item.fact("source"),
    )


def _number(item: CodeItem, key: str) -> Decimal:
    try:
        number = Decimal(item.fact(key))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or number <= 0 or (key == "persons" and number != int(number)):
        raise InvalidDefinition(
            f"relief_items, {item.code}: '{key}' must be above zero, found {item.fact(key)}."
        )
    return number
