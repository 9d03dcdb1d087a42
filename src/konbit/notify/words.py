"""What messages say by themselves, in every language Konbit ships."""

from collections.abc import Mapping
from functools import cache
from importlib import resources

import yaml

from konbit.definition.base import LANGUAGES

FALLBACK = LANGUAGES[0]


@cache
def table() -> Mapping[str, Mapping[str, str]]:
    """Key → language → text, as `texts.yaml` has it."""
    source = resources.files("konbit.notify").joinpath("texts.yaml").read_text("utf-8")
    loaded: dict[str, dict[str, str]] = yaml.safe_load(source)
    return loaded


def text_in(key: str, language: str) -> str:
    """The text under `key` in a language, else in English."""
    texts = table()[key]
    return texts.get(language) or texts.get(language.partition("-")[0]) or texts[FALLBACK]


def option_word(option: str, language: str) -> str | None:
    """The words for an outcome of an `ask` step, or None where there are none."""
    return text_in(f"option_{option}", language) if f"option_{option}" in table() else None
