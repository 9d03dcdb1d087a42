"""Code lists: clusters, hazards, places and the like, as versioned data with their source."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import cast

from pydantic import Field

from konbit.definition.base import Model, pick
from konbit.errors import InvalidDefinition

_FALLBACK = {"ht": ("ht", "fr")}
"""A reader of Haitian Creole is served better by French than by English."""


class CodeItem(Model):
    """One code with its names by language and the facts that its list keeps about it."""

    code: str = Field(min_length=1)
    names: dict[str, str] = Field(min_length=1)
    facts: dict[str, object] = Field(default_factory=dict)

    def name(self, language: str) -> str:
        """The name in `language`, else in the nearest language there is, English before any other."""
        return pick(self.names, *_FALLBACK.get(language, (language,)))

    def fact(self, key: str) -> str:
        """The fact as text, empty where the list does not state it."""
        value = self.facts.get(key)
        return "" if value is None else str(value)


class CodeList(Model):
    """A list of codes, the version it was published under and where it comes from."""

    codes: str
    version: str
    source: str
    items: tuple[CodeItem, ...]

    @cached_property
    def by_code(self) -> dict[str, CodeItem]:
        """The items by their code."""
        return {item.code: item for item in self.items}

    @cached_property
    def by_parent(self) -> dict[str, tuple[str, ...]]:
        """The codes below each code, where the list keeps a parent."""
        below: dict[str, list[str]] = {}
        for item in self.items:
            below.setdefault(item.fact("parent"), []).append(item.code)
        return {parent: tuple(codes) for parent, codes in below.items()}

    def get(self, code: str) -> CodeItem | None:
        """The item with this code, spelt exactly so, or None."""
        return self.by_code.get(code)

    def __contains__(self, code: object) -> bool:
        """Whether the list has this code."""
        return code in self.by_code

    def name(self, code: str, language: str) -> str:
        """The name of a code in a language; a code that the list lacks stands for itself."""
        item = self.get(code)
        return item.name(language) if item else code


class CodeLists(Mapping[str, CodeList]):
    """The code lists of an installation, by the name of the list."""

    def __init__(self, lists: Iterable[CodeList] = ()) -> None:
        """Take the lists; `InvalidDefinition` where two have one name."""
        self._lists: dict[str, CodeList] = {}
        for codelist in lists:
            if codelist.codes in self._lists:
                raise InvalidDefinition(f"Code list '{codelist.codes}' is defined twice; keep one of them.")
            self._lists[codelist.codes] = codelist

    def __getitem__(self, name: str) -> CodeList:
        """The list of this name; `KeyError` where there is none, as for every mapping."""
        return self._lists[name]

    def __iter__(self) -> Iterator[str]:
        """The names of the lists."""
        return iter(self._lists)

    def __len__(self) -> int:
        """How many lists there are."""
        return len(self._lists)

    def require(self, name: str) -> CodeList:
        """The list of this name; `InvalidDefinition` says which lists there are where it is missing."""
        if name not in self._lists:
            found = ", ".join(sorted(self._lists)) or "none"
            raise InvalidDefinition(
                f"Code list '{name}' is missing from definitions/codes; there are: {found}."
            )
        return self._lists[name]

    @property
    def clusters(self) -> CodeList:
        """The clusters and areas of responsibility, by OCHA code."""
        return self.require("clusters")

    @property
    def hazards(self) -> CodeList:
        """The hazards, by GLIDE code."""
        return self.require("hazards")

    @property
    def places(self) -> CodeList:
        """The places known by name, by p-code."""
        return self.require("places")


def parse_codelist(data: object) -> CodeList:
    """The code list in the content of a YAML file; `InvalidDefinition` says what is wrong and where.

    Keys of an item beside `code` and `names` become its facts.
    """
    head = _mapping(data, "the file", {"codes", "version", "source", "items"})
    name = _text(head, "codes", "the file")
    rows = head.get("items")
    if not isinstance(rows, list) or not rows:
        raise InvalidDefinition(f"Code list '{name}': 'items' must be a list with at least one item.")
    items: dict[str, CodeItem] = {}
    for number, row in enumerate(rows, start=1):
        item = _item(row, f"{name}, item {number}")
        if item.code in items:
            raise InvalidDefinition(f"Code list '{name}': item {number} repeats the code '{item.code}'.")
        items[item.code] = item
    version, source = _text(head, "version", name), _text(head, "source", name)
    return CodeList(codes=name, version=version, source=source, items=tuple(items.values()))


def _item(row: object, where: str) -> CodeItem:
    fields = _mapping(row, where, None)
    names = _mapping(fields.get("names"), f"{where}, names", None)
    texts = {language: _text(names, language, f"{where}, names") for language in names}
    if not texts:
        raise InvalidDefinition(f"{where}: 'names' is empty; give a name in one language at least.")
    facts = {key: value for key, value in fields.items() if key not in {"code", "names"}}
    return CodeItem(code=_text(fields, "code", where), names=texts, facts=facts)


def _mapping(data: object, where: str, allowed: set[str] | None) -> dict[str, object]:
    if not isinstance(data, dict) or not all(isinstance(key, str) for key in data):
        found = type(data).__name__ if not isinstance(data, dict) else "keys that are not text"
        raise InvalidDefinition(f"{where}: expected keys with values, found {found}.")
    unknown = sorted(set(data) - allowed) if allowed else []
    if allowed and unknown:
        raise InvalidDefinition(
            f"{where}: unknown key '{unknown[0]}'; a code list has {', '.join(sorted(allowed))}."
        )
    return cast("dict[str, object]", data)


def _text(fields: dict[str, object], key: str, where: str) -> str:
    value = fields.get(key)
    if not isinstance(value, str) or not value.strip():
        raise InvalidDefinition(f"{where}: '{key}' must be a text, found {value!r}; put it in quotes.")
    return value


def check_pcode(code: str, codelists: CodeLists) -> str | None:
    """What is wrong with a p-code, or None: by the table of places first, then by the lengths of its country.

    A place that the table does not know is accepted if its length fits, unless the table lists every place
    below its parent: then it does not exist. Letters may occur anywhere after the prefix (OCHA COD-AB).
    """
    places, countries = codelists.places, codelists.require("pcode_lengths")
    if code in places:
        return None
    tidy = code.strip().upper()
    if tidy != code:
        return f"'{code}' has spaces or small letters; write '{tidy}'."
    country = next((item for item in countries.items if code.startswith(item.fact("prefix"))), None)
    if country is None:
        prefixes = ", ".join(f"{item.fact('prefix')} ({item.code})" for item in countries.items)
        return f"'{code}' does not begin with the prefix of a country in use: {prefixes}."
    prefix = country.fact("prefix")
    if not (code.isascii() and code.isalnum()):
        return f"'{code}' has characters other than letters and digits."
    chains = _chains(prefix, _lengths(country))
    fitting = next((ends for ends in chains if ends[-1] == len(code)), None)
    if fitting is None:
        allowed = ", ".join(str(length) for length in sorted({ends[-1] for ends in chains}))
        return f"'{code}' has {len(code)} characters; {country.code} uses {allowed}."
    return _missing(code, fitting, country, places)


def _missing(code: str, ends: tuple[int, ...], country: CodeItem, places: CodeList) -> str | None:
    """The first part of the code whose parent lists all its children, without it."""
    complete, parent = country.fact("adm1") == "all", country.code
    for end in ends:
        part = code[:end]
        place = places.get(part)
        if place is None:
            return (
                f"'{part}' is not one of the places of {parent}, which are all listed." if complete else None
            )
        complete, parent = place.fact("children") == "all", part
    return None


def _lengths(country: CodeItem) -> list[list[int]]:
    levels = country.facts.get("lengths")
    if not isinstance(levels, list) or not all(isinstance(level, list) and level for level in levels):
        raise InvalidDefinition(
            f"pcode_lengths, {country.code}: 'lengths' must be a list of lists, such as [[2], [2], [3]]."
        )
    return levels


def _chains(prefix: str, lengths: list[list[int]]) -> list[tuple[int, ...]]:
    """For each level and choice of lengths, where in the code the levels end: HT0711 gives (4, 6)."""
    chains: list[tuple[int, ...]] = []
    last: list[tuple[int, ...]] = [()]
    for level in lengths:
        last = [(*ends, (ends[-1] if ends else len(prefix)) + int(size)) for ends in last for size in level]
        chains += last
    return chains


def ancestors(code: str, codelists: CodeLists) -> tuple[str, ...]:
    """The p-codes down to a p-code, adm1 first: HT0711 gives HT07, HT0711; empty if no level fits."""
    for country in codelists.require("pcode_lengths").items:
        prefix = country.fact("prefix")
        if code.startswith(prefix):
            chains = [ends for ends in _chains(prefix, _lengths(country)) if ends[-1] == len(code)]
            return tuple(code[:end] for end in chains[0]) if chains else ()
    return ()


def country_of(code: str, codelists: CodeLists) -> str:
    """The ISO3 code of the country a p-code belongs to, empty where no country in use has its prefix."""
    countries = codelists.require("pcode_lengths").items
    return next((item.code for item in countries if code.startswith(item.fact("prefix"))), "")


def adm2_cells(areas: Iterable[str], codelists: CodeLists) -> tuple[str, ...]:
    """The places to ask about, in order: an adm1 whose adm2 are listed is replaced by them."""
    cells: set[str] = set()
    for area in areas:
        cells.update(codelists.places.by_parent.get(area) or (area,))
    return tuple(sorted(cells))
