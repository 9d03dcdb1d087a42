"""Matching needs with offers: what covers what, what is missing, what is too much, and what is held and why.

`match` gates, checks and presents; how offers are spread over needs is the business of the `Allocate`
function that it is given, so that a solver can take the place of `allocate_greedily`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Literal

from pydantic import Field

from konbit.definition.base import Model
from konbit.domain.needs import Need
from konbit.domain.offers import Gate, Offer, closed_gates
from konbit.errors import KonbitError, UserError

NeedKey = tuple[str, str, str, str]


class AllocationError(KonbitError):
    """The allocation gives away more than is offered or needed."""


class Allocation(Model):
    """So much of an offer for one need."""

    need: NeedKey
    offer_id: str
    organization: str
    quantity: int = Field(gt=0)


class BalanceRow(Model):
    """One need, what is allocated to it and what is still missing."""

    need: Need
    allocations: tuple[Allocation, ...]
    gap: int

    @property
    def introduce(self) -> tuple[str, ...]:
        """Organizations that serve the same need and should know of each other; empty below two."""
        organizations = sorted({allocation.organization for allocation in self.allocations})
        return tuple(organizations) if len(organizations) > 1 else ()


class Overlap(Model):
    """What is left of an offer: nobody asked for the item, or the need is covered already."""

    offer_id: str
    organization: str
    quantity: int
    reason: Literal["not_needed", "covered"]


class Flag(Model):
    """The closed gates of an offer: a reason to hold it if it is streamlined, a notice if it is ad hoc."""

    offer_id: str
    organization: str
    gates: tuple[Gate, ...]


class Balance(Model):
    """Needs against offers. `notices` are ad hoc offers to warn somebody about; they are not held."""

    rows: tuple[BalanceRow, ...] = ()
    overlaps: tuple[Overlap, ...] = ()
    held: tuple[Flag, ...] = ()
    notices: tuple[Flag, ...] = ()


Allocate = Callable[[Sequence[Need], Sequence[Offer]], Iterable[Allocation]]


def match(needs: Iterable[Need], offers: Iterable[Offer], allocate: Allocate | None = None) -> Balance:
    """The balance of needs and offers, the same for the same input in any order.

    Streamlined offers with a closed gate are held; ad hoc offers never are. A need or an offer that is stated
    twice counts once: the larger need. `UserError` where two different offers share an id, `AllocationError`
    where `allocate` gives away what is not there.
    """
    needed = _merged(needs)
    offered = _by_id(offers)
    flags = {offer.id: gates for offer in offered.values() if (gates := closed_gates(offer))}
    held = [offer for offer in offered.values() if offer.id in flags and not offer.ad_hoc]
    free = [offer for offer in offered.values() if offer.id not in flags or offer.ad_hoc]
    allocations = sorted(
        (allocate or allocate_greedily)(needed, free), key=lambda given: (given.need, given.offer_id)
    )
    _check(needed, free, allocations)
    by_need: dict[NeedKey, list[Allocation]] = defaultdict(list)
    for given in allocations:
        by_need[given.need].append(given)
    return Balance(
        rows=tuple(_row(need, by_need[need.key]) for need in needed),
        overlaps=_overlaps(needed, free, allocations),
        held=tuple(_flag(offer, flags[offer.id]) for offer in held),
        notices=tuple(_flag(offer, flags[offer.id]) for offer in free if offer.id in flags),
    )


def allocate_greedily(needs: Sequence[Need], offers: Sequence[Offer]) -> list[Allocation]:
    """Most people first; for each need what is bought locally, then what is nearest, then what is earliest.

    Whether an offer is ad hoc plays no part.
    """
    left = {offer.id: offer.quantity for offer in offers}
    given: list[Allocation] = []
    for need in sorted(needs, key=lambda need: (-(need.people or 0), need.key)):
        wanted = need.quantity
        for offer in sorted((o for o in offers if fits(need, o)), key=lambda o: preference(need, o)):
            quantity = min(wanted, left[offer.id])
            if quantity > 0:
                left[offer.id] -= quantity
                wanted -= quantity
                given.append(_allocation(need, offer, quantity))
    return given


def fits(need: Need, offer: Offer) -> bool:
    """Whether an offer is of the kind that a need asks for: same cluster, item and unit."""
    return (offer.cluster, offer.item, offer.unit) == (need.cluster, need.item, need.unit)


def preference(need: Need, offer: Offer) -> tuple[bool, int, str, str]:
    """The order in which offers serve a need: local purchase, nearness, ready date, id.

    Nearness: 0 in the place itself or in the area that holds it, 1 in the same country, 2 elsewhere. A p-code
    and an ISO3 code of the same country begin with the same two letters in the countries in use.
    """
    if need.place.startswith(offer.place) or offer.place.startswith(need.place):
        distance = 0
    else:
        distance = 1 if need.place[:2] == offer.place[:2] else 2
    return (not offer.local_purchase, distance, offer.ready_on.isoformat(), offer.id)


def _allocation(need: Need, offer: Offer, quantity: int) -> Allocation:
    return Allocation(need=need.key, offer_id=offer.id, organization=offer.organization, quantity=quantity)


def _merged(needs: Iterable[Need]) -> list[Need]:
    merged: dict[NeedKey, Need] = {}
    for need in sorted(needs, key=lambda need: (need.quantity, need.people or 0)):
        merged[need.key] = need
    return [merged[key] for key in sorted(merged)]


def _by_id(offers: Iterable[Offer]) -> dict[str, Offer]:
    found: dict[str, Offer] = {}
    for offer in sorted(offers, key=lambda offer: offer.id):
        if found.setdefault(offer.id, offer) != offer:
            raise UserError(f"Two different offers have the id '{offer.id}'; give one of them another id.")
    return found


def _row(need: Need, allocations: Sequence[Allocation]) -> BalanceRow:
    gap = need.quantity - sum(given.quantity for given in allocations)
    return BalanceRow(need=need, allocations=tuple(allocations), gap=gap)


def _flag(offer: Offer, gates: tuple[Gate, ...]) -> Flag:
    return Flag(offer_id=offer.id, organization=offer.organization, gates=gates)


def _overlaps(
    needs: Sequence[Need], offers: Sequence[Offer], allocations: Sequence[Allocation]
) -> tuple[Overlap, ...]:
    used: dict[str, int] = defaultdict(int)
    for given in allocations:
        used[given.offer_id] += given.quantity
    wanted = {(need.cluster, need.item, need.unit) for need in needs}
    return tuple(
        Overlap(
            offer_id=offer.id,
            organization=offer.organization,
            quantity=offer.quantity - used[offer.id],
            reason="covered" if (offer.cluster, offer.item, offer.unit) in wanted else "not_needed",
        )
        for offer in offers
        if offer.quantity > used[offer.id]
    )


def _check(needs: Sequence[Need], offers: Sequence[Offer], allocations: Sequence[Allocation]) -> None:
    """Refuse an allocation that names what does not exist or exceeds what does."""
    wanted = {need.key: need.quantity for need in needs}
    left = {offer.id: offer.quantity for offer in offers}
    for given in allocations:
        if given.need not in wanted or given.offer_id not in left:
            raise AllocationError(
                f"The allocation of offer '{given.offer_id}' names an unknown need or offer."
            )
        wanted[given.need] -= given.quantity
        left[given.offer_id] -= given.quantity
        if wanted[given.need] < 0 or left[given.offer_id] < 0:
            raise AllocationError(f"The allocation gives away too much of offer '{given.offer_id}'.")
