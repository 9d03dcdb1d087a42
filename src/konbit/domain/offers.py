"""Offers of goods, cash, people and transport, and the gates that a streamlined offer must pass."""

import datetime as dt
from typing import Literal

from pydantic import Field

from konbit.definition.base import Model

Kind = Literal["goods", "cash", "people", "transport"]
Clearance = Literal["not_needed", "granted", "pending", "refused"]
Gate = Literal["consignee", "permit", "licence"]


class Offer(Model):
    """So much of one item, in whole units, that an organization can give from `place` on `ready_on`.

    `place` is a p-code, or the ISO3 code of a country, where the offer is now. `local_purchase` says that it
    is bought in the affected country. `consignee` says that a receiver has accepted in writing. `permit` is
    the permission to import, fly or work; `licence` is the verified professional licence of people.
    """

    id: str
    organization: str
    cluster: str
    item: str
    quantity: int = Field(ge=0)
    unit: str
    place: str = Field(min_length=1)
    ready_on: dt.date
    kind: Kind = "goods"
    consignee: bool = False
    permit: Clearance = "not_needed"
    licence: Clearance = "not_needed"
    local_purchase: bool = False
    ad_hoc: bool = False


def closed_gates(offer: Offer) -> tuple[Gate, ...]:
    """The gates that are not open for an offer, whatever its pathway: consignee, permit, licence.

    Goods need a consignee: containers without one are what rots in the port. What is pending is as closed as
    what is refused.
    """
    gates: list[Gate] = []
    if offer.kind == "goods" and not offer.consignee:
        gates.append("consignee")
    if offer.permit in {"pending", "refused"}:
        gates.append("permit")
    if offer.licence in {"pending", "refused"}:
        gates.append("licence")
    return tuple(gates)
