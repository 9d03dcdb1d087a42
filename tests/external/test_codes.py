"""The shipped code lists against the published files they were taken from."""

import csv
import os
import unicodedata
from pathlib import Path

import pytest
import yaml

from konbit.definition.codelists import CodeLists, ancestors, check_pcode, parse_codelist

DATA = os.environ.get("KONBIT_EXTERNAL_DATA", "")
pytestmark = pytest.mark.skipif(not DATA, reason="KONBIT_EXTERNAL_DATA is not set: no folder of public data")
CODES = Path(__file__).parents[2] / "definitions" / "codes"


@pytest.fixture(scope="module")
def lists() -> CodeLists:
    """The lists that ship."""
    return CodeLists(
        parse_codelist(yaml.safe_load(file.read_text(encoding="utf-8")))
        for file in sorted(CODES.glob("*.yaml"))
    )


def published(name: str) -> list[list[str]]:
    """The data rows of a published file, below its two header rows."""
    with (Path(DATA) / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))[2:]


def plain(text: str) -> str:
    """Text without accents, as the published French names have lost some."""
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def test_the_clusters_are_those_that_ocha_publishes(lists: CodeLists) -> None:
    """Code, HRinfo id, English and French name of every cluster and area of responsibility."""
    theirs = {row[3]: (row[0], row[1], plain(row[2])) for row in published("codes/sectors.csv")}
    ours = {
        item.code: (item.fact("hrinfo"), item.names["en"], plain(item.names["fr"]))
        for item in lists.clusters.items
    }

    assert ours == theirs


def test_the_organization_types_are_those_that_ocha_publishes_and_one_of_ours(lists: CodeLists) -> None:
    """The standard ids and terms; diaspora is the only addition."""
    theirs = {row[0]: row[1] for row in published("codes/organization-types.csv")}
    ours = {item.code: item.names["en"] for item in lists["organization_types"].items}

    assert ours.pop("diaspora")
    assert ours == theirs


def test_the_places_are_those_that_ocha_publishes(lists: CodeLists) -> None:
    """Country, level, name and parent of each place that we list."""
    theirs = {row[2]: (row[0], row[1], row[3], row[4]) for row in published("pcodes/adm1-2.csv")}

    for item in lists.places.items:
        ours = (item.fact("country"), item.fact("level"), item.names["en"], item.fact("parent"))
        assert ours == theirs[item.code]


def test_where_we_claim_to_list_all_children_we_do(lists: CodeLists) -> None:
    """A parent marked `children: all` has every published child in our list."""
    rows = published("pcodes/adm1-2.csv")

    for item in lists.places.items:
        if item.fact("children") == "all":
            assert {row[2] for row in rows if row[4] == item.code} <= set(lists.places.by_code)
    assert {row[2] for row in rows if row[4] == "HTI"} <= set(lists.places.by_code)


def test_every_published_pcode_of_the_countries_in_use_is_accepted(lists: CodeLists) -> None:
    """Known or not, a real place passes and sits below its parent."""
    countries = lists["pcode_lengths"]
    checked = 0
    for country, level, code, _name, parent, _date in published("pcodes/adm1-2.csv"):
        if country in countries and code != "Unspecified":  # Somalia's file has it as a place
            assert check_pcode(code, lists) is None, code
            above = [country, *ancestors(code, lists)]
            assert (len(above), above[-2]) == (int(level) + 1, parent)
            checked += 1

    assert checked > 300


def test_the_lengths_are_those_that_ocha_publishes(lists: CodeLists) -> None:
    """The length of the prefix and of each level, alternatives included."""
    theirs = {row[0]: row[1:] for row in published("pcodes/lengths.csv")}
    for item in lists["pcode_lengths"].items:
        prefix, *levels = [cell for cell in theirs[item.code] if cell]
        assert len(item.fact("prefix")) == int(prefix)
        assert item.facts["lengths"] == [[int(size) for size in level.split("|")] for level in levels]


def test_the_published_three_w_uses_pcodes_of_a_country_we_do_not_know(lists: CodeLists) -> None:
    """Iraq is not in use: its letters are no crash, the answer names the prefixes that are."""
    (row, *_) = published("hxl/who-what-where.csv")

    assert "does not begin with the prefix" in (check_pcode(row[1], lists) or "")
