"""Code lists: parsing with clear errors, names with fallbacks, and p-codes by table before length."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from konbit.definition.codelists import (
    CodeLists,
    adm2_cells,
    ancestors,
    check_pcode,
    country_of,
    parse_codelist,
)
from konbit.errors import InvalidDefinition

FILES = sorted((Path(__file__).parents[3] / "definitions" / "codes").glob("*.yaml"))


def load() -> CodeLists:
    """The lists that ship."""
    return CodeLists(parse_codelist(yaml.safe_load(file.read_text(encoding="utf-8"))) for file in FILES)


LISTS = load()


def minimal(**changes: object) -> dict[str, object]:
    """The content of a small list."""
    item = {"code": "EQ", "names": {"en": "Earthquake", "fr": "Séisme"}, "gdacs": "EQ"}
    return {"codes": "hazards", "version": "1", "source": "GLIDE", "items": [item]} | changes


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_shipped_list_parses_and_is_named_like_its_file(file: Path) -> None:
    """A list is found by its name, so the name is that of the file."""
    assert parse_codelist(yaml.safe_load(file.read_text(encoding="utf-8"))).codes == file.stem


def test_keys_beside_code_and_names_become_facts() -> None:
    """A list may state what it likes about its codes."""
    item = parse_codelist(minimal()).get("EQ")

    assert item is not None
    assert item.facts == {"gdacs": "EQ"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([], "expected keys with values, found list"),
        (minimal(extra=1), "unknown key 'extra'; a code list has codes, items, source, version"),
        (minimal(version=2021), "'version' must be a text, found 2021; put it in quotes"),
        (minimal(items=[]), "'items' must be a list with at least one item"),
        (minimal(items=["EQ"]), "hazards, item 1: expected keys with values, found str"),
        (minimal(items=[{"code": 431, "names": {"en": "x"}}]), "'code' must be a text, found 431"),
        (minimal(items=[{"code": "EQ", "names": {}}]), "hazards, item 1: 'names' is empty"),
        (
            minimal(items=[{"code": "EQ", "names": {"en": " "}}]),
            "hazards, item 1, names: 'en' must be a text",
        ),
        (minimal(items=[{"code": "EQ", "names": {"en": "x"}}] * 2), "item 2 repeats the code 'EQ'"),
    ],
)
def test_a_wrong_file_says_where_and_what(content: object, message: str) -> None:
    """The error names the list, the item, what was found and what is allowed."""
    with pytest.raises(InvalidDefinition) as caught:
        parse_codelist(content)

    assert message in str(caught.value)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
)


@given(json_values | st.fixed_dictionaries({"codes": st.just("x"), "items": json_values}))
def test_parsing_raises_nothing_but_invalid_definition(content: object) -> None:
    """Whatever is in the file, the answer is a list or one clear error."""
    try:
        parsed = parse_codelist(content)
    except InvalidDefinition as error:
        assert str(error)
    else:
        assert parsed.items


def test_a_list_that_is_not_there_names_those_that_are() -> None:
    """Asking for the places of an installation without places is a clear error."""
    with pytest.raises(InvalidDefinition, match=r"'places' is missing .* there are: hazards"):
        _ = CodeLists([parse_codelist(minimal())]).places


def test_two_lists_of_one_name_are_refused() -> None:
    """Otherwise the order of files would decide."""
    with pytest.raises(InvalidDefinition, match="defined twice"):
        CodeLists([parse_codelist(minimal()), parse_codelist(minimal())])


def test_lists_are_a_mapping_by_name() -> None:
    """The lists can be counted and walked."""
    assert {file.stem for file in FILES} == set(LISTS)
    assert len(FILES) == len(LISTS)
    assert LISTS["clusters"] is LISTS.clusters


def test_the_eleven_clusters_and_four_areas_of_responsibility() -> None:
    """OCHA's list, with the HRinfo ids."""
    kinds = [item.fact("kind") for item in LISTS.clusters.items]

    assert (kinds.count("cluster"), kinds.count("area_of_responsibility")) == (11, 4)
    assert LISTS.clusters.by_code["PRO-GBV"].facts["hrinfo"] == 5404


@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("en", "Earthquake"),
        ("fr", "Séisme"),
        ("ht", "Tranblemanntè"),
        ("es", "Terremoto"),
        ("so", "Earthquake"),
    ],
)
def test_a_name_falls_back_to_english(language: str, name: str) -> None:
    """A language without a name gets English."""
    assert LISTS.hazards.name("EQ", language) == name


def test_haitian_creole_falls_back_to_french_and_an_unknown_code_to_itself() -> None:
    """French before English for readers in Haiti; a code without a name is still printed."""
    assert LISTS.clusters.name("HEA", "ht") == "Santé"
    assert LISTS.clusters.name("ZZZ", "fr") == "ZZZ"


def test_diaspora_organizations_map_to_a_standard_type() -> None:
    """The local type names a standard one for exports."""
    types = LISTS["organization_types"]

    assert types.by_code["diaspora"].fact("standard") in types


def test_every_country_has_a_real_zone_and_languages() -> None:
    """The zone of each country exists in the time zone database."""
    for item in LISTS["countries"].items:
        assert ZoneInfo(item.fact("zone")).key == item.fact("zone")
        assert item.facts["languages"]
        assert (len(item.code), len(item.fact("iso2"))) == (3, 2)


def test_every_place_has_a_parent_in_the_list_or_a_country() -> None:
    """The hierarchy of places is closed."""
    for item in LISTS.places.items:
        assert item.fact("parent") in LISTS.places or item.fact("parent") in LISTS["countries"]
        assert check_pcode(item.code, LISTS) is None


@pytest.mark.parametrize(
    "code",
    [
        "HT07",
        "HT0711",
        "HT0711001",
        "HT0299",
        "PH05005",
        "PH0500501",
        "PH0500501001",
        "SO1104",
        "SO110412345",
        "NP01",
        "UA01",
    ],
)
def test_known_places_and_unknown_ones_of_the_right_length_are_accepted(code: str) -> None:
    """By table first; then by length, where the table does not claim to be complete."""
    assert check_pcode(code, LISTS) is None


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("HT11", "'HT11' is not one of the places of HTI"),
        ("HT1101", "'HT11' is not one of the places of HTI"),
        ("HT0799", "'HT0799' is not one of the places of HT07"),
        ("HT079", "'HT079' has 5 characters; HTI uses 4, 6, 9"),
        ("SO110", "'SO110' has 5 characters; SOM uses 4, 6, 11"),
        ("ht07", "write 'HT07'"),
        (" HT07", "write 'HT07'"),
        ("HT0-11", "characters other than letters and digits"),
        ("FR75", "does not begin with the prefix of a country in use"),
        ("", "does not begin with the prefix"),
    ],
)
def test_a_wrong_pcode_says_what_is_wrong(code: str, problem: str) -> None:
    """The text names the part that does not exist, or the lengths that do."""
    assert problem in (check_pcode(code, LISTS) or "")


def test_letters_inside_a_pcode_are_allowed_and_other_prefixes_by_data() -> None:
    """Iraq writes IQG01Q01: a line in the data is enough, the code has no pattern."""
    iraq = {"code": "IRQ", "names": {"en": "Iraq"}, "prefix": "IQ", "lengths": [[3], [3], [3]]}
    lengths = parse_codelist(minimal(codes="pcode_lengths", items=[iraq]))
    lists = CodeLists([lengths, LISTS.places])

    assert check_pcode("IQG01Q01", lists) is None
    assert ancestors("IQG01Q01", lists) == ("IQG01", "IQG01Q01")


def test_lengths_that_are_not_lists_are_a_clear_error() -> None:
    """A mistake in the data is reported as one, not as a crash."""
    iraq = {"code": "IRQ", "names": {"en": "Iraq"}, "prefix": "IQ", "lengths": "3"}
    lists = CodeLists([parse_codelist(minimal(codes="pcode_lengths", items=[iraq])), LISTS.places])

    with pytest.raises(InvalidDefinition, match="pcode_lengths, IRQ"):
        check_pcode("IQG01", lists)


@given(st.text(max_size=12) | st.from_regex(r"\A(HT|PH|SO|NP|UA)[0-9A-Z]{0,12}\Z"))
def test_checking_is_total_and_a_valid_code_has_ancestors(code: str) -> None:
    """Any text is judged; what is accepted can be placed in its country."""
    if check_pcode(code, LISTS) is None:
        assert ancestors(code, LISTS)[-1] == code
        assert country_of(code, LISTS)


def test_ancestors_and_country_of_what_does_not_fit_are_empty() -> None:
    """No guess is made about a code of no known length or prefix."""
    assert ancestors("HT079", LISTS) == ()
    assert ancestors("XX01", LISTS) == ()
    assert country_of("XX01", LISTS) == ""


def test_areas_become_the_adm2_places_below_them() -> None:
    """An activation names departments; observations are asked for by commune."""
    cells = adm2_cells(["HT08", "HT0711", "HT02"], LISTS)

    assert cells[:2] == ("HT02", "HT0711")
    assert len(cells) == 2 + 12
    assert cells[-1] == "HT0834"
