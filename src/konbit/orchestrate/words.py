"""Values of a run as words in the reader's language: code lists give names, moments become local time."""

import datetime as dt
import zoneinfo
from collections.abc import Mapping

from pydantic import JsonValue

from konbit.definition.base import pick
from konbit.definition.bundle import Bundle
from konbit.definition.codelists import CodeLists
from konbit.definition.parameters import ParameterType, Value

LISTS: Mapping[str, str] = {
    "country": "countries",
    "hazard": "hazards",
    "place": "places",
    "places": "places",
    "cluster": "clusters",
    "clusters": "clusters",
}
"""Which code list the values of a parameter type are from."""
NOTHING = "-"
LEVELS: Mapping[str, Mapping[str, str]] = {
    "monitor": {"fr": "veille", "ht": "siveyans", "es": "seguimiento", "fil": "pagmamatyag"},
    "standby": {"fr": "attente", "ht": "alèt", "es": "espera", "fil": "nakaantabay"},
    "partial": {"fr": "partiel", "ht": "pasyèl", "es": "parcial", "fil": "bahagya"},
    "full": {"fr": "complet", "ht": "konplè", "es": "completo", "fil": "buo"},
}
"""The levels of an activation."""


def local(moment: dt.datetime, zone: str) -> str:
    """The moment in the reader's time, with the zone and UTC: people of one call sit in five time zones."""
    try:
        place = zoneinfo.ZoneInfo(zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        place = zoneinfo.ZoneInfo("UTC")
    there = moment.astimezone(place)
    name = there.tzname() or zone
    if name == "UTC":
        return f"{there:%Y-%m-%d %H:%M} UTC"
    return f"{there:%Y-%m-%d %H:%M} {name} ({moment.astimezone(dt.UTC):%H:%M} UTC)"


def spoken(
    value: Value | JsonValue, kind: ParameterType | str, language: str, zone: str, codes: CodeLists
) -> str:
    """One value in words."""
    if value is None or value == []:
        return NOTHING
    if isinstance(value, list):
        return ", ".join(spoken(item, kind, language, zone, codes) for item in value)
    if kind in LISTS and LISTS[kind] in codes:
        return codes[LISTS[kind]].name(str(value), language)
    if kind == "moment":
        return local(dt.datetime.fromisoformat(str(value)), zone)
    if kind == "choice":
        return LEVELS.get(str(value), {}).get(language, str(value).replace("_", " "))
    return str(value)


def parameters_in_words(
    bundle: Bundle, parameters: Mapping[str, Value], language: str, zone: str, codes: CodeLists
) -> dict[str, str]:
    """Every parameter of a run in words."""
    return {
        name: spoken(parameters.get(name), parameter.type, language, zone, codes)
        for name, parameter in bundle.flowchart.parameters.items()
    }


def title(text: Mapping[str, str], *languages: str) -> str:
    """A title in the first of the languages it exists in."""
    return pick(dict(text), *languages)
