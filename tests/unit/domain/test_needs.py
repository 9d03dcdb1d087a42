"""Needs: quantities come from the catalogue, and an unknown number of people gives no need."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konbit.definition.codelists import CodeItem, CodeList, CodeLists
from konbit.domain.needs import derive_needs, relief_items
from konbit.domain.observations import NeedsCell, NeedsPicture
from konbit.errors import InvalidDefinition


def picture(people: int | None, cluster: str = "WSH") -> NeedsPicture:
    """One cell in Les Cayes."""
    return NeedsPicture(cells=(NeedsCell(cluster=cluster, place="HT0711", people=people),))


def test_water_is_fifteen_litres_per_person_and_day(codelists: CodeLists) -> None:
    """Sphere: 15 litres a day, a toilet for twenty; a kit per household of five; all rounded up."""
    needs = derive_needs(picture(101), codelists["relief_items"], days=2)

    assert {need.item: (need.quantity, need.unit) for need in needs} == {
        "water": (3030, "litre"),
        "toilet": (6, "toilet"),
        "hygiene_kit": (21, "kit"),
    }


@pytest.mark.parametrize("people", [None, 0])
def test_an_unknown_or_empty_cell_gives_no_need(codelists: CodeLists, people: int | None) -> None:
    """What nobody counted stays in the picture as unknown; it does not become a need of zero."""
    assert derive_needs(picture(people), codelists["relief_items"]) == ()


@given(st.integers(1, 10**7), st.integers(1, 90))
def test_a_need_is_never_less_than_the_standard(people: int, days: int) -> None:
    """Rounding goes up, so the quantity per person never falls below the catalogue's."""
    item = CodeItem(code="soap", names={"en": "Soap"}, facts=FACTS | {"quantity": "0.25", "daily": True})
    catalogue = CodeList(codes="relief_items", version="1", source="test", items=(item,))
    (need,) = derive_needs(picture(people), catalogue, days=days)

    assert 0 <= need.quantity - people * days * 0.25 < 1


FACTS: dict[str, object] = {"cluster": "WSH", "unit": "kg", "quantity": 1, "persons": 1, "source": "test"}


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"unit": ""}, "relief_items, soap: 'unit' is missing"),
        ({"quantity": "much"}, "'quantity' must be above zero, found much"),
        ({"quantity": "NaN"}, "'quantity' must be above zero"),
        ({"persons": "-1"}, "'persons' must be above zero"),
        ({"persons": "2.5"}, "'persons' must be above zero"),
    ],
)
def test_a_wrong_catalogue_names_item_and_fact(facts: dict[str, object], message: str) -> None:
    """The catalogue is data that people edit; its mistakes are reported."""
    item = CodeItem(code="soap", names={"en": "Soap"}, facts=FACTS | facts)

    with pytest.raises(InvalidDefinition, match=message):
        relief_items(CodeList(codes="relief_items", version="1", source="test", items=(item,)))


def test_every_item_of_the_catalogue_has_a_cluster_and_a_source(codelists: CodeLists) -> None:
    """The shipped catalogue can be traced."""
    for item in relief_items(codelists["relief_items"]):
        assert item.cluster in codelists.clusters
        assert item.source
