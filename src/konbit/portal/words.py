"""What the answer page itself says, in every language Konbit ships."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from konbit.clock import UTC
from konbit.definition.base import LANGUAGES

FALLBACK = LANGUAGES[0]


@dataclass(frozen=True, slots=True)
class Said:
    """A text and the language it is in, so that a screen reader speaks it right."""

    text: str
    language: str


@cache
def table() -> Mapping[str, Mapping[str, str]]:
    """Key → language → text, as `texts.yaml` has it."""
    source = resources.files("konbit.portal").joinpath("texts.yaml").read_text("utf-8")
    loaded: dict[str, dict[str, str]] = yaml.safe_load(source)
    return loaded


def word(key: str, language: str, **values: object) -> str:
    """The text of the page under `key`; the language is one of `LANGUAGES`."""
    return table()[key][language].format(**values)


def say(text: Mapping[str, str], *languages: str) -> Said:
    """A text of the flowchart in the first of `languages` it exists in, else in English, else in any it has."""
    for language in (*languages, FALLBACK, *text):
        if language in text:
            return Said(text[language], language)
    return Said("", FALLBACK)


def best_language(wanted: Iterable[str], there: Iterable[str]) -> str:
    """The first of `wanted` that is there; `fr-CA` is served by `fr`; else English."""
    known = set(there)
    for tag in wanted:
        for language in (tag, tag.partition("-")[0]):
            if language in known:
                return language
    return FALLBACK


def moment(at: dt.datetime, language: str) -> str:
    """The date and time of day of `at`, in the zone it carries."""
    months = word("months", language).split()
    return word(
        "date_pattern", language, day=at.day, month=months[at.month - 1], year=at.year, time=f"{at:%H:%M}"
    )


def local_moment(at: dt.datetime, zone: str, language: str) -> str:
    """`at` in the person's zone with the place it is the time of; in UTC if the zone is not known."""
    try:
        place = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return f"{moment(at.astimezone(UTC), language)} UTC"
    city = zone.rpartition("/")[2].replace("_", " ")
    if city == "UTC":
        return f"{moment(at.astimezone(UTC), language)} UTC"
    return f"{moment(at.astimezone(place), language)} ({word('local_time', language, place=city)})"


def utc_moment(at: dt.datetime, language: str) -> str:
    """`at` in UTC."""
    return f"{moment(at.astimezone(UTC), language)} UTC"
