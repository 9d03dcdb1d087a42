"""The choices of fields that take a code: clusters, hazards and places, by name in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from konbit.definition.codelists import CodeList, CodeLists

Values = Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Option:
    """One choice; `group` is the heading it stands under in a long list."""

    value: str
    label: str
    group: str = ""


def code_options(kind: str, codelists: CodeLists, values: Values, language: str) -> tuple[Option, ...]:
    """The choices for a field of type cluster, hazard or place; none if places are to be written as codes."""
    if kind == "place":
        return _places(codelists.places, values, language)
    listed = codelists.clusters if kind == "cluster" else codelists.hazards
    options = (Option(item.code, item.name(language)) for item in listed.items)
    return tuple(sorted(options, key=lambda option: option.label.casefold()))


def code_name(kind: str, code: str, codelists: CodeLists, language: str) -> str:
    """The name of a country, cluster, hazard or place; the code itself where no list has it."""
    lists = {"country": "countries", "cluster": "clusters", "hazard": "hazards", "place": "places"}
    name = lists.get(kind.removesuffix("s") if kind in ("clusters", "places") else kind)
    return codelists[name].name(code, language) if name and name in codelists else code


def _places(places: CodeList, values: Values, language: str) -> tuple[Option, ...]:
    """The places in the areas of the run, else in its country; each adm1 heads the list of what is in it."""
    areas = tuple(area for area in _codes(values.get("areas")) if area in places)
    country = values.get("country")
    found = [
        item
        for item in places.items
        if (item.code.startswith(areas) if areas else item.fact("country") == country)
    ]
    return tuple(
        Option(
            item.code,
            f"{item.name(language)} ({item.code})",
            places.name(_heading(item.code, places), language),
        )
        for item in found
    )


def _heading(code: str, places: CodeList) -> str:
    """The adm1 a place is in."""
    item = places.get(code)
    while item is not None and item.fact("parent") in places:
        item = places.get(item.fact("parent"))
    return item.code if item else code


def _codes(value: JsonValue) -> list[str]:
    return [code for code in value if isinstance(code, str)] if isinstance(value, list) else []
