"""Matching: nothing is promised twice, closed gates hold streamlined offers, ad hoc ones never."""

import datetime as dt
from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konbit.domain.matching import Allocation, AllocationError, Balance, match
from konbit.domain.needs import Need
from konbit.domain.offers import Offer, closed_gates
from konbit.errors import UserError

DAY = dt.date(2021, 8, 20)

needs_lists = st.lists(
    st.builds(
        Need,
        cluster=st.sampled_from(["WSH", "SHL"]),
        place=st.sampled_from(["HT0711", "HT0712", "HT0811"]),
        item=st.sampled_from(["water", "kit"]),
        quantity=st.integers(0, 500),
        unit=st.just("piece"),
        people=st.none() | st.integers(0, 100),
    ),
    max_size=8,
)
offers_lists = st.lists(
    st.builds(
        Offer,
        id=st.sampled_from("abcdefghij"),
        organization=st.sampled_from(["org-1", "org-2"]),
        cluster=st.sampled_from(["WSH", "SHL"]),
        item=st.sampled_from(["water", "kit"]),
        quantity=st.integers(0, 500),
        unit=st.just("piece"),
        place=st.sampled_from(["HT0711", "HT07", "USA"]),
        ready_on=st.dates(DAY, DAY + dt.timedelta(days=5)),
        kind=st.sampled_from(["goods", "cash", "people", "transport"]),
        consignee=st.booleans(),
        permit=st.sampled_from(["not_needed", "granted", "pending", "refused"]),
        licence=st.sampled_from(["not_needed", "granted", "pending"]),
        local_purchase=st.booleans(),
        ad_hoc=st.booleans(),
    ),
    max_size=10,
    unique_by=lambda offer: offer.id,
)


def need(quantity: int = 100, **changes: object) -> Need:
    """Water for Les Cayes."""
    values = {"cluster": "WSH", "place": "HT0711", "item": "water", "unit": "litre", "people": 10}
    return Need.model_validate(values | {"quantity": quantity} | changes)


def offer(name: str, quantity: int = 100, **changes: object) -> Offer:
    """Water with a consignee, abroad."""
    values: dict[str, object] = {
        "id": name,
        "organization": f"org-{name}",
        "cluster": "WSH",
        "item": "water",
        "quantity": quantity,
        "unit": "litre",
        "place": "USA",
        "ready_on": DAY,
        "consignee": True,
    }
    return Offer.model_validate(values | changes)


def given_by_offer(balance: Balance) -> dict[str, int]:
    """How much of each offer is allocated."""
    return {a.offer_id: a.quantity for row in balance.rows for a in row.allocations}


@given(needs_lists, offers_lists)
def test_allocations_never_exceed_need_or_offer(needs: list[Need], offers: list[Offer]) -> None:
    """Allocated plus gap is the need; allocated plus overlap is the offer, unless it is held."""
    balance = match(needs, offers)
    used = dict.fromkeys((o.id for o in offers), 0)
    for row in balance.rows:
        assert row.gap >= 0
        assert sum(a.quantity for a in row.allocations) + row.gap == row.need.quantity
        for allocation in row.allocations:
            used[allocation.offer_id] += allocation.quantity
    left = {overlap.offer_id: overlap.quantity for overlap in balance.overlaps}
    held = {flag.offer_id for flag in balance.held}
    for item in offers:
        assert (
            used[item.id] == 0 if item.id in held else used[item.id] + left.get(item.id, 0) == item.quantity
        )


@given(needs_lists, offers_lists, st.randoms(use_true_random=False))
def test_the_same_input_in_any_order_gives_the_same_balance(
    needs: list[Need], offers: list[Offer], random: Random
) -> None:
    """The result does not depend on who answered first."""
    mixed_needs, mixed_offers = list(needs), list(offers)
    random.shuffle(mixed_needs)
    random.shuffle(mixed_offers)

    assert match(needs, offers).model_copy(update={"rows": ()}) == match(
        mixed_needs, mixed_offers
    ).model_copy(update={"rows": ()})
    assert given_by_offer(match(needs, offers)) == given_by_offer(match(mixed_needs, mixed_offers))


@given(needs_lists, offers_lists, st.data())
def test_going_ad_hoc_never_costs_an_offer_anything(
    needs: list[Need], offers: list[Offer], data: st.DataObject
) -> None:
    """Ad hoc is respected: the same offer sent ad hoc is never held and never given a smaller part."""
    if not offers:
        return
    chosen = data.draw(st.sampled_from(offers))
    ad_hoc = [item.model_copy(update={"ad_hoc": True}) if item is chosen else item for item in offers]
    before, after = match(needs, offers), match(needs, ad_hoc)

    assert chosen.id not in {flag.offer_id for flag in after.held}
    assert given_by_offer(after).get(chosen.id, 0) >= given_by_offer(before).get(chosen.id, 0)


def test_goods_without_a_consignee_are_held_with_the_reason() -> None:
    """No written acceptance, no shipment; the gap stays visible."""
    balance = match([need()], [offer("a", consignee=False)])

    assert [(flag.offer_id, flag.gates) for flag in balance.held] == [("a", ("consignee",))]
    assert balance.rows[0].gap == 100


def test_ad_hoc_goods_without_a_consignee_are_recorded_with_a_notice() -> None:
    """A shipment that is already moving counts, and the authorities can be warned."""
    balance = match([need()], [offer("a", consignee=False, ad_hoc=True)])

    assert balance.held == ()
    assert [(flag.offer_id, flag.gates) for flag in balance.notices] == [("a", ("consignee",))]
    assert balance.rows[0].gap == 0


@pytest.mark.parametrize(
    ("changes", "gates"),
    [
        ({"kind": "cash", "consignee": False}, ()),
        ({"kind": "people", "consignee": False, "licence": "pending"}, ("licence",)),
        ({"kind": "transport", "consignee": False, "permit": "refused"}, ("permit",)),
        ({"consignee": False, "permit": "pending", "licence": "refused"}, ("consignee", "permit", "licence")),
        ({"permit": "granted", "licence": "granted"}, ()),
    ],
)
def test_gates_depend_on_the_kind_of_offer(changes: dict[str, object], gates: tuple[str, ...]) -> None:
    """Goods need a consignee; a permit or licence that is needed must be granted."""
    assert closed_gates(offer("a").model_copy(update=changes)) == gates


def test_local_purchase_comes_first_then_the_nearest_then_the_earliest() -> None:
    """What is bought in the country serves before what is shipped, however early that is ready."""
    offers = [
        offer("abroad", 40, ready_on=DAY - dt.timedelta(days=9)),
        offer("department", 40, place="HT07"),
        offer("country", 40, place="HT02"),
        offer("bought", 40, local_purchase=True, ready_on=DAY + dt.timedelta(days=9)),
    ]

    assert given_by_offer(match([need(90)], offers)) == {"bought": 40, "department": 40, "country": 10}


def test_most_people_are_served_first() -> None:
    """Where there is too little, the place with more people comes first."""
    few, many = need(100, place="HT0711", people=5), need(100, place="HT0712", people=50)
    balance = match([few, many], [offer("a", 120)])

    assert {row.need.place: row.gap for row in balance.rows} == {"HT0711": 80, "HT0712": 0}


def test_overlap_says_whether_nobody_asked_or_all_have_enough() -> None:
    """Surplus is shown, with its reason."""
    balance = match([need(60)], [offer("a", 100), offer("b", 5, item="coats")])

    assert [(o.offer_id, o.quantity, o.reason) for o in balance.overlaps] == [
        ("a", 40, "covered"),
        ("b", 5, "not_needed"),
    ]


def test_two_organizations_on_one_need_are_introduced() -> None:
    """They should know of each other; one alone has nobody to meet."""
    balance = match([need(150), need(10, place="HT0812")], [offer("a"), offer("b")])

    assert balance.rows[0].introduce == ("org-a", "org-b")
    assert balance.rows[1].introduce == ()


def test_units_are_not_converted() -> None:
    """A gallon is not a litre; the offer stays visible as not needed."""
    assert match([need()], [offer("a", unit="gallon")]).overlaps[0].reason == "not_needed"


def test_a_need_stated_twice_counts_once() -> None:
    """The larger statement stands."""
    balance = match([need(40), need(70), need(50)], [])

    assert [row.gap for row in balance.rows] == [70]


def test_two_offers_of_one_id_are_refused() -> None:
    """Identical ones are one offer; different ones are a mistake."""
    assert match([need()], [offer("a"), offer("a")]).rows[0].gap == 0
    with pytest.raises(UserError, match="Two different offers have the id 'a'"):
        match([need()], [offer("a"), offer("a", 7)])


@pytest.mark.parametrize(
    ("quantity", "name", "message"), [(101, "a", "too much of offer 'a'"), (1, "x", "unknown need or offer")]
)
def test_an_allocator_that_gives_what_is_not_there_is_refused(quantity: int, name: str, message: str) -> None:
    """A solver can replace the greedy allocation, but not the rules."""

    def careless(needs: Sequence[Need], _offers: Sequence[Offer]) -> list[Allocation]:
        return [Allocation(need=needs[0].key, offer_id=name, organization="org", quantity=quantity)]

    with pytest.raises(AllocationError, match=message):
        match([need(500)], [offer("a")], careless)
